import os

from anthropic import AI_PROMPT, HUMAN_PROMPT, Anthropic

client = Anthropic(max_retries=0)
MODEL = "claude-2.1"


def ask(question: str) -> str:
    reply = client.completions.create(
        model=MODEL,
        max_tokens_to_sample=300,
        temperature=0.0,
        prompt=f"{HUMAN_PROMPT} Answer {question!r} in {len(question):>3} words.\n{AI_PROMPT}",
        stop_sequences=[HUMAN_PROMPT],
    )
    if reply.stop_reason == "stop_sequence":
        return reply.completion.strip()
    return f"{reply.completion}…"


def ask_instant(question: str) -> str:
    return client.completions.create(
        model="claude-instant-1.2",
        max_tokens_to_sample=300,
        temperature=0.5,
        prompt=HUMAN_PROMPT + " " + question + AI_PROMPT,
    ).completion.strip()


def stream(topic: str) -> None:
    joke = client.completions.create(
        model=MODEL,
        max_tokens_to_sample=300,
        prompt=f"""{HUMAN_PROMPT} Tell me a joke.
It is about {topic}.{AI_PROMPT}""",
        stream=True,
    )
    for data in joke:
        print(data.completion, end="", flush=True)


print(ask("why?"))
print(ask_instant(os.environ.get("QUESTION", "why?")))
stream("the sea")
