import { Anthropic } from '../../client/client.ts'
import { currentDay } from '../../core/call-plan.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { startEmulator } from '../../emulator/index.ts'
import { renderPrompt } from '../../transcript/index.ts'
import { resolveModel } from '../../translate/index.ts'
import { type PromptMode, readPrompt } from '../../translate/prompt-mode.ts'
import { promptRepair } from '../../translate/repair-prompt.ts'
import type { CompletionRequest } from '../../wire.ts'
import { flag, number, text, texts } from '../arguments.ts'
import { type Command, defineCommand, type ValuesOf } from '../command.ts'
import { type CliContext, UsageError } from '../context.ts'
import { openSource } from '../convert/input.ts'
import { isRepairable, Refusal, refusalOf } from '../convert/line.ts'
import { diagnosticLines, locateDiagnostics } from '../convert/prompt-report.ts'
import { promptIn, reportRefusal } from '../convert/prompts.ts'
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

/** `legacy-completions complete`: requests one completion and writes it as it arrives. */
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
  ANTHROPIC_BASE_URL      Base URL of the API (default: https://api.anthropic.com)

Exit code: 0 when the call succeeded, 1 when it failed, 2 for an invalid command line.`,
  run: runCompletion,
})

async function runCompletion(
  given: ValuesOf<typeof OPTIONS>,
  context: CliContext,
  positionals: readonly string[],
): Promise<number> {
  const { env, out, err } = context
  const { name, prompt } = await readPromptArgument(positionals, given.file, given.prompts, context)
  if (prompt instanceof Refusal) {
    reportRefusal(name, prompt, context)
    return 1
  }
  const temperature = given.temperature === undefined ? undefined : Number(given.temperature)
  if (Number.isNaN(temperature)) throw new UsageError('--temperature must be a number from 0 to 1.')
  const call: CompletionRequest = {
    // Anthropic's recommended replacement for claude-2.1, the last model of the legacy API.
    model: given.model ?? resolveModel('claude-2.1', { today: currentDay() }).id,
    max_tokens_to_sample: given['max-tokens'] ?? 1024,
    prompt,
    temperature,
    stop_sequences: given.stop.length > 0 ? [...given.stop] : undefined,
  }
  const translation = await readTranslation(given)
  const { signal } = context
  const emulator = given.emulate ? await startEmulator() : undefined
  const noticed: Diagnostic[] = []
  /** Writes the collected diagnostics: the first few of each code. Called after the request is planned. */
  const flush = (): void => err(diagnosticLines(name, locateDiagnostics(prompt, noticed.splice(0)), context))
  try {
    const client = new Anthropic({
      apiKey: emulator ? 'none' : (env.ANTHROPIC_API_KEY ?? null),
      authToken: emulator ? null : (env.ANTHROPIC_AUTH_TOKEN ?? null),
      baseURL: emulator?.url ?? env.ANTHROPIC_BASE_URL,
      onDiagnostic: diagnostic => void noticed.push(diagnostic),
      diagnosticsPer: 'call',
      ...translation,
    })
    if (given.json) {
      out(`${JSON.stringify(await client.completions.create(call, { signal }))}\n`)
      return 0
    }
    for await (const { completion } of client.completions.stream(call, { signal })) {
      flush()
      out(completion)
    }
    out('\n')
    return 0
  } finally {
    flush()
    await emulator?.close()
  }
}

/**
 * Reads the prompt as `convert` does. A text without turns becomes one Human turn, because the old server would have
 * rejected it. A text with labels that are not valid markers is not wrapped.
 */
async function readPromptArgument(
  positionals: readonly string[],
  path: string | undefined,
  mode: PromptMode | undefined,
  context: CliContext,
): Promise<{ name: string; prompt: string | Refusal }> {
  const [argument, ...others] = positionals
  if (others.length > 0 || (argument !== undefined && path !== undefined))
    throw new UsageError('Give one prompt: as one argument in quotes, with --file, or on standard input.')
  const name = path ?? (argument === undefined ? 'standard input' : 'prompt')
  const source = argument === undefined ? await openSource(path, undefined, context) : argument
  const text =
    typeof source === 'string' || source instanceof Refusal ? source : await promptIn(source, false, context)
  if (text instanceof Refusal) return { name, prompt: text }
  if (text.trim() === '') throw new UsageError('The prompt is empty.')
  const { transcript, diagnostics } = readPrompt(text, mode, promptRepair)
  const refused = refusalOf(text, diagnostics, mode)
  if (refused === undefined) return { name, prompt: text }
  const hasLabels = diagnostics.some(({ severity }) => severity === 'warning') || isRepairable(text, mode)
  if (transcript.turns.length > 0 || hasLabels) return { name, prompt: refused }
  context.err('The text has no turns. It is sent as one Human turn.\n')
  return { name, prompt: renderPrompt({ messages: [{ role: 'user', content: text.trimEnd() }] }) }
}
