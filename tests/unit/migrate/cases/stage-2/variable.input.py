import asyncio

import anthropic


class Bot:
    def __init__(self, name: str):
        self.client = anthropic.AsyncAnthropic(max_retries=0)
        self.name = name

    async def say(self, words: str):
        prompt = (
            f"You are {self.name}."
            f"{anthropic.HUMAN_PROMPT} {words} {{as is}}"
            f"{anthropic.AI_PROMPT}"
        )
        response = await self.client.completions.create(
            prompt=prompt, model="claude-2", max_tokens_to_sample=300, top_p=1
        )
        print(response.completion.strip(), response.stop_reason != "max_tokens")


asyncio.run(Bot("Ada").say("Hello"))
