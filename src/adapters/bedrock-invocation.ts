/** Legacy calls of Amazon Bedrock: the request body, the response body and the errors. */

import { errorBody } from '../core/legacy-http.ts'
import { AnthropicError, APIError } from '../errors.ts'
import { decodeFrames, encodeFrame, type Frame } from '../event-stream.ts'
import { isObject } from '../fields.ts'
import type { Completion, CompletionRequest, ErrorBody } from '../wire.ts'

/** A call of `InvokeModel` or `InvokeModelWithResponseStream`. */
export interface Invocation {
  modelId: string
  isStreamed: boolean
}

const INVOKE_PATH = /^\/model\/(.+)\/(invoke|invoke-with-response-stream)$/

/** Parses the path of an invocation. The path is still percent-encoded, because an ARN contains an encoded slash. */
export function parseInvokePath(path: string): Invocation | undefined {
  const [, encoded = '', operation] = INVOKE_PATH.exec(path) ?? []
  if (operation === undefined) return undefined
  try {
    return { modelId: decodeURIComponent(encoded), isStreamed: operation !== 'invoke' }
  } catch {
    return undefined
  }
}

/** Extracts the model id from an ARN: `us.anthropic.claude-v2:1`. Returns an opaque ARN unchanged. */
export function plainModelId(modelId: string): string {
  const [, name] =
    /^arn:[^:]*:bedrock:[^/]*:(?:foundation-model|inference-profile)\/(.+)$/.exec(modelId) ?? []
  return name ?? modelId
}

/** Whether an ARN does not contain the id of its model: provisioned throughput, an application inference profile. */
export function isOpaque(modelId: string): boolean {
  return plainModelId(modelId).startsWith('arn:')
}

const CLAUDE = /^(?:[a-z-]+\.)?(?:anthropic\.)?claude-/

/**
 * Whether a body is a Text Completions request to Claude. Bodies of other vendors have a `prompt` as well, so the model
 * decides. For an opaque ARN `max_tokens_to_sample` decides, which no other vendor uses.
 */
export function isLegacyInvocation(modelId: string, body: unknown): body is Record<string, unknown> {
  if (!isObject(body) || 'messages' in body) return false
  if (isOpaque(modelId)) return 'max_tokens_to_sample' in body
  return CLAUDE.test(plainModelId(modelId)) && ('prompt' in body || 'max_tokens_to_sample' in body)
}

const REQUIRED = ['prompt', 'max_tokens_to_sample']
const FIELDS = new Set([...REQUIRED, 'stop_sequences', 'temperature', 'top_p', 'top_k'])
const VERSIONS = new Set(['anthropic_version', 'anthropic_beta'])
/** Matches the names of the fields that Bedrock itself adds. */
export const OF_BEDROCK: RegExp = /^amazon-bedrock-/

/** The parts of a legacy body. */
export interface LegacyInvocation {
  request: CompletionRequest
  /** `anthropic_beta`, and the fields of Bedrock itself such as `amazon-bedrock-guardrailConfig`. */
  extras: Record<string, unknown>
}

/** Splits a legacy body. @throws BedrockError with Bedrock's message for a key that is missing or unknown. */
export function readLegacyBody(
  body: Readonly<Record<string, unknown>>,
  model: string,
  isStreamed: boolean,
): LegacyInvocation {
  const faults = REQUIRED.filter(name => !(name in body)).map(name => `#: required key [${name}] not found`)
  const fields: Record<string, unknown> = { model, stream: isStreamed }
  const extras: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(body)) {
    if (FIELDS.has(name)) fields[name] = value
    else if (OF_BEDROCK.test(name)) extras[name] = value
    else if (!VERSIONS.has(name)) faults.push(`#: extraneous key [${name.slice(0, 80)}] is not permitted`)
    else if (name === 'anthropic_beta' && Array.isArray(value) && value.length > 0) extras[name] = value
  }
  if (faults.length > 0) {
    const shown = faults.length > 5 ? [...faults.slice(0, 5), ` and ${faults.length - 5} more`] : faults
    throw new BedrockError(
      'ValidationException',
      `Malformed input request: ${shown.join('')}, please reformat your input and try again.`,
    )
  }
  // The translation validates the values.
  const request: CompletionRequest = Object(fields)
  return { request, extras }
}

/** The exceptions of Bedrock and their status. */
const STATUS = {
  ValidationException: 400,
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
  ModelTimeoutException: 408,
  ModelErrorException: 424,
  ThrottlingException: 429,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
} as const
/** The name of an exception of Bedrock. */
export type BedrockErrorName = keyof typeof STATUS

/** An error for which the Bedrock clients have a class. */
export class BedrockError extends AnthropicError {
  readonly code: BedrockErrorName
  constructor(code: BedrockErrorName, message: string) {
    super(message)
    this.code = code
  }
  get status(): number {
    return STATUS[this.code]
  }
}

const NAMES: readonly (readonly [statuses: readonly number[], name: BedrockErrorName])[] = [
  [[400, 405, 413, 415, 422], 'ValidationException'],
  [[401, 403], 'AccessDeniedException'],
  [[404], 'ResourceNotFoundException'],
  [[408, 504], 'ModelTimeoutException'],
  [[424], 'ModelErrorException'],
  [[429], 'ThrottlingException'],
  [[503, 529], 'ServiceUnavailableException'],
]

/** Converts an error of the Messages API to an exception of Bedrock. */
export function bedrockErrorOf(status: number, { error }: ErrorBody): BedrockError {
  const name = NAMES.find(([statuses]) => statuses.includes(status))?.[1]
  return new BedrockError(
    name ?? (status < 500 ? 'ValidationException' : 'InternalServerException'),
    error.message,
  )
}

/** Converts a request that the translation rejected to a `ValidationException` with Bedrock's wording. */
export function rejectionOf({ error }: ErrorBody): BedrockError {
  const prefix = error.message.startsWith('prompt') ? 'Invalid prompt: ' : ''
  return new BedrockError('ValidationException', `${prefix}${error.message}`)
}

/** The headers and the body of an error, in the form that the AWS SDKs and Anthropic's clients parse. */
export function bedrockErrorResponse(error: BedrockError): { headers: Record<string, string>; body: string } {
  return {
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
    body: JSON.stringify({ message: error.message }),
  }
}

/** Writes the body of a non-streamed completion, which has neither id nor model. `extras` are Bedrock's own fields. */
export function legacyBody(completion: Completion, extras: object = {}): string {
  return JSON.stringify(fieldsOf(completion, extras))
}

function fieldsOf({ completion, stop_reason, stop }: Completion, extras: object): object {
  return { type: 'completion', completion, stop_reason, stop, ...extras }
}

const CHUNK = { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' }
export const encoder: TextEncoder = new TextEncoder()
const utf8 = new TextDecoder()

/**
 * Encodes one chunk of a stream. The last one has the token counts and the `latencies` that Bedrock adds, unless
 * `extras` contains them.
 */
export function chunkFrame(chunk: Completion, extras: object = {}, latencies: object = {}): Uint8Array {
  const bytes = encoder.encode(legacyBody(chunk, { ...extras, ...metricsOf(chunk, extras, latencies) }))
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return encodeFrame(CHUNK, encoder.encode(JSON.stringify({ bytes: btoa(binary) })))
}

/** The field with the token counts and latencies of a stream. */
export const METRICS = 'amazon-bedrock-invocationMetrics'

function metricsOf({ _message }: Completion, extras: object, latencies: object): object {
  const usage = _message?.usage
  if (!usage || METRICS in extras) return {}
  const { input_tokens: inputTokenCount, output_tokens: outputTokenCount } = usage
  return { [METRICS]: { inputTokenCount, outputTokenCount, ...latencies } }
}

/** The four exceptions within a stream that all client versions support. */
const IN_STREAM: Readonly<Record<string, string>> = {
  rate_limit_error: 'throttlingException',
  overloaded_error: 'throttlingException',
  invalid_request_error: 'validationException',
  api_error: 'internalServerException',
}

/**
 * Converts an exception within a stream to the error of a non-streamed response: `throttlingException` becomes
 * `ThrottlingException`.
 */
export function errorOfException({ headers, payload }: Frame): BedrockError {
  const type = headers[':exception-type'] ?? ''
  const name = type.charAt(0).toUpperCase() + type.slice(1)
  const code = Object.keys(STATUS).find((known): known is BedrockErrorName => known === name)
  return new BedrockError(code ?? 'ModelErrorException', messageIn(payload) || type)
}

/** Types of the Messages API for the exceptions within a stream. */
const TYPES: Readonly<Record<string, string>> = {
  throttlingException: 'rate_limit_error',
  serviceUnavailableException: 'overloaded_error',
  validationException: 'invalid_request_error',
  modelTimeoutException: 'timeout_error',
}

/** Converts an exception within a stream to an event of the Messages API. */
export function errorEventOf({ headers, payload }: Frame): object {
  const name = headers[':exception-type'] ?? headers[':error-code'] ?? 'exception'
  const message = messageIn(payload) || headers[':error-message'] || name
  return { type: 'error', error: { type: TYPES[name] ?? 'api_error', message } }
}

/** Returns the `message` of a JSON body; an empty string if it has no message. */
export function messageIn(bytes: Uint8Array): string {
  const { message }: { message?: unknown } = Object(parseBytes(bytes))
  return typeof message === 'string' ? message : ''
}

/** Parses bytes as JSON; returns `undefined` if they are not JSON. */
export function parseBytes(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    return undefined
  }
}

/** Encodes a failure within a stream. Clients would take a stream that just ends for a complete one. */
export function exceptionFrame(error: unknown): Uint8Array {
  const { error: said } = errorBody(error)
  const isSent = error instanceof APIError && error.type !== null
  const type = (isSent && IN_STREAM[said.type]) || 'modelStreamErrorException'
  return encodeFrame(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    encoder.encode(JSON.stringify({ message: said.message })),
  )
}

/** An event of the Messages API, or an exception to forward. */
export type InvocationEvent = { event: Record<string, unknown> } | { exception: Frame }

/** Decodes the frames of a Messages API response. @throws AnthropicError for damaged bytes. */
export function decodeInvocation(): { push(bytes: Uint8Array): InvocationEvent[]; end(): void } {
  const frames = decodeFrames()
  return {
    push: bytes => frames.push(bytes).flatMap(readFrame),
    end: frames.end,
  }
}

function readFrame(frame: Frame): InvocationEvent[] {
  const { headers, payload } = frame
  if (headers[':message-type'] !== 'event') return [{ exception: frame }]
  if (headers[':event-type'] !== 'chunk') return []
  try {
    const { bytes }: { bytes?: unknown } = Object(JSON.parse(utf8.decode(payload)))
    const binary = Uint8Array.from(atob(String(bytes)), character => character.charCodeAt(0))
    return [{ event: Object(JSON.parse(utf8.decode(binary))) }]
  } catch (cause) {
    throw new AnthropicError('A chunk of the event stream is not JSON.', { cause })
  }
}
