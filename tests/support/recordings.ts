import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Recorded responses of real servers, kept outside the project, and a parser that shares no code with the package.
 */
const wire: string = fileURLToPath(new URL('../../../shared/corpus/wire/', import.meta.url))

/** Whether the recordings exist next to this checkout. */
export const isHere: boolean = existsSync(wire)
export const skipped: string = isHere ? '' : ' (skipped: there is no corpus next to this checkout)'

/** One answer of a server, and the request it answered. */
export interface Recording {
  name: string
  /** What was asked, where it was an object of JSON. */
  request: Readonly<Record<string, unknown>>
  status: number
  /** Those that were written down, in small letters, but for those that tell of the bytes on the wire. */
  headers: Readonly<Record<string, string>>
  body: Buffer
}

/** Headers that are not replayed: the bodies were recorded decoded and whole, and a replay has its own connection. */
const OF_THE_CONNECTION =
  /^(?:content-encoding|content-length|transfer-encoding|connection|keep-alive|date|location|alt-svc|via)$/

const files = (folder: string): string[] =>
  isHere && existsSync(wire + folder)
    ? readdirSync(wire + folder, { encoding: 'utf8' })
        .sort()
        .map(file => `${folder}/${file}`)
    : []

const readObject = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** The recordings of a folder that has a request, a response and an index entry for each. */
export function indexed(folder: string): Recording[] {
  return files(folder)
    .filter(file => file.endsWith('.meta.json'))
    .map(file => {
      const name = file.replace(/\.meta\.json$/, '')
      const meta: { status: number; response_headers?: Record<string, string> } = JSON.parse(
        readFileSync(wire + file, 'utf8'),
      )
      const ending = ['json', 'sse', 'txt', 'bin'].find(ending =>
        existsSync(`${wire}${name}.response.${ending}`),
      )
      const type = ending === 'sse' ? 'text/event-stream' : 'application/json'
      return {
        name,
        request: readObject(readFileSync(`${wire}${name}.request.json`, 'utf8')),
        status: meta.status,
        headers: headersOf(Object.entries({ 'content-type': type, ...meta.response_headers })),
        body: readFileSync(`${wire}${name}.response.${ending}`),
      }
    })
}

const headersOf = (fields: [string, string][]): Record<string, string> =>
  Object.fromEntries(
    fields
      .map(([name, value]): [string, string] => [name.toLowerCase(), value])
      .filter(([name, value]) => !OF_THE_CONNECTION.test(name) && value !== ''),
  )

const parseHeaders = (text: string): Record<string, string> =>
  headersOf(
    text
      .split(/\r?\n/)
      .map(line => /^([^:]+):\s*(.*)$/.exec(line))
      .flatMap(match => (match ? [[match[1] ?? '', match[2] ?? '']] : [])),
  )

/** The servers whose exchanges were written down as text. */
const SERVERS = ['llamacpp-0.7.0', 'aimock', 'mockllm']

/** What they answered, whatever they were asked. */
export function captured(): Recording[] {
  return SERVERS.flatMap(server => files(`servers/${server}`))
    .filter(file => file.endsWith('.txt'))
    .map(name => {
      const bytes = readFileSync(wire + name)
      // Latin-1 keeps one character for each byte.
      const text = bytes.toString('latin1')
      const match = /^>>> \w+ \S+\n([\s\S]*?)\n\n<<< (\d+) [^\n]*\n([\s\S]*?)\n\n\n/.exec(text)
      if (!match) throw new Error(`${name} is no exchange`)
      const [head, request = '', status = '', headers = ''] = match
      return {
        name,
        request: readObject(Buffer.from(request, 'latin1').toString()),
        status: Number(status),
        headers: parseHeaders(headers),
        body: bytes.subarray(head.length),
      }
    })
}

/** An answer as it came out of a socket. */
export interface RawRecording extends Recording {
  /** All bytes of it, where they were not tidied up. */
  bytes: Buffer | undefined
}

/** What was read from sockets; some without its head, some with the chunks of its body joined. */
export function raw(): RawRecording[] {
  return files('servers/misc')
    .filter(file => file.endsWith('.raw'))
    .map(name => {
      const bytes = readFileSync(wire + name)
      const [head = '', status = '200'] =
        /^HTTP\/1\.1 (\d+) [\s\S]*?\r\n\r\n/.exec(bytes.toString('latin1')) ?? []
      const rest = bytes.subarray(head.length)
      const isChunked = /^[0-9a-f]+\r\n/i.test(rest.subarray(0, 8).toString('latin1'))
      const body = isChunked ? joinChunks(rest) : rest
      const guess = body.toString().startsWith('{') ? 'application/json' : 'text/event-stream'
      return {
        name,
        request: {},
        status: Number(status),
        headers: { 'content-type': guess, ...parseHeaders(head) },
        body,
        bytes: isChunked ? bytes : undefined,
      }
    })
}

/** The payload of a chunked body, as far as it came. */
function joinChunks(bytes: Buffer): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.subarray(at, end).toString('latin1'), 16)
    if (end === -1 || !(size > 0)) break
    chunks.push(bytes.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
  return Buffer.concat(chunks)
}

/** Error texts as people quoted them. */
export function quotedErrors(): { status: number; type: string; message: string }[] {
  if (!isHere) return []
  const quotes: { status?: number; type?: string; message: string }[] = JSON.parse(
    readFileSync(`${wire}quoted-errors.json`, 'utf8'),
  )
  // Those without a status or a type were raised before anything was sent, or are not quoted in full.
  return quotes.map(({ status = 400, type = 'invalid_request_error', message }) => ({
    status,
    type,
    message,
  }))
}

// ── a reading in the plainest way ────────────────────────────────────────────────────────────────

/** One server-sent event. */
export interface PlainEvent {
  event: string | undefined
  /** `undefined` where it is not an object of JSON. */
  data: PlainObject | undefined
}

export type PlainObject = { readonly [field: string]: unknown }

export const isObject = (value: unknown): value is PlainObject => typeof value === 'object' && value !== null

/** Takes a stream apart as the standard says; an event without its blank line is dropped. */
export function plainEvents(body: Buffer): PlainEvent[] {
  const blocks = body.toString().replaceAll('\r\n', '\n').split('\n\n')
  blocks.pop()
  return blocks.flatMap(block => {
    const lines = block.split('\n')
    const valuesOf = (field: string): string[] =>
      lines.filter(line => line.startsWith(`${field}:`)).map(line => line.slice(field.length + 1).trimStart())
    const data = valuesOf('data').join('\n')
    return data === '' ? [] : [{ event: valuesOf('event')[0], data: parseObject(data) }]
  })
}

function parseObject(json: string): PlainObject | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What a call asked for that shapes its completion. */
export interface Asked {
  model: string
  stop_sequences: readonly string[]
  /** The beginning of the answer that the request ended in, where it had one. */
  prefill: string
}

/** A completion, or the text that there was without an end. */
export interface PlainReading {
  completion: string
  stop_reason: string | null
  stop: string | null
  model: string
  id: string
}

/** Reads a message from its fields. Returns `undefined` if the value is not a message. */
export function readMessage(message: unknown, asked: Asked): PlainReading | undefined {
  if (!isObject(message) || typeof message.id !== 'string' || !Array.isArray(message.content))
    return undefined
  const blocks: unknown[] = message.content
  const text = blocks
    .flatMap(block => (isObject(block) && block.type === 'text' ? [String(block.text)] : []))
    .join('')
  // llama.cpp repeats the prefill in whole replies, to the letter.
  const sent = asked.prefill.trimEnd()
  return reading(message, text.startsWith(sent) ? text.slice(sent.length) : text, message, asked)
}

/** The same for the events of a stream. `undefined` where they hold no message. */
export function readStream(events: readonly PlainEvent[], asked: Asked): PlainReading | undefined {
  const data = events.flatMap(({ data }) => (data === undefined ? [] : [data]))
  const message = data.find(({ type }) => type === 'message_start')?.message
  if (!isObject(message)) return undefined
  const text = data
    .filter(({ type }) => type === 'content_block_delta')
    .flatMap(({ delta }) => (isObject(delta) && delta.type === 'text_delta' ? [String(delta.text)] : []))
    .join('')
  const ends = data.flatMap(({ type, delta }) => (type === 'message_delta' && isObject(delta) ? [delta] : []))
  const isEnded = data.some(({ type }) => type === 'message_stop')
  return reading(message, text, isEnded ? (ends.at(-1) ?? {}) : {}, asked)
}

/** The stop reasons of the Messages API that the old one had a word for. */
const LEGACY_REASONS: Readonly<Record<string, string>> = {
  end_turn: 'stop_sequence',
  stop_sequence: 'stop_sequence',
  max_tokens: 'max_tokens',
  model_context_window_exceeded: 'max_tokens',
}

function reading(message: PlainObject, text: string, end: PlainObject, asked: Asked): PlainReading {
  const id = `compl_${String(message.id).replace(/^msg_/, '')}`
  const model = typeof message.model === 'string' ? message.model : asked.model
  const [cut, hit] = cutAtStop(text, ['\n\nHuman:', ...asked.stop_sequences])
  const completion = withSpace(cut, asked.prefill)
  if (hit !== undefined) return { id, model, completion, stop_reason: 'stop_sequence', stop: hit }
  const { stop_reason, stop_sequence } = end
  if (typeof stop_reason !== 'string') return { id, model, completion, stop_reason: null, stop: null }
  if (typeof stop_sequence === 'string')
    return { id, model, completion, stop_reason: 'stop_sequence', stop: stop_sequence }
  return {
    id,
    model,
    completion,
    stop_reason: LEGACY_REASONS[stop_reason] ?? stop_reason,
    stop: stop_reason === 'end_turn' ? '\n\nHuman:' : null,
  }
}

/** The text before the sequence that is complete first, and that sequence. */
function cutAtStop(text: string, sequences: readonly string[]): [text: string, stop?: string] {
  const hits = sequences
    .filter(sequence => sequence !== '' && text.includes(sequence))
    .map(stop => ({ stop, from: text.indexOf(stop), to: text.indexOf(stop) + stop.length }))
    .sort((a, b) => a.to - b.to || a.from - b.from)
  const [first] = hits
  return first === undefined ? [text] : [text.slice(0, first.from), first.stop]
}

/** The space that old completions began with; after a prefill, what is left of the whitespace that it ended in. */
function withSpace(text: string, prefill: string): string {
  if (prefill === '') return /^\S/.test(text) ? ` ${text}` : text
  const tail = prefill.slice(prefill.trimEnd().length)
  let same = 0
  while (same < tail.length && text[same] === tail[same]) same++
  return text.slice(same)
}
