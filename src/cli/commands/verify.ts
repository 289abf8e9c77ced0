import { readFileSync, writeFileSync } from 'node:fs'
import {
  FORMATS,
  isSame,
  matchCalls,
  type RecordedCall,
  type Recording,
  readRecording,
  report,
} from '../../recording/index.ts'
import { choice, flag, text } from '../arguments.ts'
import { type Command, defineCommand, type ValuesOf } from '../command.ts'
import { type CliContext, UsageError } from '../context.ts'
import { withFile } from '../files.ts'
import { runRecorded } from '../recorded-run.ts'

const OPTIONS = {
  Replies: {
    replay: flag('Reply with the recorded replies'),
    emulate: flag('Reply from the built-in emulator (default: like the recording)'),
    upstream: text('URL', 'Send the requests there'),
    against: text('FILE', 'Compare with another recording instead of running a command'),
  },
  Report: {
    format: choice('FORMAT', FORMATS, 'Format of the report', { short: 'f', default: 'table' }),
    output: text('FILE', 'Write the report to a file', { short: 'o' }),
  },
} as const

/** `legacy-completions verify`: runs a program again and compares its calls with a recording. */
export const verify: Command = defineCommand({
  usage: '<recording> [options] -- <command...>',
  examples: `
# Record a program, rewrite it, and prove that it still makes the same calls.
legacy-completions record --emulate -- node story.mjs
legacy-completions migrate story.mjs --stage 2 --write
legacy-completions verify recording.jsonl -- node story.mjs

# Without a key, with the replies of the recording.
legacy-completions verify recording.jsonl --replay -- npm start

# A page to send to others.
legacy-completions verify recording.jsonl --format html --output verify.html -- npm start`,
  options: OPTIONS,
  takesArguments: true,
  notes: `verify compares the Messages requests of both runs. It matches calls by content, not by order. A call is
identical, equivalent (with the reason), changed (with the difference), missing or new.

What the program writes goes to standard error; the report goes to standard output. The report quotes parts of prompts.

Exit code: 0 when every call is identical or equivalent, 1 when one is not or the program failed, 2 for an
invalid command line.`,
  run: runVerify,
})

async function runVerify(
  given: ValuesOf<typeof OPTIONS>,
  context: CliContext,
  positionals: readonly string[],
): Promise<number> {
  const [path, ...command] = positionals
  if (path === undefined) throw new UsageError('Give the recording to compare with.')
  const sources = [given.replay, given.emulate, given.upstream !== undefined, given.against !== undefined]
  if (sources.filter(Boolean).length > 1)
    throw new UsageError('Give only one of --replay, --emulate, --upstream and --against.')
  const recording = readFile(path)
  const isRun = given.against === undefined
  if (isRun === (command.length === 0))
    throw new UsageError(isRun ? 'Give a command after --.' : '--against does not run a command.')
  if (given.replay && !recording.calls.some(call => call.reply !== undefined))
    throw new UsageError(`--replay: ${path} has no replies. Record them with record --replies.`)

  const after: RecordedCall[] = []
  let code = 0
  if (given.against !== undefined) after.push(...readFile(given.against).calls)
  else
    code = await runRecorded(
      {
        source: sourceOf(given, recording),
        calls: recording.calls,
        upstream: given.upstream,
        replies: false,
        command,
        onCall: call => void after.push(call),
        onOutput: context.err,
      },
      context,
    )
  after.sort((a, b) => a.order - b.order)
  const calls = matchCalls(recording.calls, after)
  const result = report(calls, given.format ?? 'table')
  if (given.output === undefined) context.out(result)
  else {
    const { output } = given
    withFile(output, () => writeFileSync(output, result))
    context.err(`The report was written to ${output}.\n`)
  }
  if (code !== 0) context.err(`The program ended with exit code ${code}.\n`)
  if (calls.length === 0)
    context.err('No call reached the recorder. Does the program read ANTHROPIC_BASE_URL?\n')
  return code === 0 && calls.length > 0 && isSame(calls) ? 0 : 1
}

function sourceOf(
  given: ValuesOf<typeof OPTIONS>,
  { header }: Recording,
): 'replay' | 'emulator' | 'upstream' {
  if (given.replay) return 'replay'
  if (given.emulate) return 'emulator'
  if (given.upstream !== undefined) return 'upstream'
  return header.replies === 'replay' ? 'emulator' : header.replies
}

function readFile(path: string): Recording {
  const content = withFile(path, () => readFileSync(path, 'utf8'))
  try {
    return readRecording(content)
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
