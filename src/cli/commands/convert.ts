import { choice, flag, number, text } from '../arguments.ts'
import { type Command, defineCommand, type ValuesOf } from '../command.ts'
import { type CliContext, UsageError } from '../context.ts'
import { convertBatch } from '../convert/batch.ts'
import { convertJsonl } from '../convert/jsonl.ts'
import { convertPrompts } from '../convert/prompts.ts'
import { readTranslation, TRANSLATION_HEADING, TRANSLATION_OPTIONS } from '../translation-options.ts'

const TARGETS = ['messages', 'request', 'batch', 'curl', 'typescript', 'python'] as const

const OPTIONS = {
  Output: {
    to: choice('WHAT', TARGETS, 'What to write; curl, typescript and python for single prompts only', {
      default: 'messages',
    }),
    reverse: flag('Convert messages to prompts'),
    out: text('FILE', 'Where to write it; for --to batch a directory', {
      short: 'o',
      default: 'standard output',
    }),
  },
  'JSON lines (files named .jsonl or .ndjson)': {
    field: text('NAME', 'Field of the prompt; says that the input is JSON lines', { default: 'prompt' }),
    rejects: text('FILE', 'Write the lines that could not be converted there, with number, reason and fix', {
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

/** `legacy-completions convert`: prompts to what the Messages API accepts, and back. */
export const convert: Command = defineCommand({
  usage: '[options] [file...]',
  examples: `
# One prompt: a file, or standard input.
legacy-completions convert prompt.txt
legacy-completions convert prompt.txt --to curl --model claude-opus-4-8 --max-tokens 300

# JSON lines: the field "prompt" becomes "system" and "messages", and all other fields stay.
legacy-completions convert prompts.jsonl --out messages.jsonl --rejects rejects.jsonl

# The same in a pipe, for a field of another name.
legacy-completions convert --field question < questions.jsonl > asked.jsonl

# And back.
legacy-completions convert --reverse messages.jsonl --out prompts.jsonl

# Whole requests, and files of requests for Message Batches.
legacy-completions convert prompts.jsonl --to request --model claude-opus-4-8 --max-tokens 300
legacy-completions convert prompts.jsonl --to batch --model claude-opus-4-8 --max-tokens 300 --out batches`,
  options: OPTIONS,
  takesArguments: true,
  notes: `Exit code: 0 when everything was converted, 1 when something could not be, 2 when the command was called in a way that it
does not support.`,
  run: runConvert,
})

async function runConvert(
  given: ValuesOf<typeof OPTIONS>,
  context: CliContext,
  positionals: readonly string[],
): Promise<number> {
  const { to: target, threads } = given
  if (given.reverse && target !== undefined)
    throw new UsageError('--reverse goes from messages to prompts: leave --to out.')
  const to = given.reverse ? 'prompt' : (target ?? 'messages')
  const options = {
    defaults: { model: given.model, maxTokens: given['max-tokens'] },
    translation: await readTranslation(given),
  }
  const { out: output, rejects } = given
  const inputs =
    positionals.length > 0 ? positionals.map(path => (path === '-' ? undefined : path)) : [undefined]

  if (given.field === undefined && to !== 'batch' && !inputs.some(isNamedJsonl)) {
    for (const name of ['rejects', 'resume', 'threads'] as const) {
      if (isGiven(given[name])) throw new UsageError(`--${name} is for JSON lines: name the --field, too.`)
    }
    return convertPrompts({ ...options, to, inputs, output }, context)
  }
  const [input] = inputs
  if (inputs.length > 1)
    throw new UsageError('Of files with JSON lines one is converted at a time: run the command for each.')
  const field = given.field ?? 'prompt'
  switch (to) {
    case 'curl':
    case 'typescript':
    case 'python':
      throw new UsageError(`--to ${to} is for single prompts: convert lines with --to request.`)
    case 'batch':
      for (const name of ['resume', 'threads'] as const) {
        if (isGiven(given[name])) throw new UsageError(`--${name} is not for --to batch.`)
      }
      return convertBatch({ ...options, field, input, output, rejects }, context)
    default: {
      const isResumed = given.resume
      return convertJsonl(
        { settings: { ...options, to, field }, input, output, rejects, isResumed, threads },
        context,
      )
    }
  }
}

const isGiven = (value: string | number | boolean | undefined): boolean =>
  value !== undefined && value !== false

const isNamedJsonl = (path: string | undefined): boolean => /\.(?:jsonl|ndjson)$/i.test(path ?? '')
