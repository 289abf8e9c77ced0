import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { asked, type Exchange, identityOf } from './exchange.ts'
import type { TextName } from './texts.ts'

/** A server on loopback that stands for another: it passes on and writes down, or says again what was written down. */
export interface Standing {
  /** Where the server is asked that says this. */
  urlOf(says: TextName): string
  close(): Promise<void>
}

/** Passes requests on to where each text is said now, and keeps what came of the first of each. */
export async function relay(
  targets: ReadonlyMap<TextName, string>,
  kept: Map<string, Exchange>,
): Promise<Standing> {
  return stand(async (incoming, outgoing, body) => {
    const question = asked(`${incoming.url}`, incoming.headers, body)
    const { 'content-type': type = '', 'anthropic-version': version } = incoming.headers
    const response = await fetch(`${targets.get(question.says)}${question.path}`, {
      method: 'POST',
      headers: { 'content-type': type, 'x-api-key': question.key, 'anthropic-version': `${version}` },
      body,
    })
    const headers = ofTheAnswer(response.headers)
    outgoing.writeHead(response.status, headers)
    outgoing.flushHeaders()
    const pieces: Uint8Array[] = []
    let isBrokenOff = false
    try {
      for await (const piece of response.body ?? []) {
        pieces.push(piece)
        outgoing.write(piece)
      }
    } catch {
      isBrokenOff = true
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces))
    const all = anonymous(text).split('\n')
    const lines = isBrokenOff ? all.slice(0, LINES_OF_A_BEGINNING) : all
    const identity = identityOf(question)
    if (!kept.has(identity))
      kept.set(identity, { ...question, status: response.status, headers, lines, isBrokenOff })
    if (isBrokenOff) outgoing.destroy()
    else outgoing.end()
  })
}

/** Says again what was written down; in pieces of so many bytes, or at once. */
export function replay(
  exchanges: readonly Exchange[],
  pieceBytes: number = Number.POSITIVE_INFINITY,
): Promise<Standing> {
  const known = new Map(exchanges.map(exchange => [identityOf(exchange), exchange]))
  return stand(async (incoming, outgoing, body) => {
    const question = asked(`${incoming.url}`, incoming.headers, body)
    const exchange = known.get(identityOf(question))
    if (exchange === undefined) {
      const message = `This was not asked when the answers were written down: ${identityOf(question)}. Write them down again: npm run test:servers -- --capture`
      outgoing.writeHead(418, { 'content-type': 'application/json' })
      outgoing.end(JSON.stringify({ type: 'error', error: { type: 'not_captured', message } }))
      return
    }
    const bytes = Buffer.from(exchange.lines.join('\n'))
    outgoing.writeHead(exchange.status, exchange.headers)
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      outgoing.write(bytes.subarray(at, Math.min(at + pieceBytes, bytes.length)))
      // Pieces that are written together are sent together.
      if (at + pieceBytes < bytes.length) await new Promise(resolve => setImmediate(resolve))
    }
    if (!exchange.isBrokenOff) return void outgoing.end()
    // What has been written is to arrive before the end does.
    outgoing.write('', () => setTimeout(() => outgoing.destroy(), 20))
  })
}

type Answer = (incoming: IncomingMessage, outgoing: ServerResponse, body: string) => Promise<void>

async function stand(answer: Answer): Promise<Standing> {
  const server = createServer(async (incoming, outgoing) => {
    const pieces: Buffer[] = []
    try {
      for await (const piece of incoming) pieces.push(piece)
      await answer(incoming, outgoing, Buffer.concat(pieces).toString())
    } catch {
      outgoing.destroy()
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${portOf(server)}`
  return {
    urlOf: says => `${url}/${says}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port.')
  return address.port
}

/** How far an answer came that broke off is chance. */
const LINES_OF_A_BEGINNING = 60

const OF_THE_CONNECTION =
  /^(?:date|connection|keep-alive|transfer-encoding|content-length|content-encoding|server-timing)$/

const ofTheAnswer = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    [...headers]
      .filter(([name]) => !OF_THE_CONNECTION.test(name))
      .map(([name, value]) => [name, name.endsWith('request-id') ? 'captured' : value]),
  )

const here = fileURLToPath(new URL('.', import.meta.url))

/** Ids are drawn by lot, some from the clock; times are of the day; and an error may tell where its program lies. */
function anonymous(text: string): string {
  return text
    .replaceAll(here, '/servers/')
    .replace(/"(chatcmpl-|msg_)[\w-]+"/g, '"$1captured"')
    .replace(/"created":\d+/g, '"created":0')
}
