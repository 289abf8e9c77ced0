/** Converts responses of `InvokeModel`: a Messages body or event stream to the legacy one. */

import type { OnDiagnostic } from '../diagnostics/diagnostic.ts'
import { AnthropicError } from '../errors.ts'
import { toMessagesEvent } from '../translate/messages-events.ts'
import { completionFrom, type EventReshaper, reshapeEvents } from '../translate/reply.ts'
import type { ReplyPlan } from '../translate/request.ts'
import { concatBytes } from '../utf8.ts'
import type { Completion } from '../wire.ts'
import {
  chunkFrame,
  decodeInvocation,
  encoder,
  errorOfException,
  exceptionFrame,
  legacyBody,
  messageIn,
  OF_BEDROCK,
  parseBytes,
} from './bedrock-invocation.ts'

/** Yields the bytes of a body of any platform type. Leaving the loop closes the connection. */
export async function* bytesOf(body: unknown): AsyncGenerator<Uint8Array, void, undefined> {
  if (body instanceof Uint8Array) yield body
  else if (isAsyncIterable(body)) yield* body
  else if (body instanceof ReadableStream) {
    const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader()
    try {
      for (let { value } = await reader.read(); value !== undefined; { value } = await reader.read())
        yield value
    } finally {
      reader.cancel().catch(() => {})
    }
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<Uint8Array> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** Returns the fields that Bedrock itself adds: token counts and guardrail results. */
export function extrasOf(body: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([name]) => OF_BEDROCK.test(name)))
}

/**
 * Converts the frames of a Messages response to legacy frames. A failure becomes an exception frame, because clients
 * take a stream that just ends for a complete one.
 */
export async function* legacyFrames(
  upstream: AsyncIterable<Uint8Array>,
  plan: ReplyPlan,
  onDiagnostic: OnDiagnostic,
): AsyncGenerator<Uint8Array, void, undefined> {
  const frames = decodeInvocation()
  const reshaper = reshapeEvents(plan, onDiagnostic)
  const extras: Record<string, unknown> = {}
  try {
    for await (const bytes of upstream) {
      for (const part of frames.push(bytes)) {
        if ('exception' in part) {
          yield part.exception.bytes
          return
        }
        Object.assign(extras, extrasOf(part.event))
        for (const chunk of take(part.event, reshaper)) yield frameOf(chunk, extras)
        if (reshaper.done) return
      }
    }
    frames.end()
    // Throws, because the message is incomplete.
    reshaper.end()
  } catch (error) {
    yield exceptionFrame(error instanceof AnthropicError ? error : brokenOff(reshaper, error))
  }
}

function take(event: object, reshaper: EventReshaper): readonly Completion[] {
  const known = toMessagesEvent(event)
  return known === undefined ? [] : reshaper.push(known)
}

/** Converts the platform's error for a lost connection to an `IncompleteReplyError`. */
function brokenOff(reshaper: EventReshaper, cause: unknown): unknown {
  try {
    reshaper.end(cause)
    return cause
  } catch (error) {
    return error
  }
}

const frameOf = (chunk: Completion, extras: object): Uint8Array =>
  chunkFrame(chunk, chunk.stop_reason === null ? {} : extras)

/**
 * Reads a non-streamed message; resolves to the bytes of the legacy body. @throws UnreadableReplyError for another
 * body.
 */
export async function readMessageBody(
  body: unknown,
  plan: ReplyPlan,
  onDiagnostic: OnDiagnostic,
): Promise<Uint8Array> {
  const message: object = Object(parseBytes(await readAll(body)))
  const completion = completionFrom(message, plan, onDiagnostic)
  return encoder.encode(legacyBody(completion, extrasOf(message)))
}

/** Reads a stream to its end; resolves to the bytes of the legacy body. @throws the error that ended it. */
export async function readMessageEvents(
  body: unknown,
  plan: ReplyPlan,
  onDiagnostic: OnDiagnostic,
): Promise<Uint8Array> {
  const frames = decodeInvocation()
  const reshaper = reshapeEvents(plan, onDiagnostic)
  const extras: Record<string, unknown> = {}
  for await (const bytes of bytesOf(body)) {
    for (const part of frames.push(bytes)) {
      if ('exception' in part) throw errorOfException(part.exception)
      Object.assign(extras, extrasOf(part.event))
      if (!reshaper.done) take(part.event, reshaper)
    }
    if (reshaper.done) break
  }
  if (!reshaper.done) frames.end()
  return encoder.encode(legacyBody(reshaper.end(), extras))
}

/** Remedies for errors of Bedrock, in the words of one entry point. */
export interface BedrockRemedies {
  /** How to set the geography of replaced models. */
  geography: string
  /** How to set the model. */
  model: string
}

const FIXABLE: readonly (readonly [sentence: RegExp, remedy: keyof BedrockRemedies])[] = [
  [/on-demand throughput isn.t supported/, 'geography'],
  [/end of its life|marked by provider as Legacy|model identifier is invalid/, 'model'],
]

/** Appends the remedy to the `message` of an error body that an option of the entry point can fix. */
export function withAdvice(body: string, remedies: BedrockRemedies): string {
  const bytes = encoder.encode(body)
  const message = messageIn(bytes)
  const remedy = FIXABLE.find(([sentence]) => sentence.test(message))?.[1]
  if (remedy === undefined) return body
  return JSON.stringify({ ...Object(parseBytes(bytes)), message: `${message} ${remedies[remedy]}` })
}

const REMEDIES: BedrockRemedies = {
  geography: "Set the option geography of bedrockCompletions, for example 'us', or the option model.",
  model: 'Set the option model of bedrockCompletions to a model that this region has.',
}

/** Appends the remedy to the message of an error that an option of the plugin can fix. */
export async function adviseOn(body: unknown): Promise<Uint8Array> {
  return encoder.encode(withAdvice(new TextDecoder().decode(await readAll(body)), REMEDIES))
}

async function readAll(body: unknown): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const bytes of bytesOf(body)) pieces.push(bytes)
  return concatBytes(pieces)
}
