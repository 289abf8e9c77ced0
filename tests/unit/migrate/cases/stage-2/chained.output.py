import anthropic

client = anthropic.Anthropic(max_retries=0)
draft = client.messages.create(
    model="claude-opus-4-8",
    max_tokens=300,
    messages=[{"role": "user", "content": "Write a line."}],
)
better = client.messages.create(
    model="claude-opus-4-8",
    max_tokens=300,
    messages=[{"role": "user", "content": f"Write this better: {''.join(block.text for block in draft.content if block.type == 'text').strip()}"}],
)
print("".join(block.text for block in better.content if block.type == "text").strip())
