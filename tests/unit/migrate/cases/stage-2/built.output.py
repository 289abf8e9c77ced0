from anthropic import Anthropic


def completion_text(message):
    return "".join(block.text for block in message.content if block.type == "text")


client = Anthropic(max_retries=0)
TEMPLATE = """Translate this to {language}.

{text}"""


def built(question):
    prompt = ""
    prompt += f"Answer this: {question}"
    reply = client.messages.create(model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": prompt}])
    return completion_text(reply).strip() if reply else ""


def marked(question):
    template = "Read this: {question}"
    prompt = template.format(question=question)
    return completion_text(client.messages.create(model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": prompt}])).strip()


def translated(text):
    reply = client.messages.create(
        model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": TEMPLATE.format(text=text, language="French")}]
    )
    return completion_text(reply).strip()


def replaced(text):
    prompt = TEMPLATE.replace("{language}", "German").replace("{text}", text)
    return completion_text(client.messages.create(model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": prompt}])).strip()


def unpacked(question):
    options = dict(model="claude-opus-4-8", max_tokens=10)
    reply = client.messages.create(messages=[{"role": "user", "content": f"{question}"}], **options)
    return (reply and completion_text(reply)).strip()


def pieces(question):
    stream = client.messages.create(
        model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": f"{question}"}], stream=True
    )
    for chunk in stream:
        if chunk.type != "content_block_delta" or chunk.delta.type != "text_delta":
            continue
        piece = chunk.delta.text
        if piece:
            yield f"{piece.strip()}"


client.messages.create(model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": "Hello"}])
print("\n\nHuman: begins a turn", f"\n\nHuman: of {len('x')}")
if client:
    client.messages.create(model="claude-opus-4-8", max_tokens=10, messages=[{"role": "user", "content": "Hi"}])
print(built("Why?"), marked("a book"), translated("Hello"), replaced("Hello"), unpacked("Who?"))
print("".join(pieces("Where?")).strip())
