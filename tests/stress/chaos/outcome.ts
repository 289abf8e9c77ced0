import type { Reading } from './oracle.ts'

/** What a call came to, as its caller saw it. */
export interface Outcome {
  reading?: Reading
  error?: NamedError
  /** The text that was handed out before the error. */
  seen?: string
}

/** An error as a caller can tell it from others. */
export interface NamedError {
  name: string
  status?: number | undefined
  type?: string | undefined
  partialText?: string | undefined
}

/** What the reader of a body that breaks off learns: no status, no type. */
export const BROKEN_CONNECTION = 'a broken connection'

/** A call that broke a rule whatever came of it. */
export class Broken extends Error {}

/** The fields of a completion in any form; a field that is missing is an outcome like another, and not the right one. */
export function readingOf(value: object, completion?: string): Reading {
  const fields: Record<string, unknown> = { ...value }
  const { stop, stop_reason, log_id, model } = fields
  return {
    completion: completion ?? String(fields.completion),
    stop_reason: String(stop_reason),
    stop: typeof stop === 'string' ? stop : null,
    id: String(log_id),
    model: String(model),
  }
}

/** The text of the last whole event of the first dialect, whose events repeat all text so far. */
function lastText(received: string): string {
  const data = received
    .split('\r\n\r\n')
    .slice(0, -1)
    .findLast(event => event.includes('"completion"'))
  return data === undefined ? '' : String(Object(JSON.parse(data.replace(/^data: /, ''))).completion)
}

/** Reads an answer of the legacy endpoint as strictly as the strictest of the old clients. */
export async function readAnswer(response: Response, version: string): Promise<Outcome> {
  // The first dialect has no events but completions: a stream that fails breaks.
  const breaks = version === '2023-01-01' && response.ok
  let text = ''
  try {
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) text += decoder.decode(bytes, { stream: true })
  } catch (error) {
    if (!breaks || Object(error).name === 'AbortError') throw error
    return { error: { name: BROKEN_CONNECTION }, seen: lastText(text) }
  }
  if (!response.ok) return { error: refusalOf(response.status, text) }
  if (!(response.headers.get('content-type') ?? '').includes('event-stream')) {
    return { reading: readingOf(Object(JSON.parse(text))) }
  }
  const events = text.split('\r\n\r\n')
  if (events.pop() !== '') throw new Broken('a stream whose last event is not whole')
  let seen = ''
  let last: object | undefined
  let isDone = false
  for (const event of events) {
    const [, name, data = ''] = /^(?:event: (\w+)\r\n)?data: (.*)$/.exec(event) ?? []
    if (isDone) throw new Broken('an event behind [DONE]')
    // All of them know these.
    if (name === 'ping') continue
    if (name === 'error') {
      if (breaks) throw new Broken('an error event for a reader that takes it for a completion')
      if (event !== events.at(-1)) throw new Broken('an event behind an error')
      return { error: { ...refusalOf(200, data), name: 'an error event' }, seen }
    }
    if (data === '[DONE]') {
      isDone = true
      continue
    }
    if (last !== undefined) throw new Broken('a chunk behind the last one')
    const chunk: { completion?: unknown; stop_reason?: unknown } = Object(JSON.parse(data))
    const piece = String(chunk.completion)
    if (name === undefined && !piece.startsWith(seen)) throw new Broken('a text that is taken back')
    seen = name === undefined ? piece : seen + piece
    if (chunk.stop_reason !== null) last = chunk
  }
  if (last === undefined) throw new Broken('a stream that ends without an end or an error')
  return { reading: readingOf(last, seen) }
}

function refusalOf(status: number, text: string): NamedError {
  let type: unknown
  try {
    type = Object(JSON.parse(text)).error?.type
  } catch {
    // Passed on as it came.
  }
  return { name: `HTTP ${status}`, status, type: typeof type === 'string' ? type : undefined }
}
