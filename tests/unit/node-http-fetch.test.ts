import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { Anthropic, ClientOptions } from 'legacy-completions'
import { nodeHttpFetch } from 'legacy-completions/node'
import { describe, expect, test } from 'vitest'
import { delta, END, ending, messageJson, START, serve, serveBytes } from '../support/raw-server.ts'

const params = {
  model: 'claude-opus-4-8',
  prompt: '\n\nHuman: Hi\n\nAssistant:',
  max_tokens_to_sample: 50,
}
const json = { 'content-type': 'application/json' }

/** Returns what a call gives: its text, or the class and message of its error without the port. */
async function outcomeOf(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return `${error.constructor.name}: ${error.message.replace(/127\.0\.0\.1:\d+/g, 'server')}`
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const responses: Record<string, Handler> = {
  'a JSON message': (_, response) => response.writeHead(200, json).end(messageJson()),
  'a message in gzip': (_, response) =>
    response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(gzipSync(messageJson())),
  'a message in deflate': (_, response) =>
    response.writeHead(200, { ...json, 'content-encoding': 'deflate' }).end(deflateSync(messageJson())),
  'a message in brotli': (_, response) =>
    response.writeHead(200, { ...json, 'content-encoding': 'br' }).end(brotliCompressSync(messageJson())),
  'a message in broken gzip': (_, response) =>
    response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end('no gzip'),
  'status 204': (_, response) => response.writeHead(204).end(),
  'status 400': (_, response) =>
    response
      .writeHead(400, json)
      .end('{"type":"error","error":{"type":"invalid_request_error","message":"no"}}'),
  'a redirect to another server': (_, response) =>
    response.writeHead(307, { location: 'http://127.0.0.2:9/v1/messages' }).end(),
  'half a body': (_, response) => {
    response.writeHead(200, { ...json, 'content-length': '500' }).write('{"type":"mess')
    setTimeout(() => response.destroy(), 20)
  },
  'a lost connection': (_, response) => response.destroy(),
}

/** Node's fetch and ours, with the same client. */
const clients = (client: (options: ClientOptions) => Anthropic): Anthropic[] => [
  client({ maxRetries: 0 }),
  client({ maxRetries: 0, fetch: nodeHttpFetch() }),
]

describe('nodeHttpFetch', () => {
  test.each(Object.entries(responses))(
    'gives the same result as the global fetch for %s',
    async (_, handler) => {
      const server = await serve(handler)
      const [expected, given] = await Promise.all(
        clients(options => server.client(options)).map(({ completions }) =>
          outcomeOf(async () => (await completions.create(params)).completion),
        ),
      )
      expect(given).toEqual(expected)
    },
  )

  test('streams the same chunks', async () => {
    const server = await serve(async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(START)
      for (let count = 0; count < 200; count++) {
        if (count % 50 === 0) await new Promise(resolve => setTimeout(resolve))
        response.write(delta('The sky is blue. 🌞 '))
      }
      response.end(ending() + END)
    })
    const texts = await Promise.all(
      clients(options => server.client(options)).map(async ({ completions }) => {
        let text = ''
        for await (const { completion } of completions.stream(params)) text += completion
        return text
      }),
    )
    expect(texts[1]).toBe(texts[0])
    expect(texts[1]?.length).toBeGreaterThan(1000)
  })

  test('gives the response its status, its headers and the URL of the request', async () => {
    const server = await serve((_, response) =>
      response.writeHead(200, { ...json, 'request-id': 'req_1', 'set-cookie': ['a=1', 'b=2'] }).end('{}'),
    )
    const response = await nodeHttpFetch()(`${server.url}/v1/x?y=1`)
    expect([response.status, response.url]).toEqual([200, `${server.url}/v1/x?y=1`])
    expect(response.headers.get('request-id')).toBe('req_1')
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await response.json()).toEqual({})
  })

  test('sends method, headers and body, with the length of the body', async () => {
    const seen: unknown[] = []
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      seen.push(request.method, request.headers['x-one'], request.headers['content-length'], body)
      response.end()
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = Object(server.address())
    for (const body of ['é', new TextEncoder().encode('é')]) {
      await nodeHttpFetch()(`http://127.0.0.1:${port}`, { method: 'POST', headers: { 'x-one': '1' }, body })
    }
    server.closeAllConnections()
    server.close()
    expect(seen).toEqual(['POST', '1', '2', 'é', 'POST', '1', '2', 'é'])
  })

  test('uses a connection again', async () => {
    const server = await serve((_, response) => response.writeHead(200, json).end(messageJson()))
    const { completions } = server.client({ fetch: nodeHttpFetch() })
    for (let call = 0; call < 5; call++) await completions.create(params)
    expect(server.sockets()).toBe(1)
  })

  test('closes the connection when the signal aborts before the response', async () => {
    const server = await serve(() => {})
    const controller = new AbortController()
    const call = nodeHttpFetch()(server.url, { signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 30)
    await expect(call).rejects.toThrow('enough')
    await expect.poll(() => server.openSockets()).toBe(0)
  })

  test('closes the connection when the signal aborts during the response', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: ping\ndata: {}\n\n')
    })
    const controller = new AbortController()
    const { body } = await nodeHttpFetch()(server.url, { signal: controller.signal })
    const reader = body?.getReader()
    expect((await reader?.read())?.done).toBe(false)
    controller.abort(new Error('enough'))
    await expect(reader?.read()).rejects.toThrow('enough')
    await expect.poll(() => server.openSockets()).toBe(0)
  })

  test('closes the connection when the body is cancelled', async () => {
    const server = await serve((_, response) => void response.writeHead(200).write('begun'))
    const { body } = await nodeHttpFetch()(server.url)
    await body?.cancel()
    await expect.poll(() => server.openSockets()).toBe(0)
  })

  test('rejects when the signal has already aborted, without a request', async () => {
    const server = await serve((_, response) => response.end())
    await expect(
      nodeHttpFetch()(server.url, { signal: AbortSignal.abort(new Error('early')) }),
    ).rejects.toThrow('early')
    expect(server.sockets()).toBe(0)
  })

  test('ends a connection that is silent for too long', async () => {
    const silent = await serve(() => {})
    await expect(nodeHttpFetch({ timeout: 50 })(silent.url)).rejects.toMatchObject({
      message: 'fetch failed',
      cause: { message: 'The server was silent for 50 ms.' },
    })
    const stalled = await serveBytes(socket => void socket.write('HTTP/1.1 200 OK\r\n\r\nbegun'))
    const { body } = await nodeHttpFetch({ timeout: 50 })(stalled.url)
    const reader = body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('begun')
    await expect(reader?.read()).rejects.toThrow('terminated')
  })

  test('does not read faster than the program', async () => {
    let sent = 0
    const server = await serve((_, response) => {
      const write = (): void => {
        if (sent++ < 500) response.write(new Uint8Array(100_000), write)
        else response.end()
      }
      write()
    })
    const { body } = await nodeHttpFetch()(server.url)
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(sent).toBeLessThan(250)
    let length = 0
    for (const reader = body?.getReader(); ; ) {
      const { value, done } = (await reader?.read()) ?? { done: true, value: undefined }
      if (done) break
      length += value?.length ?? 0
    }
    expect(length).toBe(500 * 100_000)
  })

  test('names what it cannot send', async () => {
    await expect(nodeHttpFetch()('http://a.test', { method: 'POST', body: new Blob() })).rejects.toThrow(
      'nodeHttpFetch sends only text and bytes.',
    )
    await expect(nodeHttpFetch()('ftp://a.test')).rejects.toThrow('ftp: is not http: or https:.')
  })
})
