import {
  type EmulatorOptions,
  type RecordedRequest,
  type RunningEmulator,
  startEmulator,
} from 'legacy-completions/emulator'
import { type Listening, listen, type ServeOptions, type Serving, serveProxy } from 'legacy-completions/node'
import { createProxy } from 'legacy-completions/proxy'
import { onTestFinished } from 'vitest'
import { ask, KEY } from '../client/speeches.ts'

/** One of the two edges of the proxy, so that a case can be run through both. */
export interface Edge {
  name: 'createProxy' | 'serveProxy'
  /** On a free port of the loopback, until the test is over. */
  open(options?: ServeOptions): Promise<Listening>
}

interface NodeEdge extends Edge {
  open(options?: ServeOptions): Promise<Serving>
}

async function untilFinished<Server extends Listening>(starting: Promise<Server>): Promise<Server> {
  const server = await starting
  onTestFinished(() => server.close())
  return server
}

export const portable: Edge = {
  name: 'createProxy',
  // What it does not know, it leaves alone.
  open: options => untilFinished(listen(createProxy(options))),
}

export const node: NodeEdge = {
  name: 'serveProxy',
  open: options => untilFinished(serveProxy(options)),
}

export const edges: readonly Edge[] = [portable, node]

/** The emulator behind an edge: an upstream that refuses what the real one would, and replies from a script. */
export async function emulated(
  { open }: Edge,
  script: EmulatorOptions = { reply: { deltas: ['Hello', '!'] } },
  options: ServeOptions = {},
): Promise<{ emulator: RunningEmulator; url: string }> {
  const emulator = await startEmulator(script)
  onTestFinished(() => emulator.close())
  const { url } = await open({ upstream: emulator.url, ...options })
  return { emulator, url }
}

/** What a request came with as its body, of which only its fields are of interest. */
export function fieldsOf(request: RecordedRequest | undefined): Record<string, unknown> {
  return { ...Object(request?.body) }
}

export const HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  'x-api-key': KEY,
  'anthropic-version': '2023-06-01',
}

/** A request of the legacy endpoint, with fields over the usual ones. */
export const legacyBody = (fields: object = {}): string =>
  JSON.stringify({
    model: 'claude-opus-4-8',
    max_tokens_to_sample: 300,
    prompt: ask('Hello, Claude'),
    ...fields,
  })
