import { type Asked, plainEvents, readMessage, readStream } from '../../support/recordings.ts'

/** What a completion says, apart from what only one dialect has. */
export interface Reading {
  completion: string
  stop_reason: string
  stop: string | null
  /** `log_id`, the one name for it that all dialects have. */
  id: string
  model: string
}

/** What the bytes of an answer hold, and from which of them on it is all said. */
export interface Truth {
  expected: Reading
  /** So many bytes say all of the completion; what comes behind them does not count. */
  end: number
  /**
   * So many may be enough: behind `CR LF CR` the blank line is there, but a reader may wait for the `LF` that belongs
   * to it.
   */
  mayEnd: number
}

export type Grammar = 'messages' | 'complete'

/**
 * Reads an answer by fields alone, and finds the shortest beginning of it that says the same. Shares no code with what
 * it is there to judge.
 *
 * @throws Error for an answer that does not come to an end: nothing could be said of it.
 */
export function truthOf(body: Buffer, isEventStream: boolean, grammar: Grammar, asked: Asked): Truth {
  const read = isEventStream ? READERS[grammar] : WHOLE_READERS[grammar]
  const expected = read(body, asked)
  if (expected === undefined) throw new Error('This answer does not end.')
  if (!isEventStream) {
    const end = body.lastIndexOf('}') + 1
    return { expected, end, mayEnd: end }
  }
  const ends = eventEnds(body)
  const end = firstOf(ends, at => read(body.subarray(0, at), asked) !== undefined) ?? body.length
  return { expected, end, mayEnd: body[end - 2] === CR ? end - 1 : end }
}

/** The first place from which on all are so. */
function firstOf(places: readonly number[], isSo: (place: number) => boolean): number | undefined {
  let from = 0
  let to = places.length
  while (from < to) {
    const middle = (from + to) >> 1
    if (isSo(places[middle] ?? 0)) to = middle
    else from = middle + 1
  }
  return places[from]
}

const CR = 13
const LF = 10

/** Behind which bytes an event is complete. */
export function eventEnds(body: Uint8Array): number[] {
  const ends: number[] = []
  for (let at = 0; at < body.length; at++) {
    if (body[at] !== LF) continue
    const before = body[at - 1] === CR ? at - 2 : at - 1
    if (body[before] === LF) ends.push(at + 1)
  }
  return ends
}

type Read = (body: Buffer, asked: Asked) => Reading | undefined

const parse = (body: Buffer): Record<string, unknown> => ({ ...Object(JSON.parse(body.toString())) })

const READERS: Readonly<Record<Grammar, Read>> = {
  messages: (body, asked) => ended(readStream(plainEvents(body), asked)),
  complete(body, { model }) {
    let text = ''
    for (const { event, data } of plainEvents(body)) {
      if (data === undefined || typeof data.completion !== 'string') continue
      // Without a name it is of the first dialect, which repeated all text in every event.
      text = event === undefined ? data.completion : text + data.completion
      const reading = legacyReading(data, text, model)
      if (reading !== undefined) return reading
    }
    return undefined
  },
}

const WHOLE_READERS: Readonly<Record<Grammar, Read>> = {
  messages: (body, asked) => ended(readMessage(parse(body), asked)),
  complete: (body, { model }) => {
    const fields = parse(body)
    return legacyReading(fields, String(fields.completion), model)
  },
}

/** A reading that says why the text ended; nothing otherwise. */
function ended(reading: ReturnType<typeof readStream>): Reading | undefined {
  if (reading === undefined) return undefined
  const { completion, stop_reason, stop, id, model } = reading
  return stop_reason === null ? undefined : { completion, stop_reason, stop, id, model }
}

function legacyReading(
  fields: Readonly<Record<string, unknown>>,
  completion: string,
  asked: string,
): Reading | undefined {
  const { stop_reason, stop, log_id, model } = fields
  if (typeof stop_reason !== 'string') return undefined
  return {
    completion,
    stop_reason,
    stop: typeof stop === 'string' ? stop : null,
    id: String(log_id),
    model: typeof model === 'string' ? model : asked,
  }
}
