from anthropic import Anthropic

HUMAN_PROMPT = "\n\nHuman:  "
client = Anthropic(max_retries=0)


def ask(index, words, is_polite):
    return "".join(block.text for block in client.messages.create(
        model="claude-opus-4-8",
        max_tokens=300,
        messages=[{"role": "user", "content": " "
        + f"Question {index + 1} of {len(words)}:\t"
        + ("please, " if is_polite else "")
        + words[0].strip()
        + f" {words[0]:>6}{{}}"}],
    ).content if block.type == "text").strip()


print(ask(1, ["why"], True), ask(0, ["  why "], False))
