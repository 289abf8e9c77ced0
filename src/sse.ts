import { createParser } from 'eventsource-parser'
import { damaged, readText } from './utf8.ts'

/** One server-sent event. `event` is `undefined` when the server sent no `event:` line. */
export interface ServerSentEvent {
  event?: string | undefined
  data: string
}

/**
 * A decoder that is fed bytes in any chunking and hands out whole events.
 *
 * An event that the connection cut before its blank line is not handed out: half an event is never
 * mistaken for a whole one.
 */
export interface EventDecoder {
  /**
   * Hands out the events that these bytes complete, and returns what is wrong with the bytes behind them: the error to
   * throw once those events have been dealt with, where they are not UTF-8.
   */
  feed(bytes: Uint8Array): Error | undefined
}

/**
 * Decodes `text/event-stream` bytes, calling `onEvent` for each whole event.
 *
 * @example
 * const decoder = decodeEvents(({ event, data }) => seen.push([event, data]))
 * for await (const bytes of response.body) decoder.feed(bytes)
 */
export function decodeEvents(onEvent: (event: ServerSentEvent) => void): EventDecoder {
  // Handed out as the parser makes it, with an `id` that nobody reads: a copy without would be an object more an event.
  const parser = createParser({ onEvent })
  // One reader for the whole stream: a character may be split between two chunks.
  const text = readText()
  /** What a piece ended in: it ends a line, by itself or with a line feed, which only the next piece tells the parser. */
  let carriageReturn = ''
  return {
    feed(bytes) {
      const piece = carriageReturn + text.take(bytes)
      carriageReturn = piece.endsWith('\r') ? '\r' : ''
      parser.feed(carriageReturn === '' ? piece : piece.slice(0, -1))
      return text.isDamaged ? damaged() : undefined
    },
  }
}

/** Writes one event as the legacy endpoint did: named unless `event` is `undefined`, with CRLF line ends. */
export function encodeEvent({ event, data }: ServerSentEvent): string {
  const name = event === undefined ? '' : `event: ${event}\r\n`
  return `${name}data: ${data}\r\n\r\n`
}
