import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ServerName } from './cases.ts'
import { isTextName, type TextName } from './texts.ts'

/** What a server was asked and what it answered, as it is kept in `captures`. */
export interface Exchange {
  /** What the server was made to say. */
  says: TextName
  path: string
  /** What it was asked with. They are this suite's own. */
  key: string
  request: object
  status: number
  /** Those that tell of the answer, and not of its connection or its hour. */
  headers: Readonly<Record<string, string>>
  /** The bytes, which are UTF-8, by their lines. */
  lines: readonly string[]
  isBrokenOff: boolean
}

export interface Captured {
  server: ServerName
  version: string
  exchanges: readonly Exchange[]
}

const folder = fileURLToPath(new URL('captures/', import.meta.url))
const fileOf = (server: ServerName): string => `${folder}${server}.json`

export function readCaptures(server: ServerName): Captured {
  return JSON.parse(readFileSync(fileOf(server), 'utf8'))
}

export function writeCaptures(captured: Captured): void {
  if (!existsSync(folder)) mkdirSync(folder)
  const exchanges = [...captured.exchanges].sort((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1))
  writeFileSync(fileOf(captured.server), `${JSON.stringify({ ...captured, exchanges }, null, 1)}\n`)
}

/** Tells one request from the others, however its fields are ordered. */
export function identityOf({
  says,
  path,
  key,
  request,
}: Pick<Exchange, 'says' | 'path' | 'key' | 'request'>): string {
  return JSON.stringify([says, path, key, sorted(request)])
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, sorted(value)]),
  )
}

/** A request as it came in: `/plain/v1/messages` asks the server that says `plain`. */
export function asked(
  url: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
): Pick<Exchange, 'says' | 'path' | 'key' | 'request'> {
  const [, says = '', path = ''] = /^\/(\w+)(\/[^?]*)/.exec(url) ?? []
  if (!isTextName(says)) throw new Error(`${url} names no text.`)
  const bearer = `${headers.authorization ?? ''}`.replace(/^Bearer /, '')
  return { says, path, key: `${headers['x-api-key'] ?? bearer}`, request: Object(JSON.parse(body)) }
}
