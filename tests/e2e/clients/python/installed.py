"""A library that imports the removed names, revived by `install()`: one JSON line per call.

Argument: the proxy's URL.
"""

import json
import sys

import legacy_completions

legacy_completions.install(proxy=sys.argv[1])

from langchain_community.chat_models import ChatAnthropic  # noqa: E402
from langchain_community.llms import Anthropic  # noqa: E402

llm = Anthropic(model="claude-2.1", anthropic_api_key="test-key", max_tokens_to_sample=100)


def attempt(case, call):
    try:
        seen = call()
    except Exception as error:
        seen = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps({"case": case, **seen}), flush=True)


attempt("whole", lambda: {"text": llm.invoke("plain")})
attempt("streamed", lambda: {"pieces": list(llm.stream("plain"))})
attempt("generated", lambda: {"text": llm.generate(["plain"]).generations[0][0].text})

chat = ChatAnthropic(model="claude-2.1", anthropic_api_key="test-key", max_tokens_to_sample=100)
attempt("chat", lambda: {"text": chat.invoke([("system", "Be brief."), ("human", "plain")]).content})
attempt("chat, streamed", lambda: {"pieces": [piece.content for piece in chat.stream([("human", "plain")])]})
