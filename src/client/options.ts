import { BASE_URL_REMEDY, baseURLFault } from '../core/base-url.ts'
import type { HeaderOptions } from '../core/headers.ts'
import {
  type CompletionsOptions,
  type CompletionsSettings,
  callback,
  checkOptions,
  completionsFields,
  fetchInit,
  headerValues,
  queryValues,
  REQUEST_REMEDIES,
  type RequestOptions,
  text,
  unsupported,
  wholeNumber,
} from '../core/options.ts'
import type { Logger, LogLevel } from '../core/report-diagnostics.ts'
import { type Fields, is, isText, orNull } from '../fields.ts'

/** A `fetch` function as the old SDK called it: with a URL and an init object, never with a `Request`. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>

/**
 * Calls the global `fetch` that is current at the time: a test or a tracer may replace it after the client is created.
 */
export const globalFetch: FetchLike = (url, init) => globalThis.fetch(url, init)

/** The options of `new Anthropic(options)`. They have the names of the old SDK. */
export interface ClientOptions extends CompletionsOptions {
  /** The API key, sent as `x-api-key`. @default the environment variable ANTHROPIC_API_KEY */
  apiKey?: string | null | undefined
  /** A token, sent as `authorization: Bearer …`. @default the environment variable ANTHROPIC_AUTH_TOKEN */
  authToken?: string | null | undefined
  /**
   * Base URL of the Messages API. @default the environment variable ANTHROPIC_BASE_URL, or `https://api.anthropic.com`
   */
  baseURL?: string | null | undefined
  /** Milliseconds that each attempt may wait for the response to begin. @default 600000 (ten minutes) */
  timeout?: number | undefined
  /** Number of retries after a failed request. @default 2 */
  maxRetries?: number | undefined
  /** The `fetch` function that sends the requests. @default the global `fetch` */
  fetch?: FetchLike | undefined
  /** Headers sent with every request; `null` removes one that would be sent otherwise. */
  defaultHeaders?: HeaderOptions | undefined
  /** Query parameters added to every URL. */
  defaultQuery?: Readonly<Record<string, string | undefined>> | undefined
  /** Options passed to every `fetch` call in addition to method, headers, body and signal, such as `dispatcher`. */
  fetchOptions?: RequestOptions['fetchOptions']
  /**
   * Receives log messages about requests, and the diagnostics when there is no `onDiagnostic`, from `logLevel` up.
   *
   * @default none: requests are not logged, and diagnostics go to `console`
   */
  logger?: Logger | undefined
  /**
   * The least severe messages that are logged: `'off'`, `'error'`, `'warn'`, `'info'` or `'debug'`.
   *
   * @default the environment variable ANTHROPIC_LOG, or `'warn'`
   */
  logLevel?: LogLevel | undefined
  /** Ignored: the client runs in browsers without it. Anyone who opens the page can read the API key. */
  dangerouslyAllowBrowser?: boolean | undefined
  /** Not supported. Pass a `fetch` that uses the agent. */
  httpAgent?: undefined
}

/** The options of a client with their defaults filled in. */
export interface ClientSettings extends CompletionsSettings {
  apiKey: string | null
  authToken: string | null
  baseURL: string
  timeout: number
  maxRetries: number
  fetch: FetchLike
  defaultHeaders: HeaderOptions
  defaultQuery: Readonly<Record<string, string | undefined>> | undefined
  fetchOptions: RequestOptions['fetchOptions']
  logger: Logger | undefined
}

const nullableText = orNull(text)

const CLIENT_FIELDS: Fields = {
  ...completionsFields,
  apiKey: nullableText,
  authToken: nullableText,
  baseURL: orNull(value => (isText(value) && value.trim() !== '' ? baseURLFault(value) : text(value))),
  timeout: wholeNumber,
  maxRetries: wholeNumber,
  fetch: callback,
  httpAgent: unsupported,
  defaultQuery: queryValues,
  fetchOptions: fetchInit,
  logger: is(isLogger, 'must have error, warn, info and debug'),
  defaultHeaders: headerValues,
}

const REMEDIES: Readonly<Record<string, string>> = {
  ...REQUEST_REMEDIES,
  apiKey: 'Pass the key as text, or leave it out to use ANTHROPIC_API_KEY.',
  authToken: 'Pass the token as text, or leave it out to use ANTHROPIC_AUTH_TOKEN.',
  baseURL: BASE_URL_REMEDY,
  fetch: 'Pass a function that takes (url, init), or leave it out.',
  defaultHeaders: 'Pass an object such as { "x-team": "search" }.',
  defaultQuery: 'Pass an object such as { beta: "true" }.',
  logger: 'Pass console, or leave it out.',
}

/** Validates client options. @throws AnthropicError that names each invalid option, the reason and the remedy. */
export function checkClientOptions(options: ClientOptions): void {
  checkOptions(CLIENT_FIELDS, options, REMEDIES)
}

function isLogger(value: unknown): boolean {
  const methods = ['error', 'warn', 'info', 'debug']
  return (
    typeof value === 'object' &&
    value !== null &&
    methods.every(name => typeof Reflect.get(value, name) === 'function')
  )
}
