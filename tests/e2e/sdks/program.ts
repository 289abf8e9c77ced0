import type { RecordedRequest, Reply, RunningEmulator } from 'legacy-completions/emulator'
import type { Observed } from './observe.ts'
import type {
  CallOptions,
  ClientOptions,
  FirstModule,
  Params,
  SecondClass,
  SecondClient,
  SecondModule,
} from './surface.ts'

/** What a case of the second generation has in its hands. */
export interface Program {
  module: SecondModule
  required: unknown
  Anthropic: SecondClass
  emulator: RunningEmulator
  /** What `connect` makes clients with, for a program that makes them itself. */
  options: ClientOptions
  /** A client of the emulator, with a key. */
  connect(options?: ClientOptions): SecondClient
  client: SecondClient
}

export interface FirstProgram {
  module: FirstModule
  emulator: RunningEmulator
}

/** A reply, or one that depends on the endpoint that was asked. */
export type Scripted = Reply | ((request: RecordedRequest) => Reply)

interface Script {
  title: string
  /** One for each valid request; the last one is repeated. */
  replies?: readonly Scripted[]
  /** The client goes away before the reply has ended; the server notices that a little later. */
  leaves?: true
}

export interface Case extends Script {
  run(program: Program): Promise<Observed>
}

export interface FirstCase extends Script {
  run(program: FirstProgram): Promise<Observed>
}

/** A call as data: it is run whole and streamed. */
export interface Row extends Script {
  params?: Params
  options?: () => CallOptions
  client?: ClientOptions
  only?: 'whole' | 'stream'
}

// As numbers 0.5 to 0.60 had them, and their documentation has them: later ones exported them escaped by mistake.
export const HUMAN = '\n\nHuman:'
export const AI = '\n\nAssistant:'

export const ask = (question: string, begun = ''): string => `${HUMAN} ${question}${AI}${begun}`

export const PARAMS: Params = {
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  prompt: ask('Hello, Claude'),
}

export const HELLO: Reply = { deltas: ['Hello', '!', ' My name', ' is Claude.'] }
