export const COMPLETE_HELP: string = `Usage: legacy-completions complete [options] [prompt]

  # try it: no key, nothing leaves the machine
  legacy-completions complete --emulate 'Why is the sky blue?'

  # a prompt of the old API, from a file or from standard input; the key is ANTHROPIC_API_KEY
  legacy-completions complete --file prompt.txt --model claude-opus-4-8
  printf '\\n\\nHuman: Tell me a joke.\\n\\nAssistant:' | legacy-completions complete

  # another server that speaks the Messages API
  ANTHROPIC_BASE_URL=http://127.0.0.1:11434 legacy-completions complete --model qwen3 'Hi'

The answer goes to standard output as it comes, and what was changed in the call to standard error.

What is asked:
  --file FILE             the prompt; a text without turns is asked as one Human turn
  --model MODEL           the model to ask; a retired one is replaced (what replaced claude-2.1)
  --max-tokens N          max_tokens_to_sample (1024)
  --temperature T         0 to 1
  --stop TEXT             a stop sequence; may be given several times
  --json                  write the whole completion as JSON
  --emulate               answer from a built-in emulator of the API

What becomes of the call:
  --models FILE           JSON: rows that add to the model table, or fields of them
  --prompts HOW           strict, or repair: understand prompts that other tools broke (strict)
  --sampling, --prefill, --thinking, --retired-model, --stop-sequences POLICY
                          adapt, error or pass: what becomes of what a model refuses (adapt)
  --thinking-reserve N    tokens asked for beyond the caller's where a model always thinks (4096)

Environment:
  ANTHROPIC_API_KEY       the key; ANTHROPIC_AUTH_TOKEN for a bearer token in its place
  ANTHROPIC_BASE_URL      where the API is (https://api.anthropic.com)

Exit code: 0 when it was answered, 1 when it was not, 2 when the command was not understood.
`
