import anthropic

client = anthropic.Anthropic(max_retries=0)


def ask(prompt, **options):
    whole = client.completions.create(model="claude-2", max_tokens_to_sample=300, prompt=prompt)
    spread = client.completions.create(
        prompt=f"{anthropic.HUMAN_PROMPT} Hi{anthropic.AI_PROMPT}", **options, max_tokens_to_sample=9
    )
    long = client.completions.create(
        model="claude-2",
        max_tokens_to_sample=100_000,
        prompt=f"{anthropic.HUMAN_PROMPT} Hi{anthropic.AI_PROMPT}",
    )
    return whole.completion + spread.completion + long.completion


async def first_generation(key, text):
    c = anthropic.Client(key)
    return c.completion(
        prompt=f"{anthropic.HUMAN_PROMPT} {text}{anthropic.AI_PROMPT}",
        model="claude-v1",
        max_tokens_to_sample=9,
        stop_sequences=[anthropic.HUMAN_PROMPT],
    )


def quoted(q):
    return client.completions.create(
        model="claude-2", max_tokens_to_sample=10, prompt=anthropic.HUMAN_PROMPT + " " + q["a"] + q['b'] + " '" + anthropic.AI_PROMPT
    ).completion.strip()


current = "\n\nHuman: Hello\n\nAssistant:"


def choose(text):
    global current
    current = text


def ask_current():
    return client.completions.create(model="claude-2", max_tokens_to_sample=10, prompt=current).completion.strip()


def converse(questions):
    prompt = f"{anthropic.HUMAN_PROMPT} Hello{anthropic.AI_PROMPT}"
    for question in questions:
        reply = client.completions.create(model="claude-2", max_tokens_to_sample=10, prompt=prompt)
        prompt = prompt + reply.completion + f"{anthropic.HUMAN_PROMPT} {question}{anthropic.AI_PROMPT}"
    return prompt


class Writer:
    def __init__(self):
        self.model = "claude-2"

    def write(self, text):
        if self.model == "claude-2":
            text += "!"
        return client.completions.create(
            model=self.model, max_tokens_to_sample=10, prompt=f"{anthropic.HUMAN_PROMPT} {text}{anthropic.AI_PROMPT}"
        ).completion.strip()
