"""Everything that `client.completions` offers, once each: one JSON line per call, to be compared between SDK versions.

Where the SDK has completions, `legacy_completions` leaves them alone, so the same script is its own control.
"""

import asyncio
import inspect
import json
import sys
import warnings

import anthropic
from anthropic import Anthropic, AsyncAnthropic
from legacy_completions import AI_PROMPT, HUMAN_PROMPT, with_completions

base_url = sys.argv[1]
OPTIONS = {"base_url": base_url, "api_key": "test-key", "max_retries": 1}
client = with_completions(Anthropic(**OPTIONS))
async_client = with_completions(AsyncAnthropic(**OPTIONS))


def prompt(question, answer=""):
    return f"{HUMAN_PROMPT} {question}{AI_PROMPT}{answer}"


PLAIN = {"model": "claude-2.1", "max_tokens_to_sample": 100, "prompt": prompt("plain")}
OMITTED = anthropic.NOT_GIVEN


def with_fields(**fields):
    return {**PLAIN, **fields}


# The arguments of one call each; every one is made whole, streamed, raw and with a streamed response.
CALLS = {
    "plain": PLAIN,
    "prefill": with_fields(prompt=prompt("plain", " It is")),
    "turns": with_fields(prompt=f"Be brief.{prompt('Hi', ' Hello!')}{prompt('turns')}"),
    "stop": with_fields(prompt=prompt("count"), stop_sequences=[" four"]),
    "max tokens": with_fields(prompt=prompt("count"), max_tokens_to_sample=3),
    "all fields": with_fields(
        temperature=0.5, top_k=5, top_p=OMITTED, stop_sequences=OMITTED, metadata={"user_id": "u1"}
    ),
    "options of a call": with_fields(
        extra_headers={"x-team": "search"}, extra_query={"beta": "true"}, extra_body={"top_k": 3}, timeout=20
    ),
    "betas": with_fields(betas=["a-2026-01-01", "b-2026-01-01"]),
    "version of the caller": with_fields(extra_headers={"anthropic-version": "2023-06-01"}),
    "unicode": with_fields(prompt=prompt("naïve 日本語 🎉 \u2028 \u0085")),
    "bad prompt": with_fields(prompt=f"{HUMAN_PROMPT} And then?"),
    "unknown field of the API": with_fields(extra_body={"tools": []}),
    "rate limit": with_fields(prompt=prompt("rate limit")),
    "overloaded": with_fields(prompt=prompt("overloaded")),
    "server error": with_fields(prompt=prompt("server error")),
    "not allowed": with_fields(prompt=prompt("not allowed")),
    "error in the stream": with_fields(prompt=prompt("error in the stream")),
    "timeout": with_fields(prompt=prompt("silence"), timeout=0.3),
    "missing arguments": {"model": "claude-2.1"},
    "unknown argument": with_fields(temprature=1),
}


def shown(completion):
    fields = completion.model_dump() if hasattr(completion, "model_dump") else completion.dict()
    # Every version keeps fields that it does not declare, so only their values are of interest.
    names = ("id", "completion", "model", "stop_reason", "type", "stop")
    return {"class": type(completion).__name__, **{n: fields.get(n) for n in names}, "id": fields["id"][:6]}


def failure(error):
    if isinstance(error, TypeError):
        return {"error": "TypeError", "message": str(error).split("create()")[-1]}
    body = getattr(error, "body", None)
    sent = body.get("error", {}) if isinstance(body, dict) else {}
    status = getattr(error, "status_code", None)
    return {"error": type(error).__name__, "status": status, "type": sent.get("type"), "message": sent.get("message")}


def print_line(name, way, outcome):
    print(json.dumps({"call": name, "way": way, "outcome": outcome}, ensure_ascii=True), flush=True)


def whole(params):
    return shown(client.completions.create(**params))


def streamed(params):
    return [shown(chunk) for chunk in client.completions.create(**params, stream=True)]


def entered(params):
    with client.completions.create(**params, stream=True) as stream:
        return shown(next(stream))


def raw(params):
    response = client.completions.with_raw_response.create(**params)
    return [response.headers.get("content-type"), response.status_code, shown(response.parse())]


def raw_stream(params):
    response = client.completions.with_raw_response.create(**params, stream=True)
    return [shown(chunk) for chunk in response.parse()]


def streaming(params):
    with client.completions.with_streaming_response.create(**params) as response:
        return [response.status_code, json.loads(response.read())["completion"]]


def streaming_lines(params):
    with client.completions.with_streaming_response.create(**params, stream=True) as response:
        return [line for line in response.iter_lines() if line.startswith("event: completion")]


def derived(params):
    return shown(client.with_options(max_retries=0, default_headers={"x-a": "b"}).completions.create(**params))


async def async_whole(params):
    return shown(await async_client.completions.create(**params))


async def async_streamed(params):
    return [shown(chunk) async for chunk in await async_client.completions.create(**params, stream=True)]


async def async_raw(params):
    response = await async_client.completions.with_raw_response.create(**params)
    parsed = response.parse()
    return [response.status_code, shown(await parsed if inspect.isawaitable(parsed) else parsed)]


async def async_streaming(params):
    async with async_client.completions.with_streaming_response.create(**params) as response:
        return json.loads(await response.read())["completion"]


async def async_derived(params):
    return shown(await async_client.copy(max_retries=0).completions.create(**params))


WAYS = [whole, streamed, entered, raw, raw_stream, streaming, streaming_lines, derived]
WAYS += [async_whole, async_streamed, async_raw, async_streaming, async_derived]


async def main():
    for name, params in CALLS.items():
        for way in WAYS:
            try:
                outcome = way(params)
                if inspect.isawaitable(outcome):
                    outcome = await outcome
            except Exception as error:
                outcome = failure(error)
            print_line(name, way.__name__, outcome)
    print_line("constants", "import", [HUMAN_PROMPT, AI_PROMPT, client.HUMAN_PROMPT, client.AI_PROMPT])
    print_line("identity", "attribute", client.completions is client.completions)
    stranger = with_completions(Anthropic(**{**OPTIONS, "api_key": "invalid-key"}))
    try:
        stranger.completions.create(**PLAIN)
    except Exception as error:
        print_line("wrong key", "whole", failure(error))
    together = await asyncio.gather(*(async_whole(PLAIN) for _ in range(20)))
    print_line("twenty at once", "async_whole", together)


warnings.simplefilter("ignore")
asyncio.run(main())
