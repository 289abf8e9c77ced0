/** What was asked for cannot be done as it was said: the message is for the person at the terminal. */
export class UsageError extends Error {}

export const HELP: string = `Usage: legacy-completions <command> [options]

  legacy-completions serve --emulate              a proxy and a backend, without a key
  legacy-completions serve --port 8080            a proxy to the Messages API
  legacy-completions audit .                      the uses of Text Completions in a codebase
  legacy-completions migrate .                    what would be rewritten of it, as a diff
  legacy-completions convert prompts.jsonl        prompts to messages, line by line
  legacy-completions complete --emulate 'Hi'      one prompt, one answer
  legacy-completions serve --help                 everything it takes

Commands:
  serve      keep /v1/complete alive for programs in any language
  audit      find the uses of Text Completions in source files
  migrate    rewrite them: imports first, then calls
  convert    prompts to what the Messages API takes, and back
  batch      run what convert --to batch wrote as Message Batches
  complete   ask one prompt, for trying a backend

Options:
  --help       show this, or the help of a command
  --version    show the version
`

export const SERVE_HELP: string = `Usage: legacy-completions serve [options]

  # try it: no key, nothing leaves the machine
  legacy-completions serve --emulate
  curl http://127.0.0.1:8080/v1/complete -H 'x-api-key: any' -H 'anthropic-version: 2023-06-01' \\
    -d '{"model":"claude-2.1","max_tokens_to_sample":100,"prompt":"\\n\\nHuman: Hi\\n\\nAssistant:"}'

  # in front of the Messages API; each client brings its own key
  legacy-completions serve --port 8080

  # the proxy holds the key (ANTHROPIC_API_KEY); clients present a token, one a line in the file
  legacy-completions serve --hold-key --tokens-file tokens.txt

  # a tenth of the users to the Messages API, the others to a server that still has the old endpoint
  legacy-completions serve --upstream https://gateway.example --endpoint rollout:0.1

  # a gateway's own models, and nothing adapted silently
  legacy-completions serve --upstream http://127.0.0.1:11434 --models models.json --prefill error

Where:
  --host HOST             address to listen on (127.0.0.1)
  --port PORT             port to listen on (8080)
  --upstream URL          where requests go (https://api.anthropic.com)
  --emulate               answer from a built-in emulator of the API instead

What becomes of a call:
  --endpoint WHERE        messages, complete, or rollout:FRACTION (messages)
  --models FILE           JSON: rows that add to the model table, or fields of them
  --prompts HOW           strict, or repair: understand prompts that other tools broke (strict)
  --sampling, --prefill, --max-tokens, --thinking, --retired-model, --stop-sequences POLICY
                          adapt, error or pass: what becomes of what a model refuses (adapt)
  --thinking-reserve N    tokens asked for beyond the caller's where a model always thinks (4096)

Keys:
  --hold-key              use ANTHROPIC_API_KEY for all clients; needs --tokens-file
  --tokens-file FILE      what clients present in place of a key, one a line, 16 characters or more
  --key-header NAME       x-api-key or authorization: the header the upstream wants the key in

Limits:
  --max-body BYTES        largest body of a request (33554432)
  --max-header BYTES      largest head of a request (16384)
  --max-concurrent N      requests at once; more are answered 529 (no limit)
  --timeout MS            how long the upstream may be silent (600000)

Watching it:
  --log-level LEVEL       fatal, error, warn, info, debug or silent (info); one JSON line a request
  GET /healthz            answers while it runs
  GET /readyz             answers 200 while it takes requests
  GET /metrics            Prometheus

SIGTERM and SIGINT let open requests finish; a second one does not.
`

export const AUDIT_HELP: string = `Usage: legacy-completions audit <paths> [options]

  # what is there, for a person at a terminal
  legacy-completions audit .

  # a page to send around: charts, a table to filter, each prompt beside its messages
  legacy-completions audit . --format html --output audit.html

  # what will happen to each call on the model it is to move to
  legacy-completions audit src --target claude-opus-4-8

  # in CI: accept what is there today, fail on what is new, show it beside the lines
  legacy-completions audit . --write-baseline audit-baseline.json
  legacy-completions audit . --baseline audit-baseline.json --format sarif --output audit.sarif

What is looked at:
  --exclude PATTERN       leave out, in the manner of .gitignore; may be given more than once
  --no-gitignore          look at what .gitignore leaves out, too
  --max-file-size BYTES   larger files are named and not read (1048576)
  --messages-models       report retired models of the Messages API, too

What is said of it:
  --target MODEL          say what will happen to each call there: prefill, sampling, limits
  --format FORMAT         table, json, markdown, sarif or html (table)
  --output FILE           write it there and not to the terminal
  --baseline FILE         leave out the uses that this file holds
  --write-baseline FILE   put all uses into this file, and report none
  --fail-on SEVERITY      error, warning, info or never: from where on the exit code is 1 (warning)

A comment keeps a use out of the report, if it says why; for its own line or, alone, for the next:
  // legacy-completions-ignore: replays recorded traffic
  // legacy-completions-ignore retired-model: the name of a fixture
  // legacy-completions-ignore-file: generated

Exit code: 0 nothing found, 1 found something, 2 could not do it. Nothing is sent anywhere; keys are blacked out.
`
