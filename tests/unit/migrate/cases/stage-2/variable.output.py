import asyncio

import anthropic


class Bot:
    def __init__(self, name: str):
        self.client = anthropic.AsyncAnthropic(max_retries=0)
        self.name = name

    async def say(self, words: str):
        response = await self.client.messages.create(
            system=f"You are {self.name}.", messages=[{"role": "user", "content": f"{words} {{as is}}"}], model="claude-opus-4-8", max_tokens=300
        )
        print("".join(block.text for block in response.content if block.type == "text").strip(), response.stop_reason not in ("max_tokens", "model_context_window_exceeded"))


asyncio.run(Bot("Ada").say("Hello"))
