/** Clients that say what they like, and an upstream that does what an attack needs. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export const TOKEN = 'token-of-the-search-team'
export const CALL = {
  model: 'claude-opus-4-8',
  max_tokens_to_sample: 100,
  prompt: '\n\nHuman: Hi\n\nAssistant:',
}
export const callOf = (fields = {}) => JSON.stringify({ ...CALL, ...fields })

export const head = (path, headers = {}, method = 'POST') => {
  const all = { host: 'a', 'x-api-key': TOKEN, 'anthropic-version': '2023-06-01', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}
export const posted = (path, body, headers = {}) =>
  Buffer.concat([
    Buffer.from(head(path, { 'content-length': Buffer.byteLength(body), ...headers })),
    Buffer.from(body),
  ])

/** A connection; `heard` is the text that has come. */
export async function talk(port) {
  const socket = connect(port, '127.0.0.1')
  const client = { socket, heard: '', bytes: 0, isOver: false }
  socket.on('error', () => {})
  client.over = new Promise(resolve => socket.once('close', resolve)).then(() => {
    client.isOver = true
  })
  socket.on('data', piece => {
    client.bytes += piece.length
    if (client.heard.length < 100_000) client.heard += piece.toString('latin1')
  })
  await Promise.race([once(socket, 'connect'), client.over])
  client.say = bytes => socket.write(bytes)
  client.status = () => Number(/^HTTP\/1\.1 (\d+)/.exec(client.heard)?.[1] ?? 0)
  return client
}

/** Waits until something is so; resolves to whether it came to be. */
export async function until(isSo, milliseconds = 15_000) {
  const end = performance.now() + milliseconds
  while (!(await isSo())) {
    if (performance.now() > end) return false
    await sleep(10)
  }
  return true
}

/** Sends one request and resolves to its status; 0 when the connection ended without one. */
export async function ask(port, bytes, milliseconds = 30_000) {
  const client = await talk(port)
  client.say(bytes)
  await until(() => client.status() !== 0 || client.isOver, milliseconds)
  client.socket.destroy()
  return client.status()
}

export const message = text =>
  JSON.stringify({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
  })
const json = message('Hi.')
export const OK = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${json.length}\r\n\r\n${json}`
const event = data => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
const START = event({
  type: 'message_start',
  message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null },
})
export const delta = text =>
  event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
const END =
  event({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null } }) +
  event({ type: 'message_stop' })

/**
 * An upstream that answers by its mode: `answer`, `silent`, `flood` and `drip` (a fast and a slow stream without an end), `hold` (a stream that
 * ends when `release` is called), `raw` (the bytes in `raw`), or `raw, without an end` (these bytes again and again).
 */
export async function startUpstream(base = '') {
  const held = []
  /** Connections with raw bytes. */
  const raw = new WeakSet()
  const upstream = { mode: 'answer', targets: [], headers: {}, raw: '', open: 0, url: '', release() {} }
  upstream.release = () => {
    for (const response of held.splice(0)) response.end(delta('lo.') + END)
  }
  const server = createServer((request, response) => {
    upstream.targets.push(request.url)
    upstream.headers = request.headers
    upstream.open++
    response.once('close', () => {
      upstream.open--
    })
    let size = 0
    const pieces = []
    request.on('data', piece => {
      size += piece.length
      if (size < 10_000) pieces.push(piece)
    })
    request.once('end', () => {
      if (upstream.mode === 'silent') return
      const isStream = Buffer.concat(pieces).includes('"stream":true')
      const { socket } = request
      if (upstream.mode === 'raw, without an end') return repeat(socket, upstream.raw)
      if (upstream.mode === 'raw' || raw.has(socket)) {
        // node:http still waits for the end of its own response on this connection.
        raw.add(socket)
        return socket.write(upstream.mode === 'raw' ? upstream.raw : OK, 'latin1')
      }
      if (upstream.mode === 'drip') return drip(response)
      if (upstream.mode in ENDLESS) return endless(response, ...ENDLESS[upstream.mode])
      response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' })
      if (upstream.mode !== 'hold')
        return response.end(isStream ? START + delta('Hi.') + END : message('Hi.'))
      response.write(START + delta('Hel'))
      held.push(response)
    })
  })
  server.listen(0, '127.0.0.1', 4096)
  await once(server, 'listening')
  upstream.url = `http://127.0.0.1:${server.address().port}${base}`
  upstream.close = () => {
    server.closeAllConnections()
    server.close()
  }
  return upstream
}

/** Responses without an end, by what a reader would keep of them: their type, their beginning, and what follows. */
const ENDLESS = {
  flood: ['text/event-stream', START, delta('x'.repeat(64 * 1024))],
  'endless line': ['text/event-stream', `${START}data: `, 'x'.repeat(64 * 1024)],
  'endless event': ['text/event-stream', START, `data: ${'x'.repeat(64 * 1024)}\n`],
  'endless small events': ['text/event-stream', START, delta('word ').repeat(500)],
  'endless usage': [
    'text/event-stream',
    START,
    event({ type: 'message_delta', delta: {}, usage: { ['x'.repeat(60_000)]: 1 } }),
  ],
  'endless JSON': ['application/json', '{"id":"', 'x'.repeat(64 * 1024)],
}
export const ENDLESS_MODES = Object.keys(ENDLESS)

function endless(response, type, beginning, piece) {
  response.writeHead(200, { 'content-type': type })
  response.write(beginning)
  repeat(response, piece)
}

/** Writes a piece, or what it returns, again and again. */
export function repeat(stream, piece) {
  const next = typeof piece === 'function' ? piece : () => piece
  const go = () => {
    while (!stream.destroyed && stream.write(next()));
    if (!stream.destroyed) stream.once('drain', go)
  }
  go()
}

function drip(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(START)
  const timer = setInterval(() => response.write(delta('a word ')), 10)
  response.once('close', () => clearInterval(timer))
}
