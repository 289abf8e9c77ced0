import asyncio

import anthropic
import legacy_completions


async def main():
    async with legacy_completions.with_completions(anthropic.AsyncAnthropic()) as client:
        stream = await client.completions.create(
            model="claude-2.1",
            max_tokens_to_sample=300,
            prompt=legacy_completions.HUMAN_PROMPT + " Hello" + legacy_completions.AI_PROMPT,
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
