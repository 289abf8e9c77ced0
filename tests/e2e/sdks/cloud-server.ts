import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { crc32 } from 'node:zlib'
import { createEmulator, type Emulator } from 'legacy-completions/emulator'
import { onTestFinished } from 'vitest'

/** A request as it arrived, before anything was made of it. */
export interface Arrived {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: { [field: string]: unknown }
}

export interface CloudServer {
  url: string
  requests: readonly Arrived[]
  /** What answers, once a request has been brought into the form of the Messages API. */
  emulator: Emulator
}

/** Where a cloud has the model and says that it wants a stream: in the path. */
const PATHS: readonly RegExp[] = [
  /\/model\/(?<model>[^/]+)\/invoke(?<stream>-with-response-stream)?$/,
  /\/models\/(?<model>[^/:]+):(?:(?<stream>streamRawPredict)|rawPredict)$/,
]

/** A server on loopback that speaks as Bedrock and Google Cloud do; any other path is one of the Messages API. */
export async function startCloud(): Promise<CloudServer> {
  const emulator = createEmulator()
  const requests: Arrived[] = []
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy())
  })

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = incoming
    const body: Arrived['body'] = JSON.parse(await textOf(incoming))
    requests.push({ method, path, headers, body })
    const found = PATHS.map(pattern => pattern.exec(decodeURIComponent(path))?.groups).find(Boolean)
    const { anthropic_version: _, ...params } = body
    const { model = params.model, stream } = found ?? {}
    const response = await emulator.fetch('http://emulator.test/v1/messages', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-api-key': 'any',
        'anthropic-version': '2023-06-01',
      },
      body: JSON.stringify({
        ...params,
        model: foreignName(`${model}`),
        stream: Boolean(stream ?? params.stream),
      }),
    })
    const isBinary = path.includes('/model/') && stream !== undefined && response.ok
    const type = isBinary
      ? 'application/vnd.amazon.eventstream'
      : (response.headers.get('content-type') ?? '')
    outgoing.writeHead(response.status, { 'content-type': type, 'request-id': 'req_cloud' })
    const text = await response.text()
    outgoing.end(isBinary ? toFrames(text) : text)
  }

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  return { url: `http://127.0.0.1:${address.port}`, requests, emulator }
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of incoming.setEncoding('utf8')) text += chunk
  return text
}

/** A model by the name that the first party has for it. */
function foreignName(model: string): string {
  return model
    .replace(/^(?:\w+\.)?anthropic\./, '')
    .replace(/-v1:0$/, '')
    .replace('@', '-')
}

/** Server-sent events in the binary framing of AWS: a message for each, its payload being base64 within JSON. */
function toFrames(text: string): Buffer {
  const payloads = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data.trim())
  return Buffer.concat(
    payloads.map(data => toFrame(JSON.stringify({ bytes: Buffer.from(data).toString('base64') }))),
  )
}

function toFrame(payload: string): Buffer {
  const headers = Buffer.concat(
    Object.entries({
      ':message-type': 'event',
      ':event-type': 'chunk',
      ':content-type': 'application/json',
    }).map(([name, value]) =>
      // A byte for the name's length, the name, 7 for a text, two bytes for its length, and the text.
      Buffer.concat([
        Buffer.from([name.length]),
        Buffer.from(name),
        Buffer.from([7, 0, value.length]),
        Buffer.from(value),
      ]),
    ),
  )
  const prelude = Buffer.alloc(8)
  prelude.writeUInt32BE(16 + headers.length + payload.length, 0)
  prelude.writeUInt32BE(headers.length, 4)
  const head = Buffer.concat([prelude, sum(prelude), headers, Buffer.from(payload)])
  return Buffer.concat([head, sum(head)])
}

function sum(bytes: Buffer): Buffer {
  const four = Buffer.alloc(4)
  four.writeUInt32BE(crc32(bytes))
  return four
}
