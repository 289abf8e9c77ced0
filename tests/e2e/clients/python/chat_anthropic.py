"""LangChain's chat class, which calls the Messages API, with a retired model: one JSON line per call.

Argument: the proxy's URL.
"""

import json
import sys

from langchain_anthropic import ChatAnthropic

model = ChatAnthropic(
    model="claude-2.1",
    temperature=0.5,
    max_tokens=200,
    anthropic_api_key="any",
    anthropic_api_url=sys.argv[1],
    max_retries=0,
)
messages = [("human", "Why is the sky blue?")]
begun = [*messages, ("ai", "Air scatters blue light")]


def attempt(case, call):
    try:
        text = call()
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
    print(json.dumps({"case": case, "text": text}), flush=True)


attempt("whole", lambda: model.invoke(messages).content)
attempt("streamed", lambda: "".join(piece.content for piece in model.stream(messages)))
attempt("prefill", lambda: model.invoke(begun).content)
