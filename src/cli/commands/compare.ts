import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { currentDay } from '../../core/call-plan.ts'
import type { Difference } from '../../core/compare.ts'
import { differenceOf } from '../../core/difference.ts'
import { resolveModel } from '../../translate/index.ts'
import type { Completion } from '../../wire.ts'
import { choice, counted, flag, number, text } from '../arguments.ts'
import { type Command, defineCommand, type ValuesOf } from '../command.ts'
import { REPORT_FORMATS, writeReport } from '../comparison/page.ts'
import { type DifferenceLine, readDifferences, summarize } from '../comparison/summary.ts'
import { openTarget, type PromptLine, readPromptLine, type Target } from '../comparison/targets.ts'
import { type CliContext, UsageError } from '../context.ts'
import { withFile } from '../files.ts'
import { startProgress } from '../terminal.ts'

const OPTIONS = {
  Targets: {
    left: text(
      'TARGET',
      'What is compared: recorded, or ENDPOINT[:MODEL][@URL] of messages, complete or emulator',
      {
        default: 'recorded',
      },
    ),
    right: text('TARGET', 'What it is compared with', { default: 'messages' }),
    model: text('MODEL', 'Model of lines without one', { short: 'm' }),
    'max-tokens': number('N', 'max_tokens_to_sample of lines without one', { default: 1024 }),
  },
  Calls: {
    baseline: text('FRACTION', 'Share of the lines that are called twice on one side: the baseline', {
      default: '0.5',
    }),
    equal: choice(
      'HOW',
      ['text', 'words'] as const,
      'What has to be the same: the text, or its words in lower case',
      {
        default: 'text',
      },
    ),
    concurrency: number('N', 'Lines at once', { default: 8, least: 1 }),
    resume: flag('Continue an interrupted run: skip the lines that the output has'),
  },
  Report: {
    output: text('FILE', 'File for the differences or, with report, for the report', {
      short: 'o',
      default: 'differences.jsonl',
    }),
    format: choice('FORMAT', REPORT_FORMATS, 'Format of the report', { short: 'f', default: 'table' }),
    margin: text('PERCENT', 'Largest acceptable share of calls that differ beyond the baseline', {
      default: '2',
    }),
    'show-text': flag('Write texts and not their lengths'),
  },
} as const

type Given = ValuesOf<typeof OPTIONS>

/** `legacy-completions compare`: compares the responses of two targets and reports the differences. */
export const compare: Command = defineCommand({
  usage: '<prompts> [options], or compare report <differences> [options]',
  examples: `
# Compare recorded completions with today's model.
legacy-completions compare prompts.jsonl --left recorded --right messages:claude-opus-4-8

# Compare a server that still has the old endpoint with the Messages API.
legacy-completions compare prompts.jsonl --left complete@https://gateway.example --right messages

# Read the figures again, as a page with charts.
legacy-completions compare report differences.jsonl --format html --output report.html`,
  options: OPTIONS,
  takesArguments: true,
  notes: `A line of <prompts> is a legacy request as JSON; "completion" is its recorded reply, "site" its call site. Lines of
a recording work, too.

The report compares the share of differing calls with a baseline: calls made twice on the same side, because a model
also differs from itself. Without --show-text neither the file nor the report holds texts.

Environment:
  ANTHROPIC_API_KEY       The key; ANTHROPIC_AUTH_TOKEN for a bearer token instead
  ANTHROPIC_BASE_URL      Base URL of the API (default: https://api.anthropic.com)

Exit code: 0 when the figures support the switch, 1 when they do not or there are not enough calls, 2 for an
invalid command line.`,
  run: runCompare,
})

async function runCompare(
  given: Given,
  context: CliContext,
  positionals: readonly string[],
): Promise<number> {
  const margin = Number(given.margin ?? '2') / 100
  if (!(margin > 0 && margin <= 1)) throw new UsageError('--margin must be a number above 0 and up to 100.')
  if (positionals[0] === 'report') {
    const [, path, ...more] = positionals
    if (path === undefined || more.length > 0)
      throw new UsageError('Give one file of differences after report.')
    return report(read(path, readDifferences), margin, given, context, given.output)
  }
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0) throw new UsageError('Give one file of prompts.')
  const baseline = Number(given.baseline ?? '0.5')
  if (!(baseline >= 0 && baseline <= 1)) throw new UsageError('--baseline must be a number from 0 to 1.')
  const output = given.output ?? 'differences.jsonl'
  const lines = readPrompts(path, given)
  const done = given.resume ? doneLines(output) : new Set<number>()
  if (!given.resume) withFile(output, () => writeFileSync(output, ''))
  const left = await openTarget(given.left ?? 'recorded', '--left', context)
  const right = await openTarget(given.right ?? 'messages', '--right', context)
  try {
    const todo = lines.filter(({ number }) => !done.has(number))
    await runLines(todo, { left, right, baseline, output, given }, context)
  } finally {
    await Promise.all([left.close(), right.close()])
  }
  if (context.signal.aborted) {
    context.err('Interrupted. Continue with --resume.\n')
    return 1
  }
  context.err(`The differences were written to ${output}.\n`)
  return report(read(output, readDifferences), margin, given, context, undefined)
}

interface NumberedLine extends PromptLine {
  number: number
}

function readPrompts(path: string, given: Given): NumberedLine[] {
  const defaults = {
    model: given.model ?? resolveModel('claude-2.1', { today: currentDay() }).id,
    maxTokens: given['max-tokens'] ?? 1024,
  }
  const content = withFile(path, () => readFileSync(path, 'utf8'))
  return content.split('\n').flatMap((line, index) => {
    // The first line of a recording is its header, not a call.
    if (line.trim() === '' || (index === 0 && line.startsWith('{"recording"'))) return []
    try {
      return [{ number: index + 1, ...readPromptLine(line, defaults) }]
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new UsageError(`${path}: line ${index + 1} ${reason}.`)
    }
  })
}

function read<T>(path: string, parse: (text: string) => T): T {
  const content = withFile(path, () => readFileSync(path, 'utf8'))
  try {
    return parse(content)
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Returns the numbers of the lines that an interrupted run has compared. Ignores an incomplete last line. */
function doneLines(output: string): Set<number> {
  const content = withFile(output, () => readFileSync(output, 'utf8'))
  const complete = content.slice(0, content.lastIndexOf('\n') + 1)
  if (complete !== content) withFile(output, () => writeFileSync(output, complete))
  const lines = read(output, readDifferences).filter(({ kind }) => kind === 'comparison')
  return new Set(lines.flatMap(({ line }) => (line === undefined ? [] : [line])))
}

interface Job {
  left: Target
  right: Target
  baseline: number
  output: string
  given: Given
}

async function runLines(lines: readonly NumberedLine[], job: Job, context: CliContext): Promise<void> {
  const queue = [...lines]
  let done = 0
  const progress = startProgress(context, {
    name: job.output,
    total: lines.length,
    done: () => done,
    format: amount => counted(Math.round(amount), 'line'),
  })
  const worker = async (): Promise<void> => {
    for (let line = queue.shift(); line !== undefined && !context.signal.aborted; line = queue.shift()) {
      await runLine(line, job, context)
      done++
    }
  }
  try {
    await Promise.all(Array.from({ length: job.given.concurrency ?? 8 }, worker))
  } finally {
    progress.stop()
  }
}

async function runLine(line: NumberedLine, job: Job, context: CliContext): Promise<void> {
  const { left, right, baseline, output, given } = job
  const again = left.isLive ? left : right
  const isBaseline = again.isLive && Math.random() < baseline
  const [first, second, third] = await Promise.all([
    left.run(line),
    right.run(line),
    isBaseline ? again.run(line) : undefined,
  ])
  // Do not write a result for an interrupted call, so that `--resume` repeats it.
  if (context.signal.aborted) return
  const settings = {
    prompt: line.request.prompt,
    ...(given['show-text'] && { redact: false as const }),
    ...(given.equal === 'words' && { equal: haveSameWords }),
  }
  const write = (difference: Difference): void => {
    const written: DifferenceLine = {
      line: line.number,
      ...(line.site && { site: line.site }),
      ...difference,
    }
    withFile(output, () => appendFileSync(output, `${JSON.stringify(written)}\n`))
  }
  if (third !== undefined)
    write(differenceOf([again === left ? first : second, third], { ...settings, kind: 'baseline' }))
  write(differenceOf([first, second], { ...settings, isOrdered: true }))
}

const wordsOf = ({ completion }: Completion): string =>
  (completion.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ')
const haveSameWords = (a: Completion, b: Completion): boolean => wordsOf(a) === wordsOf(b)

function report(
  lines: readonly DifferenceLine[],
  margin: number,
  given: Given,
  context: CliContext,
  output: string | undefined,
): number {
  const summary = summarize(lines, margin)
  const result = writeReport(summary, { format: given.format ?? 'table', showText: given['show-text'] })
  if (output === undefined) context.out(result)
  else {
    withFile(output, () => writeFileSync(output, result))
    context.err(`The report was written to ${output}.\n`)
  }
  return summary.decision === 'same' || summary.decision === 'small-difference' ? 0 : 1
}
