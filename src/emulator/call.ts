import type { Random } from './random.ts'
import type { AnswerReply, Conversation } from './script.ts'

/** A valid request to one of the two endpoints, read far enough to be answered. */
export interface Call {
  conversation: Conversation
  temperature: number
  stream: boolean
  /** The body of the answer: one JSON text, or the events of a stream one by one, made as they are taken. */
  write(reply: AnswerReply, means: Means): Iterable<string>
}

/** What writing an answer needs beyond the request. */
export interface Means {
  random: Random
  requestId: string
  pings: boolean
}

/** JSON as both endpoints have streamed it since 2024-08: up to 15 spaces before the closing brace. */
export function padded(value: object, random: Random): string {
  return `${JSON.stringify(value).slice(0, -1)}${' '.repeat(Math.floor(random() * 16))}}`
}
