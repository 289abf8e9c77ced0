import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { lineColumn, toMessages } from '../../transcript/index.ts'
import type { TranslateOptions } from '../../translate/index.ts'
import { readPrompt } from '../../translate/prompt-mode.ts'
import type { MessagesRequest } from '../../wire.ts'
import { type CliContext, UsageError } from '../context.ts'
import { FileError, openOutput, refuseSameFile, withFile, writeWhole } from '../files.ts'
import { curlOf, pythonOf, typescriptOf } from '../request-code.ts'
import { Refusal, readRecord, refusalOf } from './line.ts'
import { promptOf, type RequestDefaults, readConversation, translated } from './line-converters.ts'

/** Prompts that are a file each, or standard input. */
export interface PromptsJob {
  to: Target
  /** `undefined` for standard input. */
  inputs: readonly (string | undefined)[]
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

/** Converts prompts one by one: 0 when all of them were, 1 when some could not be. */
export async function convertPrompts(job: PromptsJob, { stdin, out, err }: CliContext): Promise<number> {
  const { inputs, output, to, defaults } = job
  for (const input of inputs) refuseSameFile({ 'The input': input, '--out': output })
  if (
    to !== 'messages' &&
    to !== 'prompt' &&
    (defaults.model === undefined || defaults.maxTokens === undefined)
  )
    throw new UsageError(`--to ${to} needs --model and --max-tokens: a prompt alone does not say them.`)
  const sink = output === undefined ? undefined : openOutput(output, false)
  let failed = 0
  for (const input of inputs) {
    const name = input ?? 'standard input'
    try {
      const text = textOf(input === undefined ? await readAll(stdin()) : readBytes(input))
      const converted = text instanceof Refusal ? text : convertPrompt(text, job)
      if (converted instanceof Refusal) {
        failed++
        err(`${name}: ${visible(converted.reason)} ${visible(converted.fix)}\n`)
        continue
      }
      for (const diagnostic of converted.diagnostics) err(`${name}${remark(String(text), diagnostic)}\n`)
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

interface ConvertedPrompt {
  text: string
  diagnostics: readonly Diagnostic[]
}

function convertPrompt(text: string, { to, defaults, translation }: PromptsJob): ConvertedPrompt | Refusal {
  if (to === 'prompt') return promptFrom(text)
  if (to === 'messages') {
    const { transcript, diagnostics } = readPrompt(text, translation.prompts)
    const conversation = toMessages(transcript)
    return refusalOf(diagnostics) ?? { text: `${JSON.stringify(conversation)}\n`, diagnostics }
  }
  const requested = translated({}, text, defaults, translation)
  if (requested instanceof Refusal) return requested
  const { request, diagnostics } = requested
  return { text: written(request, to), diagnostics }
}

function written(request: MessagesRequest, to: 'request' | Code): string {
  return to === 'request' ? `${JSON.stringify(request)}\n` : CODE[to](request)
}

function promptFrom(text: string): ConvertedPrompt | Refusal {
  const record = readRecord(text)
  if (record instanceof Refusal) return record
  const conversation = readConversation(record)
  const prompt = conversation instanceof Refusal ? conversation : promptOf(conversation)
  return prompt instanceof Refusal ? prompt : { text: prompt, diagnostics: [] }
}

function remark(prompt: string, { severity, code, message, span }: Diagnostic): string {
  const { line, column } = lineColumn(prompt, span?.start ?? 0)
  const place = span === undefined ? '' : `:${line}:${column}`
  return `${place}: ${severity} ${code}: ${visible(message)}`
}

function readBytes(path: string): Buffer {
  return withFile(path, () => readFileSync(path))
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function textOf(bytes: Buffer): string | Refusal {
  if (isUtf8(bytes) && !bytes.includes(0)) return bytes.toString()
  return new Refusal(
    'It is no text in UTF-8.',
    'Write it in UTF-8; or name the --field, if it is a file of JSON lines.',
  )
}

/** The old server's sentences hold line breaks. */
const visible = (text: string): string => text.replaceAll('\n', '\\n')
