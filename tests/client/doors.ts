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

/** What is spoken through a door: the Messages API, or the legacy endpoint in one of its two dialects. */
export type Speech = 'messages' | 'complete' | 'complete of 2023-01-01'

/** One of the ways in which a client reaches a server, so that a case can be run through all of them. */
export interface Door {
  name: string
  speech: Speech
  transport: 'fetch' | 'HTTP'
  /** A call that the server takes as it is. */
  params: { model: string; max_tokens_to_sample: number; prompt: string }
  /** A model that continues the beginning of an answer, and the id it answers under. */
  prefilled: { model: string; answersAs: string }
  open(options?: EmulatorOptions): Promise<OpenDoor>
}

export const KEY = 'test-key'

/** A prompt of one question. */
export const ask = (question: string, begun = ''): string => `${HUMAN_PROMPT} ${question}${AI_PROMPT}${begun}`

/** A call that every live model takes as it is. */
export const params: { model: string; max_tokens_to_sample: number; prompt: string } = {
  model: 'claude-opus-4-8',
  max_tokens_to_sample: 300,
  prompt: ask('Hello, Claude'),
}

const LEGACY = {
  params: { ...params, model: 'claude-2.1' },
  prefilled: { model: 'claude-2', answersAs: 'claude-2.1' },
}

/** What a client is told, and which models there are, for each speech. */
const speeches: Readonly<Record<Speech, Pick<Door, 'params' | 'prefilled'> & { options: ClientOptions }>> = {
  messages: {
    params,
    prefilled: { model: 'claude-haiku-4-5', answersAs: 'claude-haiku-4-5-20251001' },
    options: {},
  },
  complete: { ...LEGACY, options: { endpoint: 'complete' } },
  'complete of 2023-01-01': {
    ...LEGACY,
    options: { endpoint: 'complete', defaultHeaders: { 'anthropic-version': '2023-01-01' } },
  },
}

/** How the server is reached, for each transport. */
const transports: Readonly<
  Record<Door['transport'], (options?: EmulatorOptions) => Promise<[Emulator, ClientOptions]>>
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

function door(speech: Speech, transport: Door['transport']): Door {
  const { options: spoken, ...models } = speeches[speech]
  return {
    name: `${speech} by ${transport}`,
    speech,
    transport,
    ...models,
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

export const doors: readonly Door[] = (['messages', 'complete', 'complete of 2023-01-01'] as const).flatMap(
  speech => [door(speech, 'fetch'), door(speech, 'HTTP')],
)

/** The quickest, for what the transport has no part in. Its emulator has both endpoints; a client goes where it is told. */
export const quickest: Door = door('messages', 'fetch')

/**
 * For what happens before a reply has begun, or to its bytes: the two dialects of the legacy endpoint are the same there,
 * and one of them stands for both.
 */
export const doorsOfOneDialect: readonly Door[] = doors.filter(
  ({ speech }) => speech !== 'complete of 2023-01-01',
)

/** For what is only done where a call is translated: the legacy endpoint is sent a call, and gives its answer, as it is. */
export const messagesDoors: readonly Door[] = doors.filter(({ speech }) => speech === 'messages')
