export const BATCH_HELP: string = `Usage: legacy-completions batch submit|wait|collect FOLDER [options]

  # the folder is what convert --to batch wrote; the key is ANTHROPIC_API_KEY
  legacy-completions convert prompts.jsonl --to batch --model claude-opus-4-8 --max-tokens 300 --out batches
  legacy-completions batch submit batches
  legacy-completions batch wait batches
  legacy-completions batch collect batches --out completions.jsonl --rejects failed.jsonl

Each step can be run again: what was submitted is not submitted twice, and what was downloaded is not asked for again.

Options:
  --interval SECONDS      how long wait waits before it asks again (60)
  --out FILE              where collect writes completions, one a line in the order of the input (standard output)
  --rejects FILE          where collect writes the requests that have none, with the reason

Environment:
  ANTHROPIC_API_KEY       the key; ANTHROPIC_AUTH_TOKEN for a bearer token in its place
  ANTHROPIC_BASE_URL      where the API is (https://api.anthropic.com)

Exit code: 0 when all was done, 1 when a request has no completion or the API could not be used, 2 when the command was
not understood.
`
