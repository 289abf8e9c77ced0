import asyncio
import anthropic as a

client = a.AsyncAnthropic(max_retries=0)


async def ask(q):
    prompt = a.HUMAN_PROMPT + " " + q + a.AI_PROMPT
    r = (await client.completions.create(model="claude-2", max_tokens_to_sample=50000, prompt=prompt)).completion
    return r.strip()


async def two(q: str, limit: int):
    answer = await client.completions.create(model="claude-2", max_tokens_to_sample=limit, prompt=f"{a.HUMAN_PROMPT} {q}{a.AI_PROMPT}")
    answer = answer.completion
    print(answer.strip())
    return answer.strip()


async def main():
    print(await ask("x"), await two("y", 90000))


asyncio.run(main())
