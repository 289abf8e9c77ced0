import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { CompletionsClient } from '../../client/client.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { startEmulator } from '../../emulator/index.ts'
import { parsePrompt, renderPrompt } from '../../transcript/index.ts'
import { resolveModel } from '../../translate/index.ts'
import type { CompletionRequest } from '../../wire.ts'
import { flag, number, text, texts } from '../arguments.ts'
import { type Command, defineCommand, type ValuesOf } from '../command.ts'
import { type CliContext, UsageError } from '../context.ts'
import { withFile } from '../files.ts'
import { readTranslation, TRANSLATION_HEADING, TRANSLATION_OPTIONS } from '../translation-options.ts'

const OPTIONS = {
  Call: {
    file: text('FILE', 'Read the prompt from a file; a text without turns becomes one Human turn', {
      short: 'f',
    }),
    model: text('MODEL', 'Model to call; a retired one is replaced', { short: 'm' }),
    'max-tokens': number('N', 'max_tokens_to_sample', { default: 1024 }),
    temperature: text('T', 'Temperature, from 0 to 1'),
    stop: texts('TEXT', 'Stop sequence'),
    json: flag('Write the whole completion as JSON', { short: 'j' }),
    emulate: flag('Call a built-in emulator of the API'),
  },
  [TRANSLATION_HEADING]: TRANSLATION_OPTIONS,
} as const

/** `legacy-completions complete`: one prompt to one completion, written as it arrives. */
export const complete: Command = defineCommand({
  usage: '[options] [prompt]',
  examples: String.raw`
# Try it: no key is needed, and nothing leaves the machine.
legacy-completions complete --emulate 'Why is the sky blue?'

# A prompt of the old API, from a file or from standard input. The key is ANTHROPIC_API_KEY.
legacy-completions complete --file prompt.txt --model claude-opus-4-8
printf '\n\nHuman: Tell me a joke.\n\nAssistant:' | legacy-completions complete

# Another server with the Messages API.
ANTHROPIC_BASE_URL=http://127.0.0.1:11434 legacy-completions complete --model qwen3 'Hi'`,
  options: OPTIONS,
  takesArguments: true,
  notes: `The completion goes to standard output as it arrives, and diagnostics go to standard error.

Environment:
  ANTHROPIC_API_KEY       The key; ANTHROPIC_AUTH_TOKEN for a bearer token instead
  ANTHROPIC_BASE_URL      Where the API is (default: https://api.anthropic.com)

Exit code: 0 when the call succeeded, 1 when it failed, 2 when the command was called in a way that it does not support.`,
  run: runCompletion,
})

async function runCompletion(
  given: ValuesOf<typeof OPTIONS>,
  context: CliContext,
  positionals: readonly string[],
): Promise<number> {
  const { env, out, err, signal } = context
  const prompt = await readPrompt(positionals, given.file, context)
  const temperature = given.temperature === undefined ? undefined : Number(given.temperature)
  if (Number.isNaN(temperature)) throw new UsageError('--temperature must be a number from 0 to 1.')
  const call: CompletionRequest = {
    // What the vendor named in the place of the last model of the old API.
    model: given.model ?? resolveModel('claude-2.1').id,
    max_tokens_to_sample: given['max-tokens'] ?? 1024,
    prompt,
    temperature,
    stop_sequences: given.stop.length > 0 ? [...given.stop] : undefined,
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
  { stdin, err }: CliContext,
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
