import { choice, flag, number, text } from '../arguments.ts'
import { type Command, defineCommand, type ValuesOf } from '../command.ts'
import { type CliContext, UsageError } from '../context.ts'
import { convertBatch } from '../convert/batch.ts'
import { isNamedJsonLines, openSource, type Source } from '../convert/input.ts'
import { convertJsonl, type JsonlJob } from '../convert/jsonl.ts'
import { Refusal } from '../convert/line.ts'
import { convertPrompts, reportRefusal } from '../convert/prompts.ts'
import { readRecords } from '../convert/structured-input.ts'
import { FileError } from '../files.ts'
import { readTranslation, TRANSLATION_HEADING, TRANSLATION_OPTIONS } from '../translation-options.ts'

const TARGETS = ['messages', 'request', 'batch', 'curl', 'typescript', 'python'] as const

const OPTIONS = {
  Output: {
    to: choice('WHAT', TARGETS, 'What to write; curl, typescript and python for single prompts only', {
      default: 'messages',
    }),
    reverse: flag('Convert messages to prompts'),
    out: text('FILE', 'Output file; a directory for --to batch', {
      short: 'o',
      default: 'standard output',
    }),
  },
  'Records (JSON lines, JSON, YAML, CSV)': {
    field: text(
      'NAME',
      'Field or column of the prompt; dots lead into nested objects. Needed except for .jsonl files',
      {
        default: 'prompt',
      },
    ),
    rejects: text('FILE', 'Write the records that could not be converted there, with line, reason and fix', {
      short: 'r',
    }),
    resume: flag('Continue an interrupted run of the same command'),
    threads: number('N', 'How many threads convert a file (default: one for each core)', {
      short: 't',
      least: 1,
    }),
  },
  "Requests (a record's own parameters come first)": {
    model: text('MODEL', 'Model to call; a retired one is replaced', { short: 'm' }),
    'max-tokens': number('N', 'max_tokens_to_sample'),
  },
  [TRANSLATION_HEADING]: TRANSLATION_OPTIONS,
} as const

/** `legacy-completions convert`: converts prompts to Messages requests, and back. */
export const convert: Command = defineCommand({
  usage: '[options] [file...]',
  examples: `
# One prompt: a file, or standard input.
legacy-completions convert prompt.txt
legacy-completions convert prompt.txt --to curl --model claude-opus-4-8 --max-tokens 300

# JSON lines: the field "prompt" becomes "system" and "messages", and all other fields stay.
legacy-completions convert prompts.jsonl --out messages.jsonl --rejects rejects.jsonl

# The rows of a CSV file, the records of a JSON array, a nested field.
legacy-completions convert prompts.csv --field prompt
legacy-completions convert evals.json --field tests.vars.prompt

# In a pipe, for a field of another name.
legacy-completions convert --field question < questions.jsonl > asked.jsonl

# And back.
legacy-completions convert --reverse messages.jsonl --out prompts.jsonl

# Whole requests, and files of requests for Message Batches.
legacy-completions convert prompts.jsonl --to request --model claude-opus-4-8 --max-tokens 300
legacy-completions convert prompts.jsonl --to batch --model claude-opus-4-8 --max-tokens 300 --out batches`,
  options: OPTIONS,
  takesArguments: true,
  notes: `Exit code: 0 when everything was converted, 1 when something could not be, 2 for an invalid command line.`,
  run: runConvert,
})

async function runConvert(
  given: ValuesOf<typeof OPTIONS>,
  context: CliContext,
  positionals: readonly string[],
): Promise<number> {
  const { to: target } = given
  if (given.reverse && target !== undefined)
    throw new UsageError('--reverse goes from messages to prompts: leave --to out.')
  const to: To = given.reverse ? 'prompt' : (target ?? 'messages')
  const options = {
    defaults: { model: given.model, maxTokens: given['max-tokens'] },
    translation: await readTranslation(given),
  }
  const inputs =
    positionals.length > 0 ? positionals.map(path => (path === '-' ? undefined : path)) : [undefined]
  const [input] = inputs
  if (given.field !== undefined || to === 'batch' || inputs.some(isNamedJsonLines)) {
    if (inputs.length > 1)
      throw new UsageError('Only one file of records is converted at a time: run the command for each.')
    // From here on, a signal ends the run between two lines.
    if (context.signal.aborted) return 1
    const opened = await openSource(input, given.field ?? 'prompt', context)
    return convertRecords(input, opened, to, given, options, context)
  }
  const source = inputs.length > 1 ? undefined : await openedOnce(input, context)
  if (source instanceof Refusal || (source && (await holdsRecords(source, given.reverse))))
    return convertRecords(input, source, to, given, options, context)
  for (const name of ['rejects', 'resume', 'threads'] as const) {
    if (isGiven(given[name])) throw new UsageError(`--${name} is for JSON lines: name the --field, too.`)
  }
  return convertPrompts(
    { ...options, to, inputs: source === undefined ? inputs : [source], output: given.out },
    context,
  )
}

type To = (typeof TARGETS)[number] | 'prompt'
type Given = ValuesOf<typeof OPTIONS>
type RecordOptions = Pick<JsonlJob['settings'], 'defaults' | 'translation'>

/**
 * Opens the input if there is exactly one. Returns `undefined` if it cannot be opened: the prompt conversion reports
 * the error.
 */
async function openedOnce(
  path: string | undefined,
  context: CliContext,
): Promise<Source | Refusal | undefined> {
  try {
    return await openSource(path, undefined, context)
  } catch (error) {
    if (error instanceof FileError) return undefined
    throw error
  }
}

/** Returns whether an input without `--field` holds records or a list of prompts, not one prompt or conversation. */
async function holdsRecords(source: Source, isReversed: boolean): Promise<boolean> {
  const { kind } = source.format
  if (kind !== 'json' || !isReversed) return kind !== 'prompt'
  const text = await source.text()
  return typeof text === 'string' && text.trimStart().startsWith('[')
}

/** Converts the records of one input, in any supported format. */
async function convertRecords(
  input: string | undefined,
  source: Source | Refusal,
  to: To,
  given: Given,
  options: RecordOptions,
  context: CliContext,
): Promise<number> {
  if (to === 'curl' || to === 'typescript' || to === 'python')
    throw new UsageError(`--to ${to} is for single prompts: convert records with --to request.`)
  const { out: output, rejects, threads } = given
  try {
    if (source instanceof Refusal) throw source
    const { name, format } = source
    const records = await readRecords(source, given.field, given.reverse)
    if (records instanceof Refusal) throw records
    const { lines, field } = records
    if (format.hasMark && format.encoding === 'utf-8')
      context.err(`${name}: a byte order mark was removed.\n`)
    if (to === 'batch') {
      for (const option of ['resume', 'threads'] as const) {
        if (isGiven(given[option])) throw new UsageError(`--${option} is not for --to batch.`)
      }
      return await convertBatch({ ...options, field, input, lines, output, rejects }, context)
    }
    const isPlain = format.kind === 'json-lines' && !format.isCompressed && format.encoding === 'utf-8'
    const job: JsonlJob = {
      settings: { ...options, to, field },
      input,
      lines: isPlain && input !== undefined ? undefined : lines,
      output,
      rejects,
      isResumed: given.resume,
      threads,
    }
    return await convertJsonl(job, context)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    reportRefusal(input ?? 'standard input', error, context)
    return 1
  }
}

const isGiven = (value: string | number | boolean | undefined): boolean =>
  value !== undefined && value !== false
