def ask(question):
    try:
        from anthropic import (
            AI_PROMPT,
            HUMAN_PROMPT,
            Anthropic as Claude,
        )
    except ImportError:
        return "pip install anthropic"
    with Claude(max_retries=0) as claude:
        return claude.completions.create(
            model="claude-instant-1.2",
            max_tokens_to_sample=300,
            prompt=HUMAN_PROMPT + " " + question + AI_PROMPT,
        ).completion


print(ask("Why is the sky blue?"))
