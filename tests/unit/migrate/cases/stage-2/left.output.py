import anthropic

client = anthropic.Anthropic(max_retries=0)


def ask(prompt, **options):
    # TODO(prompt-unknown): the prompt is not written here; only the program knows its turns
    whole = client.completions.create(model="claude-2", max_tokens_to_sample=300, prompt=prompt)
    # TODO(arguments-unknown): the arguments are not written out in the call
    spread = client.completions.create(
        prompt=f"{anthropic.HUMAN_PROMPT} Hi{anthropic.AI_PROMPT}", **options, max_tokens_to_sample=9
    )
    # TODO(long-reply): a reply of this length has to be streamed: with client.messages.stream(…) as stream: stream.get_final_message()
    long = client.completions.create(
        model="claude-2",
        max_tokens_to_sample=100_000,
        prompt=f"{anthropic.HUMAN_PROMPT} Hi{anthropic.AI_PROMPT}",
    )
    return whole.completion + spread.completion + long.completion


async def first_generation(key, text):
    c = anthropic.Client(key)
    # TODO(first-generation): a client of the first generation; construct Anthropic in its place
    return c.completion(
        prompt=f"{anthropic.HUMAN_PROMPT} {text}{anthropic.AI_PROMPT}",
        model="claude-v1",
        max_tokens_to_sample=9,
        stop_sequences=[anthropic.HUMAN_PROMPT],
    )


def quoted(q):
    # TODO(prompt-quotes): a value within the prompt has quotes that cannot stand in the new text
    return client.completions.create(
        model="claude-2", max_tokens_to_sample=10, prompt=anthropic.HUMAN_PROMPT + " " + q["a"] + q['b'] + " '" + anthropic.AI_PROMPT
    ).completion.strip()
