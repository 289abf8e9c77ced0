from anthropic import AI_PROMPT, Anthropic

HUMAN_PROMPT = "\n\nHuman:  "
client = Anthropic(max_retries=0)


def ask(index, words, is_polite):
    return client.completions.create(
        model="claude-2.1",
        max_tokens_to_sample=300,
        prompt=HUMAN_PROMPT
        + f"Question {index + 1} of {len(words)}:\t"
        + ("please, " if is_polite else "")
        + words[0].strip()
        + f" {words[0]:>6}{{}}"
        + AI_PROMPT,
    ).completion.strip()


print(ask(1, ["why"], True), ask(0, ["  why "], False))
