/**
 * The proxy as a server for Node: the same translation as the portable handler's, on `node:http` and the dispatcher of
 * undici, which take a fraction of what `Request`, `Response` and web streams do.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Dispatcher, Pool } from 'undici'
import { type CallPlan, planCall } from '../../core/call-plan.ts'
import {
  dialectOf,
  errorBody,
  LEGACY_PATH,
  messagesVersion,
  NOT_JSON,
  parseRequest,
} from '../../core/legacy-http.ts'
import { completionsSettings } from '../../core/options.ts'
import { DiagnosticReporter } from '../../core/report-diagnostics.ts'
import { BadRequestError } from '../../errors.ts'
import { type Listening, listenOn } from '../../listen.ts'
import type { Diagnostic, DiagnosticCode } from '../../translate/index.ts'
import { bareCompletion } from '../../translate/reply.ts'
import { wholeText } from '../../utf8.ts'
import type { CompletionRequest } from '../../wire.ts'
import { createKeys } from '../keys.ts'
import { DEFAULT_UPSTREAM, LONGEST_BODY } from '../options.ts'
import {
  begin,
  bodyAtHand,
  diagnosticsHeader,
  type Exchange,
  fail,
  one,
  readBody,
  refuse,
  split,
  writeHead,
} from './exchange.ts'
import { checkServeOptions, type Page, type ServeOptions } from './options.ts'
import { passOn, writeStream, writeWhole } from './reply.ts'
import { ask, type Reply } from './upstream.ts'

export type { CompletionsOptions } from '../../core/options.ts'
export { type Listening, type ListenOptions, listen } from '../../listen.ts'
export type { RequestRecord } from './exchange.ts'
export type { Page, ServeOptions } from './options.ts'

export interface Serving extends Listening {
  /** Takes no more requests, and resolves when all that are open have been answered. */
  drain(): Promise<void>
  /** How many requests are being answered. */
  readonly open: number
}

const TIMEOUT = 600_000
const LATER = { 'retry-after': '1', 'x-should-retry': 'true' }
const ELSEWHERE = { connection: 'close', 'x-should-retry': 'true' }

/**
 * Serves the proxy on a port of this machine. `GET /healthz` answers as long as it runs, `GET /readyz` while it takes
 * requests.
 *
 * @throws AnthropicError that names each option at fault, the reason and the remedy; rejects when the port is taken.
 * @example
 * const proxy = await serveProxy({ port: 8080 })
 * console.log(proxy.url) // http://127.0.0.1:8080
 */
export async function serveProxy(options: ServeOptions = {}): Promise<Serving> {
  checkServeOptions(options)
  // By its file: under the bare name Bun has a stand-in of its own, which lacks most of a Pool.
  const { Pool } = await import('undici/index.js')
  const { upstream = DEFAULT_UPSTREAM, timeout = TIMEOUT, maxHeaderBytes = 16_384 } = options
  const base = new URL(upstream)
  const pool = new Pool(base.origin, { headersTimeout: timeout, bodyTimeout: timeout })
  const edge = createEdge(options, pool, base.pathname.replace(/\/+$/, ''))
  const server = createServer({ maxHeaderSize: maxHeaderBytes }, (incoming, outgoing) => {
    void edge.serve(incoming, outgoing)
  })
  const listening = await listenOn(server, options)
  const close = async (): Promise<void> => {
    await listening.close()
    await pool.destroy()
  }
  return {
    url: listening.url,
    close,
    async drain() {
      edge.isReady = false
      server.close()
      await edge.idle()
      // What is left has asked nothing: connections that were kept, or opened in advance.
      await close()
    },
    get open() {
      return edge.open
    },
  }
}

interface Edge {
  serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void>
  isReady: boolean
  open: number
  /** Resolves when nothing is open any more. */
  idle(): Promise<void>
}

function createEdge(options: ServeOptions, pool: Pool, basePath: string): Edge {
  const settings = completionsSettings(options)
  const { maxBodyBytes = LONGEST_BODY, maxConcurrent = Number.POSITIVE_INFINITY, onRequest } = options
  const keys = createKeys(options)
  const reporter = new DiagnosticReporter(settings)
  const waiting: (() => void)[] = []
  /** Those that are open and not refused. */
  let answering = 0

  const edge: Edge = {
    isReady: true,
    open: 0,
    idle: () => new Promise(resolve => (edge.open === 0 ? resolve() : waiting.push(resolve))),
    async serve(incoming, outgoing) {
      const path = incoming.url ?? '/'
      if (path === '/healthz') return answer(outgoing, 200, 'ok')
      if (path === '/readyz')
        return answer(outgoing, edge.isReady ? 200 : 503, edge.isReady ? 'ok' : 'draining')
      const page = options.pages && Object.hasOwn(options.pages, path) ? options.pages[path] : undefined
      if (page !== undefined) return showPage(outgoing, page)
      const exchange = begin(incoming, outgoing, path)
      edge.open++
      try {
        if (!edge.isReady) refuse(exchange, 503, 'api_error', 'The proxy is shutting down.', ELSEWHERE)
        else if (answering >= maxConcurrent) refuse(exchange, 529, 'overloaded_error', 'Overloaded', LATER)
        else {
          answering++
          void exchange.closed.then(() => answering--)
          await respond(exchange)
        }
      } catch (error) {
        fail(exchange, error)
      }
      await exchange.closed
      const { record, started } = exchange
      record.milliseconds = performance.now() - started
      record.status = outgoing.headersSent ? outgoing.statusCode : 0
      if (exchange.isGone) record.outcome = 'client-gone'
      try {
        onRequest?.(record)
      } catch {
        // Whoever cannot write a log must not end the server.
      }
      edge.open--
      if (edge.open === 0) for (const resolve of waiting.splice(0)) resolve()
    },
  }

  async function respond(exchange: Exchange): Promise<void> {
    const { incoming, headers, record } = exchange
    const given = incoming.headers
    // An upstream that answers TRACE repeats the key. A target that is no path is for a proxy of another kind.
    if (incoming.method === 'TRACE')
      return refuse(exchange, 405, 'invalid_request_error', 'Method Not Allowed')
    if (!exchange.path.startsWith('/'))
      return refuse(exchange, 400, 'invalid_request_error', 'The request target must be a path.')
    const key = await keys.choose(one(given['x-api-key']), given.authorization)
    if (key === 'refused')
      return refuse(exchange, 401, 'authentication_error', 'invalid x-api-key', { 'x-should-retry': 'false' })
    Object.assign(headers, key)

    const [pathname = '', query = ''] = split(exchange.path)
    if (incoming.method !== 'POST' || !LEGACY_PATH.test(pathname)) {
      record.endpoint = 'passed-on'
      // One that knows its length need not come in chunks.
      const length = given['content-length']
      if (length !== undefined) headers['content-length'] = length
      return passOn(exchange, await send(exchange, exchange.path, await uploadOf(incoming)))
    }
    const body = await readBody(incoming, maxBodyBytes)
    if (body === undefined)
      return refuse(exchange, 413, 'request_too_large', 'Request exceeds the maximum size')
    const legacy = parseRequest(wholeText(body))
    if (legacy === undefined) return refuse(exchange, 400, 'invalid_request_error', NOT_JSON)
    record.isStreamed = legacy.stream === true
    const version = one(given['anthropic-version']) ?? null
    const plan = translate(exchange, legacy, version)
    if (plan === undefined) return
    if (plan.endpoint === 'complete') {
      record.endpoint = 'complete'
      return passOn(exchange, await send(exchange, exchange.path, body))
    }

    record.endpoint = 'messages'
    Object.assign(headers, plan.headers)
    headers['content-type'] = 'application/json'
    // What is to be read must come as it is; where nothing is said, it may come in any coding.
    headers['accept-encoding'] = 'identity'
    const target = pathname.replace(LEGACY_PATH, plan.path) + query
    const reply = await send(exchange, target, JSON.stringify(plan.body))
    if (reply.status > 299) return passOn(exchange, reply)
    const dialect = dialectOf(version)
    return plan.callerStream
      ? writeStream(exchange, reply, plan, dialect)
      : writeWhole(exchange, reply, plan, dialect)
  }

  function send(exchange: Exchange, path: string, body: string | Buffer | Readable | null): Promise<Reply> {
    const { incoming, headers } = exchange
    const method = (incoming.method ?? 'GET') as Dispatcher.HttpMethod
    return ask(pool, { path: basePath + path, method, headers, body }, exchange)
  }

  /** Plans a call; nothing where it was refused. */
  function translate(
    exchange: Exchange,
    legacy: CompletionRequest,
    version: string | null,
  ): CallPlan | undefined {
    const { record } = exchange
    try {
      const codes: DiagnosticCode[] = []
      const plan = planCall(legacy, settings, {
        apiVersion: settings.translation.apiVersion ?? messagesVersion(version),
        onDiagnostic(diagnostic: Diagnostic) {
          codes.push(diagnostic.code)
          reporter.onResponse(diagnostic)
        },
        readMessage: bareCompletion,
      })
      record.diagnostics = codes
      for (const { code } of plan.diagnostics) codes.push(code)
      reporter.report(plan.diagnostics)
      return plan
    } catch (error) {
      // A function of the options has failed.
      if (!(error instanceof BadRequestError)) refuse(exchange, 500, 'api_error', 'Internal server error')
      else {
        record.diagnostics = (error.diagnostics ?? []).map(({ code }) => code)
        writeHead(exchange, 400, {
          'content-type': 'application/json',
          ...diagnosticsHeader(record.diagnostics),
        })
        exchange.outgoing.end(JSON.stringify(errorBody(error)))
      }
      return undefined
    }
  }

  return edge
}

/** The body of a request, to be passed on as it comes. */
async function uploadOf(incoming: IncomingMessage): Promise<Buffer | Readable | null> {
  const { 'content-length': length, 'transfer-encoding': coding } = incoming.headers
  if (coding === undefined && Number(length ?? 0) === 0) return null
  const body = await bodyAtHand(incoming)
  // A stream of its own, whose failure leaves the client its connection to hear of it.
  return body ?? Readable.from(incoming.iterator({ destroyOnReturn: false }), { objectMode: false })
}

function answer(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, { 'content-type': 'text/plain' }).end(text)
}

async function showPage(outgoing: ServerResponse, page: () => Promise<Page>): Promise<void> {
  try {
    const { type, body } = await page()
    outgoing.writeHead(200, { 'content-type': type }).end(body)
  } catch {
    answer(outgoing, 500, 'This page could not be made.')
  }
}
