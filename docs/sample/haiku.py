"""A single question, and no more."""

from anthropic import AI_PROMPT, HUMAN_PROMPT, Anthropic

client = Anthropic()
reply = client.completions.create(
    model="claude-2.1",
    max_tokens_to_sample=100,
    prompt=f"{HUMAN_PROMPT} Write a haiku.{AI_PROMPT}",
)
print(reply.completion.strip())
