import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { Faults as EmulatorFaults } from 'legacy-completions/emulator'
import type { Answer } from './answers.ts'
import { eventEnds } from './oracle.ts'
import type { Random } from './random.ts'

/** What a server does with one attempt of a call. */
export interface Plan {
  status: number
  headers: Readonly<Record<string, string>>
  pieces: readonly Uint8Array[]
  /** What follows the last piece: the end, a closed connection, a reset one, or nothing. */
  ending: 'end' | 'cut' | 'reset' | 'stall'
  /** What lies between two pieces: nothing, a turn of the loop, or milliseconds. */
  pause: 'none' | 'turn' | number
  /** Index of the piece before which a server on a socket waits until its script resumes. */
  heldAt?: number
}

/**
 * What has to come of a call. `unseen`: the bytes were changed into others that may mean something as well, which
 * nothing in them tells; the call must still come to an end.
 */
export type Verdict = 'right' | 'error' | 'either' | 'unseen'

/** What goes wrong with one call. */
export interface Trouble {
  /** One for each attempt. */
  plans: readonly Plan[]
  verdict: Verdict
  /** What the error has to tell of: an HTTP status, or the type that the server gave it. */
  tells?: { status?: number; type?: string }
  /** Whether the parser of an SDK may fail on it. */
  isRare?: boolean
  /** Whether it needs a connection: only the platform's own fetch decodes a body. */
  byTCP?: boolean
  /** The same fault as an option of the emulator, if it has one. */
  emulated?: EmulatorFaults
}

/** A kind of trouble. Makes none of an answer that cannot have it. */
export type Fault = (random: Random, answer: Answer) => Trouble | undefined

const CODINGS = [
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
] as const

export const FAULTS: Readonly<Record<string, Fault>> = {
  split: (random, answer) => {
    const chunkBytes = 1 + random.below(random.chance(0.3) ? 3 : 200)
    if (random.chance(0.5)) {
      return {
        plans: [plan(answer, { pieces: sized(answer.body, chunkBytes) })],
        verdict: 'right',
        emulated: { chunkBytes },
      }
    }
    return { plans: [plan(answer, { pieces: scattered(random, answer.body) })], verdict: 'right' }
  },

  delay: (random, answer) => {
    const pieces = scattered(random, answer.body)
    // Of a few pieces only: the time adds up.
    const isShort = pieces.length < 6
    return {
      plans: [plan(answer, { pieces, pause: isShort ? 1 + random.below(3) : 'turn' })],
      verdict: 'right',
    }
  },

  'repeated pings': (random, answer) => {
    if (!answer.isEventStream) return undefined
    const line = isCRLF(answer) ? '\r\n' : '\n'
    const noise = [`event: ping${line}data: {"type": "ping"}${line}${line}`, `: keep-alive${line}${line}`]
    const parts: Uint8Array[] = []
    for (const event of events(answer.body)) {
      parts.push(event)
      if (random.chance(0.5))
        for (let left = 1 + random.below(4); left > 0; left--) parts.push(bytes(random.pick(noise)))
    }
    return {
      plans: [plan(answer, { pieces: scattered(random, Buffer.concat(parts)) })],
      verdict: 'right',
    }
  },

  // A line may end in a carriage return alone, and a body in one.
  'carriage returns only': (random, answer) => {
    if (!answer.isEventStream) return undefined
    const body = bytes(new TextDecoder().decode(answer.body).replace(/\r\n|\n/g, '\r'))
    return { plans: [plan(answer, { pieces: scattered(random, body) })], verdict: 'right', isRare: true }
  },

  // A gateway that has joined two responses.
  'second message_start': (random, answer) => {
    const [first] = answer.isEventStream ? events(answer.body) : []
    if (first === undefined || !new TextDecoder().decode(first).includes('message_start')) return undefined
    const at = random.pick(eventEnds(answer.body).filter(end => end < answer.mayEnd))
    const body = Buffer.concat([answer.body.subarray(0, at), first, answer.body.subarray(at)])
    return { plans: [plan(answer, { pieces: scattered(random, body) })], verdict: 'error' }
  },

  compressed: (random, answer) => {
    const [coding, compress] = random.pick(CODINGS)
    const whole = plan(answer, { pieces: scattered(random, compress(answer.body)) })
    const headers = { ...whole.headers, 'content-encoding': coding }
    return { plans: [{ ...whole, headers }], verdict: 'right', byTCP: true }
  },

  // The first quarter of the bytes never holds the end of the answer.
  'compressed, cut': (random, answer) => {
    const [coding, compress] = random.pick(CODINGS)
    const bytes = compress(answer.body)
    const ending = random.pick(['cut', 'end'] as const)
    const begun = plan(answer, { pieces: scattered(random, bytes.subarray(0, bytes.length / 4)), ending })
    const headers = { ...begun.headers, 'content-encoding': coding }
    return { plans: [{ ...begun, headers }], verdict: 'error', byTCP: true }
  },

  cut: (random, answer) => {
    const at = position(random, answer)
    const pieces = scattered(random, answer.body.subarray(0, at))
    return {
      plans: [plan(answer, { pieces, ending: 'cut' })],
      // A whole answer is all there without the end of its connection, but a reader may wait for that.
      verdict: afterEnd(answer, at, answer.isEventStream ? 'right' : 'either'),
      emulated: { cutAfterBytes: at },
    }
  },

  'early end': (random, answer) => {
    const at = position(random, answer)
    const pieces = scattered(random, answer.body.subarray(0, at))
    return {
      plans: [plan(answer, { pieces })],
      verdict: afterEnd(answer, at, 'right'),
      emulated: { endAfterBytes: at },
    }
  },

  reset: (random, answer) => {
    const at = position(random, answer)
    const pieces = scattered(random, answer.body.subarray(0, at))
    // A reset takes with it what has arrived and was not read yet.
    return {
      plans: [plan(answer, { pieces, ending: 'reset' })],
      verdict: afterEnd(answer, at, 'either'),
    }
  },

  corrupt: (random, answer) => {
    const at = random.below(answer.body.length)
    const body = Buffer.from(answer.body)
    // All bits flipped: never UTF-8, with any bytes around it.
    body[at] = (body[at] ?? 0) ^ 0xff
    const verdict =
      at < answer.mayEnd ? 'error' : at < answer.end || !answer.isEventStream ? 'either' : 'right'
    return {
      plans: [plan(answer, { pieces: scattered(random, body) })],
      verdict,
      emulated: { corruptAt: at },
    }
  },

  'one bit': (random, answer) => {
    const at = random.below(answer.body.length)
    const body = Buffer.from(answer.body)
    body[at] = (body[at] ?? 0) ^ (1 << random.below(7))
    return { plans: [plan(answer, { pieces: scattered(random, body) })], verdict: 'unseen' }
  },

  stall: (random, answer) => {
    const at = position(random, answer)
    const pieces = scattered(random, answer.body.subarray(0, at))
    return {
      plans: [plan(answer, { pieces, ending: 'stall' })],
      // A reader of a whole response waits for the end of the body, which does not come.
      verdict: afterEnd(answer, at, answer.isEventStream ? 'right' : 'error'),
      // Behind its last byte, an emulator's answer has ended.
      ...(at < answer.body.length && { emulated: { stallAfterBytes: at } }),
    }
  },

  'noise after the end': (random, answer) => {
    const line = isCRLF(answer) ? '\r\n' : '\n'
    if (!answer.isEventStream) {
      const body = Buffer.concat([answer.body, bytes(random.pick([' ', '\n', '\r\n\t ']))])
      return { plans: [plan(answer, { pieces: scattered(random, body) })], verdict: 'right' }
    }
    const noise = random.pick<string | Uint8Array>([
      `data: {nonsense${line}${line}`,
      `event: error${line}data: {"type":"error","error":{"type":"api_error","message":"late"}}${line}${line}`,
      `event: ping${line}data: {}${line}${line}`,
      `data: [DONE]${line}${line}`,
      Uint8Array.of(0xff, 0xfe, 0x0a, 0x0a),
      answer.body,
    ])
    const body = Buffer.concat([
      answer.body.subarray(0, answer.end),
      typeof noise === 'string' ? bytes(noise) : noise,
    ])
    const pieces = random.chance(0.5) ? [body] : scattered(random, body)
    return { plans: [plan(answer, { pieces })], verdict: 'right' }
  },

  'error event': (random, answer) => {
    if (!answer.isEventStream) return undefined
    const at = random.pick([0, ...eventEnds(answer.body).filter(end => end < answer.mayEnd)])
    const type = random.pick(['overloaded_error', 'api_error', 'rate_limit_error'])
    const line = isCRLF(answer) ? '\r\n' : '\n'
    const event = `event: error${line}data: ${failure(type)}${line}${line}`
    const body = Buffer.concat([answer.body.subarray(0, at), bytes(event)])
    return {
      plans: [plan(answer, { pieces: scattered(random, body) })],
      verdict: 'error',
      tells: { type },
    }
  },

  refusal: random => {
    const status = random.pick([400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 529])
    const refusing = refusingPlan(random, status)
    return { plans: [refusing], verdict: 'error', tells: { status } }
  },

  'failure, then the answer': (random, answer) => {
    const failing = random.chance(0.5)
      ? refusingPlan(random, random.pick([408, 409, 429, 500, 503, 529]))
      : { ...plan(answer, { pieces: [] }), status: 0 }
    return { plans: [failing, plan(answer, { pieces: scattered(random, answer.body) })], verdict: 'right' }
  },

  'no answer': (_, answer) => ({ plans: [{ ...plan(answer, { pieces: [] }), status: 0 }], verdict: 'error' }),
}

/** A server that fails before it says anything has no status. */
export const isSilent = ({ status }: Plan): boolean => status === 0

function plan(answer: Answer, given: Partial<Plan> & Pick<Plan, 'pieces'>): Plan {
  const type = answer.isEventStream ? 'text/event-stream; charset=utf-8' : 'application/json'
  const headers = { 'content-type': type, 'request-id': 'req_1' }
  return { status: 200, headers, ending: 'end', pause: 'none', ...given }
}

function refusingPlan(random: Random, status: number): Plan {
  const [type, body] = random.pick([
    ['application/json', failure('api_error')],
    ['text/html', '<html><title>Bad gateway</title></html>'],
    ['application/json', '{"type":"err'],
    ['text/plain', ''],
  ] as const)
  const headers = { 'content-type': type, 'request-id': 'req_1', 'retry-after-ms': '1' }
  return { status, headers, pieces: scattered(random, bytes(body)), ending: 'end', pause: 'none' }
}

const failure = (type: string): string =>
  JSON.stringify({ type: 'error', error: { type, message: 'It went wrong.' } })

/** Anywhere, and often where the end is: there a byte decides. */
function position(random: Random, { body, end }: Answer): number {
  if (random.chance(0.7)) return random.below(body.length + 1)
  return Math.max(0, Math.min(body.length, end - 8 + random.below(16)))
}

function afterEnd({ mayEnd, end }: Answer, at: number, whenSaid: Verdict): Verdict {
  if (at < mayEnd) return 'error'
  return at < end && whenSaid === 'right' ? 'either' : whenSaid
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const isCRLF = ({ body, end }: Answer): boolean => body[end - 2] === 13

function events(body: Uint8Array): Uint8Array[] {
  const ends = eventEnds(body)
  return ends.map((end, at) => body.subarray(ends[at - 1] ?? 0, end))
}

function sized(body: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < body.length; at += size) pieces.push(body.subarray(at, at + size))
  return pieces
}

/** In one piece, in a few, or byte by byte for a stretch. */
function scattered(random: Random, body: Uint8Array): Uint8Array[] {
  if (body.length === 0) return []
  const cuts = new Set([0, body.length])
  const few = random.below(5)
  for (let left = few; left > 0; left--) cuts.add(random.below(body.length))
  if (random.chance(0.25)) {
    const from = random.below(body.length)
    for (let at = from; at < Math.min(body.length, from + 40); at++) cuts.add(at)
  }
  const places = [...cuts].sort((a, b) => a - b)
  return places.slice(1).map((to, at) => body.subarray(places[at], to))
}
