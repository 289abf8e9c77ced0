"""Sums, each answered within a tag that the prompt has opened."""

from anthropic import AI_PROMPT, HUMAN_PROMPT, Anthropic

client = Anthropic()


def answer(question):
    reply = client.completions.create(
        model="claude-2.1",
        max_tokens_to_sample=100,
        temperature=0,
        stop_sequences=["</answer>"],
        prompt=f"{HUMAN_PROMPT} {question}{AI_PROMPT} <answer>",
    )
    return reply.completion.strip()


for question in ("What is 2 + 3?", "What is 20 / 4?"):
    print(answer(question))
