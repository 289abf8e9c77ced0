from anthropic import Anthropic


def completion_text(message):
    return "".join(block.text for block in message.content if block.type == "text")


client = Anthropic(max_retries=0)


def ask(question: str, transcript: str):
    reply = client.messages.create(
        model="claude-opus-4-8",
        max_tokens=100,
        messages=[{"role": "user", "content": f"{question} \
            Be brief."}],
    )
    reply = completion_text(reply)
    prompt_content = f"Sum this transcript up: {transcript}"
    prompt = f"\n\nHuman: {prompt_content}\n\nAssistant:"
    with client.messages.stream(model="claude-opus-4-8", max_tokens=100_000, messages=[{"role": "user", "content": prompt_content}]) as stream:
        summary = stream.get_final_message()
    print(prompt.count("\n"), summary.stop_reason is None)
    if summary:
        reply += completion_text(summary)
    return reply.strip()


print(ask("Why?", "Hi."))
