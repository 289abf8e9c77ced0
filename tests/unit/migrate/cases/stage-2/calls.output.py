import os

from anthropic import Anthropic


def completion_text(message):
    return "".join(block.text for block in message.content if block.type == "text")


client = Anthropic(max_retries=0)
MODEL = "claude-opus-4-8"


def ask(question: str) -> str:
    reply = client.messages.create(
        model=MODEL,
        max_tokens=300,
        messages=[{"role": "user", "content": f"Answer {question!r} in {len(question):>3} words.\n"}],
        stop_sequences=["\n\nHuman:"],
    )
    if reply.stop_reason in ("end_turn", "stop_sequence"):
        return completion_text(reply).strip()
    return f"{completion_text(reply)}…"


def ask_instant(question: str) -> str:
    return completion_text(client.messages.create(
        model="claude-haiku-4-5-20251001",
        max_tokens=300,
        extra_body={"temperature": 0.5},
        extra_headers={"anthropic-version": "2023-06-01"},
        messages=[{"role": "user", "content": question}],
    )).strip()


def stream(topic: str) -> None:
    joke = client.messages.create(
        model=MODEL,
        max_tokens=300,
        messages=[{"role": "user", "content": f"""Tell me a joke.
It is about {topic}."""}],
        stream=True,
    )
    for data in joke:
        if data.type != "content_block_delta" or data.delta.type != "text_delta":
            continue
        print(data.delta.text, end="", flush=True)


print(ask("why?"))
print(ask_instant(os.environ.get("QUESTION", "why?")))
stream("the sea")
