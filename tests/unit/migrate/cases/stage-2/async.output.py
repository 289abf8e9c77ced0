import asyncio
import anthropic as a


def completion_text(message):
    return "".join(block.text for block in message.content if block.type == "text")


client = a.AsyncAnthropic(max_retries=0)


async def ask(q):
    prompt = q
    async with client.messages.stream(model="claude-opus-4-8", max_tokens=50000, messages=[{"role": "user", "content": prompt}]) as stream:
        r = completion_text(await stream.get_final_message())
    return r.strip()


async def two(q: str, limit: int):
    async with client.messages.stream(model="claude-opus-4-8", max_tokens=min(limit, 128000), messages=[{"role": "user", "content": q}]) as stream:
        answer = await stream.get_final_message()
    answer = completion_text(answer)
    print(answer.strip())
    return answer.strip()


async def main():
    print(await ask("x"), await two("y", 90000))


asyncio.run(main())
