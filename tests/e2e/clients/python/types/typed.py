"""Calls that type checkers accept: `assert_type` says what each returns."""

from anthropic import Anthropic, AsyncAnthropic, AsyncStream, Stream
from legacy_completions import AI_PROMPT, HUMAN_PROMPT, AsyncCompletions, Completion, Completions, with_completions
from typing_extensions import assert_type

PROMPT = f"{HUMAN_PROMPT} Hello{AI_PROMPT}"


def whole(is_streamed: bool) -> None:
    client = with_completions(Anthropic(), proxy="http://127.0.0.1:8080")
    assert_type(client.completions, Completions)
    completion = client.completions.create(model="claude-2.1", max_tokens_to_sample=1, prompt=PROMPT)
    assert_type(completion, Completion)
    assert_type(completion.stop_reason, "str | None")
    streamed = client.completions.create(model="claude-2.1", max_tokens_to_sample=1, prompt=PROMPT, stream=True)
    assert_type(streamed, Stream[Completion])
    either = client.completions.create(model="claude-2.1", max_tokens_to_sample=1, prompt=PROMPT, stream=is_streamed)
    assert_type(either, "Completion | Stream[Completion]")
    raw = client.completions.with_raw_response.create(model="claude-2.1", max_tokens_to_sample=1, prompt=PROMPT)
    assert_type(raw.parse(), Completion)
    with client.completions.stream(model="claude-2.1", max_tokens_to_sample=1, prompt=PROMPT) as stream:
        for chunk in stream:
            assert_type(chunk.completion, str)
    client.messages.create(model="claude-opus-4-8", max_tokens=1, messages=[{"role": "user", "content": "Hi"}])


async def asynchronous() -> None:
    client = with_completions(AsyncAnthropic())
    assert_type(client.completions, AsyncCompletions)
    completion = await client.completions.create(model="claude-2.1", max_tokens_to_sample=1, prompt=PROMPT)
    assert_type(completion, Completion)
    opened = await client.completions.create(model="claude-2.1", max_tokens_to_sample=1, prompt=PROMPT, stream=True)
    assert_type(opened, AsyncStream[Completion])
    async for chunk in client.completions.stream(model="claude-2.1", max_tokens_to_sample=1, prompt=PROMPT):
        assert_type(chunk.completion, str)
