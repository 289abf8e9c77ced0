import { callLine, headerLine } from '../../recording/index.ts'
import { counted, flag, number, text } from '../arguments.ts'
import { type Command, defineCommand, type ValuesOf } from '../command.ts'
import { type CliContext, UsageError } from '../context.ts'
import { readScriptFile } from '../emulator-script.ts'
import { openOutput, writeWhole } from '../files.ts'
import { runRecorded } from '../recorded-run.ts'

const OPTIONS = {
  Recording: {
    output: text('FILE', 'File for the recording; replaces an existing file', {
      short: 'o',
      default: 'recording.jsonl',
    }),
    replies: flag('Record the replies, too, so that verify --replay can replay them'),
  },
  Replies: {
    emulate: flag('Reply from the built-in emulator: no key is needed, and nothing leaves the machine'),
    script: text('FILE', 'Replies and faults of the emulator by request: JSON or YAML; needs --emulate'),
    upstream: text('URL', 'Base URL of the upstream', { default: 'https://api.anthropic.com' }),
  },
  Listening: {
    port: number('PORT', 'Port to listen on (default: a free one)', { short: 'p' }),
  },
} as const

/** `legacy-completions record`: records the calls of a program. */
export const record: Command = defineCommand({
  usage: '[options] [-- <command...>]',
  examples: `
# Record the calls of a program, in any language, without a key.
legacy-completions record --emulate -- node story.mjs
legacy-completions record --emulate -- python sums.py

# Record real replies, to replay them later. The key is that of the program.
legacy-completions record --replies -- npm start

# Record a running system: point its base URL to this address, and end the recording with Ctrl+C.
legacy-completions record --port 8080 --output recording.jsonl`,
  options: OPTIONS,
  takesArguments: true,
  notes: `The program runs with ANTHROPIC_BASE_URL and ANTHROPIC_API_URL set to the recorder. If the program
does not read them, pass the address to it.

The recording holds prompts, and replies with --replies. It holds no keys and no headers.

Exit code: that of the program; 2 for an invalid command line.`,
  run: runRecord,
})

async function runRecord(
  given: ValuesOf<typeof OPTIONS>,
  context: CliContext,
  command: readonly string[],
): Promise<number> {
  if (given.emulate && given.upstream !== undefined)
    throw new UsageError('--emulate and --upstream cannot both be given.')
  if (given.script !== undefined && !given.emulate) throw new UsageError('--script needs --emulate.')
  if (command.length === 0 && given.port === undefined)
    throw new UsageError('Give a command after --, or --port to record a running system.')
  const rules = given.script === undefined ? undefined : readScriptFile(given.script)
  const path = given.output ?? 'recording.jsonl'
  const file = openOutput(path, false)
  const write = (line: string): void => writeWhole(file, new TextEncoder().encode(line))
  const source = given.emulate ? 'emulator' : 'upstream'
  write(headerLine(source))
  let calls = 0
  const code = await runRecorded(
    {
      source,
      rules,
      upstream: given.upstream,
      port: given.port,
      replies: given.replies,
      command,
      onCall(call) {
        calls++
        write(callLine(call))
      },
      onListening(url) {
        if (command.length === 0) context.err(`Recording to ${path}. Set ANTHROPIC_BASE_URL=${url}\n`)
      },
    },
    context,
  )
  context.err(`${counted(calls, 'call')} recorded to ${path}, which holds the prompts.\n`)
  return code
}
