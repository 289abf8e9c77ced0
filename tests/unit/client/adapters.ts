import { Anthropic, type ClientOptions } from 'legacy-completions'
import {
  createEmulator,
  type Emulator,
  type EmulatorOptions,
  startEmulator,
} from 'legacy-completions/emulator'
import { onTestFinished } from 'vitest'
import { KEY, type Speaking, type Speech, speeches } from './speeches.ts'

export { ask, KEY, params, type Speech } from './speeches.ts'

/** An emulator, and clients that speak to it. */
export interface OpenAdapter {
  emulator: Emulator
  client: Anthropic
  /** Another client of the same emulator. */
  connect(options?: ClientOptions): Anthropic
}

/** One of the ways in which a client reaches a server, so that a case can be run through all of them. */
export interface Adapter extends Speaking {
  name: string
  transport: 'fetch' | 'HTTP'
  open(options?: EmulatorOptions): Promise<OpenAdapter>
}

/** How the server is reached, for each transport. */
const transports: Readonly<
  Record<Adapter['transport'], (options?: EmulatorOptions) => Promise<[Emulator, ClientOptions]>>
> = {
  async fetch(options) {
    const emulator = createEmulator(options)
    return [emulator, { baseURL: 'http://emulator.test', fetch: emulator.fetch }]
  },
  async HTTP(options) {
    const emulator = await startEmulator(options)
    onTestFinished(() => emulator.close())
    return [emulator, { baseURL: emulator.url }]
  },
}

function adapter(speech: Speech, transport: Adapter['transport']): Adapter {
  const { options: spoken, ...speaking } = speeches[speech]
  return {
    name: `${speech} by ${transport}`,
    transport,
    ...speaking,
    async open(given) {
      const [emulator, way] = await transports[transport](given)
      const connect = (options: ClientOptions = {}): Anthropic =>
        new Anthropic({
          apiKey: KEY,
          authToken: null,
          ...way,
          ...spoken,
          ...options,
          defaultHeaders: { ...spoken.defaultHeaders, ...options.defaultHeaders },
        })
      return { emulator, client: connect(), connect }
    },
  }
}

export const adapters: readonly Adapter[] = Object.values(speeches).flatMap(({ speech }) => [
  adapter(speech, 'fetch'),
  adapter(speech, 'HTTP'),
])

/** The fastest adapter, for tests that do not depend on the transport. Its emulator has both endpoints. */
export const quickest: Adapter = adapter('messages', 'fetch')

/**
 * For what happens before a reply has begun, or to its bytes: the two dialects of the legacy endpoint are the same there,
 * and one of them stands for both.
 */
export const adaptersOfOneDialect: readonly Adapter[] = adapters.filter(
  ({ speech }) => speech !== 'complete of 2023-01-01',
)

/** For what is only done where a call is translated: the legacy endpoint is sent a call, and gives its answer, as it is. */
export const messagesAdapters: readonly Adapter[] = adapters.filter(({ speech }) => speech === 'messages')
