"""Calls of Claude 2.1 through LiteLLM: one JSON line per call.

Argument: the proxy's URL.
"""

import json
import sys

import litellm

litellm.suppress_debug_info = True
url = sys.argv[1]
messages = [{"role": "user", "content": "Why is the sky blue?"}]
text_model = {"model": "anthropic_text/claude-2.1", "api_base": f"{url}/v1/complete"}
chat_model = {"model": "anthropic/claude-2.1", "api_base": url}


def attempt(case, model, stream=False):
    try:
        reply = litellm.completion(messages=messages, api_key="any", max_tokens=200, stream=stream, **model)
        if stream:
            text = "".join(chunk.choices[0].delta.content or "" for chunk in reply)
        else:
            text = reply.choices[0].message.content
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
    print(json.dumps({"case": case, "text": text}), flush=True)


attempt("anthropic_text without a template is rejected", text_model)
litellm.register_prompt_template(
    model="claude-2.1",
    roles={
        "system": {"pre_message": "", "post_message": ""},
        "user": {"pre_message": "\n\nHuman: ", "post_message": ""},
        "assistant": {"pre_message": "\n\nAssistant: ", "post_message": ""},
    },
    final_prompt_value="\n\nAssistant:",
)
attempt("anthropic_text, whole", text_model)
attempt("anthropic_text, streamed, loses text", text_model, stream=True)
attempt("anthropic, whole", chat_model)
attempt("anthropic, streamed", chat_model, stream=True)
