def ask(question):
    try:
        from anthropic import (
            Anthropic as Claude,
        )
        from legacy_completions import AI_PROMPT, HUMAN_PROMPT, with_completions
    except ImportError:
        return "pip install anthropic"
    with with_completions(Claude(max_retries=0)) as claude:
        return claude.completions.create(
            model="claude-instant-1.2",
            max_tokens_to_sample=300,
            prompt=HUMAN_PROMPT + " " + question + AI_PROMPT,
        ).completion


print(ask("Why is the sky blue?"))
