import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { CompletionsClient } from '../../client/client.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { startEmulator } from '../../emulator/index.ts'
import { parsePrompt, renderPrompt } from '../../transcript/index.ts'
import { resolveModel } from '../../translate/index.ts'
import type { CompletionRequest } from '../../wire.ts'
import { count, flag, readArguments, text } from '../arguments.ts'
import { COMPLETE_HELP } from '../complete-help.ts'
import { withFile } from '../file-errors.ts'
import type { Surroundings } from '../main.ts'
import { readTranslation, TRANSLATION_OPTIONS } from '../translation-options.ts'
import { UsageError } from '../usage.ts'

const OPTIONS = {
  help: flag,
  file: text,
  emulate: flag,
  json: flag,
  model: text,
  'max-tokens': text,
  temperature: text,
  stop: { type: 'string', multiple: true },
  ...TRANSLATION_OPTIONS,
} as const

/** Every option there is, for the help to be held against. */
export const OPTION_NAMES: readonly string[] = Object.keys(OPTIONS)

/** `legacy-completions complete`: one prompt to one answer, written as it comes. */
export async function complete(surroundings: Surroundings): Promise<number> {
  const { args, env, out, err, signal } = surroundings
  const { values: given, positionals } = readArguments(args, OPTIONS, true)
  if (given.help) {
    out(COMPLETE_HELP)
    return 0
  }
  const prompt = await readPrompt(positionals, given.file, surroundings)
  const temperature = given.temperature === undefined ? undefined : Number(given.temperature)
  if (Number.isNaN(temperature)) throw new UsageError('--temperature must be a number from 0 to 1.')
  const call: CompletionRequest = {
    // What the vendor named in the place of the last model of the old API.
    model: given.model ?? resolveModel('claude-2.1').id,
    max_tokens_to_sample: count(given['max-tokens'], '--max-tokens') ?? 1024,
    prompt,
    temperature,
    stop_sequences: given.stop,
  }
  const translation = await readTranslation(given)
  const emulator = given.emulate ? await startEmulator() : undefined
  try {
    const client = new CompletionsClient({
      apiKey: emulator ? 'none' : (env.ANTHROPIC_API_KEY ?? null),
      authToken: emulator ? null : (env.ANTHROPIC_AUTH_TOKEN ?? null),
      baseURL: emulator?.url ?? env.ANTHROPIC_BASE_URL,
      onDiagnostic: diagnostic => err(remark(diagnostic)),
      diagnosticsPer: 'call',
      ...translation,
    })
    if (given.json) {
      out(`${JSON.stringify(await client.completions.create(call, { signal }))}\n`)
      return 0
    }
    for await (const { completion } of client.completions.stream(call, { signal })) out(completion)
    out('\n')
    return 0
  } finally {
    await emulator?.close()
  }
}

/** The prompt, as it stands. A text without a turn is a question, which the old server would have refused. */
async function readPrompt(
  positionals: readonly string[],
  path: string | undefined,
  { stdin, err }: Surroundings,
): Promise<string> {
  const [said, ...others] = positionals
  if (others.length > 0 || (said !== undefined && path !== undefined))
    throw new UsageError('One prompt is asked: as one argument in quotes, with --file, or on standard input.')
  const given =
    said ?? (path === undefined ? await readText(stdin()) : textOf(withFile(path, () => readFileSync(path))))
  if (parsePrompt(given).turns.length > 0) return given
  if (given.trim() === '') throw new UsageError('The prompt is empty.')
  err('The text has no turns: it is asked as one Human turn.\n')
  return renderPrompt({ messages: [{ role: 'user', content: given.trimEnd() }] })
}

async function readText(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return textOf(Buffer.concat(chunks))
}

function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString()
  throw new UsageError('The prompt is no text in UTF-8.')
}

const remark = ({ severity, code, message, fix }: Diagnostic): string =>
  `${severity} ${code}: ${`${message} ${fix}`.replaceAll('\n', '\\n')}\n`
