import { createServer } from 'node:http'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type RequestRecord, serveProxy } from 'legacy-completions/node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { delta, messageJson, START } from '../../support/raw-server.ts'
import { soon, until } from '../client/outcomes.ts'
import { ask } from '../client/speeches.ts'
import { edges, HEADERS, legacyBody, node } from './edges.ts'
import { posted, send, talk } from './sockets.ts'
import { patient, portOf } from './upstreams.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** How many streams are begun and left through each edge. `LEFT_STREAMS=10000 npx vitest run tests/unit/proxy/leaks.test.ts` takes its time. */
const COUNT = Number(process.env.LEFT_STREAMS ?? 500)
const AT_ONCE = 25
/** So much may one stream leave behind, in bytes: less than any of its parts would. */
const LEFT_OVER = 1024
/** And so much all of them, for code that is compiled late. */
const SETTLING = 1_500_000

const KEY = 'sk-ant-of-the-client'
const SECRET = 'a word that nobody may read'

/** An upstream whose streams never end. It only counts, for what it kept would look like a leak. */
interface Endless {
  url: string
  begun: number
  left: number
  open(): Promise<number>
}

async function endless(): Promise<Endless> {
  const server = createServer((_, response) => {
    counts.begun += 1
    response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_1' }).write(START)
    const timer = setInterval(() => response.write(delta('more ')), 5)
    response.once('close', () => {
      counts.left += 1
      clearInterval(timer)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const open = promisify(server.getConnections.bind(server))
  const counts: Endless = { url: `http://127.0.0.1:${portOf(server)}`, begun: 0, left: 0, open }
  return counts
}

/** Clients that begin a stream, hear something of it, and leave. They keep nothing either. */
async function leave(url: string, path: string, count: number): Promise<void> {
  const { hostname, port } = new URL(url)
  const body = legacyBody({ stream: true, prompt: ask(SECRET) })
  const request = posted(path, body).replace(/x-api-key: .*/, `x-api-key: ${KEY}`)
  const come = async (): Promise<void> => {
    const socket = connect(Number(port), hostname)
    socket.write(request)
    for await (const piece of socket) if (`${piece}`.includes('more ')) break
  }
  for (let left = count; left > 0; left -= AT_ONCE) {
    await soon(Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, come)))
  }
}

/** What keeps this process running, sockets on either side included. */
const openHandles = (): number =>
  process.getActiveResourcesInfo().filter(name => /TCP|Timeout|Immediate/.test(name)).length

/** Bytes in use once the garbage is gone, and with it whatever a last turn of the loop held. */
async function heapUsed(): Promise<number> {
  for (let turn = 0; turn < 4; turn++) {
    collectGarbage()
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  return process.memoryUsage().heapUsed
}

describe.each(edges)('$name', edge => {
  test.each(['/v1/complete', '/v1/messages'])(
    `${COUNT / 2} streams of %s that are left leave nothing`,
    async path => {
      const upstream = await endless()
      const { url } = await edge.open({ upstream: upstream.url })
      // The first fill what is filled once: code, pools, caches.
      await leave(url, path, 2 * AT_ONCE)
      const before = await heapUsed()
      const count = COUNT / 2
      await leave(url, path, count)
      await until(() => upstream.left === upstream.begun)
      expect(upstream.begun).toBe(count + 2 * AT_ONCE)
      expect((await heapUsed()) - before).toBeLessThan(SETTLING + count * LEFT_OVER)
    },
    60_000 + COUNT * 20,
  )
})

describe('serveProxy', () => {
  test('closes every connection, and records every request once', async () => {
    const before = openHandles()
    const upstream = await endless()
    const records: RequestRecord[] = []
    const proxy = await serveProxy({ upstream: upstream.url, onRequest: record => void records.push(record) })
    onTestFinished(() => proxy.close())
    const count = 4 * AT_ONCE
    await leave(proxy.url, '/v1/complete', count)
    await until(() => proxy.open === 0 && records.length === count)
    await until(() => upstream.left === count)
    for (const record of records) {
      expect(record).toMatchObject({
        method: 'POST',
        path: '/v1/complete',
        status: 200,
        endpoint: 'messages',
        isStreamed: true,
        outcome: 'client-gone',
        requestId: 'req_1',
        firstByte: expect.any(Number),
      })
    }
    await proxy.close()
    // Only the server of the upstream is still there.
    await until(() => openHandles() <= before + 1)
    while ((await upstream.open()) > 0) await new Promise(resolve => setTimeout(resolve, 2))
    expect(records).toHaveLength(count)
  })
})

describe('a record', () => {
  const emptyRecord = { diagnostics: [], requestId: undefined, isStreamed: false }
  const requests: readonly {
    title: string
    path?: string
    fields?: object
    headers?: Record<string, string>
    record: Partial<RequestRecord>
  }[] = [
    {
      title: 'of a completion',
      fields: { temperature: 0 },
      record: {
        status: 200,
        endpoint: 'messages',
        outcome: 'answered',
        requestId: 'req_1',
        diagnostics: ['sampling-dropped'],
      },
    },
    {
      title: 'of a stream that breaks off',
      fields: { stream: true },
      record: { status: 200, endpoint: 'messages', outcome: 'upstream-failed', isStreamed: true },
    },
    {
      title: 'of what is passed on',
      path: '/v1/messages',
      record: {
        ...emptyRecord,
        status: 200,
        endpoint: 'passed-on',
        outcome: 'answered',
        client: 'client-1',
        requestId: 'req_1',
      },
    },
    {
      title: 'of a request that cannot be translated',
      fields: { prompt: SECRET },
      record: { status: 400, endpoint: 'none', outcome: 'answered', requestId: undefined },
    },
    {
      title: 'of a request that is refused',
      headers: { ...HEADERS, 'x-api-key': 'another-token-of-theirs' },
      record: { ...emptyRecord, status: 401, endpoint: 'none', outcome: 'answered' },
    },
    {
      title: 'of a query',
      path: `/v1/models?key=${KEY}`,
      record: { ...emptyRecord, path: '/v1/models', status: 200, endpoint: 'passed-on', requestId: 'req_1' },
    },
  ]
  test.each(requests)('$title records its outcome, and no text', async one => {
    const { path = '/v1/complete', fields = {}, headers, record } = one
    const records: RequestRecord[] = []
    const upstream = await patient((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'request-id': 'req_1' })
      const message = messageJson({ content: [{ type: 'text', text: SECRET }] })
      response.end('stream' in fields ? message.slice(0, -1) : message)
    })
    const { url } = await node.open({
      upstream: upstream.url,
      apiKey: KEY,
      tokens: ['a-token-of-the-client'],
      onRequest: given => void records.push(given),
    })
    await send(url + path, {
      headers: headers ?? { ...HEADERS, 'x-api-key': 'a-token-of-the-client' },
      body: legacyBody({ prompt: ask(SECRET), ...fields }),
    })
    await until(() => records.length === 1)
    expect(records[0]).toMatchObject({ method: 'POST', path, ...record })
    expect(records[0]?.milliseconds).toBeGreaterThanOrEqual(records[0]?.firstByte ?? Number.NaN)
    for (const word of [SECRET, KEY, 'token']) expect(JSON.stringify(records)).not.toContain(word)
  })

  test('of a request that ended before it was answered has no status', async () => {
    const records: RequestRecord[] = []
    const upstream = await patient(() => {})
    const proxy = await node.open({
      upstream: upstream.url,
      onRequest: given => void records.push(given),
    })
    const { say, socket } = await talk(proxy.url)
    say(posted('/v1/complete', legacyBody()))
    await until(() => upstream.requests.length === 1)
    socket.destroy()
    await until(() => records.length === 1)
    expect(records[0]).toMatchObject({ status: 0, outcome: 'client-gone', firstByte: undefined })
    expect(proxy.open).toBe(0)
  })
})
