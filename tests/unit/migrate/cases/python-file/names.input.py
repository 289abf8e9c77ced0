"""Answers a question."""

from __future__ import annotations

from anthropic import AI_PROMPT, HUMAN_PROMPT, Anthropic

client = Anthropic()


def ask(question: str) -> str:
    reply = client.completions.create(
        model="claude-2.1",
        max_tokens_to_sample=300,
        prompt=f"{HUMAN_PROMPT} {question}{AI_PROMPT}",
        stop_sequences=[HUMAN_PROMPT],
    )
    return reply.completion


print(ask("Why is the sky blue?"))
for part in client.completions.create(
    model="claude-2.1",
    max_tokens_to_sample=300,
    prompt=f"{HUMAN_PROMPT} Hello{AI_PROMPT}",
    stream=True,
):
    print(part.completion, end="", flush=True)
