import { createServer, type IncomingMessage } from 'node:http'
import { createEmulator } from 'legacy-completions/emulator'
import { onTestFinished } from 'vitest'

interface BatchRequest {
  custom_id: string
  params: Record<string, unknown>
}

interface Stored {
  requests: BatchRequest[]
  /** How often it is still said to be in progress. */
  left: number
}

export interface BatchesServer {
  url: string
  /** What was asked: method, path and key. */
  asked: string[]
  batches: Map<string, Stored>
}

/** What a result is where it is not the answer of the emulator. */
export type Outcomes = Readonly<Record<string, object | undefined>>

/**
 * The endpoints of Message Batches, as the documentation has them: requests are checked one by one after the batch is
 * made, and the results come in another order.
 */
export async function startBatchesServer(key: string, outcomes: Outcomes = {}): Promise<BatchesServer> {
  const emulator = createEmulator()
  const batches = new Map<string, Stored>()
  const asked: string[] = []

  const answer = async ({ custom_id, params }: BatchRequest): Promise<object> => {
    const response = await emulator.fetch('http://emulator.invalid/v1/messages', {
      method: 'POST',
      headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
      body: JSON.stringify(params),
    })
    const body = await response.json()
    const result = response.ok ? { type: 'succeeded', message: body } : { type: 'errored', error: body }
    return { custom_id, result: custom_id in outcomes ? outcomes[custom_id] : result }
  }
  const show = (id: string, { requests, left }: Stored): object => ({
    id,
    type: 'message_batch',
    processing_status: left > 0 ? 'in_progress' : 'ended',
    request_counts: { processing: left > 0 ? requests.length : 0, succeeded: left > 0 ? 0 : requests.length },
    results_url: left > 0 ? null : `https://elsewhere.invalid/${id}`,
  })

  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    asked.push(`${method} ${url}`)
    const say = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const fail = (status: number, type: string, message: string): void =>
      say(status, { type: 'error', error: { type, message } })
    const body = await readBody(request)
    if (headers['x-api-key'] !== key) return fail(401, 'authentication_error', 'invalid x-api-key')
    if (headers['anthropic-version'] === undefined)
      return fail(400, 'invalid_request_error', 'anthropic-version: header is required')
    const [, id, results] = /^\/v1\/messages\/batches(?:\/(\w+)(\/results)?)?$/.exec(url) ?? []
    if (method === 'POST' && url === '/v1/messages/batches') {
      const { requests }: { requests: BatchRequest[] } = JSON.parse(body)
      const ids = new Set(requests.map(({ custom_id }) => custom_id))
      const isValid = requests.every(
        ({ custom_id, params }) => /^[\w-]{1,64}$/.test(custom_id) && !('stream' in params),
      )
      if (ids.size < requests.length || !isValid)
        return fail(400, 'invalid_request_error', 'requests: invalid')
      const created = `msgbatch_${batches.size + 1}`
      const stored = { requests, left: 2 }
      batches.set(created, stored)
      return say(200, show(created, stored))
    }
    const stored = batches.get(id ?? '')
    if (id === undefined || stored === undefined) return fail(404, 'not_found_error', 'Not found')
    if (results === undefined) {
      say(200, show(id, stored))
      stored.left--
      return
    }
    const lines = await Promise.all(
      stored.requests
        .filter(({ custom_id }) => outcomes[custom_id] !== undefined || !(custom_id in outcomes))
        .map(answer),
    )
    response.writeHead(200, { 'content-type': 'application/x-jsonl' })
    response.end(
      lines
        .reverse()
        .map(line => `${JSON.stringify(line)}\n`)
        .join(''),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { url: `http://127.0.0.1:${port}`, asked, batches }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
