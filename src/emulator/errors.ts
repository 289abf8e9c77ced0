/**
 * Error messages of the real servers, word for word. A comment marks each message that was not recorded on its
 * endpoint, and names its source.
 */

const quote = (text: string): string => `"${text}"`

/** Messages of both endpoints. */
export const common = {
  keyMissing: 'x-api-key header is required',
  keyInvalid: 'invalid x-api-key',
  versionMissing: 'anthropic-version: header is required',
  versionInvalid: (version: string): string => `anthropic-version: ${quote(version)} is not a valid version`,
  notJson: 'The request body is not valid JSON',
  // Recorded 2025-08 and 2025-09, followed by a position.
  loneSurrogate: 'The request body is not valid JSON: no low surrogate in string',
  notFound: 'Not Found',
  methodNotAllowed: 'Method Not Allowed',
  unknownModel: (model: string): string => `model: ${model}`,
  promptTooLong: (tokens: number, maximum: number): string =>
    `prompt is too long: ${tokens} tokens > ${maximum} maximum`,
  range0to1: (field: string): string => `${field}: range: 0..1`,
} as const

/** Messages of `POST /v1/complete`. Field errors use the wording of pydantic 1, as recorded in 2023. */
export const complete = {
  // Since about 2024-02; before that without the last five words.
  mustStartWithHuman: 'prompt must start with "\n\nHuman:" turn after an optional system prompt',
  mustEndWithAssistant: 'prompt must end with "\n\nAssistant:" turn',
  // Recorded on Bedrock (2023-10) only.
  join: ', ',
  unsupportedModel: (model: string): string =>
    `${quote(model)} is not supported on this API. Please use the Messages API instead.`,
  maxTokensRange: 'max_tokens_to_sample: range: 1..1,000,000',
  // Recorded 2025-03 for `temperature`. The texts of the other two fields follow it.
  unsetOr0to1: (field: string): string => `${field}: range: -1 or 0..1`,
  topKRange: 'top_k: range: -1 or 0..1,000,000',
  // The wording of pydantic 1 for a text of the wrong length; not recorded on this endpoint.
  emptyPrompt: 'prompt: ensure this value has at least 1 characters',
  userIdTooLong: 'metadata.user_id: ensure this value has at most 256 characters',
} as const

/** Messages of `POST /v1/messages`. Field errors use the wording of pydantic 2. */
export const messages = {
  noMessages: 'messages: at least one message is required',
  firstMustBeUser: 'messages: first message must use the "user" role',
  systemRole:
    'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
  unknownRole: (index: number): string => `messages.${index}.role: Input should be 'user' or 'assistant'`,
  emptyTextBlock: 'messages: text content blocks must be non-empty',
  blankTextBlock: 'messages: text content blocks must contain non-whitespace text',
  emptyMessage: (index: number): string =>
    `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
  emptySystemBlock: 'system: text content blocks must be non-empty',
  trailingWhitespace: 'messages: final assistant content cannot end with trailing whitespace',
  noPrefill:
    'This model does not support assistant message prefill. The conversation must end with a user message.',
  prefillWhileThinking: (index: number): string =>
    `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`text\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block.`,
  systemPosition: (index: number): string =>
    `messages.${index}: a "system" message must follow a "user" message and precede an "assistant" message or end the conversation`,
  unknownTag: (path: string, type: string, expected: readonly string[]): string =>
    `${path}: Input tag '${type}' found using 'type' does not match any of the expected tags: ${expected.map(tag => `'${tag}'`).join(', ')}`,
  emptyStop: 'stop_sequences: each stop sequence must be non-empty',
  blankStop: 'stop_sequences: each stop sequence must contain non-whitespace',
  negativeMaxTokens: 'max_tokens: Input should be greater than or equal to 0',
  tooManyTokens: (asked: number, cap: number, model: string): string =>
    `max_tokens: ${asked} > ${cap}, which is the maximum allowed number of output tokens for ${model}`,
  cannotBeUnset: (field: string): string => `\`${field}\` cannot be set to -1 for this model`,
  negativeTopK: 'top_k: Input should be greater than or equal to 0',
  bothTemperatureAndTopP:
    '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
  deprecatedField: (field: string): string => `\`${field}\` is deprecated for this model.`,
  userIdTooLong: 'metadata.user_id: String should have at most 256 characters',
  smallThinkingBudget: 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
  budgetOverMaxTokens: '`max_tokens` must be greater than `thinking.budget_tokens`.',
  temperatureWhileThinking:
    '`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.',
  // These two follow the text above. The rules are documented ("top_k is incompatible", "0.95 to 1").
  topKWhileThinking: '`top_k` must be unset when thinking is enabled or in adaptive mode.',
  topPWhileThinking:
    '`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled or in adaptive mode.',
  adaptiveUnsupported: 'adaptive thinking is not supported on this model',
  thinkingUnsupported: (type: string): string =>
    `"thinking.type.${type}" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.`,
  betweenToolsUnsupported: '"thinking.type.between_tools" is not supported for this model.',
  useBetweenTools:
    'To turn thinking off on this model, send "thinking": {"type": "between_tools"} instead of {"type": "disabled"}. The model does not think before responding. The short updates it writes between tool calls come back as thinking blocks.',
  unknownEffort: "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'",
  effortUnsupported: 'This model does not support the effort parameter.',
  // Recorded 2026-07 and 2026-10, with the levels in this order.
  effortLevelUnsupported: (effort: string, levels: readonly string[]): string =>
    `This model does not support effort level '${effort}'. Supported levels: ${levels.join(', ')}.`,
  // Recorded 2026-07-26.
  effortNeedsThinking: (effort: string): string =>
    `output_config.effort '${effort}' is not supported when thinking is disabled on this model. Use effort 'high' or below, or enable thinking.`,
} as const

/** Documentation of the emulator's limits. */
const LIMITS_URL = 'https://legacy-completions.github.io/emulator#limits'

const SCRIPT_URL = 'https://legacy-completions.github.io/emulator#scripts'

/** Error type for valid requests that the emulator cannot respond to, although the real API could. */
const EMULATOR_ERROR = 'emulator_not_implemented'

/**
 * Creates the error for a field whose effect the emulator does not implement: status 501 with the emulator's own error
 * type.
 */
export function notImplemented(field: string, effect: string): Problem {
  return new Problem(
    EMULATOR_ERROR,
    `The emulator does not implement ${field}: ${effect}. Script the reply to this request. See ${LIMITS_URL}`,
    501,
  )
}

/** Thrown for a request that the server rejects. The server converts it to a response. */
export class Problem extends Error {
  readonly status: number
  readonly type: string

  constructor(type: string, message: string, status: number = statusOf(type)) {
    super(message)
    this.type = type
    this.status = status
  }
}

/** The HTTP status of each error type, as documented for both endpoints. */
const STATUS: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  conflict_error: 409,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
}

/** Returns the HTTP status of an error type, 500 for an unknown one. */
export function statusOf(type: string): number {
  return STATUS[type] ?? 500
}

/** Returns the error type for an HTTP status. Without a specific type: `invalid_request_error` below 500, else `api_error`. */
export function typeOf(status: number): string {
  const known = Object.keys(STATUS).find(type => STATUS[type] === status)
  if (known !== undefined) return known
  return status < 500 ? 'invalid_request_error' : 'api_error'
}

/** Creates the error for an invalid script of the emulator. */
export function invalidScript(message: string): TypeError {
  return new TypeError(`${message} See ${SCRIPT_URL}`)
}

/** Creates an `invalid_request_error` with status 400. */
export function invalid(message: string): Problem {
  return new Problem('invalid_request_error', message)
}

/**
 * Returns the `x-should-retry` header of a failure: false for 400 and 401 (recorded 2025-01), true for 529 (2024-11).
 * False for 501, which only the emulator sends, because a retry would fail, too.
 */
export function shouldRetry(status: number): 'true' | 'false' | undefined {
  if (status === 501) return 'false'
  if (status >= 500) return 'true'
  return status === 408 || status === 409 || status === 429 ? undefined : 'false'
}
