import { createServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { delta, ending, messageJson, START } from '../client/raw-server.ts'
import { HEADERS, legacyBody, node } from './edges.ts'
import { type Asking, send } from './sockets.ts'

/** Connections that an upstream closes after an answer, though it said that it would keep them. */

interface Closing {
  url: string
  /** How many requests came, and through how many connections. */
  count: { requests: number; connections: number }
}

/**
 * Answers the first request of a connection and ends it at the second one.
 *
 * @param refuses Which connections are ended without any answer, counted from 1.
 */
async function closing(end: (socket: Socket) => void, refuses: readonly number[] = []): Promise<Closing> {
  const count = { requests: 0, connections: 0 }
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    const connection = ++count.connections
    let requests = 0
    let heard = ''
    socket.on('data', piece => {
      heard += piece.toString('latin1')
      if (!isWhole(heard)) return
      const isStream = heard.includes('"stream":true')
      heard = ''
      count.requests++
      if (++requests > 1 || refuses.includes(connection)) return end(socket)
      const body = isStream ? START + delta('Hi') + ending() : messageJson()
      const type = isStream ? 'text/event-stream' : 'application/json'
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nkeep-alive: timeout=5\r\n\r\n${body}`,
      )
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port.')
  return { url: `http://127.0.0.1:${address.port}`, count }
}

function isWhole(request: string): boolean {
  const end = request.indexOf('\r\n\r\n')
  const [, length = '0'] = /^content-length: *(\d+)/im.exec(request) ?? []
  return end !== -1 && request.length >= end + 4 + Number(length)
}

const ways: readonly [title: string, end: (socket: Socket) => void][] = [
  ['ends', socket => void socket.end()],
  ['is cut', socket => void socket.destroy()],
  ['is reset', socket => void socket.resetAndDestroy()],
]

const asked: readonly (Asking & { title: string; path: string })[] = [
  { title: 'a whole completion', path: '/v1/complete', body: legacyBody() },
  { title: 'a stream', path: '/v1/complete', body: legacyBody({ stream: true }) },
  { title: 'what is passed on without a body', path: '/v1/models', method: 'GET', headers: HEADERS },
]

describe.each(ways)('a kept connection that %s', (_, end) => {
  test.each(asked)('is none of the client’s business: $title', async ({ path, ...asking }) => {
    const server = await closing(end)
    const { url } = await node.open({ upstream: server.url })
    for (let round = 0; round < 5; round++) expect((await send(url + path, asking)).status).toBe(200)
    expect(server.count).toEqual({ requests: 9, connections: 5 })
  })

  test('is told where the body has been streamed in, and cannot be had again', async () => {
    const server = await closing(end)
    const { url } = await node.open({ upstream: server.url })
    const asking = { body: '{"messages":[]}' }
    expect((await send(`${url}/v1/messages`, asking)).status).toBe(200)
    const second = await send(`${url}/v1/messages`, asking)
    expect([second.status, second.headers['x-should-retry']]).toEqual([502, ['true']])
    expect(server.count).toEqual({ requests: 2, connections: 1 })
  })

  test('makes for no further attempt where the new one fails as well', async () => {
    const server = await closing(end, [2])
    const { url } = await node.open({ upstream: server.url })
    expect((await send(`${url}/v1/complete`, { body: legacyBody() })).status).toBe(200)
    expect((await send(`${url}/v1/complete`, { body: legacyBody() })).status).toBe(502)
    expect(server.count).toEqual({ requests: 3, connections: 2 })
  })
})
