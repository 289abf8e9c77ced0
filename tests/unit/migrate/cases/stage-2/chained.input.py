import anthropic

client = anthropic.Anthropic(max_retries=0)
draft = client.completions.create(
    model="claude-2.1",
    max_tokens_to_sample=300,
    prompt=f"{anthropic.HUMAN_PROMPT} Write a line.{anthropic.AI_PROMPT}",
)
better = client.completions.create(
    model="claude-2.1",
    max_tokens_to_sample=300,
    prompt=f"{anthropic.HUMAN_PROMPT} Write this better: {draft.completion.strip()}{anthropic.AI_PROMPT}",
)
print(better.completion.strip())
