/**
 * The proxy without I/O: decides which request to send upstream and which response to send to the client. The two
 * adapters (the fetch handler and the Node server) only move the bytes, so their responses are identical.
 */
import { BedrockError } from '../adapters/bedrock-invocation.ts'
import { currentDay, planCall } from '../core/call-plan.ts'
import { failureOf } from '../core/failure.ts'
import { parseRequest } from '../core/legacy-http.ts'
import { completionsSettings } from '../core/options.ts'
import { DiagnosticReporter } from '../core/report-diagnostics.ts'
import type { Diagnostic, DiagnosticCode } from '../translate/index.ts'
import { promptRepair } from '../translate/repair-prompt.ts'
import { bareCompletion, completionFrom } from '../translate/reply.ts'
import { wholeText } from '../utf8.ts'
import { createSigner, type Signer } from './aws-signature.ts'
import { bedrockRejection, bedrockRoute, isOfSignature, readSignature } from './bedrock-routes.ts'
import { readBedrockUpstream, scopeOf, viaBedrock } from './bedrock-upstream.ts'
import { type Forwarded, forwardedHeaders, forwardedResponse, type ResponseHead } from './headers.ts'
import { type ChosenKey, createKeys, type Keys } from './keys.ts'
import {
  type Coding,
  excessOf,
  excessOfFields,
  heldBytes,
  MemoryBudget,
  mostResponseBytes,
  ResponseBounds,
  readCodings,
} from './limits.ts'
import { adaptBody, adaptedResponse, isAdaptable } from './messages.ts'
import {
  checkProxyOptions,
  DEFAULT_MAX_BODY_BYTES,
  DEFAULT_MAX_RESPONSE_BYTES,
  DEFAULT_UPSTREAM,
  type ProxyOptions,
} from './options.ts'
import { DEFAULT_ALLOWED, isAllowed, readTarget } from './paths.ts'
import {
  badCoding,
  notAllowed,
  PLAIN,
  type Refusal,
  type Refused,
  refuse,
  refused,
  rejection,
} from './refusals.ts'
import { type Translated, translatedResponse } from './response.ts'
import {
  type CallFormat,
  type CallRecord,
  firstValue,
  formatOf,
  type HeaderRecord,
  legacyRoute,
  newRecord,
  type OpenCall,
  type ProxyResponse,
  type Route,
  type RoutedRequest,
  type UpstreamRequest,
} from './routes.ts'

/** Method, target (path and query) and headers of a request. */
export interface RequestHead {
  method: string
  target: string
  headers: HeaderRecord
}

/** A call that is ready to be sent upstream. */
export interface PlannedCall {
  kind: 'planned'
  record: CallRecord
  request: UpstreamRequest
  /** Signs the request, right before it is sent. `undefined` if it needs no signature. */
  sign: (() => Promise<void>) | undefined
  /** Decides how to convert the upstream's response. `end` resolves when the client has it, or has left. */
  respond(head: ResponseHead, end: Promise<void>): Forwarded | Translated
  /** Returns the response for an upstream that failed before its response began. */
  fail(error: unknown): ProxyResponse
}

/** A call whose request is in a body that the adapter has to read first. */
export interface UnreadCall {
  kind: 'unread'
  record: CallRecord
  /** Content codings to remove from the body. */
  codings: readonly Coding[]
  /** Maximum size of the body in bytes, before and after decoding. */
  maxBodyBytes: number
  /** Plans the call from the complete, decoded body. */
  plan(body: Uint8Array): PlannedCall | Refused
  /** Rejects the call for a reason that the adapter detected. */
  refuse(refusal: Refusal): Refused
}

/** The result of checking the head of a request. */
export type Admitted = Refused | PlannedCall | UnreadCall

/** The proxy without I/O, for one set of options. */
export interface ProxyCore {
  /** Checks the head of a request before its body is read. Returns a promise only if tokens or credentials are checked. */
  admit(head: RequestHead): Admitted | Promise<Admitted>
  /**
   * Replaces the tokens, from the next request on. Open requests keep their key.
   *
   * @throws AnthropicError if the list is empty or a token is too short; the old tokens then stay valid.
   */
  replaceTokens(tokens: readonly string[]): void
}

const RETRY = { 'x-should-retry': 'true' }

/** Creates the core of one proxy from validated options. `decodable`: the codings that the adapter can decode. */
export function createProxyCore(options: ProxyOptions, decodable: readonly Coding[]): ProxyCore {
  const settings = completionsSettings(options)
  const { adaptMessages: adaptations } = options
  const { maxResponseBytes = DEFAULT_MAX_RESPONSE_BYTES } = options
  const { maxBodyBytes = DEFAULT_MAX_BODY_BYTES, upstream = DEFAULT_UPSTREAM, awsCredentials } = options
  const holdsKey = options.apiKey !== undefined || awsCredentials !== undefined
  const allowed = options.allow ?? (holdsKey ? DEFAULT_ALLOWED : undefined)
  const bedrock = readBedrockUpstream(upstream, {
    hasCredentials: awsCredentials !== undefined,
    region: options.awsRegion,
  })
  const hasInvoke = bedrock?.kind === 'invoke'
  const keys = createKeys(hasInvoke ? { keyHeader: 'authorization', ...options } : options)
  const signer: Signer | undefined =
    awsCredentials && bedrock && createSigner(awsCredentials, upstream, scopeOf(bedrock))
  /** Routes that are translated, in matching order. The proxy forwards all other requests. */
  const choice = { model: options.bedrockModel, geography: options.bedrockGeography }
  const routes: readonly Route[] = [
    bedrock ? viaBedrock(legacyRoute, bedrock, choice) : legacyRoute,
    bedrockRoute({ ...choice, holdsKey, upstream: bedrock }),
  ]
  const budget = new MemoryBudget(heldBytes(maxResponseBytes))
  const reporter = new DiagnosticReporter(settings)

  return {
    replaceTokens(tokens) {
      checkProxyOptions({ ...options, tokens })
      keys.replaceTokens(tokens)
    },
    admit({ method, target, headers: given }) {
      // A response to TRACE would reveal the key, because it repeats the request.
      if (method === 'TRACE' || method === 'CONNECT') return refuse('bad-method')
      const place = readTarget(target)
      if (place === undefined) return refuse('bad-target')
      const { path, query } = place
      const request = { method, path, query, given, format: formatOf(method, path, given, routes) }
      const key = chooseKey(given)
      return key instanceof Promise
        ? key.then(chosen => admitWithKey(request, chosen))
        : admitWithKey(request, key)
    },
  }

  function admitWithKey(request: RoutedRequest, key: ChosenKey | undefined): Admitted | Promise<Admitted> {
    const { path, format } = request
    if (key === undefined) return refuse('bad-key', undefined, format)
    const record = newRecord(key.client)
    if (allowed !== undefined && !isAllowed(path, allowed)) return notAllowed(path, record)
    if (signer === undefined) return admitCall(request, key, record)
    return signer
      .begin()
      .then(sign =>
        sign === undefined ? refuse('no-credentials', record, format) : admitCall(request, key, record, sign),
      )
  }

  function admitCall(
    { method, path, query, given, format }: RoutedRequest,
    key: ChosenKey,
    record: CallRecord,
    sign?: OpenCall['sign'],
  ): Admitted {
    const isAdapted = format === undefined && isAdaptable(method, path, adaptations)
    const isDropped = format?.isDropped ?? (signer && isOfSignature)
    const headers = forwardedHeaders(given, format !== undefined || isAdapted, isDropped)
    Object.assign(headers, key.headers)
    const call: OpenCall = { method, path, query, given, format, headers, record, sign }
    if (format === undefined && !isAdapted && sign === undefined) {
      record.endpoint = 'passed-on'
      return plannedCall(call, { method, target: targetOf(call), headers, body: undefined })
    }
    if (Number(given['content-length'] ?? 0) > maxBodyBytes) return refuse('too-large', record, format)
    const codings = readCodings(firstValue(given['content-encoding']), decodable)
    if (codings === undefined) return badCoding(decodable, record, format)
    return {
      kind: 'unread',
      record,
      // A body that is only signed is sent as it came.
      codings: format === undefined && !isAdapted ? [] : codings,
      maxBodyBytes,
      plan(body) {
        if (format !== undefined) return planBody(body, call, format)
        return isAdapted ? planMessages(body, call) : forwardBody(body, call)
      },
      refuse: refusal => refuse(refusal, record, format),
    }
  }

  /**
   * Chooses the key for the upstream. An AWS signature contains no key, but its access key id or session token may be a
   * token of a proxy that holds the key.
   */
  function chooseKey(given: HeaderRecord): ReturnType<Keys['choose']> {
    const signature = holdsKey ? readSignature(given) : undefined
    if (signature === undefined)
      return keys.choose(firstValue(given['x-api-key']), firstValue(given.authorization))
    return chooseKeyOf(signature.presented)
  }

  async function chooseKeyOf(tokens: readonly string[]): Promise<ChosenKey | undefined> {
    for (const presented of tokens) {
      const key = await keys.choose(presented, undefined)
      if (key !== undefined) return key
    }
    return undefined
  }

  /** Returns the path and the query for a request that is forwarded. */
  function targetOf({ path, query }: OpenCall): string {
    return (hasInvoke && path.startsWith('/v1/') ? `/anthropic${path}` : path) + query
  }

  /** Plans a call of the Messages API, which is adapted or forwarded unchanged. */
  function planMessages(body: Uint8Array, call: OpenCall): PlannedCall | Refused {
    const { method, headers, record } = call
    headers['content-type'] = 'application/json'
    try {
      const { today = currentDay() } = settings.translation
      const apiVersion = headers['anthropic-version']
      const adapted = adaptBody(body, adaptations ?? [], { ...settings.translation, today, apiVersion })
      if (adapted === undefined) return forwardBody(body, call)
      record.endpoint = 'messages'
      const { diagnostics, plan } = adapted
      record.isStreamed = adapted.isStreamed
      record.diagnostics = diagnostics.map(({ code }) => code)
      reporter.report(diagnostics)
      const request = { method, target: targetOf(call), headers, body: JSON.stringify(adapted.body) }
      return plannedCall(call, request, (head, end) =>
        adaptedResponse(head, plan, new ResponseBounds(maxResponseBytes, budget, end), record),
      )
    } catch (error) {
      return rejection(error, record)
    }
  }

  function forwardBody(body: Uint8Array, call: OpenCall): PlannedCall {
    const { method, record, headers } = call
    record.endpoint = 'passed-on'
    // fetch rejects a body for these methods.
    const hasBody = method !== 'GET' && method !== 'HEAD'
    return plannedCall(call, { method, target: targetOf(call), headers, body: hasBody ? body : undefined })
  }

  function planBody(body: Uint8Array, call: OpenCall, format: CallFormat): PlannedCall | Refused {
    const { method, query, given, headers, record } = call
    const excess = excessOf(body)
    const parsed = excess === undefined ? parseRequest(wholeText(body)) : undefined
    const decided = format.decide?.(parsed, body)
    if (decided === 'forward') {
      const type = firstValue(given['content-type'])
      if (type !== undefined) headers['content-type'] = type
      return forwardBody(body, call)
    }
    if (excess !== undefined) return refused(400, 'invalid_request_error', excess, record, format)
    if (decided !== undefined) return { kind: 'refused', record, response: decided }
    if (parsed === undefined) return refuse('not-json', record, format)
    const codes: DiagnosticCode[] = []
    record.diagnostics = codes
    const onDiagnostic = (diagnostic: Diagnostic): void => {
      codes.push(diagnostic.code)
      reporter.onResponse(diagnostic)
    }
    try {
      const own = format.settings?.(settings) ?? settings
      const legacy = format.readRequest(parsed)
      const large = excessOfFields(legacy)
      if (large !== undefined) return refused(400, 'invalid_request_error', large, record, format)
      record.isStreamed = legacy.stream === true
      const plan = planCall(legacy, own, {
        apiVersion: own.translation.apiVersion ?? format.apiVersion,
        onDiagnostic,
        readMessage: format.keepsUsage ? completionFrom : bareCompletion,
        repair: promptRepair,
      })
      record.endpoint = plan.endpoint
      for (const { code } of plan.diagnostics) codes.push(code)
      if (plan.diagnostics.length > 0) reporter.report(plan.diagnostics)
      headers['content-type'] = 'application/json'
      const target = format.upstreamPath(plan.path) + query
      if (plan.endpoint === 'complete' && format.canForward)
        return plannedCall(call, { method, target, headers, body })
      const sent = format.translate?.(plan) ?? { ...plan, path: format.upstreamPath(plan.path) }
      Object.assign(headers, sent.headers)
      const json = JSON.stringify(sent.body)
      const maxLength = mostResponseBytes(json, plan.body, maxResponseBytes)
      const request = { method, target: sent.path + query, headers, body: json }
      return plannedCall(call, request, (head, end) =>
        translatedResponse(head, plan, new ResponseBounds(maxLength, budget, end), format, record),
      )
    } catch (error) {
      if (error instanceof BedrockError) return { kind: 'refused', record, response: bedrockRejection(error) }
      return rejection(error, record, format)
    }
  }

  /** Creates a planned call. By default its response is forwarded. */
  function plannedCall(
    { record, format = PLAIN, sign }: PlannedFrom,
    request: UpstreamRequest,
    respond: PlannedCall['respond'] = head => forwardedResponse(head, record),
  ): PlannedCall {
    return {
      kind: 'planned',
      record,
      request,
      sign: sign && (() => sign(request)),
      respond: signer === undefined ? respond : (head, end) => respond(signer.observe(head), end),
      fail(error) {
        const { status, body, cause } = failureOf(error, 'head')
        record.cause = cause
        return format.failure(status, body, RETRY)
      },
    }
  }
}

/** What {@link PlannedCall} needs of an open call. */
interface PlannedFrom extends Pick<OpenCall, 'record' | 'sign'> {
  format?: Pick<CallFormat, 'failure'> | undefined
}
