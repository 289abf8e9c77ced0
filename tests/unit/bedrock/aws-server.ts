import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { createEmulator, type EmulatorOptions } from 'legacy-completions/emulator'
import { onTestFinished } from 'vitest'

export const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'the-secret-of-the-example' }

/** A request as it reached the server. */
export interface Received {
  method: string
  /** Path and query as they were sent. */
  target: string
  headers: Record<string, string>
  body: string
}

/** What the server answers to requests with a valid signature. @default the emulator of Bedrock */
export type Answer = (received: Received) => Response | undefined

/** A server on loopback that verifies signatures as AWS documents them, and then answers. */
export async function startAws(
  options: EmulatorOptions & { answer?: Answer; secret?: string; clock?: () => number } = {},
): Promise<{ url: string; received: Received[] }> {
  const {
    answer = () => undefined,
    secret = CREDENTIALS.secretAccessKey,
    clock = Date.now,
    ...script
  } = options
  const emulator = createEmulator(script)
  const received: Received[] = []
  const server = createServer(async (incoming, outgoing) => {
    const request = await readRequest(incoming)
    received.push(request)
    const response =
      faultOf(request, secret, clock()) ??
      answer(request) ??
      (await emulator.fetch(`http://bedrock${request.target}`, {
        method: request.method,
        headers: request.headers,
        ...(request.body !== '' && { body: request.body }),
      }))
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    outgoing.flushHeaders()
    try {
      for await (const bytes of response.body ?? []) outgoing.write(bytes)
      outgoing.end()
    } catch {
      outgoing.destroy()
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The server has no port.')
  return { url: `http://127.0.0.1:${address.port}`, received }
}

async function readRequest(incoming: IncomingMessage): Promise<Received> {
  const pieces: Buffer[] = []
  for await (const piece of incoming) pieces.push(piece)
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])
  const { method = '', url: target = '' } = incoming
  return { method, target, headers: Object.fromEntries(headers), body: Buffer.concat(pieces).toString() }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest()

const rejection = (name: string, message: string, clock: number): Response =>
  Response.json(
    { message },
    { status: 403, headers: { 'x-amzn-errortype': name, date: new Date(clock).toUTCString() } },
  )

/** Recomputes a signature from the request itself. */
function faultOf(
  { method, target, headers, body }: Received,
  secret: string,
  clock: number,
): Response | undefined {
  const [, day = '', region = '', service = '', names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([\da-f]{64})$/.exec(
      headers.authorization ?? '',
    ) ?? []
  if (signature === undefined)
    return rejection('MissingAuthenticationTokenException', 'Missing Authentication Token', clock)
  const time = headers['x-amz-date'] ?? ''
  const [, year, month, date, hours, minutes, seconds] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? []
  const signedAt = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(date),
    Number(hours),
    Number(minutes),
    Number(seconds),
  )
  if (!(Math.abs(clock - signedAt) < 5 * 60_000))
    return rejection('InvalidSignatureException', `Signature expired: ${time} is now earlier than …`, clock)
  const [path = '', query = ''] = target.split('?')
  const required = Object.keys(headers).filter(name => name === 'host' || name.startsWith('x-amz-'))
  const isComplete = required.every(name => names.split(';').includes(name))
  const canonical = [
    method,
    encodeURIComponent(path).replaceAll('%2F', '/'),
    query.split('&').sort().join('&'),
    ...names.split(';').map(name => `${name}:${headers[name]?.trim()}`),
    '',
    names,
    hash(body),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), 'aws4_request')
  const expected = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash(canonical)}`).toString('hex')
  return isComplete && expected === signature
    ? undefined
    : rejection('InvalidSignatureException', 'The request signature we calculated does not match', clock)
}
