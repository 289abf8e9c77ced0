import { connect } from 'node:net'
import { startEmulator } from 'legacy-completions/emulator'
import { describe, expect, test, vi } from 'vitest'
import { listen } from '../../../src/listen.ts'
import { completeBody, post } from './adapters.ts'

type Handler = (request: Request) => Promise<Response>

async function serving<T>(handler: Handler, use: (url: string) => Promise<T>): Promise<T> {
  const server = await listen(handler)
  try {
    return await use(server.url)
  } finally {
    await server.close()
  }
}

/** Sends bytes as they are and gives back everything that came, until the server hangs up. */
function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.on('data', data => {
      received += data.toString('latin1')
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(received))
  })
}

const textOf = (chunks: string[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })

describe('listen', () => {
  test('listens on the loopback by default, on a free port', async () => {
    await serving(
      async () => new Response('ok'),
      async url => {
        expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
        expect(await (await fetch(url)).text()).toBe('ok')
      },
    )
  })

  test('rejects when the port is taken', async () => {
    await serving(
      async () => new Response('ok'),
      async url => {
        const port = Number(new URL(url).port)
        await expect(listen(async () => new Response(), { port })).rejects.toMatchObject({
          code: 'EADDRINUSE',
        })
      },
    )
  })

  test('the handler gets method, target, headers and body', async () => {
    const seen = await serving(
      async request => {
        const { method, url, headers } = request
        return Response.json({
          method,
          path: url.slice(new URL(url).origin.length),
          body: await request.text(),
          custom: headers.get('x-custom'),
          hops: [headers.get('connection'), headers.get('keep-alive'), headers.get('x-hop')],
        })
      },
      async url =>
        raw(
          url,
          'POST //host/p?q=%20 HTTP/1.1\r\nHost: h\r\nX-Custom: a\r\nX-Custom: b\r\nKeep-Alive: 5\r\nX-Hop: 1\r\nConnection: close, X-Hop\r\nContent-Length: 5\r\n\r\nhello',
        ),
    )
    expect(seen).toContain(
      '{"method":"POST","path":"//host/p?q=%20","body":"hello","custom":"a, b","hops":[null,null,null]}',
    )
  })

  test('a body comes back in one chunk for each of its own, hop-by-hop headers do not', async () => {
    const headers = new Headers({
      connection: 'x-hop',
      'x-hop': '1',
      'keep-alive': 'timeout=99',
      'x-end': '1',
    })
    headers.append('set-cookie', 'a=1')
    headers.append('set-cookie', 'b=2')
    const seen = await serving(
      async () => new Response(textOf(['first', 'second!']), { status: 201, statusText: 'Fine', headers }),
      url => raw(url, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'),
    )
    expect(seen).toMatch(/^HTTP\/1\.1 201 Fine\r\n/)
    expect(seen).toContain('5\r\nfirst\r\n7\r\nsecond!\r\n0\r\n\r\n')
    expect(seen.toLowerCase().match(/(?:set-cookie|x-end|x-hop|keep-alive): .*/g)).toEqual([
      'x-end: 1',
      'set-cookie: a=1',
      'set-cookie: b=2',
    ])
  })

  test('a body that fails cuts the connection', async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new Error('broken'))
      },
    })
    const seen = await serving(
      async () => new Response(broken),
      url => raw(url, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'),
    )
    expect(seen).toMatch(/^HTTP\/1\.1 200/)
    // No last chunk: the reader can tell that this is not the end.
    expect(seen).not.toContain('0\r\n\r\n')
  })

  test('a handler that throws answers 500, an impossible method 400', async () => {
    await serving(
      async () => {
        throw new Error('secret')
      },
      async url => {
        const response = await fetch(url)
        expect(response.status).toBe(500)
        expect(await response.json()).toEqual({
          type: 'error',
          error: { type: 'api_error', message: 'Internal server error' },
        })
        expect(await raw(url, 'TRACE / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')).toMatch(
          /^HTTP\/1\.1 400/,
        )
      },
    )
  })

  test('empty bodies and HEAD', async () => {
    await serving(
      async request =>
        request.method === 'HEAD' ? new Response('unseen') : new Response(null, { status: 204 }),
      async url => {
        expect((await fetch(url)).status).toBe(204)
        expect(await (await fetch(url, { method: 'HEAD' })).text()).toBe('')
      },
    )
  })

  test('waits for a slow reader', async () => {
    const chunk = new Uint8Array(64 * 1024)
    let made = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        made++
        controller.enqueue(chunk)
      },
    })
    await serving(
      async () => new Response(endless),
      async url => {
        const { hostname, port } = new URL(url)
        const socket = connect(Number(port), hostname, () =>
          socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n'),
        )
        socket.pause()
        await vi.waitFor(() => expect(made).toBeGreaterThan(2))
        let before = -1
        // The kernel's buffers fill up, and then nothing more is made.
        await vi.waitFor(
          () => {
            const still = made === before
            before = made
            expect(still).toBe(true)
          },
          { interval: 100, timeout: 10_000 },
        )
        expect(made).toBeLessThan(2000)
        socket.destroy()
      },
    )
  })

  test('a client that goes away aborts the signal and cancels the body', async () => {
    const cancelled = vi.fn()
    const aborted = vi.fn()
    await serving(
      async request => {
        request.signal.addEventListener('abort', aborted)
        return new Response(
          new ReadableStream({
            start: controller => controller.enqueue(new Uint8Array([1])),
            cancel: cancelled,
          }),
        )
      },
      async url => {
        const leave = new AbortController()
        const response = await fetch(url, { signal: leave.signal })
        await response.body?.getReader().read()
        leave.abort()
        await vi.waitFor(() => expect(cancelled).toHaveBeenCalledOnce())
        expect(aborted).toHaveBeenCalledOnce()
      },
    )
  })
})

describe('close', () => {
  test('ends busy and idle connections, frees the port, and can be called again', async () => {
    const emulator = await startEmulator({ reply: { text: 'x', faults: { stallAfterBytes: 5 } } })
    const { port } = new URL(emulator.url)
    const idle = connect(Number(port), '127.0.0.1')
    const idleClosed = new Promise(resolve => idle.on('close', resolve))
    await new Promise(resolve => idle.once('connect', resolve))
    const response = await fetch(`${emulator.url}/v1/complete`, post(completeBody({ stream: true })))
    const reading = expect(response.text()).rejects.toThrow(TypeError)
    await emulator.close()
    await reading
    await idleClosed
    await emulator.close()
    expect(emulator.requests[0]?.aborted).toBe(true)

    await expect(fetch(`${emulator.url}/v1/models`)).rejects.toThrow(TypeError)
    const again = await startEmulator({ port: Number(port) })
    expect(again.url).toBe(emulator.url)
    await again.close()
  })

  test('leaves no timer behind', async () => {
    const hour = 3_600_000
    const set = vi.spyOn(globalThis, 'setTimeout')
    const cleared = vi.spyOn(globalThis, 'clearTimeout')
    const emulator = await startEmulator({ reply: { text: 'x', faults: { delayMs: hour } } })
    const response = await fetch(`${emulator.url}/v1/complete`, post(completeBody({ stream: true })))
    const waiting = (): unknown[] =>
      set.mock.results.flatMap(({ value }, i) => (set.mock.calls[i]?.[1] === hour ? [value] : []))
    await vi.waitFor(() => expect(waiting()).toHaveLength(1))
    await emulator.close()
    await expect(response.text()).rejects.toThrow(TypeError)
    const [timer] = waiting()
    await vi.waitFor(() => expect(cleared).toHaveBeenCalledWith(timer))
    vi.restoreAllMocks()
  })
})
