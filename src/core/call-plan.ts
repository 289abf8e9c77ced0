import type { Diagnostic, OnDiagnostic } from '../diagnostics/diagnostic.ts'
import { chooseEndpoint, type Endpoint } from '../translate/endpoint.ts'
import { loaded, loadRepair } from '../translate/load-repair.ts'
import type { PromptRepair } from '../translate/prompt-mode.ts'
import { completionFrom } from '../translate/reply.ts'
import { type TranslateOptions, translate } from '../translate/request.ts'
import type { CompletionRequest } from '../wire.ts'
import type { CompletionsSettings } from './options.ts'
import { legacyDecoder, type MakeDecoder, messagesDecoder } from './response-decoder.ts'

/** A planned call: what to send, and how to decode the response. */
export interface CallPlan {
  endpoint: Endpoint
  path: '/v1/messages' | '/v1/complete'
  headers: Readonly<Record<string, string>>
  body: object
  /** Whether the upstream request is streamed; it may be even if the caller did not request a stream. */
  upstreamStream: boolean
  /** Whether the caller requested a stream. */
  callerStream: boolean
  /** Creates the decoder of the response. */
  decoder: MakeDecoder
  /** The diagnostics of the request. */
  diagnostics: readonly Diagnostic[]
}

/** Options for planning a single call; they override the settings of the entry point. */
export interface PlanOverrides {
  /** The endpoint of the call. @default the endpoint in the settings */
  endpoint?: Endpoint | undefined
  /** The value of `anthropic-version`. @default the translation's value */
  apiVersion?: string | undefined
  /** Additional headers of this call. */
  headers?: Readonly<Record<string, string>> | undefined
  /** Receives the diagnostics of the response. */
  onDiagnostic?: OnDiagnostic | undefined
  /** Converts a non-streamed message. @default completionFrom, which attaches the message */
  readMessage?: typeof completionFrom | undefined
  /** Repairs prompts. @default loaded with the first call that needs it */
  repair?: PromptRepair | undefined
}

const NO_HEADERS = {}
const ignore = (): void => {}

const DAY = 86_400_000
/** The current date and the time when it ends. Cached, because a server plans thousands of calls a day. */
let day = ''
let dayEnds = 0

/** Returns the current date in UTC, for comparison with retirement dates. */
export function currentDay(): string {
  const now = Date.now()
  if (now >= dayEnds || now < dayEnds - DAY) {
    day = new Date(now).toISOString().slice(0, 10)
    dayEnds = (Math.floor(now / DAY) + 1) * DAY
  }
  return day
}

/**
 * Plans a call: chooses its endpoint and, for the Messages API, translates the request. Returns a promise only if what
 * repairs prompts has to be loaded for it.
 *
 * @throws BadRequestError for a request that cannot be translated. Requests to the legacy endpoint are not checked.
 */
export function planCall(
  request: CompletionRequest,
  settings: CompletionsSettings,
  options: PlanOverrides & { repair: PromptRepair },
): CallPlan
export function planCall(
  request: CompletionRequest,
  settings: CompletionsSettings,
  options?: PlanOverrides,
): CallPlan | Promise<CallPlan>
export function planCall(
  request: CompletionRequest,
  settings: CompletionsSettings,
  options: PlanOverrides = {},
): CallPlan | Promise<CallPlan> {
  const { endpoint = chooseEndpoint(settings.endpoint, request) } = options
  if (endpoint === 'messages') return planMessagesCall(request, settings, options)
  const apiVersion = options.apiVersion ?? settings.translation.apiVersion
  const callerStream = request.stream === true
  return {
    endpoint,
    path: '/v1/complete',
    headers: {
      // Versions after 2023-06-01 only exist on the Messages API.
      'anthropic-version': apiVersion === '2023-01-01' ? apiVersion : '2023-06-01',
      ...options.headers,
    },
    body: request,
    upstreamStream: callerStream,
    callerStream,
    decoder: legacyDecoder(request.model),
    diagnostics: [],
  }
}

/** The options of the latest call. Most calls have the same, and copying them takes longer than planning the rest. */
let latest: { given?: TranslateOptions; apiVersion?: string | undefined; dated: TranslateOptions } = {
  dated: {},
}

/** Plans a call to the Messages API, as {@link planCall} does. */
export function planMessagesCall(
  request: CompletionRequest,
  settings: CompletionsSettings,
  options: PlanOverrides,
): CallPlan | Promise<CallPlan> {
  const { headers = NO_HEADERS, repair = loaded.repair } = options
  const { translation: given } = settings
  const { apiVersion = given.apiVersion } = options
  const { today = currentDay() } = given
  const isSame = latest.given === given && latest.apiVersion === apiVersion && latest.dated.today === today
  if (!isSame) latest = { given, apiVersion, dated: { ...given, apiVersion, today } }
  const translated = translate(request, latest.dated, repair)
  if (translated === undefined) {
    return loadRepair().then(repair => planMessagesCall(request, settings, { ...options, repair }))
  }
  const { onDiagnostic = ignore, readMessage = completionFrom } = options
  return {
    endpoint: 'messages',
    path: '/v1/messages',
    headers: headers === NO_HEADERS ? translated.headers : { ...translated.headers, ...headers },
    body: translated.request,
    upstreamStream: translated.request.stream === true,
    callerStream: request.stream === true,
    decoder: messagesDecoder(translated.plan, onDiagnostic, readMessage),
    diagnostics: translated.diagnostics,
  }
}
