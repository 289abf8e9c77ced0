"""What `legacy_completions` adds on `anthropic` 1.0 and later: one JSON line per check, with whether it holds.

Arguments: the proxy's URL, the URL of the API behind it, a URL where nothing listens.
"""

import asyncio
import contextlib
import json
import sys
import warnings

import anthropic
import legacy_completions
from anthropic import Anthropic, AnthropicBedrock, AnthropicError, APIConnectionError, AsyncAnthropic, NotFoundError
from legacy_completions import AI_PROMPT, HUMAN_PROMPT, Completion, CompletionsWarning, install, with_completions

proxy_url, api_url, closed_url = sys.argv[1:]
PLAIN = {"model": "claude-2.1", "max_tokens_to_sample": 100, "prompt": f"{HUMAN_PROMPT} plain{AI_PROMPT}"}
MESSAGE = {"model": "claude-opus-4-8", "max_tokens": 20, "messages": [{"role": "user", "content": "Hi"}]}


def check(name, holds, detail=None):
    print(json.dumps({"check": name, "holds": bool(holds), "detail": detail}), flush=True)


def raised(kind, action):
    try:
        action()
    except kind as error:
        return str(error)
    return ""


def make(kind=Anthropic, base_url=proxy_url, **options):
    return kind(api_key="test-key", base_url=base_url, max_retries=0, **options)


def warnings_of(action):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action()
    return [warning for warning in caught if issubclass(warning.category, CompletionsWarning)]


client = with_completions(make())

first = warnings_of(lambda: client.completions.create(**PLAIN))
check("warns of each diagnostic of the proxy", any("retired-model" in str(w.message) for w in first), len(first))
check("names the line of the caller in a warning", all(w.filename == __file__ for w in first))
check("warns of a diagnostic once", warnings_of(lambda: client.completions.create(**PLAIN)) == [])

said = raised(AnthropicError, lambda: with_completions(Anthropic(api_key="k")))
check("rejects the vendor's base URL at once", "needs a proxy" in said and "legacy-completions serve" in said, said)
closed = with_completions(make(base_url=closed_url))
said = raised(APIConnectionError, lambda: closed.completions.create(**PLAIN))
check("says how to start a proxy where none runs", "legacy-completions serve" in said, said)
said = raised(APIConnectionError, lambda: closed.completions.create(**PLAIN, stream=True))
check("says so for a stream, too", "legacy-completions serve" in said, said)
no_proxy = with_completions(make(base_url=f"{api_url}/elsewhere"))
said = raised(NotFoundError, lambda: no_proxy.completions.create(**PLAIN))
check("says that a server is no proxy", "does not look like a legacy-completions proxy" in said, said)

said = raised(TypeError, lambda: with_completions(AnthropicBedrock(aws_region="us-east-1")))
check("rejects a client for Bedrock", "AnthropicBedrock" in said, said)

apart = with_completions(make(base_url=api_url), proxy=proxy_url)
check("sends only completions to the proxy", apart.completions.create(**PLAIN).completion == " Echo of plain")
check("sends messages to the API", apart.messages.create(**MESSAGE).content[0].text == "direct: Hi")
check("keeps the proxy on a derived client", apart.with_options(timeout=9).completions.create(**PLAIN).completion)

with client.completions.stream(**PLAIN) as stream:
    check("streams in a with statement", "".join(chunk.completion for chunk in stream) == " Echo of plain")
check("streams in a loop", "".join(c.completion for c in client.completions.stream(**PLAIN)) == " Echo of plain")
sent = client.completions.with_raw_response.create(**PLAIN).http_response.request.headers
check("names the version of the interface", sent["anthropic-version"] == "2023-06-01", sent["anthropic-version"])


async def check_async():
    own = with_completions(make(AsyncAnthropic))
    check("streams in async for", "".join([c.completion async for c in own.completions.stream(**PLAIN)]))
    async with own.completions.stream(**PLAIN) as entered:
        check("streams in async with", "".join([c.completion async for c in entered]) == " Echo of plain")
    awaited = await own.completions.stream(**PLAIN)
    check("streams when awaited", "".join([c.completion async for c in awaited]) == " Echo of plain")
    say = ""
    try:
        await with_completions(make(AsyncAnthropic, closed_url)).completions.create(**PLAIN)
    except APIConnectionError as error:
        say = str(error)
    check("says how to start a proxy to an asynchronous caller", "legacy-completions serve" in say, say)


asyncio.run(check_async())

install()
# What libraries import.
from anthropic import AI_PROMPT as INSTALLED_AI, HUMAN_PROMPT as INSTALLED_HUMAN  # noqa: E402
from anthropic.resources.completions import AsyncCompletions, Completions  # noqa: E402
from anthropic.types import Completion as InstalledCompletion  # noqa: E402
from anthropic.types.completion import Completion as CompletionOfModule  # noqa: E402
from anthropic.types.completion_create_params import CompletionCreateParams  # noqa: E402,F401

check("restores the constants", (INSTALLED_HUMAN, INSTALLED_AI) == ("\n\nHuman:", "\n\nAssistant:"))
check("restores the types", InstalledCompletion is Completion is CompletionOfModule)
restored = make()
check("restores completions", restored.completions.create(**PLAIN).completion == " Echo of plain")
check("restores the classes", isinstance(restored.completions, Completions))
check("restores completions of asynchronous clients", isinstance(make(AsyncAnthropic).completions, AsyncCompletions))
check("restores the constants of a client", restored.HUMAN_PROMPT == HUMAN_PROMPT)
check("keeps completions on a derived client", restored.with_options(timeout=9).completions.create(**PLAIN))
said = raised(AnthropicError, lambda: Anthropic(api_key="k").completions.create(**PLAIN))
check("rejects the vendor's base URL of an installed client", "needs a proxy" in said, said)
said = raised(NotImplementedError, lambda: restored.count_tokens("a"))
check("says why count_tokens is not restored", "messages.count_tokens" in said, said)
check("accepts a client after install", with_completions(make(base_url=api_url), proxy=proxy_url).completions)


class Own(Anthropic):
    pass


check("restores completions of a subclass", make(Own).completions.create(**PLAIN).completion == " Echo of plain")
