"""A program of the second generation, 0.3 to the last with completions: `Anthropic().completions.create()`."""

import asyncio
import json
import sys
from functools import lru_cache

from anthropic import AI_PROMPT, HUMAN_PROMPT, Anthropic, AsyncAnthropic

base_url, calls_file = sys.argv[1:]


# One of each, as programs had them: one that is thrown away while another connects can close the other's socket.
@lru_cache(maxsize=None)
def client_for(kind, key):
    return kind(api_key=key, base_url=base_url)


def fields(call):
    given = {
        "model": call["model"],
        "prompt": call.get("prompt") or f"{HUMAN_PROMPT} {call['question']}{AI_PROMPT}",
        "max_tokens_to_sample": call["max_tokens_to_sample"],
    }
    if "stop_sequences" in call:
        given["stop_sequences"] = call["stop_sequences"]
    return given


def end_of(completion):
    return {"stop_reason": completion.stop_reason, "stop": completion.stop, "model": completion.model}


def failure(error):
    return {
        "class": type(error).__name__,
        "status": getattr(error, "status_code", None),
        "message": str(error),
        "body": getattr(error, "body", None),
    }


def ask(call, seen):
    client = client_for(Anthropic, call["key"])
    if not call["streamed"]:
        completion = client.completions.create(**fields(call))
        seen.update(text=completion.completion, **end_of(completion))
        return
    seen["pieces"] = []
    for completion in client.completions.create(stream=True, **fields(call)):
        seen["pieces"].append(completion.completion)
        seen.update(end_of(completion))


async def ask_async(call, seen):
    client = client_for(AsyncAnthropic, call["key"])
    if not call["streamed"]:
        completion = await client.completions.create(**fields(call))
        seen.update(text=completion.completion, **end_of(completion))
        return
    seen["pieces"] = []
    async for completion in await client.completions.create(stream=True, **fields(call)):
        seen["pieces"].append(completion.completion)
        seen.update(end_of(completion))


async def main():
    with open(calls_file, encoding="utf-8") as file:
        calls = json.load(file)
    for call in calls:
        seen = {"id": call["id"]}
        try:
            if call["mode"] == "async":
                await ask_async(call, seen)
            else:
                ask(call, seen)
        except Exception as error:
            seen["error"] = failure(error)
        print(json.dumps(seen), flush=True)


asyncio.run(main())
