/** Sends translated calls to the operations of Bedrock's runtime, instead of to a Messages endpoint. */
import {
  decodeInvocation,
  errorEventOf,
  type InvocationEvent,
  messageIn,
} from '../adapters/bedrock-invocation.ts'
import { type BedrockModelChoice, geographyOf, inferenceProfile } from '../adapters/bedrock-models.ts'
import { extrasOf, withAdvice } from '../adapters/bedrock-response.ts'
import type { CallPlan } from '../core/call-plan.ts'
import type { DecoderBounds, OnPing, ResponseDecoder } from '../core/response-decoder.ts'
import { UnreadableReplyError } from '../errors.ts'
import type { Completion } from '../wire.ts'
import type { SigningScope } from './aws-signature.ts'
import {
  type CallFormat,
  firstValue,
  type HeaderRecord,
  type ProxyResponse,
  type Route,
  type TranslatedRequest,
} from './routes.ts'

/** An upstream on Amazon Bedrock. */
export interface BedrockUpstream {
  /**
   * - `invoke`: `InvokeModel` and the other operations of Bedrock's runtime;
   * - `messages`: Bedrock's Messages endpoint, below `/anthropic`.
   */
  kind: 'invoke' | 'messages'
  region: string | undefined
  /** Name of the service in signatures. */
  service: string
  /** Whether its models have Bedrock's ids alone. Other servers have a Messages API below `/anthropic`, too. */
  hasOwnIds: boolean
}

/** Host names of Bedrock: of a region, with FIPS or dual stack, in China, and of a VPC endpoint. */
const BEDROCK_HOST = /(?:^|\.)(bedrock-(?:runtime|mantle))(?:-fips)?\.([a-z\d-]+)\./

/**
 * Reads which part of Bedrock a URL addresses; `undefined` for another upstream. With AWS credentials every upstream is
 * on Bedrock, because only AWS can use the signature.
 */
export function readBedrockUpstream(
  upstream: string,
  { hasCredentials = false, region }: { hasCredentials?: boolean; region?: string | undefined } = {},
): BedrockUpstream | undefined {
  const { hostname, pathname } = new URL(upstream)
  const [, host, named] = BEDROCK_HOST.exec(hostname) ?? []
  const isMessages = /\/anthropic\/?$/.test(pathname)
  if (host === undefined && !hasCredentials && !isMessages) return undefined
  return {
    kind: isMessages ? 'messages' : 'invoke',
    region: named ?? region,
    service: host === 'bedrock-mantle' ? host : 'bedrock',
    hasOwnIds: host !== undefined || hasCredentials,
  }
}

/** Returns where a signature for the upstream is valid. @throws TypeError without a region, which the options check. */
export function scopeOf({ region, service }: BedrockUpstream): SigningScope {
  if (region === undefined) throw new TypeError('The region is not known.')
  return { region, service }
}

/** Version of the Messages API in a body of `InvokeModel`. */
const MESSAGES_VERSION = 'bedrock-2023-05-31'

/** Fields that Bedrock adds to a response: token counts and guardrail results. */
export type BedrockExtras = Record<string, unknown>

/** Creates the request of `InvokeModel` for a planned call. `extras` are fields of Bedrock itself. */
export function invocationOf(plan: CallPlan, modelId: string, extras: object = {}): TranslatedRequest {
  const { model: _, stream: __, ...fields }: { model?: unknown; stream?: unknown } = plan.body
  const operation = plan.upstreamStream ? 'invoke-with-response-stream' : 'invoke'
  return {
    path: `/model/${encodeURIComponent(modelId)}/${operation}`,
    headers: {},
    body: { anthropic_version: MESSAGES_VERSION, ...fields, ...extras },
  }
}

/**
 * Decodes the frames of an upstream stream, and passes their events to the decoder of the Messages API. Collects the
 * fields that Bedrock adds in `extras`.
 */
class FrameResponseDecoder implements ResponseDecoder {
  readonly #events: ResponseDecoder
  readonly #extras: BedrockExtras
  readonly #frames = decodeInvocation()
  #failure: unknown

  constructor(events: ResponseDecoder, extras: BedrockExtras) {
    this.#events = events
    this.#extras = extras
  }

  get isOver(): boolean {
    return this.#failure !== undefined || this.#events.isOver
  }

  get isEndSent(): boolean {
    return this.#events.isEndSent
  }

  get onPing(): OnPing | undefined {
    return this.#events.onPing
  }

  set onPing(onPing: OnPing | undefined) {
    this.#events.onPing = onPing
  }

  push(piece: Uint8Array | object): readonly Completion[] {
    if (!(piece instanceof Uint8Array)) return this.#events.push(piece)
    const chunks: Completion[] = []
    for (const part of this.#decode(piece)) {
      if (this.isOver) break
      const event = 'exception' in part ? errorEventOf(part.exception) : part.event
      Object.assign(this.#extras, extrasOf(event))
      for (const chunk of this.#events.push(event)) chunks.push(chunk)
    }
    return chunks
  }

  #decode(bytes: Uint8Array): readonly InvocationEvent[] {
    try {
      return this.#frames.push(bytes)
    } catch {
      this.#failure = new UnreadableReplyError({ message: 'The event stream of the upstream is damaged.' })
      return []
    }
  }

  end(cause?: unknown): readonly Completion[] {
    return this.#events.end(this.#failure ?? cause)
  }

  whole(): Completion | undefined {
    return this.#events.whole()
  }

  partialText(): string {
    return this.#events.partialText()
  }
}

/** Remedies for errors of Bedrock that an option of the proxy can fix. */
const REMEDIES = {
  geography: 'The operator of the proxy can name a geography: serve --bedrock-geography.',
  model: 'The operator of the proxy can name a model that this region has: serve --bedrock-model.',
}

/** Forwards an error of Bedrock to a client of Bedrock, with the remedy if there is one. */
export function bedrockError(status: number, headers: HeaderRecord, body: string): ProxyResponse {
  const kept = ['content-type', 'x-amzn-errortype', 'x-amzn-requestid', 'retry-after'].flatMap(name => {
    const value = firstValue(headers[name])
    return value === undefined ? [] : [[name, value] as const]
  })
  return { status, headers: Object.fromEntries(kept), body: withAdvice(body, REMEDIES) }
}

/** Status and type of the Messages API for each status of Bedrock. */
const ANTHROPIC_ERRORS: Readonly<Record<number, readonly [status: number, type: string]>> = {
  400: [400, 'invalid_request_error'],
  403: [403, 'permission_error'],
  404: [404, 'not_found_error'],
  408: [504, 'timeout_error'],
  413: [413, 'request_too_large'],
  429: [429, 'rate_limit_error'],
  503: [529, 'overloaded_error'],
}

/** Converts an error of Bedrock for a client of the Anthropic API. */
function anthropicError(status: number, headers: HeaderRecord, body: string): ProxyResponse {
  const [own, type] = ANTHROPIC_ERRORS[status] ?? [status < 500 ? 400 : 500, 'api_error']
  const message = messageIn(new TextEncoder().encode(withAdvice(body, REMEDIES)))
  const id = firstValue(headers['x-amzn-requestid'])
  return {
    status: own,
    headers: { 'content-type': 'application/json', ...(id !== undefined && { 'request-id': id }) },
    body: JSON.stringify({
      type: 'error',
      error: { type, message: message || `The upstream answered with status ${status}.` },
    }),
  }
}

/** Sends the calls of a route with Anthropic's model ids to Bedrock, which has ids of its own. */
export function viaBedrock(route: Route, upstream: BedrockUpstream, choice: BedrockModelChoice): Route {
  if (!upstream.hasOwnIds) return route
  const toBedrock: Partial<CallFormat> = {
    canForward: false,
    settings: settings => ({ ...settings, endpoint: 'messages' }),
    translate(plan) {
      const model = bedrockIdOf(plan, upstream, choice)
      return upstream.kind === 'invoke'
        ? invocationOf(plan, model)
        : { path: plan.path, headers: plan.headers, body: { ...plan.body, model } }
    },
    ...(upstream.kind === 'invoke' && {
      rewritesErrors: true,
      decoder: (plan, type, bounds) => frameDecoder(plan, type, bounds, {}),
      upstreamError: anthropicError,
    }),
  }
  return {
    match(...request) {
      const format = route.match(...request)
      return format && { ...format, ...toBedrock }
    },
  }
}

/** Returns the Bedrock id of a planned call: ids of Bedrock are kept, and Anthropic's become inference profiles. */
function bedrockIdOf(
  plan: CallPlan,
  { region, service }: BedrockUpstream,
  { geography }: BedrockModelChoice,
): string {
  const { model }: { model?: unknown } = plan.body
  const id = String(model)
  if (/^arn:|(?:^|\.)anthropic\./.test(id)) return id
  const profile = inferenceProfile(id, geography ?? geographyOf(region))
  // Mantle has no inference profiles.
  return service === 'bedrock-mantle' ? profile.replace(/^[a-z-]+\./, '') : profile
}

/** Returns the decoder for a response in frames; `undefined` for another response. */
export function frameDecoder(
  plan: CallPlan,
  contentType: string,
  bounds: DecoderBounds,
  extras: BedrockExtras,
): ResponseDecoder | undefined {
  if (!contentType.includes('eventstream')) return undefined
  return new FrameResponseDecoder(plan.decoder('events', undefined, bounds), extras)
}
