from anthropic import AI_PROMPT, HUMAN_PROMPT, Anthropic

client = Anthropic(max_retries=0)


def ask(question: str, transcript: str):
    reply = client.completions.create(
        model="claude-2.0",
        max_tokens_to_sample=100,
        prompt=f"\n\nHuman: {question} \
            Be brief.\n\nAssistant:",
    )
    reply = reply.completion
    prompt = f"{HUMAN_PROMPT} Sum this transcript up: {transcript}{AI_PROMPT}"
    summary = client.completions.create(model="claude-2.0", max_tokens_to_sample=100_000, prompt=prompt)
    print(prompt.count("\n"), summary.stop_reason is None)
    if summary:
        reply += summary.completion
    return reply.strip()


print(ask("Why?", "Hi."))
