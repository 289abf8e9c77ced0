/** Requests of known number on loopback, and how long each took. */
import { connect } from 'node:net'
import { Pool } from 'undici'
import { median } from '../goals.mjs'

const HEADERS = { 'content-type': 'application/json', 'x-api-key': 'k', 'anthropic-version': '2023-06-01' }

export const legacy = {
  path: '/v1/complete',
  body: (stream, how) => ({
    model: 'claude-opus-4-8',
    prompt: `\n\nHuman: Why is the sky blue? Answer ${how}.\n\nAssistant:`,
    max_tokens_to_sample: 300,
    stream,
  }),
}
export const messages = {
  path: '/v1/messages',
  body: (stream, how) => ({
    model: 'claude-opus-4-8',
    messages: [{ role: 'user', content: `Why is the sky blue? Answer ${how}.` }],
    max_tokens: 300,
    stream,
  }),
}

/** Sends `count` requests, `concurrency` at once; milliseconds to the first byte and to the end. */
export async function load({ port, call, headers = {} }, { stream, count, concurrency }) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: concurrency })
  const request = {
    path: call.path,
    method: 'POST',
    headers: { ...HEADERS, ...headers },
    body: JSON.stringify(call.body(stream, 'well')),
  }
  let left = count
  const whole = []
  const first = []
  const worker = async () => {
    while (left-- > 0) {
      const begun = performance.now()
      const { statusCode, body } = await pool.request(request)
      let size = 0
      for await (const piece of body) {
        if (size === 0) first.push(performance.now() - begun)
        size += piece.length
      }
      if (statusCode !== 200 || size === 0)
        throw new Error(`port ${port} answered ${statusCode} with ${size} bytes`)
      whole.push(performance.now() - begun)
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: concurrency }, worker))
  const seconds = (performance.now() - begun) / 1000
  await pool.close()
  return { perSecond: count / seconds, p50: median(whole), firstByte: median(first) }
}

/** Opens streams that do not end, and resolves when each has sent something; `close` leaves them all. */
export async function openStreams({ port, call, headers = {} }, count) {
  const body = JSON.stringify(call.body(true, 'slowly'))
  const head = Object.entries({ ...HEADERS, ...headers, host: '127.0.0.1', 'content-length': body.length })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  const sockets = []
  const open = () =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(`POST ${call.path} HTTP/1.1\r\n${head}\r\n${body}`),
      )
      sockets.push(socket)
      socket.once('data', resolve).once('error', reject).once('close', reject)
    })
  for (let opened = 0; opened < count; opened += 100)
    await Promise.all(Array.from({ length: Math.min(100, count - opened) }, open))
  return {
    close() {
      for (const socket of sockets)
        socket
          .removeAllListeners('close')
          .on('error', () => {})
          .destroy()
    },
  }
}
