import asyncio

import anthropic


async def main():
    async with anthropic.AsyncAnthropic() as client:
        stream = await client.completions.create(
            model="claude-2.1",
            max_tokens_to_sample=300,
            prompt=anthropic.HUMAN_PROMPT + " Hello" + anthropic.AI_PROMPT,
            stream=True,
        )
        async for part in stream:
            print(part.completion, end="", flush=True)
        reply = await client.with_options(max_retries=1).completions.create(
            model="claude-2.1",
            max_tokens_to_sample=300,
            prompt=f"{client.HUMAN_PROMPT} Hello again{client.AI_PROMPT}",
        )
        print(reply.completion)


asyncio.run(main())
