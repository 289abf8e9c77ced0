import { toMessages } from '../../transcript/index.ts'
import type { TranslateOptions } from '../../translate/index.ts'
import { readPrompt } from '../../translate/prompt-mode.ts'
import { promptRepair } from '../../translate/repair-prompt.ts'
import type { MessagesRequest } from '../../wire.ts'
import { type CliContext, UsageError } from '../context.ts'
import { FileError, openOutput, refuseSameFile, writeWhole } from '../files.ts'
import { curlOf, pythonOf, typescriptOf } from '../request-code.ts'
import { paint } from '../terminal.ts'
import { openSource, type Source } from './input.ts'
import { Refusal, readRecord, refusalOf } from './line.ts'
import { promptOf, type RequestDefaults, readConversation, translated } from './line-converters.ts'
import { diagnosticLines, locateDiagnostics, type Noticed } from './prompt-report.ts'
import { readRecords } from './structured-input.ts'

/** Inputs that hold one prompt each. */
export interface PromptsJob {
  to: Target
  /** Paths, `undefined` for standard input, or sources that are already open. */
  inputs: readonly (string | undefined | Source)[]
  output: string | undefined
  defaults: RequestDefaults
  translation: TranslateOptions
}

type Code = 'curl' | 'typescript' | 'python'
type Target = 'messages' | 'prompt' | 'request' | Code

const CODE: Readonly<Record<Code, (request: MessagesRequest) => string>> = {
  curl: curlOf,
  typescript: typescriptOf,
  python: pythonOf,
}

/** Converts prompts one by one. Returns 0 if all were converted, 1 otherwise. */
export async function convertPrompts(job: PromptsJob, context: CliContext): Promise<number> {
  const { inputs, output, to, defaults } = job
  const { out, err } = context
  for (const input of inputs)
    refuseSameFile({ 'The input': typeof input === 'object' ? input.path : input, '--out': output })
  if (
    to !== 'messages' &&
    to !== 'prompt' &&
    (defaults.model === undefined || defaults.maxTokens === undefined)
  )
    throw new UsageError(`--to ${to} needs --model and --max-tokens: a prompt alone does not say them.`)
  const sink = output === undefined ? undefined : openOutput(output, false)
  let failed = 0
  for (const input of inputs) {
    const name = typeof input === 'object' ? input.name : (input ?? 'standard input')
    try {
      const source = typeof input === 'object' ? input : await openSource(input, undefined, context)
      const text = source instanceof Refusal ? source : await promptIn(source, to === 'prompt', context)
      const converted = text instanceof Refusal ? text : convertPrompt(text, job)
      if (converted instanceof Refusal) {
        failed++
        reportRefusal(name, converted, context)
        continue
      }
      err(diagnosticLines(name, converted.noticed, context))
      if (sink) writeWhole(sink, Buffer.from(converted.text))
      else out(converted.text)
    } catch (error) {
      if (!(error instanceof FileError)) throw error
      failed++
      err(`${error.message}\n`)
    }
  }
  return failed > 0 ? 1 : 0
}

/**
 * Returns the single prompt of an input, or the single conversation if `isReversed`; a {@link Refusal} for other
 * contents. Shared by `convert` and `complete`.
 */
export async function promptIn(
  source: Source,
  isReversed: boolean,
  { err, terminal }: CliContext,
): Promise<string | Refusal> {
  const { kind, hasMark } = source.format
  if (kind !== 'prompt' && !(isReversed && kind === 'json')) {
    const records = await readRecords(source, undefined, isReversed)
    if (records instanceof Refusal) return records
    return new Refusal(
      'It holds a list, not a single prompt.',
      'Convert it alone: legacy-completions convert FILE',
    )
  }
  const text = await source.text()
  if (hasMark && terminal !== undefined) err(`${source.name}: a byte order mark was removed.\n`)
  return text
}

/** Reports why an input was rejected: its diagnostics, then the reason and the remedy. */
export function reportRefusal(name: string, { reason, fix, noticed }: Refusal, context: CliContext): void {
  const others = noticed.filter(({ severity }) => severity !== 'error')
  context.err(diagnosticLines(name, others, context))
  const rejected = paint('error', 'error', context)
  context.err(`${name}: ${rejected}: ${sentence(visible(reason))} ${visible(fix)}\n`)
}

interface ConvertedPrompt {
  text: string
  noticed: readonly Noticed[]
}

function convertPrompt(text: string, { to, defaults, translation }: PromptsJob): ConvertedPrompt | Refusal {
  if (to === 'prompt') return promptFrom(text)
  if (to === 'messages') {
    const { transcript, diagnostics } = readPrompt(text, translation.prompts, promptRepair)
    const refused = refusalOf(text, diagnostics, translation.prompts)
    if (refused !== undefined) return refused
    return {
      text: `${JSON.stringify(toMessages(transcript))}\n`,
      noticed: locateDiagnostics(text, diagnostics),
    }
  }
  const requested = translated({}, text, defaults, translation)
  if (requested instanceof Refusal) return requested
  const { request, diagnostics } = requested
  return { text: written(request, to), noticed: locateDiagnostics(text, diagnostics) }
}

function written(request: MessagesRequest, to: 'request' | Code): string {
  return to === 'request' ? `${JSON.stringify(request)}\n` : CODE[to](request)
}

function promptFrom(text: string): ConvertedPrompt | Refusal {
  const record = readRecord(text)
  if (record instanceof Refusal) return record
  const conversation = readConversation(record)
  const prompt = conversation instanceof Refusal ? conversation : promptOf(conversation)
  return prompt instanceof Refusal ? prompt : { text: prompt, noticed: [] }
}

/** Adds a full stop, which the old server's messages lack. */
const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

/** Escapes the line breaks in the old server's messages. */
const visible = (text: string): string => text.replaceAll('\n', '\\n')
