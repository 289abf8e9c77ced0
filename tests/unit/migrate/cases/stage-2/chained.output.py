import anthropic


def completion_text(message):
    return "".join(block.text for block in message.content if block.type == "text")


client = anthropic.Anthropic(max_retries=0)
draft = client.messages.create(
    model="claude-opus-4-8",
    max_tokens=300,
    messages=[{"role": "user", "content": "Write a line."}],
)
better = client.messages.create(
    model="claude-opus-4-8",
    max_tokens=300,
    messages=[{"role": "user", "content": f"Write this better: {completion_text(draft).strip()}"}],
)
print(completion_text(better).strip())
