from anthropic import Anthropic


def completion_text(message):
    return "".join(block.text for block in message.content if block.type == "text")


client = Anthropic(max_retries=0)


def ask(q, is_short):
    if is_short:
        prompt = f"Be short. {q}"
    else:
        prompt = f"{q}"
    reply = client.messages.create(model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": prompt}])
    return completion_text(reply).strip()


def built(q, extra=None):
    text = "Please answer: " + q
    if extra:
        text += " " + extra
    return completion_text(client.messages.create(model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": text}])).strip()


def grown(q, extra=None):
    prompt = "Hello. "
    prompt += q
    if extra:
        prompt += f" Also {extra}."
    try:
        reply = client.messages.create(model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": prompt}])
    except ValueError:
        reply = None
    if reply is None:
        return ""
    return completion_text(reply).strip()


def chosen(q, is_polite):
    prompt = f"Please: {q}" if is_polite else f"{q}"
    return completion_text(client.messages.create(model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": prompt}])).strip()


print(ask("Why?", True), ask("Why?", False), built("Who?", "Me?"), grown("Hi", "you"), chosen("x", True))
