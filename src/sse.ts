import { createParser } from 'eventsource-parser'
import { IncompleteReplyError } from './errors.ts'
import { damaged, readText } from './utf8.ts'

/** One server-sent event. `event` is `undefined` when the server sent no `event:` line. */
export interface ServerSentEvent {
  event?: string | undefined
  data: string
}

/**
 * Decodes bytes, split anywhere, into events.
 *
 * An event that the connection cut before its blank line is never emitted, so half an event is never mistaken for a
 * whole one.
 */
export interface EventDecoder {
  /**
   * Emits the events that these bytes complete. If invalid UTF-8 or an event that exceeds the limit follows them,
   * returns the error; throw it after the events have been processed, and do not feed more.
   */
  feed(bytes: Uint8Array): Error | undefined
}

/**
 * Decodes `text/event-stream` bytes, calling `onEvent` for each whole event. `maxLength` limits the characters of one
 * event, which are held until it is whole. Default: no limit.
 *
 * @example
 * const decoder = decodeEvents(({ event, data }) => seen.push([event, data]))
 * for await (const bytes of response.body) decoder.feed(bytes)
 */
export function decodeEvents(onEvent: (event: ServerSentEvent) => void, maxLength?: number): EventDecoder {
  // Events are passed on as the parser creates them, with an unused `id`: a copy would cost one more object per event.
  let excess: Error | undefined
  const parser = createParser({
    onEvent,
    ...(maxLength !== undefined && { maxBufferSize: maxLength }),
    onError({ type }) {
      if (type === 'max-buffer-size-exceeded') excess = IncompleteReplyError.tooLarge('')
    },
  })
  // One reader for the whole stream, because a character may be split between two chunks.
  const text = readText()
  /** A carriage return at the end of the last chunk that may be the first half of a CRLF. */
  let held = ''
  /**
   * Whether lines end in CRLF. If so, a carriage return at the end of the body is half a line end, and its event is
   * cut.
   */
  let usesPairs = false
  /**
   * Whether the last chunk ended its line with a carriage return. A line feed at the start of the next chunk is then
   * skipped.
   */
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
          // The parser would wait for a line feed and lose an event at the end of the body.
          skipsLineFeed = true
          piece += '\n'
        }
      }
      parser.feed(piece)
      return text.isDamaged ? damaged() : excess
    },
  }
}

/** Encodes one event as the legacy endpoint did: named unless `event` is `undefined`, with CRLF line ends. */
export function encodeEvent({ event, data }: ServerSentEvent): string {
  const name = event === undefined ? '' : `event: ${event}\r\n`
  return `${name}data: ${data}\r\n\r\n`
}
