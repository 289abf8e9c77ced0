"""LlamaIndex on an SDK without completions, revived by `install()`: one JSON line per call.

Argument: the proxy's URL.
"""

import json
import sys

import legacy_completions

legacy_completions.install(proxy=sys.argv[1])

from llama_index.llms import Anthropic, ChatMessage  # noqa: E402

model = Anthropic(model="claude-2", max_tokens=100, api_key="test-key")
QUESTION = "Why is the sky blue?"


def attempt(case, call):
    try:
        text = call()
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
    print(json.dumps({"case": case, "text": text}), flush=True)


attempt("complete", lambda: model.complete(QUESTION).text)
attempt("stream_complete", lambda: "".join(piece.delta for piece in model.stream_complete(QUESTION)))
attempt("chat", lambda: model.chat([ChatMessage(role="user", content=QUESTION)]).message.content)
