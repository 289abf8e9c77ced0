import anthropic


def completion_text(message):
    return "".join(block.text for block in message.content if block.type == "text")


client = anthropic.Anthropic(max_retries=0)


def ask(prompt, **options):
    # TODO(legacy-completions: prompt-unknown): the turns of this prompt are known only at run time; convert it by hand: prompt (line 13), https://legacy-completions.github.io/migrate#prompt-unknown
    whole = client.completions.create(model="claude-2", max_tokens_to_sample=300, prompt=prompt)
    # TODO(legacy-completions: arguments-unknown): the arguments of this call are not written in this function; pass them in the call: options (line 16), https://legacy-completions.github.io/migrate#arguments-unknown
    spread = client.completions.create(
        prompt=f"{anthropic.HUMAN_PROMPT} Hi{anthropic.AI_PROMPT}", **options, max_tokens_to_sample=9
    )
    with client.messages.stream(
        model="claude-opus-4-8",
        max_tokens=100_000,
        messages=[{"role": "user", "content": "Hi"}],
    ) as stream:
        long = stream.get_final_message()
    return whole.completion + spread.completion + completion_text(long)


async def first_generation(key, text):
    c = anthropic.Client(key)
    # TODO(legacy-completions: reply-elsewhere): the reply goes where it cannot be followed: return c.completion( prompt=f"{anthropic.HUMAN_… (line 30), https://legacy-completions.github.io/migrate#reply-elsewhere
    return c.completion(
        prompt=f"{anthropic.HUMAN_PROMPT} {text}{anthropic.AI_PROMPT}",
        model="claude-v1",
        max_tokens_to_sample=9,
        stop_sequences=[anthropic.HUMAN_PROMPT],
    )


def quoted(q):
    return completion_text(client.messages.create(
        model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": q["a"] + q['b'] + " '"}]
    )).strip()


current = "\n\nHuman: Hello\n\nAssistant:"


def choose(text):
    global current
    current = text


def ask_current():
    # TODO(legacy-completions: prompt-of-turns): this value may hold whole turns; write them as messages: current (line 54), https://legacy-completions.github.io/migrate#prompt-of-turns
    return client.completions.create(model="claude-2", max_tokens_to_sample=10, prompt=current).completion.strip()


def converse(questions):
    prompt = f"{anthropic.HUMAN_PROMPT} Hello{anthropic.AI_PROMPT}"
    for question in questions:
        # TODO(legacy-completions: prompt-of-turns): this value may hold whole turns; write them as messages: prompt (line 62), https://legacy-completions.github.io/migrate#prompt-of-turns
        reply = client.completions.create(model="claude-2", max_tokens_to_sample=10, prompt=prompt)
        prompt = prompt + reply.completion + f"{anthropic.HUMAN_PROMPT} {question}{anthropic.AI_PROMPT}"
    return prompt


class Writer:
    def __init__(self):
        self.model = "claude-2"

    def write(self, text):
        if self.model == "claude-2":
            text += "!"
        # TODO(legacy-completions: model-shared): this model constant is used outside calls as well; name a live model there: self.model (line 75), https://legacy-completions.github.io/migrate#model-shared
        return client.completions.create(
            model=self.model, max_tokens_to_sample=10, prompt=f"{anthropic.HUMAN_PROMPT} {text}{anthropic.AI_PROMPT}"
        ).completion.strip()
