import type { ServerName } from './cases.ts'
import type { TextName } from './texts.ts'

/** A server that runs, and how it is asked for a text. */
export interface Running {
  name: ServerName
  /** Of the package that it came in. */
  version: string
  where(text: TextName): Place
  /** Runs a call and breaks the answer off in the middle of it, where the server can be brought to that. */
  breakingOff?<T>(ask: (place: Place) => Promise<T>): Promise<T>
  /** Whether it closes the connection after each stream, though it says that it will not. */
  closesStreams: boolean
  close(): Promise<void>
}

export interface Place {
  /** Without `/v1/messages`. */
  url: string
  model: string
  /** What the prompt is to say. */
  word?: string
}
