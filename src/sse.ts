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
  /** The carriage return that ended the last piece, where it may be half of a line end. */
  let held = ''
  /** Whether lines end in CRLF: then a carriage return at the end of a body is half of one, and its event is cut. */
  let usesPairs = false
  /** Whether the last piece ended in a carriage return that has ended its line: a line feed after it belongs to it. */
  let skipsLineFeed = false
  return {
    feed(bytes) {
      let piece = held + text.take(bytes)
      held = ''
      if (skipsLineFeed && piece !== '') {
        skipsLineFeed = false
        if (piece.startsWith('\n')) {
          usesPairs = true
          piece = piece.slice(1)
        }
      }
      usesPairs ||= piece.includes('\r\n')
      if (piece.endsWith('\r')) {
        if (usesPairs) {
          held = '\r'
          piece = piece.slice(0, -1)
        } else {
          // The parser would wait for a line feed, and lose an event that ends the body.
          skipsLineFeed = true
          piece += '\n'
        }
      }
      parser.feed(piece)
      return text.isDamaged ? damaged() : undefined
    },
  }
}

/** Writes one event as the legacy endpoint did: named unless `event` is `undefined`, with CRLF line ends. */
export function encodeEvent({ event, data }: ServerSentEvent): string {
  const name = event === undefined ? '' : `event: ${event}\r\n`
  return `${name}data: ${data}\r\n\r\n`
}
