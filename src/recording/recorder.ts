import { AsyncLocalStorage } from 'node:async_hooks'
import { createProxy, type Fetch, type ProxyOptions } from '../proxy/fetch-handler.ts'
import { decodeEvents } from '../sse.ts'
import type { ContentBlock } from '../wire.ts'
import type { Body, RecordedCall, RecordedReply } from './format.ts'

/** Options of {@link createRecorder}. */
export interface RecorderOptions extends ProxyOptions {
  /** Called once for each call, after its response has ended. */
  onCall: (call: RecordedCall) => void
  /** Whether responses are recorded. @default false */
  replies?: boolean
}

/** A proxy that records calls. */
export interface Recorder {
  /** The recording proxy: serve it, and set the program's base URL to its address. */
  handler: (request: Request) => Promise<Response>
  /** Resolves after every call so far has been recorded. */
  settled(): Promise<void>
}

/** State of a call in progress. */
interface OpenCall {
  order: number
  legacy?: Body
  messages?: Body
  retry?: number
  reply?: Promise<RecordedReply | undefined>
}

/**
 * Creates a proxy that records calls: legacy requests with their translated Messages requests, and native Messages
 * requests. Does not record keys and headers.
 */
export function createRecorder({ onCall, replies = false, ...options }: RecorderOptions): Recorder {
  const storage = new AsyncLocalStorage<OpenCall>()
  const through: Fetch = options.fetch ?? globalThis.fetch
  const open = new Set<Promise<void>>()
  let count = 0

  const capture: Fetch = async (input, init) => {
    const call = storage.getStore()
    if (call !== undefined && call.legacy !== undefined && call.messages === undefined) {
      const body = parseBody(init?.body)
      if (body !== undefined) call.messages = body
    }
    const response = await through(input, init)
    if (call === undefined || !replies) return response
    const [recorded, passed] = response.body === null ? [null, null] : response.body.tee()
    call.reply = readReply(new Response(recorded, response)).catch(() => undefined)
    return new Response(passed, response)
  }
  const proxy = createProxy({ ...options, fetch: capture })

  async function record(call: OpenCall, status: number): Promise<void> {
    const reply = await call.reply
    const { order, legacy, messages, retry } = call
    onCall({
      order,
      ...(legacy && { legacy }),
      ...(messages && { messages }),
      ...(retry && { retry }),
      status,
      ...(reply && { reply }),
    })
  }

  return {
    async handler(request) {
      const { pathname } = new URL(request.url)
      const isLegacy = pathname.endsWith('/v1/complete')
      if (request.method !== 'POST' || (!isLegacy && !pathname.endsWith('/v1/messages')))
        return proxy(request)
      const text = await request.text()
      const body = parseBody(text)
      const retry = Number(request.headers.get('x-stainless-retry-count') ?? 0)
      const call: OpenCall = {
        order: ++count,
        ...(body && (isLegacy ? { legacy: body } : { messages: body })),
        ...(retry > 0 && { retry }),
      }
      const { method, headers, signal, url } = request
      const send = (): Promise<Response> => proxy(new Request(url, { method, headers, signal, body: text }))
      let status = 0
      try {
        const response = await storage.run(call, send)
        status = response.status
        return response
      } finally {
        const recorded = record(call, status)
        open.add(recorded)
        void recorded.finally(() => open.delete(recorded))
      }
    },
    async settled() {
      while (open.size > 0) await Promise.all(open)
    },
  }
}

function parseBody(text: unknown): Body | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads a Messages or Completions response, streamed or whole. Returns `undefined` if it is incomplete. */
async function readReply(response: Response): Promise<RecordedReply | undefined> {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
  if (isStream && response.body !== null) return readStream(response.body)
  const body = parseBody(await response.text())
  if (body === undefined) return undefined
  return response.ok ? messageReply(body) : errorReply(response.status, body)
}

function errorReply(status: number, body: Body): RecordedReply | undefined {
  const { error } = body
  if (!isObject(error) || typeof error.type !== 'string' || typeof error.message !== 'string')
    return undefined
  return { status, error: { type: error.type, message: error.message } }
}

function messageReply(body: Body): RecordedReply | undefined {
  if (typeof body.completion === 'string') {
    const text = body.completion.replace(/^ /, '')
    const content = text === '' ? [] : [{ type: 'text' as const, text }]
    return { content, stop_reason: textOrNull(body.stop_reason), stop_sequence: textOrNull(body.stop) }
  }
  if (!Array.isArray(body.content)) return undefined
  const content = body.content.filter(isBlock)
  return {
    content,
    stop_reason: textOrNull(body.stop_reason),
    stop_sequence: textOrNull(body.stop_sequence),
  }
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const isBlock = (value: unknown): value is ContentBlock => isObject(value) && typeof value.type === 'string'

async function readStream(body: ReadableStream<Uint8Array>): Promise<RecordedReply | undefined> {
  const content: Record<string, unknown>[] = []
  let completion: string | undefined
  let ended: { stop_reason: string | null; stop_sequence: string | null } | undefined
  let failed: RecordedReply | undefined
  const decoder = decodeEvents(({ data }) => {
    const event = parseBody(data) ?? {}
    const block = content[Number(event.index)]
    const delta = isObject(event.delta) ? event.delta : {}
    if (event.type === 'error') failed = errorReply(200, event)
    else if (event.type === 'content_block_start' && isObject(event.content_block))
      content[Number(event.index)] = { ...event.content_block }
    else if (event.type === 'content_block_delta' && block !== undefined) addDelta(block, delta)
    else if (event.type === 'message_delta')
      ended = {
        stop_reason: textOrNull(delta.stop_reason),
        stop_sequence: textOrNull(delta.stop_sequence),
      }
    else if (typeof event.completion === 'string') {
      completion = (completion ?? '') + event.completion
      if (typeof event.stop_reason === 'string')
        ended = { stop_reason: event.stop_reason, stop_sequence: textOrNull(event.stop) }
    }
  })
  // Read the recorder's copy of the body without pauses, so that it never delays the program's copy.
  const reader = body.getReader()
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) decoder.feed(chunk.value)
  if (failed !== undefined || ended === undefined) return failed
  if (completion !== undefined) return messageReply({ completion, ...ended, stop: ended.stop_sequence })
  const blocks: unknown[] = content
  return { content: blocks.filter(isBlock), ...ended }
}

/** Adds a delta to its block: text, thinking, signature or the JSON of a tool's input. */
function addDelta(block: Record<string, unknown>, delta: Record<string, unknown>): void {
  if (typeof delta.partial_json === 'string') {
    const json = `${typeof block.input === 'string' ? block.input : ''}${delta.partial_json}`
    block.input = parseBody(json) ?? json
  }
  for (const field of ['text', 'thinking', 'signature'])
    if (typeof delta[field] === 'string') block[field] = `${block[field] ?? ''}${delta[field]}`
}
