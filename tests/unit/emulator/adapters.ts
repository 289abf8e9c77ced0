import {
  createEmulator,
  type Emulator,
  type EmulatorOptions,
  startEmulator,
} from 'legacy-completions/emulator'

/** One of the two ways into the emulator, so that a case can be run through both. */
export interface Adapter {
  name: string
  open(options?: EmulatorOptions): Promise<OpenAdapter>
}

export interface OpenAdapter {
  emulator: Emulator
  send(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

export const adapters: readonly Adapter[] = [
  {
    name: 'fetch',
    async open(options) {
      const emulator = createEmulator(options)
      return {
        emulator,
        send: (path, init) => emulator.fetch(`http://emulator.test${path}`, init),
        close: async () => {},
      }
    },
  },
  {
    name: 'HTTP',
    async open(options) {
      const emulator = await startEmulator(options)
      return {
        emulator,
        send: (path, init) => fetch(`${emulator.url}${path}`, init),
        close: emulator.close,
      }
    },
  },
]

export const HEADERS: Readonly<Record<string, string>> = {
  'x-api-key': 'any',
  'anthropic-version': '2023-06-01',
  'content-type': 'application/json',
}

/** A POST of a JSON body, with headers over the usual ones (`null` leaves one out). */
export function post(body: unknown, headers: Record<string, string | null> = {}): RequestInit {
  const merged = Object.entries({ ...HEADERS, ...headers })
  return {
    method: 'POST',
    headers: merged.filter((entry): entry is [string, string] => entry[1] !== null),
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}

/** A legacy request that is valid, with fields over the usual ones. */
export const completeBody = (fields: object = {}): object => ({
  model: 'claude-2',
  prompt: '\n\nHuman: Hello, Claude\n\nAssistant:',
  max_tokens_to_sample: 300,
  ...fields,
})

/** A Messages request that is valid, with fields over the usual ones. */
export const messagesBody = (fields: object = {}): object => ({
  model: 'claude-haiku-4-5',
  max_tokens: 300,
  messages: [{ role: 'user', content: 'Hello, Claude' }],
  ...fields,
})

export function without(body: object, field: string): object {
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== field))
}
