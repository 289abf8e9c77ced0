"""A program that asked through LangChain, whose class for text models called completions: a prompt in, a text out."""

import asyncio
import json
import sys
from functools import lru_cache

try:
    from langchain_anthropic import AnthropicLLM as Anthropic
except ImportError:
    from langchain.llms import Anthropic

anthropic_api_url, calls_file = sys.argv[1:]


# Kept: one that is thrown away while another connects can close the other's socket.
@lru_cache(maxsize=None)
def llm_for(key, model, max_tokens_to_sample):
    return Anthropic(
        model=model,
        max_tokens_to_sample=max_tokens_to_sample,
        anthropic_api_key=key,
        anthropic_api_url=anthropic_api_url,
    )


def failure(error):
    return {
        "class": type(error).__name__,
        "status": getattr(error, "status_code", None),
        "message": str(error),
        "body": getattr(error, "body", None),
    }


async def ask(call, seen):
    llm = llm_for(call["key"], call["model"], call["max_tokens_to_sample"])
    prompt, stop = call["prompt"], call.get("stop_sequences")
    if call["streamed"]:
        pieces = seen["pieces"] = []
        if call["mode"] == "async":
            async for piece in llm.astream(prompt, stop=stop):
                pieces.append(piece)
        else:
            for piece in llm.stream(prompt, stop=stop):
                pieces.append(piece)
    elif call["mode"] == "async":
        seen["text"] = await llm.ainvoke(prompt, stop=stop)
    else:
        seen["text"] = llm.invoke(prompt, stop=stop)


async def main():
    with open(calls_file, encoding="utf-8") as file:
        calls = json.load(file)
    for call in calls:
        seen = {"id": call["id"]}
        try:
            await ask(call, seen)
        except Exception as error:
            seen["error"] = failure(error)
        print(json.dumps(seen), flush=True)


asyncio.run(main())
