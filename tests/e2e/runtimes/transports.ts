import { createEmulator, type Emulator, startEmulator } from 'legacy-completions/emulator'
import { byName, CALL_HEADER, type Fate, fateOf, REPLY_HEADER } from './replies.ts'

type Fetch = typeof globalThis.fetch

/** The way of one call to a server that has the reply it asks for. */
export interface Reach {
  baseURL: string
  /** `undefined` where it is the platform's own. */
  fetch: Fetch | undefined
  /** What the request has to carry. */
  headers: Readonly<Record<string, string>>
  /** What became of the call, as the server saw it. */
  fate(): Promise<Fate>
}

/** A way of requests to an emulator. */
export interface Transport {
  name: string
  isHTTP: boolean
  reach(reply: string): Reach
  close(): Promise<void>
}

function transport(
  name: string,
  way: Pick<Reach, 'baseURL' | 'fetch'>,
  fate: (call: string) => Promise<Fate>,
  close: () => Promise<void> = async () => {},
): Transport {
  let calls = 0
  return {
    name,
    isHTTP: way.fetch === undefined,
    reach(reply) {
      calls += 1
      const call = `${calls}`
      const headers = { [REPLY_HEADER]: reply, [CALL_HEADER]: call }
      return { ...way, headers, fate: () => fate(call) }
    },
    close,
  }
}

/** An emulator in this very runtime, with no network in between. */
export function byFetch(): Transport {
  const emulator: Emulator = createEmulator(byName(() => emulator.requests))
  const way = { baseURL: 'http://emulator.test', fetch: emulator.fetch }
  return transport('fetch', way, async call => fateOf(call, emulator.requests))
}

/** An emulator that Node serves, in another process. */
export function byHTTP(baseURL: string): Transport {
  return transport('HTTP', { baseURL, fetch: undefined }, async call =>
    (await fetch(`${baseURL}/fate?call=${call}`)).json(),
  )
}

/** An emulator that this runtime serves itself. */
export async function byOwnServer(): Promise<Transport> {
  const emulator: Awaited<ReturnType<typeof startEmulator>> = await startEmulator(
    byName(() => emulator.requests),
  )
  const way = { baseURL: emulator.url, fetch: undefined }
  return transport(
    'a server of its own',
    way,
    async call => fateOf(call, emulator.requests),
    () => emulator.close(),
  )
}
