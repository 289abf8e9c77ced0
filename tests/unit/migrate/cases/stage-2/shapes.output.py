import sys
from anthropic import (
    Anthropic,
)


def completion_text(message):
    return "".join(block.text for block in message.content if block.type == "text")


client = Anthropic(max_retries=0)


def ask(q):
    x = client.messages.create(model="claude-opus-4-8", max_tokens=10, messages=[{'role': 'user', 'content': f'{q["a"]} {q["b"]!s:>4}'}])
    print(f"{completion_text(x)}|", completion_text(x))
    return completion_text(client.messages.create(
        model="claude-opus-4-8",  # the best of 2023
        max_tokens=10,
        messages=[{"role": "user", "content": q["b"] + " and \"c\""}],
    )).strip()


def stream(q):
    out = ""
    for event in client.messages.create(
        model="claude-opus-4-8",
        max_tokens=10,
        messages=[{"role": "user", "content": f"{q}"}],
        stream=True,
    ):
        # all of it
        if event.type != "content_block_delta" or event.delta.type != "text_delta":
            continue
        out += event.delta.text
        sys.stdout.write(event.delta.text)
    return out


def pieces(q):
    reply = client.messages.create(
        model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": f"{q}"}], stream=True
    )
    for piece in reply:
        if piece.type != "content_block_delta" or piece.delta.type != "text_delta":
            continue
        yield piece.delta.text


Q = {"a": "Why", "b": "not?"}
print(ask(Q), stream("Why?"), "".join(pieces("Why?")))
