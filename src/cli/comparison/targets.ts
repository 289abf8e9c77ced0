import { Anthropic } from '../../client/client.ts'
import { CallMeasure, type Run } from '../../core/compare.ts'
import { startEmulator } from '../../emulator/index.ts'
import type { Endpoint } from '../../translate/index.ts'
import type { Completion, CompletionRequest } from '../../wire.ts'
import { type CliContext, UsageError } from '../context.ts'

/** One line of the file of prompts. */
export interface PromptLine {
  readonly request: CompletionRequest
  /** Recorded completion of the line, if it has one. */
  readonly recorded?: Completion
  readonly site?: string
}

/** One side of a comparison. */
export interface Target {
  /** Whether the target makes calls. A recorded completion never varies, so it needs no repetition. */
  readonly isLive: boolean
  run(line: PromptLine): Promise<Run>
  close(): Promise<void>
}

const FORMS = 'recorded, or messages, complete or emulator with :MODEL and @URL'

/** Opens a target: `recorded`, or `ENDPOINT[:MODEL][@URL]`. */
export async function openTarget(spec: string, option: string, { env, signal }: CliContext): Promise<Target> {
  if (spec === 'recorded') return { isLive: false, run: recordedRun, close: async () => {} }
  const match = /^(messages|complete|emulator)(?::([^@]+))?(?:@(https?:\/\/\S+))?$/.exec(spec)
  if (match === null) throw new UsageError(`${option} must be ${FORMS}.`)
  const [, kind, model, url] = match
  if (kind === 'emulator' && url !== undefined) throw new UsageError(`${option}: the emulator has no URL.`)
  const emulator = kind === 'emulator' ? await startEmulator() : undefined
  const endpoint: Endpoint = kind === 'complete' ? 'complete' : 'messages'
  const client = new Anthropic({
    apiKey: emulator ? 'none' : (env.ANTHROPIC_API_KEY ?? null),
    authToken: emulator ? null : (env.ANTHROPIC_AUTH_TOKEN ?? null),
    baseURL: emulator?.url ?? url ?? env.ANTHROPIC_BASE_URL,
    endpoint,
    logLevel: 'off',
  })
  return {
    isLive: true,
    run({ request }) {
      const measure = new CallMeasure()
      const sent = model === undefined ? request : { ...request, model }
      measure.onSent(sent)
      const read = async (): Promise<Completion> => {
        const stream = client.completions.stream(sent, { signal })
        for await (const { completion } of stream) if (completion !== '') measure.onText()
        return stream.finalCompletion()
      }
      return measure.run(endpoint, read())
    },
    close: async () => emulator?.close(),
  }
}

async function recordedRun({ request, recorded }: PromptLine): Promise<Run> {
  const outcome =
    recorded === undefined ? { error: new Error('The line has no completion.') } : { completion: recorded }
  return { endpoint: 'complete', body: request, outcome, milliseconds: 0, firstTextMilliseconds: null }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reads a line of the file of prompts: a legacy request, optionally with `completion` (a recorded completion) and
 * `site` (its call site). Also accepts a line of a recording.
 *
 * @throws TypeError with the reason.
 */
export function readPromptLine(text: string, defaults: { model: string; maxTokens: number }): PromptLine {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new TypeError('is not JSON')
  }
  const line = isObject(value) && isObject(value.legacy) ? { ...value, ...value.legacy } : value
  if (!isObject(line) || typeof line.prompt !== 'string') throw new TypeError('has no prompt')
  const {
    prompt,
    model,
    max_tokens_to_sample: maxTokens,
    stop_sequences: stops,
    temperature,
    metadata,
  } = line
  const request: CompletionRequest = {
    model: typeof model === 'string' ? model : defaults.model,
    max_tokens_to_sample: typeof maxTokens === 'number' ? maxTokens : defaults.maxTokens,
    prompt,
    ...(Array.isArray(stops) && { stop_sequences: stops.map(String) }),
    ...(typeof temperature === 'number' && { temperature }),
    ...(isObject(metadata) && { metadata }),
  }
  const recorded = recordedCompletion(line, request.model)
  return { request, ...(recorded && { recorded }), ...(typeof line.site === 'string' && { site: line.site }) }
}

function recordedCompletion(line: Record<string, unknown>, model: string): Completion | undefined {
  const { completion, stop_reason: reason, stop, reply } = line
  const common = { type: 'completion', id: '', log_id: '', model } as const
  if (typeof completion === 'string')
    return {
      ...common,
      completion,
      stop_reason: typeof reason === 'string' ? reason : 'stop_sequence',
      stop: typeof stop === 'string' ? stop : reason === 'max_tokens' ? null : '\n\nHuman:',
    }
  if (!isObject(reply) || !Array.isArray(reply.content)) return undefined
  const texts = reply.content.map((block: unknown) =>
    isObject(block) && typeof block.text === 'string' ? block.text : '',
  )
  const isCut = reply.stop_reason === 'max_tokens'
  return {
    ...common,
    completion: ` ${texts.join('')}`,
    stop_reason: isCut ? 'max_tokens' : 'stop_sequence',
    stop: typeof reply.stop_sequence === 'string' ? reply.stop_sequence : isCut ? null : '\n\nHuman:',
  }
}
