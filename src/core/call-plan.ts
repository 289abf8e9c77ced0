import {
  chooseEndpoint,
  completionFrom,
  type Diagnostic,
  type Endpoint,
  type OnDiagnostic,
  translateRequest,
} from '../translate/index.ts'
import type { CompletionRequest } from '../wire.ts'
import type { CompletionsSettings } from './options.ts'
import { legacyDecoder, type MakeDecoder, messagesDecoder } from './response-decoder.ts'

/** One call, planned: what to send, and how to decode the response. */
export interface CallPlan {
  endpoint: Endpoint
  path: '/v1/messages' | '/v1/complete'
  headers: Readonly<Record<string, string>>
  body: object
  /** Whether the upstream is asked for a stream: it may be although the caller wants a whole completion. */
  upstreamStream: boolean
  /** Whether the caller asked for a stream. */
  callerStream: boolean
  /** Makes the decoder of the response. */
  decoder: MakeDecoder
  /** The diagnostics of the request. */
  diagnostics: readonly Diagnostic[]
}

/** How a call is planned, beyond the settings of its entry point. */
export interface PlanOverrides {
  /** Where the call goes. @default the settings' */
  endpoint?: Endpoint | undefined
  /** The value of `anthropic-version`. @default the translation's */
  apiVersion?: string | undefined
  /** Headers that belong to this call. */
  headers?: Readonly<Record<string, string>> | undefined
  /** Receives the diagnostics of the response. */
  onDiagnostic?: OnDiagnostic | undefined
  /** Reads a whole message. @default completionFrom, which keeps the message */
  readMessage?: typeof completionFrom | undefined
}

const NO_HEADERS = {}
const ignore = (): void => {}

const DAY = 86_400_000
/** The day that was written last, and when it ends: a server plans thousands of calls a day. */
let day = ''
let dayEnds = 0

/** Returns today in UTC, for what models do from a day on. */
export function currentDay(): string {
  const now = Date.now()
  if (now >= dayEnds || now < dayEnds - DAY) {
    day = new Date(now).toISOString().slice(0, 10)
    dayEnds = (Math.floor(now / DAY) + 1) * DAY
  }
  return day
}

/**
 * Plans a call: chooses its endpoint and translates the request where that is the Messages API.
 *
 * @throws BadRequestError for what cannot be translated; the legacy endpoint itself is sent everything.
 */
export function planCall(
  request: CompletionRequest,
  settings: CompletionsSettings,
  options: PlanOverrides = {},
): CallPlan {
  const { endpoint = chooseEndpoint(settings.endpoint, request), headers = NO_HEADERS } = options
  const apiVersion = options.apiVersion ?? settings.translation.apiVersion
  const callerStream = request.stream === true
  if (endpoint === 'complete') {
    return {
      endpoint,
      path: '/v1/complete',
      // The later versions are of the Messages API.
      headers: { 'anthropic-version': apiVersion === '2023-01-01' ? apiVersion : '2023-06-01', ...headers },
      body: request,
      upstreamStream: callerStream,
      callerStream,
      decoder: legacyDecoder(request.model),
      diagnostics: [],
    }
  }
  const { today = currentDay() } = settings.translation
  const translated = translateRequest(request, { ...settings.translation, apiVersion, today })
  const { onDiagnostic = ignore, readMessage = completionFrom } = options
  return {
    endpoint,
    path: '/v1/messages',
    headers: { ...translated.headers, ...headers },
    body: translated.request,
    upstreamStream: translated.request.stream === true,
    callerStream,
    decoder: messagesDecoder(translated.plan, onDiagnostic, readMessage),
    diagnostics: translated.diagnostics,
  }
}
