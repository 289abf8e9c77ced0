import { baseURLFault } from '../core/base-url.ts'
import {
  type CompletionCreateParams,
  type CompletionCreateParamsBase,
  type CompletionCreateParamsNonStreaming,
  type CompletionCreateParamsStreaming,
  Completions as CompletionsResource,
} from '../core/completions.ts'
import type { HeaderOptions } from '../core/headers.ts'
import { completionsSettings, DEFAULT_BASE_URL, type RequestOptions } from '../core/options.ts'
import { LOG_LEVELS, type Logger, type LogLevel, printOnce } from '../core/report-diagnostics.ts'
import { DOCUMENTATION_URL } from '../diagnostics/diagnostic.ts'
import {
  AnthropicError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from '../errors.ts'
import { AI_PROMPT, HUMAN_PROMPT } from '../transcript/index.ts'
import type { EndpointChoice, OnDiagnostic, TranslateOptions } from '../translate/index.ts'
import type { Completion } from '../wire.ts'
import { readEnvironment } from './environment.ts'
import { httpBackend } from './http.ts'
import {
  type ClientOptions,
  type ClientSettings,
  checkClientOptions,
  type FetchLike,
  globalFetch,
} from './options.ts'

/**
 * A client with the interface of the old SDK. It sends legacy completion requests to a Messages API.
 *
 * @example
 * const client = new Anthropic()
 * const { completion } = await client.completions.create({
 *   model: 'claude-opus-4-8',
 *   max_tokens_to_sample: 256,
 *   prompt: `${HUMAN_PROMPT} Hello, Claude${AI_PROMPT}`,
 * })
 */
export class Anthropic implements ClientSettings {
  apiKey: string | null
  authToken: string | null
  baseURL: string
  /** Milliseconds that each attempt may wait for the response to begin. */
  timeout: number
  maxRetries: number
  fetch: FetchLike
  defaultHeaders: HeaderOptions
  defaultQuery: ClientSettings['defaultQuery']
  fetchOptions: ClientSettings['fetchOptions']
  logger: Logger | undefined
  logLevel: LogLevel
  endpoint: EndpointChoice
  /** The options of the translation, such as policies and model rows. */
  translation: TranslateOptions
  onDiagnostic: OnDiagnostic | undefined
  diagnosticsPer: 'message' | 'call'
  compare: ClientSettings['compare']
  readonly completions: CompletionsResource

  /** @throws AnthropicError that names each invalid option, the reason and the remedy. */
  constructor(options: ClientOptions = {}) {
    checkClientOptions(options)
    const { apiKey = readEnvironment('ANTHROPIC_API_KEY') } = options
    const { authToken = readEnvironment('ANTHROPIC_AUTH_TOKEN') } = options
    this.apiKey = apiKey ?? null
    this.authToken = authToken ?? null
    this.baseURL = options.baseURL?.trim() || environmentBaseURL() || DEFAULT_BASE_URL
    this.timeout = options.timeout ?? Anthropic.DEFAULT_TIMEOUT
    this.maxRetries = options.maxRetries ?? 2
    this.fetch = options.fetch ?? globalFetch
    this.defaultHeaders = options.defaultHeaders ?? {}
    this.defaultQuery = options.defaultQuery
    this.fetchOptions = options.fetchOptions
    this.logger = options.logger
    this.logLevel = options.logLevel ?? environmentLogLevel(options.logger) ?? 'warn'
    const { endpoint, translation, onDiagnostic, diagnosticsPer, compare } = completionsSettings(options)
    this.endpoint = endpoint
    this.translation = translation
    this.onDiagnostic = onDiagnostic
    this.diagnosticsPer = diagnosticsPer
    this.compare = compare
    this.completions = new CompletionsResource(httpBackend(this))
  }

  /** Creates a client with the options of this one, except those given here. */
  withOptions(options: ClientOptions): this {
    const { apiKey, authToken, baseURL, timeout, maxRetries, fetch, defaultHeaders, defaultQuery } = this
    const { fetchOptions, logger, logLevel, endpoint, translation, onDiagnostic, diagnosticsPer, compare } =
      this
    const now = { apiKey, authToken, baseURL, timeout, maxRetries, fetch, defaultHeaders, defaultQuery }
    const remaining = {
      fetchOptions,
      logger,
      logLevel,
      endpoint,
      onDiagnostic,
      diagnosticsPer,
      compare,
      ...translation,
    }
    // Subclasses get an instance of the subclass.
    return Reflect.construct(this.constructor, [{ ...now, ...remaining, ...options }])
  }

  // Static members of the old SDK's class, for `Anthropic.HUMAN_PROMPT` and `instanceof Anthropic.APIError`.
  static readonly HUMAN_PROMPT: typeof HUMAN_PROMPT = HUMAN_PROMPT
  static readonly AI_PROMPT: typeof AI_PROMPT = AI_PROMPT
  /** Milliseconds that a request waits for its response by default: ten minutes. */
  static readonly DEFAULT_TIMEOUT: number = 600_000
  static readonly Anthropic: typeof Anthropic = Anthropic
  static readonly AnthropicError: typeof AnthropicError = AnthropicError
  static readonly APIError: typeof APIError = APIError
  static readonly APIUserAbortError: typeof APIUserAbortError = APIUserAbortError
  static readonly APIConnectionError: typeof APIConnectionError = APIConnectionError
  static readonly APIConnectionTimeoutError: typeof APIConnectionTimeoutError = APIConnectionTimeoutError
  static readonly BadRequestError: typeof BadRequestError = BadRequestError
  static readonly AuthenticationError: typeof AuthenticationError = AuthenticationError
  static readonly PermissionDeniedError: typeof PermissionDeniedError = PermissionDeniedError
  static readonly NotFoundError: typeof NotFoundError = NotFoundError
  static readonly ConflictError: typeof ConflictError = ConflictError
  static readonly UnprocessableEntityError: typeof UnprocessableEntityError = UnprocessableEntityError
  static readonly RateLimitError: typeof RateLimitError = RateLimitError
  static readonly InternalServerError: typeof InternalServerError = InternalServerError
}

/** The type names of the old SDK: `Anthropic.Completion`, `Anthropic.Completions.CompletionCreateParams`, … */
export declare namespace Anthropic {
  // Re-exported, not aliased: once bundled, an alias of the same name would refer to itself.
  export {
    type ClientOptions,
    type Completion,
    type CompletionCreateParams,
    type CompletionCreateParamsBase,
    type CompletionCreateParamsNonStreaming,
    type CompletionCreateParamsStreaming,
    CompletionsResource as Completions,
    type RequestOptions,
  }
}
// Bundlers may rename the class, but a printed client must still show "Anthropic".
Object.defineProperty(Anthropic, 'name', { value: 'Anthropic' })

/** Members of the official SDK that this client does not have, and where to find each of them. */
const ABSENT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['messages', 'models', 'beta'].map(name => [name, 'sdk'])),
  ...Object.fromEntries(['complete', 'completeStream'].map(name => [name, 'v0'])),
}
for (const [name, entry] of Object.entries(ABSENT)) {
  Object.defineProperty(Anthropic.prototype, name, {
    configurable: true,
    get() {
      throw new AnthropicError(
        entry === 'sdk'
          ? `This client only has completions, and no "${name}". Keep the client of @anthropic-ai/sdk and restore its completions: withCompletions(new Anthropic()) of legacy-completions/sdk. See ${DOCUMENTATION_URL}/sdk-1`
          : `This client has no "${name}", a method of SDK 0.2 to 0.4. Use new Client(apiKey) of legacy-completions/v0. See ${DOCUMENTATION_URL}/pinned`,
      )
    },
  })
}

// Assigned here, not as a static field: the namespace above declares it together with its types.
Anthropic.Completions = CompletionsResource

function environmentLogLevel(logger: Logger | undefined): LogLevel | undefined {
  const value = readEnvironment('ANTHROPIC_LOG')
  if (value === undefined) return undefined
  const level = LOG_LEVELS.find(level => level === value)
  if (level === undefined) {
    const line = `ANTHROPIC_LOG is ${JSON.stringify(value)}. It must be one of ${LOG_LEVELS.join(', ')}.`
    printOnce(line, 'warn', line, { logger, logLevel: 'warn' })
  }
  return level
}

function environmentBaseURL(): string | undefined {
  const url = readEnvironment('ANTHROPIC_BASE_URL')
  const fault = url === undefined ? undefined : baseURLFault(url)
  if (fault === undefined) return url
  throw new AnthropicError(
    `ANTHROPIC_BASE_URL ${fault}. Set it to an address such as ${DEFAULT_BASE_URL}, or unset it.`,
  )
}
