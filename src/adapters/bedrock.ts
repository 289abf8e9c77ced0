/**
 * Restores Text Completions on the AWS SDK for JavaScript v3: `InvokeModel` with `{ prompt, max_tokens_to_sample }`.
 *
 * @module
 */

import { currentDay } from '../core/call-plan.ts'
import { errorBody, statusOf } from '../core/legacy-http.ts'
import {
  type CompletionsOptions,
  checkOptions,
  completionsFields,
  completionsSettings,
  filledText,
  unsupported,
} from '../core/options.ts'
import { DiagnosticReporter } from '../core/report-diagnostics.ts'
import { APIError, BadRequestError } from '../errors.ts'
import { type Fields, isObject, oneOf } from '../fields.ts'
import type { OnDiagnostic, ReplyPlan } from '../translate/index.ts'
import { loaded, loadRepair } from '../translate/load-repair.ts'
import { translate } from '../translate/request.ts'
import type { ErrorBody } from '../wire.ts'
import {
  BedrockError,
  bedrockErrorOf,
  bedrockErrorResponse,
  encoder,
  isLegacyInvocation,
  isOpaque,
  readLegacyBody,
  rejectionOf,
} from './bedrock-invocation.ts'
import { bedrockTarget, GEOGRAPHIES, type Geography } from './bedrock-models.ts'
import { adviseOn, bytesOf, legacyFrames, readMessageBody, readMessageEvents } from './bedrock-response.ts'

export type { CompletionsOptions } from '../core/options.ts'
export type { Geography } from './bedrock-models.ts'

/** Options of {@link bedrockCompletions}. */
export interface BedrockCompletionsOptions
  extends Omit<CompletionsOptions, 'endpoint' | 'apiVersion' | 'compare'> {
  /**
   * The model id, inference profile or ARN to call instead of a retired model, and for every ARN that does not name its
   * model.
   *
   * @default the vendor's recommended replacement, as an inference profile of `geography`
   */
  model?: string | undefined
  /**
   * Where a replacement may be processed: `'us'`, `'us-gov'`, `'eu'`, `'apac'`, `'jp'`, `'au'` or `'global'`, the prefix of
   * its inference profile.
   *
   * @default the prefix of the called id, then the geography of the client's region
   */
  geography?: Geography | undefined
}

/** A plugin for `client.middlewareStack.use`. */
export interface BedrockPlugin {
  applyToStack(stack: BedrockMiddlewareStack): void
}

/** The part of the AWS SDK's middleware stack that the plugin calls. */
export interface BedrockMiddlewareStack {
  add(middleware: BedrockMiddleware, options: object): void
}

/** Handles a step of a command, as the AWS SDK calls it. */
export type BedrockHandler = (args: {
  input: object
  request?: unknown
}) => Promise<{ response: unknown; output: object }>
/** A middleware of the AWS SDK; only the parts that the plugin uses. */
export type BedrockMiddleware = (next: BedrockHandler, context: object) => BedrockHandler

const NO_MODEL =
  'The ARN does not name its model. Set the option model of bedrockCompletions to the model to call instead.'
const NO_ENDPOINT = 'Bedrock has no legacy endpoint any more.'
const OPERATIONS = ['InvokeModelCommand', 'InvokeModelWithResponseStreamCommand']
const MESSAGES_VERSION = 'bedrock-2023-05-31'

interface LegacyCall {
  plan: ReplyPlan
  isStreamed: boolean
  /** Whether to request a stream. Some stop sequences need one even if the caller wants a non-streamed completion. */
  upstreamStream: boolean
  /** The model to invoke. */
  modelId: string
  body: object
}

/**
 * Creates a plugin for a `BedrockRuntimeClient` that sends legacy calls to Claude as Messages requests and returns
 * legacy responses, streamed or not. It changes the request before the SDK signs it, so the SDK still handles regions,
 * credentials, retries and errors. Bodies of other vendors and Messages bodies pass through unchanged.
 *
 * @throws AnthropicError that names each invalid option.
 * @example
 * const client = new BedrockRuntimeClient({ region: 'us-east-1' })
 * client.middlewareStack.use(bedrockCompletions())
 */
export function bedrockCompletions(options: BedrockCompletionsOptions = {}): BedrockPlugin {
  checkBedrockOptions(options)
  const settings = completionsSettings({ ...options, endpoint: 'messages' })
  const reporter = new DiagnosticReporter(settings)
  /** The pending legacy calls, by the context object that the SDK passes to all middlewares of one call. */
  const calls = new WeakMap<object, LegacyCall | BedrockError>()

  const rewriteRequest: BedrockMiddleware = (next, context) => async args => {
    const invocation = readInput(args.input, context)
    if (invocation !== undefined && isRequest(args.request)) {
      const call = await planInvocation(invocation, regionOf(context))
      calls.set(context, call)
      if (!(call instanceof BedrockError)) rewriteBody(args.request, call)
    }
    return next(args)
  }

  async function planInvocation(
    invocation: LegacyInput,
    region: string | undefined,
  ): Promise<LegacyCall | BedrockError> {
    const { modelId, body, isStreamed } = invocation
    try {
      const { models, today = currentDay() } = settings.translation
      const target = bedrockTarget(modelId, region, options, { models, today })
      if (target === undefined) return new BedrockError('ValidationException', NO_MODEL)
      const { request, extras } = readLegacyBody(body, target.model, isStreamed)
      const own = { ...settings.translation, models: target.models, today }
      const translated = translate(request, own, loaded.repair) ?? translate(request, own, await loadRepair())
      reporter.report(translated.diagnostics)
      const { model, stream, ...fields } = translated.request
      const isReplaced = model !== target.model || isOpaque(modelId)
      return {
        plan: translated.plan,
        isStreamed,
        upstreamStream: stream === true,
        modelId: isReplaced ? model : modelId,
        body: { anthropic_version: MESSAGES_VERSION, ...fields, ...extras },
      }
    } catch (error) {
      if (error instanceof BedrockError) return error
      if (error instanceof BadRequestError) return rejectionOf(errorBody(error))
      throw error
    }
  }

  const rewriteResponse: BedrockMiddleware = (next, context) => async args => {
    const call = calls.get(context)
    if (call === undefined) return next(args)
    if (call instanceof BedrockError) return { response: responseOf(call), output: {} }
    const result = await next(args)
    if (isResponse(result.response)) await rewriteResponseBody(result.response, call, reporter.onResponse)
    return result
  }

  return {
    applyToStack(stack) {
      const name = (part: string): object => ({ name: `legacyCompletions${part}`, override: true })
      // At the build step the SDK has chosen the region, but has not yet measured, signed or sent the request.
      stack.add(rewriteRequest, { ...name('Request'), step: 'build', priority: 'high' })
      // Low priority: the SDK's own deserializer reads the response that this middleware returns.
      stack.add(rewriteResponse, { ...name('Response'), step: 'deserialize', priority: 'low' })
    },
  }
}

const BEDROCK_FIELDS: Fields = {
  ...completionsFields,
  endpoint: unsupported,
  compare: unsupported,
  apiVersion: unsupported,
  model: filledText,
  geography: oneOf(GEOGRAPHIES, `must be one of ${GEOGRAPHIES.join(', ')}`),
}

function checkBedrockOptions(options: BedrockCompletionsOptions): void {
  checkOptions(BEDROCK_FIELDS, options, {
    endpoint: NO_ENDPOINT,
    compare: NO_ENDPOINT,
    apiVersion: `The plugin sends ${MESSAGES_VERSION}.`,
    model: 'Pass a model id such as "us.anthropic.claude-opus-4-8".',
    geography: 'Leave it out for the geography of the region.',
  })
}

interface LegacyInput {
  modelId: string
  body: Readonly<Record<string, unknown>>
  isStreamed: boolean
}

/** Reads a legacy call from the input of a command; returns `undefined` for every other call. */
function readInput(input: object, context: object): LegacyInput | undefined {
  const { commandName }: { commandName?: unknown } = context
  const { modelId, body }: { modelId?: unknown; body?: unknown } = input
  if (typeof modelId !== 'string' || !OPERATIONS.includes(String(commandName))) return undefined
  const parsed = parseBody(body)
  if (!isLegacyInvocation(modelId, parsed)) return undefined
  return { modelId, body: parsed, isStreamed: commandName !== OPERATIONS[0] }
}

function parseBody(body: unknown): unknown {
  try {
    if (typeof body === 'string') return JSON.parse(body)
    if (body instanceof Uint8Array) return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    // The server rejects a body that is not JSON with its own message.
  }
  return undefined
}

/**
 * Returns the region of a call. SDK versions keep it in different fields of the context; the endpoint may contain it,
 * too.
 */
function regionOf(context: object): string | undefined {
  const candidates = [
    fieldAt(context, [
      '__smithy_context',
      'selectedHttpAuthScheme',
      'httpAuthOption',
      'signingProperties',
      'region',
    ]),
    fieldAt(context, ['authSchemes', '0', 'signingRegion']),
    fieldAt(context, ['signing_region']),
    /^bedrock-runtime(?:-fips)?\.([a-z\d-]+)\./.exec(
      String(fieldAt(context, ['endpointV2', 'url', 'hostname'])),
    )?.[1],
  ]
  return candidates.find(region => typeof region === 'string')
}

function fieldAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => Reflect.get(Object(inner), name), value)
}

interface HttpResponse {
  statusCode: number
  headers: Record<string, string>
  body: unknown
}

/** Converts a failure to an exception: one that the upstream reported in a body of status 200, or a lost connection. */
function failureOf(error: unknown, said: ErrorBody): BedrockError {
  const isSent = error instanceof APIError && error.type !== null
  return isSent
    ? bedrockErrorOf(statusOf(error), said)
    : new BedrockError('ModelErrorException', said.error.message)
}

function responseOf(error: BedrockError): HttpResponse {
  const { headers, body } = bedrockErrorResponse(error)
  return { statusCode: error.status, headers, body: encoder.encode(body) }
}

/** Replaces the body of a Messages response by the legacy body. */
async function rewriteResponseBody(
  response: HttpResponse,
  { plan, isStreamed, upstreamStream }: LegacyCall,
  onDiagnostic: OnDiagnostic,
): Promise<void> {
  if (response.statusCode >= 300) {
    response.body = await adviseOn(response.body)
    return
  }
  try {
    const isEventStream = (response.headers['content-type'] ?? '').includes('eventstream')
    if (isEventStream !== upstreamStream)
      throw new BedrockError(
        'ModelErrorException',
        'The response is not in the form that the request asks for.',
      )
    if (isStreamed) {
      response.body = legacyFrames(bytesOf(response.body), plan, onDiagnostic)
      return
    }
    const read = upstreamStream ? readMessageEvents : readMessageBody
    response.body = await read(response.body, plan, onDiagnostic)
    response.headers['content-type'] = 'application/json'
  } catch (error) {
    const said = errorBody(error)
    Object.assign(response, responseOf(error instanceof BedrockError ? error : failureOf(error, said)))
  }
  delete response.headers['content-length']
}

function isResponse(value: unknown): value is HttpResponse {
  return isObject(value) && 'statusCode' in value && 'headers' in value
}

interface HttpRequest {
  path: string
  headers: Record<string, string>
  body?: unknown
}

function isRequest(value: unknown): value is HttpRequest {
  return isObject(value) && 'path' in value && typeof value.path === 'string'
}

function rewriteBody(request: HttpRequest, { modelId, body, upstreamStream }: LegacyCall): void {
  const operation = upstreamStream ? 'invoke-with-response-stream' : 'invoke'
  const path = `/model/${encodeURIComponent(modelId)}/${operation}`
  request.path = request.path.replace(/\/model\/[^/]+\/invoke(?:-with-response-stream)?$/, path)
  request.body = encoder.encode(JSON.stringify(body))
  request.headers['content-type'] = 'application/json'
  delete request.headers['content-length']
}
