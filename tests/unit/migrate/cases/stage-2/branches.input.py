from anthropic import Anthropic, HUMAN_PROMPT, AI_PROMPT

client = Anthropic(max_retries=0)


def ask(q, is_short):
    if is_short:
        prompt = f"{HUMAN_PROMPT} Be short. {q}{AI_PROMPT}"
    else:
        prompt = f"{HUMAN_PROMPT} {q}{AI_PROMPT}"
    reply = client.completions.create(model="claude-2", max_tokens_to_sample=10, prompt=prompt)
    return reply.completion.strip()


def built(q, extra=None):
    text = "Please answer: " + q
    if extra:
        text += " " + extra
    text = HUMAN_PROMPT + " " + text + AI_PROMPT
    return client.completions.create(model="claude-2", max_tokens_to_sample=10, prompt=text).completion.strip()


def grown(q, extra=None):
    prompt = HUMAN_PROMPT + " Hello. "
    prompt += q
    if extra:
        prompt += f" Also {extra}."
    prompt += AI_PROMPT
    try:
        reply = client.completions.create(model="claude-2", max_tokens_to_sample=10, prompt=prompt)
    except ValueError:
        reply = None
    if reply is None:
        return ""
    return reply.completion.strip()


def chosen(q, is_polite):
    prompt = f"{HUMAN_PROMPT} Please: {q}{AI_PROMPT}" if is_polite else f"{HUMAN_PROMPT} {q}{AI_PROMPT}"
    return client.completions.create(model="claude-2", max_tokens_to_sample=10, prompt=prompt).completion.strip()


print(ask("Why?", True), ask("Why?", False), built("Who?", "Me?"), grown("Hi", "you"), chosen("x", True))
