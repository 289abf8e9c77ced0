import * as z from 'zod/mini'
import type { HeaderOptions } from '../core/headers.ts'
import {
  type CompletionsOptions,
  type CompletionsSettings,
  callback,
  checkOptions,
  completionsFields,
  DEFAULT_BASE_URL,
  fetchInit,
  headerValues,
  queryValues,
  type RequestOptions,
  unsupported,
  wholeNumber,
} from '../core/options.ts'
import type { Logger, LogLevel } from '../core/report-diagnostics.ts'

/** A `fetch` as the old SDK called it: with a URL and an init, never with a Request. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>

/** The platform's, looked up at each call: a test or a tracer may replace it after the client is made. */
export const globalFetch: FetchLike = (url, init) => globalThis.fetch(url, init)

/** What a client can be told, under the old SDK's names. */
export interface ClientOptions extends CompletionsOptions {
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
  /** Added to the query of every URL. */
  defaultQuery?: Readonly<Record<string, string | undefined>> | undefined
  /** Handed to every `fetch`, for what it takes beyond method, headers, body and signal. */
  fetchOptions?: RequestOptions['fetchOptions']
  /**
   * Receives the log of requests, and the diagnostics that `onDiagnostic` does not, from `logLevel` up.
   *
   * @default none: requests are not logged, and diagnostics go to `console`
   */
  logger?: Logger | undefined
  /**
   * The least severe messages that are logged: `'off'`, `'error'`, `'warn'`, `'info'` or `'debug'`.
   *
   * @default the environment's ANTHROPIC_LOG, or `'warn'`
   */
  logLevel?: LogLevel | undefined
  /** Of no effect: it is for the page to say where its key goes. */
  dangerouslyAllowBrowser?: boolean | undefined
  /** Not supported: give a `fetch` that goes through the agent. */
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

export const BASE_URL_REMEDY: string = `Pass an address such as ${DEFAULT_BASE_URL}; the key goes into apiKey or defaultHeaders, a query into defaultQuery.`

const text = z.optional(z.nullable(z.string('must be a string')))

const clientSchema = z.looseObject(
  {
    ...completionsFields,
    apiKey: text,
    authToken: text,
    baseURL: z.optional(
      z.nullable(
        z.string('must be a string').check(
          z.superRefine((value, context) => {
            const message = value.trim() === '' ? undefined : baseURLFault(value)
            if (message !== undefined) context.addIssue(message)
          }),
        ),
      ),
    ),
    timeout: z.optional(wholeNumber),
    maxRetries: z.optional(wholeNumber),
    fetch: callback,
    httpAgent: unsupported,
    defaultQuery: queryValues,
    fetchOptions: fetchInit,
    logger: z.optional(z.custom(isLogger, 'must have error, warn, info and debug')),
    defaultHeaders: headerValues,
  },
  'options must be an object',
)

const REMEDIES: Readonly<Record<string, string>> = {
  apiKey: 'Pass the key as text, or leave it out to use ANTHROPIC_API_KEY.',
  authToken: 'Pass the token as text, or leave it out to use ANTHROPIC_AUTH_TOKEN.',
  baseURL: BASE_URL_REMEDY,
  fetch: 'Pass a function that takes (url, init), or leave it out.',
  defaultHeaders: 'Pass an object such as { "x-team": "search" }.',
  defaultQuery: 'Pass an object such as { beta: "true" }.',
  logger: 'Pass console, or leave it out.',
}

/** @throws AnthropicError that names each option at fault, the reason and the remedy. */
export function checkClientOptions(options: ClientOptions): void {
  checkOptions(clientSchema, options, REMEDIES)
}

/** What is wrong with a base URL; the value itself is not shown, because it may hold a password. */
export function baseURLFault(value: string): string | undefined {
  if (!URL.canParse(value)) return 'must be an absolute URL'
  const { protocol, username, password, search, hash } = new URL(value)
  if (protocol !== 'https:' && protocol !== 'http:') return 'must be an absolute URL'
  if (username !== '' || password !== '') return 'must not hold a user name or a password'
  if (search !== '') return 'must not have a query'
  return hash === '' ? undefined : 'must not have a fragment'
}

function isLogger(value: unknown): boolean {
  const methods = ['error', 'warn', 'info', 'debug']
  return (
    typeof value === 'object' &&
    value !== null &&
    methods.every(name => typeof Reflect.get(value, name) === 'function')
  )
}
