import { AI_PROMPT, Anthropic, type ClientOptions, HUMAN_PROMPT } from 'legacy-completions'
import {
  createEmulator,
  type Emulator,
  type EmulatorOptions,
  startEmulator,
} from 'legacy-completions/emulator'
import { onTestFinished } from 'vitest'

/** An emulator, and clients that speak to it. */
export interface OpenDoor {
  emulator: Emulator
  client: Anthropic
  /** Another client of the same emulator. */
  connect(options?: ClientOptions): Anthropic
}

/** One of the two ways in which a client reaches a server, so that a case can be run through both. */
export interface Door {
  name: string
  open(options?: EmulatorOptions): Promise<OpenDoor>
}

export const KEY = 'test-key'

function opened(emulator: Emulator, way: ClientOptions): OpenDoor {
  const connect = (options: ClientOptions = {}): Anthropic =>
    new Anthropic({ apiKey: KEY, authToken: null, ...way, ...options })
  return { emulator, client: connect(), connect }
}

export const doors: readonly Door[] = [
  {
    name: 'fetch',
    async open(options) {
      const emulator = createEmulator(options)
      return opened(emulator, { baseURL: 'http://emulator.test', fetch: emulator.fetch })
    },
  },
  {
    name: 'HTTP',
    async open(options) {
      const emulator = await startEmulator(options)
      onTestFinished(() => emulator.close())
      return opened(emulator, { baseURL: emulator.url })
    },
  },
]

/** A prompt of one question. */
export const ask = (question: string, begun = ''): string => `${HUMAN_PROMPT} ${question}${AI_PROMPT}${begun}`

/** A call that every live model takes as it is. */
export const params: { model: string; max_tokens_to_sample: number; prompt: string } = {
  model: 'claude-opus-4-8',
  max_tokens_to_sample: 300,
  prompt: ask('Hello, Claude'),
}
