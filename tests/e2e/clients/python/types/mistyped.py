"""Calls that type checkers reject: one on each line that says so."""

from anthropic import Anthropic
from legacy_completions import with_completions

client = with_completions(Anthropic())
client.completions.create(model="claude-2.1", max_tokens_to_sample=1)  # no prompt
client.completions.create(model="claude-2.1", max_tokens_to_sample=1, prompt="", temprature=1)  # an unknown name
client.completions.create(model="claude-2.1", max_tokens_to_sample="1", prompt="")  # a text for a number
with_completions(object())  # no client
