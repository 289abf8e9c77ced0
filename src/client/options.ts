import * as z from 'zod/mini'
import type { OnDiagnostic } from '../diagnostics.ts'
import { AnthropicError } from '../errors.ts'
import type { EndpointChoice, TranslateOptions } from '../translate/index.ts'

/** Header values; `null` removes a header that would be sent otherwise. */
export type HeaderOptions = Readonly<Record<string, string | null | undefined>>

/** A `fetch` as the old SDK called it: with a URL and an init, never with a Request. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>

/** What a client can be told, under the old SDK's names. */
export interface ClientOptions extends TranslateOptions {
  /** Sent as `x-api-key`. @default the environment's ANTHROPIC_API_KEY */
  apiKey?: string | null | undefined
  /** Sent as `authorization: Bearer …`. @default the environment's ANTHROPIC_AUTH_TOKEN */
  authToken?: string | null | undefined
  /** Where the Messages API is. @default the environment's ANTHROPIC_BASE_URL, or `https://api.anthropic.com` */
  baseURL?: string | null | undefined
  /** Milliseconds to wait for the answer to begin, for each attempt. @default 600000 (ten minutes) */
  timeout?: number | undefined
  /** How often a failed request is tried again. @default 2 */
  maxRetries?: number | undefined
  /** Used in place of the global `fetch`. */
  fetch?: FetchLike | undefined
  /** Headers sent with every request. */
  defaultHeaders?: HeaderOptions | undefined
  /**
   * Where calls go: to the Messages API, to a server that still has the legacy endpoint, or each where the function
   * says. See `rollout`.
   *
   * @default 'messages'
   */
  endpoint?: EndpointChoice | undefined
  /** Receives what was noticed and changed in a request, and what was noticed in its reply. */
  onDiagnostic?: OnDiagnostic | undefined
  /**
   * Whether a remark on requests is made once for each place in the program that calls, or at every call. Remarks on
   * replies are always made.
   *
   * @default 'call-site'
   */
  diagnosticsPer?: 'call-site' | 'call' | undefined
  /** Of no effect: it is for the page to say where its key goes. */
  dangerouslyAllowBrowser?: boolean | undefined
  /** Not supported: give a `fetch` that goes through the agent. */
  httpAgent?: undefined
  /** Not supported: give a `fetch` that adds the query. */
  defaultQuery?: undefined
}

/** What a single call can be told. */
export interface RequestOptions {
  /** Ends the call. Before the answer began it rejects with `APIUserAbortError`; a begun stream just ends. */
  signal?: AbortSignal | null | undefined
  /** Milliseconds to wait for the answer to begin. @default the client's */
  timeout?: number | undefined
  /** How often the call is tried again. @default the client's */
  maxRetries?: number | undefined
  headers?: HeaderOptions | undefined
  /** Where this call goes. @default the client's */
  endpoint?: EndpointChoice | undefined
  /** Of no effect: the old SDK never sent it. */
  idempotencyKey?: string | undefined
  /** Not supported: give the client a `fetch` that goes through the agent. */
  httpAgent?: undefined
}

/** The options of a client with their defaults filled in. */
export interface ClientSettings {
  apiKey: string | null
  authToken: string | null
  baseURL: string
  timeout: number
  maxRetries: number
  fetch: FetchLike
  defaultHeaders: HeaderOptions
  endpoint: EndpointChoice
  /** What the translation is told. */
  translation: TranslateOptions
  onDiagnostic?: OnDiagnostic | undefined
  diagnosticsPer: 'call-site' | 'call'
}

const wholeNumber = z.number('must be an integer').check(
  z.refine(value => Number.isInteger(value), 'must be an integer'),
  z.refine(value => value >= 0, 'must be a positive integer'),
)
const text = z.optional(z.nullable(z.string('must be a string')))
const headers = z.optional(
  z.record(
    z.string(),
    z.optional(z.nullable(z.string('must be a string or null'))),
    'must be an object of header values',
  ),
)
const callback = z.optional(z.custom(value => typeof value === 'function', 'must be a function'))

// Options of the old SDK that change nothing here are let pass; those that would, and do not, are refused.
const unsupported = z.optional(z.undefined('is not supported'))

const policy = z.optional(z.enum(['adapt', 'error', 'pass'], "must be 'adapt', 'error' or 'pass'"))
const endpoint = z.optional(
  z.union(
    [z.enum(['messages', 'complete']), z.custom(value => typeof value === 'function')],
    "must be 'messages', 'complete' or a function",
  ),
)

const clientSchema = z.looseObject(
  {
    apiKey: text,
    authToken: text,
    baseURL: z.optional(
      z.nullable(z.string('must be a string').check(z.refine(isBlankOrURL, 'must be an absolute URL'))),
    ),
    timeout: z.optional(wholeNumber),
    maxRetries: z.optional(wholeNumber),
    fetch: callback,
    onDiagnostic: callback,
    httpAgent: unsupported,
    defaultQuery: unsupported,
    defaultHeaders: headers,
    style: z.optional(z.enum(['legacy', 'messages'], "must be 'legacy' or 'messages'")),
    models: z.optional(z.record(z.string(), z.looseObject({}), 'must be an object of model rows')),
    thinkingReserve: z.optional(wholeNumber),
    apiVersion: z.optional(z.string('must be a string')),
    sampling: policy,
    prefill: policy,
    maxTokens: policy,
    thinking: policy,
    retiredModel: policy,
    stopSequences: policy,
    endpoint,
    diagnosticsPer: z.optional(z.enum(['call-site', 'call'], "must be 'call-site' or 'call'")),
  },
  'options must be an object',
)

const requestSchema = z.looseObject(
  {
    signal: z.optional(z.nullable(z.custom(isSignal, 'must be an AbortSignal'))),
    timeout: z.optional(wholeNumber),
    maxRetries: z.optional(wholeNumber),
    httpAgent: unsupported,
    headers,
    endpoint,
  },
  'options must be an object',
)

const compareSchema = z.looseObject({
  sampleRate: z
    .number('must be a number')
    .check(z.refine(value => value >= 0 && value <= 1, 'must be from 0 to 1')),
  redact: z.optional(
    z.custom(value => typeof value === 'function' || value === false, 'must be a function or false'),
  ),
})

const headerParametersSchema = z.looseObject({
  betas: z.optional(z.array(z.string('must be a string'), 'must be an array')),
  workspace_id: z.optional(z.string('must be a string')),
})

const POLICY_REMEDY = 'Leave it out to have it adapted, which a diagnostic tells.'

const REMEDIES: Readonly<Record<string, string>> = {
  apiKey: 'Pass the key as text, or leave it out to use ANTHROPIC_API_KEY.',
  authToken: 'Pass the token as text, or leave it out to use ANTHROPIC_AUTH_TOKEN.',
  baseURL: 'Pass an address such as https://api.anthropic.com, without /v1.',
  timeout: 'Pass milliseconds, for example 600000.',
  maxRetries: 'Pass 0 or a small whole number.',
  fetch: 'Pass a function that takes (url, init), or leave it out.',
  onDiagnostic: 'Pass a function that takes a diagnostic, or leave it out.',
  defaultHeaders: 'Pass an object such as { "x-team": "search" }.',
  headers: 'Pass an object such as { "x-team": "search" }.',
  signal: 'Pass new AbortController().signal.',
  style: 'Leave it out for legacy completions.',
  models: 'Pass rows by model id, or fields of them, as in MODEL_TABLE.',
  thinkingReserve: 'Pass a number of tokens, for example 4096.',
  apiVersion: 'Pass a day such as "2023-06-01", or leave it out.',
  sampling: POLICY_REMEDY,
  prefill: POLICY_REMEDY,
  maxTokens: POLICY_REMEDY,
  thinking: POLICY_REMEDY,
  retiredModel: POLICY_REMEDY,
  stopSequences: POLICY_REMEDY,
  endpoint: "Leave it out for 'messages'.",
  diagnosticsPer: "Leave it out for 'call-site'.",
  httpAgent: 'Pass a fetch that goes through your agent or proxy.',
  defaultQuery: 'Pass a fetch that adds the query to the URL.',
  sampleRate: 'Pass 1 to compare all calls, 0.01 to compare one in a hundred.',
  redact: 'Leave it out to have lengths in place of texts.',
  betas: 'Pass an array of beta names, or leave it out.',
  workspace_id: 'Pass the id as text, or leave it out.',
}

export function checkClientOptions(options: ClientOptions): void {
  check(clientSchema, options)
}

export function checkRequestOptions(options: RequestOptions): void {
  check(requestSchema, options)
}

/** Checks what comparing calls takes beyond the options of a call. */
export function checkCompareOptions(options: object): void {
  check(compareSchema, options)
}

/** Checks the two parameters of a call that travel as headers and not in its body. */
export function checkHeaderParameters(parameters: object): void {
  check(headerParametersSchema, parameters)
}

/** Throws an error that names each option at fault, the reason and the remedy; the first two as the old SDK did. */
function check(schema: z.ZodMiniType, options: unknown): void {
  const result = schema.safeParse(options)
  if (result.success) return
  const sentences = result.error.issues.map(({ path, message }) => {
    const [name] = path
    return typeof name === 'string'
      ? `${path.join('.')} ${message}. ${REMEDIES[name] ?? ''}`
      : `${message}. Pass an object such as { maxRetries: 0 }, or leave it out.`
  })
  throw new AnthropicError(sentences.join(' '))
}

/** Whether requests can be sent there. */
export function isAbsoluteURL(value: string): boolean {
  try {
    return /^https?:$/.test(new URL(value).protocol)
  } catch {
    return false
  }
}

/** Blank counts as not given. */
function isBlankOrURL(value: string): boolean {
  return value.trim() === '' || isAbsoluteURL(value)
}

/** Told by its shape: a signal may come from another realm or a polyfill. */
function isSignal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value
}
