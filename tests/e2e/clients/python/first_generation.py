"""A program of the first generation, before 0.3: `Client(key).completion()` and dictionaries."""

import asyncio
import json
import sys

import anthropic

api_url, calls_file = sys.argv[1:]


def fields(call):
    given = {
        "model": call["model"],
        "prompt": call.get("prompt")
        or f"{anthropic.HUMAN_PROMPT} {call['question']}{anthropic.AI_PROMPT}",
        "max_tokens_to_sample": call["max_tokens_to_sample"],
    }
    if "stop_sequences" in call:
        given["stop_sequences"] = call["stop_sequences"]
    return given


def end_of(data):
    return {"stop_reason": data["stop_reason"], "stop": data["stop"], "model": data["model"]}


def failure(error):
    # An ApiException says what happened, and then what the server answered.
    said, body = (*error.args, None, None)[:2]
    return {
        "class": type(error).__name__,
        "status": None,
        "message": str(said),
        "body": body if isinstance(body, dict) else None,
    }


def ask(call, seen):
    client = anthropic.Client(call["key"], api_url=api_url)
    if not call["streamed"]:
        data = client.completion(**fields(call))
        seen.update(text=data["completion"], **end_of(data))
        return
    seen["pieces"] = []
    for data in client.completion_stream(**fields(call)):
        seen["pieces"].append(data["completion"])
        seen.update(end_of(data))


async def ask_async(call, seen):
    client = anthropic.Client(call["key"], api_url=api_url)
    if not call["streamed"]:
        data = await client.acompletion(**fields(call))
        seen.update(text=data["completion"], **end_of(data))
        return
    seen["pieces"] = []
    async for data in await client.acompletion_stream(**fields(call)):
        seen["pieces"].append(data["completion"])
        seen.update(end_of(data))


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
