import { AnthropicError } from '../errors.ts'
import {
  arrayOf,
  type Check,
  type Fault,
  type Fields,
  faultsOf,
  is,
  isFunction,
  isObject,
  isText,
  objectOf,
  oneOf,
  orNull,
  recordOf,
} from '../fields.ts'
import type { EndpointChoice, OnDiagnostic, TranslateOptions } from '../translate/index.ts'
import { translationFields } from '../translate/validate.ts'
import type { ComparisonOptions, Difference } from './compare.ts'
import { type HeaderOptions, isHeaderOptions } from './headers.ts'
import {
  type DiagnosticSettings,
  LOG_LEVELS,
  type Logger,
  type LogLevel,
  printOnce,
} from './report-diagnostics.ts'

/** The default base URL of the Messages API. */
export const DEFAULT_BASE_URL = 'https://api.anthropic.com'

/** The options that all entry points share. */
export interface CompletionsOptions extends TranslateOptions {
  /**
   * The endpoint of the calls. `'messages'` translates them for the Messages API, `'complete'` sends them to a server
   * that still has the legacy endpoint, and a function chooses for each call. See `rollout`.
   *
   * @default 'messages'
   */
  endpoint?: EndpointChoice | undefined
  /** Receives the diagnostics of requests and responses. */
  onDiagnostic?: OnDiagnostic | undefined
  /**
   * How often a diagnostic of a request is reported: `'message'` once for each distinct message, `'call'` at every call.
   * Diagnostics of responses are reported every time.
   *
   * @default 'message'
   */
  diagnosticsPer?: 'message' | 'call' | undefined
  /**
   * The least severe messages that are printed. Without `onDiagnostic`, `'warn'` prints the warnings and errors among the
   * diagnostics, once each, `'error'` only the errors, and `'off'` nothing.
   *
   * @default 'warn'
   */
  logLevel?: LogLevel | undefined
  /**
   * Sends a share of the calls to the other endpoint as well and compares the results. The program's own call does not
   * change and does not wait. Its upstream must serve both endpoints.
   *
   * @default no call is compared
   */
  compare?: ComparisonOptions | undefined
}

/** The same options, with their defaults filled in. */
export interface CompletionsSettings extends DiagnosticSettings {
  endpoint: EndpointChoice
  /** The options of the translation. */
  translation: TranslateOptions
  compare?: ComparisonOptions | undefined
}

/** The options of a single call. */
export interface RequestOptions {
  /**
   * Aborts the call. Before the response has begun the call rejects with `APIUserAbortError`; a stream that has begun
   * just ends.
   */
  signal?: AbortSignal | null | undefined
  /** Milliseconds to wait for the response to begin. @default the client's */
  timeout?: number | undefined
  /** Number of retries after a failed request. @default the client's */
  maxRetries?: number | undefined
  /** Headers added to the client's; `null` removes one. */
  headers?: HeaderOptions | undefined
  /** Query parameters added to the URL. */
  query?: Readonly<Record<string, unknown>> | null | undefined
  /** Options passed to `fetch` in addition to method, headers, body and signal, such as `dispatcher` or `cache`. */
  fetchOptions?: Omit<RequestInit, 'method' | 'headers' | 'body' | 'signal'> | undefined
  /** The endpoint of this call. @default the client's */
  endpoint?: EndpointChoice | undefined
  /** Ignored: the old SDK never sent it. */
  idempotencyKey?: string | undefined
  /** Not supported. Pass a `fetch` that uses the agent to the client. */
  httpAgent?: undefined
}

/** The options of one compared call. */
export interface CompareOptions
  extends RequestOptions,
    Omit<ComparisonOptions, 'sampleRate' | 'onDifference'> {
  /** The share of calls that are also sent to the other endpoint, from 0 (none) to 1 (all). @default 1 */
  sampleRate?: number | undefined
  /** Receives the same difference that the result has. An error that it throws is ignored. */
  onDifference?: ((difference: Difference) => void) | undefined
}

/** Fills in the defaults of the options that all entry points share. */
export function completionsSettings(options: CompletionsOptions): CompletionsSettings {
  const { style, prompts, models, today, thinkingReserve, apiVersion } = options
  const { sampling, prefill, maxTokens, thinking, retiredModel, stopSequences } = options
  const { endpoint = 'messages', diagnosticsPer = 'message', logLevel = 'warn' } = options
  const policies = { sampling, prefill, maxTokens, thinking, retiredModel, stopSequences }
  return {
    endpoint,
    // Not the rest of the options: an adapter passes its own, such as a key.
    translation: { style, prompts, models, today, thinkingReserve, apiVersion, ...policies },
    onDiagnostic: options.onDiagnostic,
    diagnosticsPer,
    logLevel,
    compare: options.compare,
  }
}

export const wholeNumber: Check = value => {
  if (typeof value !== 'number' || !Number.isInteger(value)) return 'must be an integer'
  return value >= 0 ? undefined : 'must be a positive integer'
}
export const headerValues: Check = value => {
  if (typeof value !== 'object' || value === null) {
    return 'must be an object of header values, an array of pairs, or Headers'
  }
  return isHeaderOptions(value) ? undefined : 'must have only strings and null as values'
}
/** Checks query parameters: values by name. */
export const queryValues: Check = orNull(recordOf(() => undefined, 'must be an object of values'))
export const fetchInit: Check = is(isObject, 'must be an object')
export const text: Check = is(isText, 'must be a string')
export const filledText: Check = value => (value === '' ? 'must not be empty' : text(value))
export const callback: Check = is(isFunction, 'must be a function')
/**
 * For options of the old SDK that would have an effect but are not supported here. Options without an effect are
 * accepted.
 */
export const unsupported: Check = () => 'is not supported'

const endpoint = is(
  value => value === 'messages' || value === 'complete' || isFunction(value),
  "must be 'messages', 'complete' or a function",
)

const share: Check = value => {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number'
  return value >= 0 && value <= 1 ? undefined : 'must be from 0 to 1'
}
const COMPARE_FIELDS: Fields = {
  sampleRate: share,
  baseline: share,
  equal: callback,
  onDifference: callback,
  redact: is(value => isFunction(value) || value === false, 'must be a function or false'),
}

/** The checks of {@link CompletionsOptions}. Entry points add their own fields. */
export const completionsFields: Fields = {
  ...translationFields,
  thinkingReserve: wholeNumber,
  endpoint,
  onDiagnostic: callback,
  diagnosticsPer: oneOf(['message', 'call'], "must be 'message' or 'call'"),
  logLevel: oneOf(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`),
  compare: objectOf(COMPARE_FIELDS, 'must be an object', ['sampleRate', 'onDifference']),
}

const REQUEST_FIELDS: Fields = {
  signal: orNull(is(isSignal, 'must be an AbortSignal')),
  timeout: wholeNumber,
  maxRetries: wholeNumber,
  httpAgent: unsupported,
  headers: headerValues,
  query: queryValues,
  fetchOptions: fetchInit,
  endpoint,
}

const HEADER_PARAMETERS: Fields = { betas: arrayOf(text, 'must be an array'), workspace_id: text }

const POLICY_REMEDY = 'Leave it out to adapt such calls, each with a diagnostic.'

/** The remedies of {@link CompletionsOptions}. */
const REMEDIES: Readonly<Record<string, string>> = {
  onDiagnostic: 'Pass a function that takes a diagnostic, or leave it out.',
  style: 'Leave it out for legacy completions.',
  prompts: "Leave it out for 'strict'.",
  models: 'Pass rows by model id, or fields of them, as in MODEL_TABLE.',
  today: 'Pass a day such as "2026-11-30", or leave it out.',
  thinkingReserve: 'Pass a number of tokens, for example 4096.',
  apiVersion: 'Pass a day such as "2023-06-01", or leave it out.',
  sampling: POLICY_REMEDY,
  prefill: POLICY_REMEDY,
  maxTokens: POLICY_REMEDY,
  thinking: POLICY_REMEDY,
  retiredModel: POLICY_REMEDY,
  stopSequences: POLICY_REMEDY,
  endpoint: "Leave it out for 'messages'.",
  diagnosticsPer: "Leave it out for 'message'.",
  logLevel: "Leave it out for 'warn'.",
  compare: 'Pass an object such as { sampleRate: 0.01, onDifference: difference => log(difference) }.',
  sampleRate: 'Pass 1 to compare all calls, 0.01 to compare one in a hundred.',
  redact: 'Leave it out to have lengths in place of texts.',
}

/** The remedies of options of calls; the client has some of them, too. */
export const REQUEST_REMEDIES: Readonly<Record<string, string>> = {
  timeout: 'Pass milliseconds, for example 600000.',
  maxRetries: 'Pass 0 or a small whole number.',
  headers: 'Pass an object such as { "x-team": "search" }.',
  query: 'Pass an object such as { beta: true }.',
  fetchOptions: 'Pass what fetch takes, such as { cache: "no-store" }.',
  signal: 'Pass new AbortController().signal.',
  httpAgent: 'Pass a fetch that goes through your agent or proxy.',
  betas: 'Pass an array of beta names, or leave it out.',
  workspace_id: 'Pass the id as text, or leave it out.',
}

/** Checks the options that all entry points share. @throws AnthropicError that names each invalid option. */
export function checkCompletionsOptions(options: CompletionsOptions): void {
  checkOptions(completionsFields, options)
}

export function checkRequestOptions(options: RequestOptions): void {
  checkOptions(REQUEST_FIELDS, options, REQUEST_REMEDIES)
}

/** Checks the options of a compared call that other calls do not have. */
export function checkCompareOptions(options: object): void {
  checkOptions(COMPARE_FIELDS, options)
}

/** Checks the two parameters of a call that are sent as headers, not in its body. */
export function checkHeaderParameters(parameters: object): void {
  checkOptions(HEADER_PARAMETERS, parameters, REQUEST_REMEDIES)
}

/**
 * Checks options, and prints a hint for each unknown one whose name is similar to that of an option.
 *
 * @throws AnthropicError that names each invalid option, the reason and the remedy; name and reason as in the old SDK.
 */
export function checkOptions(
  fields: Fields,
  options: object,
  remedies: Readonly<Record<string, string>> = {},
): void {
  rejectFaults(optionFaults(fields, options), remedies)
  warnOfNearMisses(options, Object.keys(fields))
}

export function optionFaults(fields: Fields, options: unknown): Fault[] {
  return isObject(options) ? faultsOf(fields, options) : [{ path: [], message: 'options must be an object' }]
}

/** @throws AnthropicError that names each invalid option, the reason and the remedy. */
export function rejectFaults(faults: readonly Fault[], remedies: Readonly<Record<string, string>>): void {
  if (faults.length === 0) return
  const sentences = faults.map(({ path, message }) => {
    const [name] = path
    return typeof name === 'string'
      ? `${path.join('.')} ${message}. ${remedies[name] ?? REMEDIES[name] ?? ''}`
      : `${message}. Pass an object such as { maxRetries: 0 }, or leave it out.`
  })
  throw new AnthropicError(sentences.join(' '))
}

/** Unknown options are accepted, as in the old SDK, but a misspelled one would silently have no effect. */
export function warnOfNearMisses(
  options: { logger?: Logger | undefined; logLevel?: LogLevel | undefined },
  names: readonly string[],
): void {
  for (const given of Object.keys(options)) {
    if (names.includes(given)) continue
    const meant = names.find(name => isNearMiss(given, name))
    if (meant === undefined) continue
    const line = `"${given}" is not an option. Did you mean "${meant}"?`
    printOnce(line, 'warn', line, { logger: options.logger, logLevel: options.logLevel ?? 'warn' })
  }
}

/** Whether two names differ only in one or two adjacent letters, ignoring case and underscores. */
function isNearMiss(given: string, name: string): boolean {
  const [a, b] = [lettersOf(given), lettersOf(name)]
  const [shorter, longer] = [Math.min(a.length, b.length), Math.max(a.length, b.length)]
  let start = 0
  while (start < shorter && a[start] === b[start]) start++
  let end = 0
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end++
  return a.length >= 5 && longer - start - end <= 2
}

const lettersOf = (name: string): string => name.replaceAll('_', '').toLowerCase()

/** Duck-typed: a signal may come from another realm or a polyfill. */
function isSignal(value: unknown): boolean {
  return isObject(value) && 'aborted' in value && 'addEventListener' in value
}
