"""LangChain's newest class for prompts, which calls the Messages API, with a transcript of three turns.

Arguments: the proxy's URL, and `install` to restore the removed names first.
"""

import json
import sys

if "install" in sys.argv:
    import legacy_completions

    legacy_completions.install(proxy=sys.argv[1])

from langchain_anthropic import AnthropicLLM  # noqa: E402

model = AnthropicLLM(
    model="claude-opus-4-8", max_tokens=100, anthropic_api_key="any", anthropic_api_url=sys.argv[1]
)
prompt = "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Why is the sky blue?\n\nAssistant:"
print(json.dumps({"case": "whole", "text": model.invoke(prompt, stop=["\n\nHuman:"])}))
