export const CONVERT_HELP: string = `Usage: legacy-completions convert [options] [file …]

  # one prompt: a file, or standard input
  legacy-completions convert prompt.txt
  legacy-completions convert prompt.txt --to curl --model claude-opus-4-8 --max-tokens 300

  # a file of JSON lines: the field "prompt" becomes "system" and "messages", all else stays as it is
  legacy-completions convert prompts.jsonl --out messages.jsonl --rejects rejects.jsonl

  # the same in a pipe, for a field of another name
  legacy-completions convert --field question < questions.jsonl > asked.jsonl

  # and back
  legacy-completions convert --reverse messages.jsonl --out prompts.jsonl

  # whole requests, and files of requests for Message Batches
  legacy-completions convert prompts.jsonl --to request --model claude-opus-4-8 --max-tokens 300
  legacy-completions convert prompts.jsonl --to batch --model claude-opus-4-8 --max-tokens 300 --out batches

What becomes of it:
  --to WHAT               messages, request, batch; for single prompts also curl, typescript, python (messages)
  --reverse               from messages to prompts
  --out FILE              where it goes (standard output); for --to batch a directory

JSON lines, which files named .jsonl or .ndjson are taken for:
  --field NAME            the field that holds the prompt (prompt); says that the input is JSON lines
  --rejects FILE          keep the lines that could not be converted there, with number, reason and remedy
  --resume                go on where an interrupted run of the same command ended
  --threads N             how many threads convert a file (one for each core)

Requests; a record's own parameters of the old API come before these:
  --model MODEL           the model to ask; a retired one is replaced
  --max-tokens N          max_tokens_to_sample
  --models FILE           JSON: rows that add to the model table, or fields of them
  --prompts HOW           strict, or repair: understand prompts that other tools broke (strict)
  --sampling, --prefill, --thinking, --retired-model, --stop-sequences POLICY
                          adapt, error or pass: what becomes of what a model refuses (adapt)
  --thinking-reserve N    tokens asked for beyond the caller's where a model always thinks (4096)

Exit code: 0 when all was converted, 1 when something could not be, 2 when the command was not understood.
`
