/** Reads a stream to its end: completions with this package, events with the newest official SDK, from the same bytes. */
import Newest from '@anthropic-ai/sdk'
import Anthropic from '../../../dist/index.js'
import { median } from '../goals.mjs'
import { exponentOf, interleave, ratioOf } from './measure.mjs'

const DELTAS = 20_000
const call = { model: 'claude-haiku-4-5', stream: true }
const legacy = {
  ...call,
  prompt: '\n\nHuman: Why is the sky blue?\n\nAssistant:',
  max_tokens_to_sample: 1000,
}
const messages = { ...call, max_tokens: 1000, messages: [{ role: 'user', content: 'Why is the sky blue?' }] }

const event = data => Buffer.from(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`)
const head = [
  event({
    type: 'message_start',
    message: {
      id: 'msg_01EjfrPvPEsRDRUKD6VoBxtK',
      type: 'message',
      role: 'assistant',
      model: 'claude-haiku-4-5',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 12, output_tokens: 1 },
    },
  }),
  event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
]
const delta = text => event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
const tail = [
  event({ type: 'content_block_stop', index: 0 }),
  event({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 200 },
  }),
  event({ type: 'message_stop' }),
]

const many = [...head, ...Array.from({ length: DELTAS }, () => delta(' scatters')), ...tail]

/** The same bytes in other pieces. */
function inPiecesOf(size, events) {
  const bytes = Buffer.concat(events)
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}

/** A `fetch` that answers with these chunks, each when it is asked for. */
function answering(chunks) {
  return async () => {
    let next = 0
    const body = new ReadableStream(
      {
        pull(controller) {
          const chunk = chunks[next++]
          if (chunk === undefined) controller.close()
          else controller.enqueue(new Uint8Array(chunk))
        },
      },
      { highWaterMark: 0 },
    )
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }
}

/** What is read, so that nobody can read less than the other. */
function readers(chunks) {
  const options = { apiKey: 'none', fetch: answering(chunks), maxRetries: 0 }
  const ours = new Anthropic(options)
  const newest = new Newest(options)
  return {
    ours: async () => {
      let length = 0
      for await (const { completion } of await ours.completions.create(legacy)) length += completion.length
      return length
    },
    newest: async () => {
      let length = 0
      for await (const event of await newest.messages.create(messages)) {
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
          length += event.delta.text.length
      }
      return length
    },
  }
}

/** × the CPU time of the SDK. The legacy text has a space more, in front: it begins with one already here. */
async function shareOn(chunks, rounds) {
  const { ours, newest } = readers(chunks)
  const [read, expected] = [await ours(), await newest()]
  if (read !== expected) throw new Error(`${read} characters were read, and not ${expected}`)
  const [oursTaken, newestTaken] = await interleave([ours, newest], { rounds })
  return { share: ratioOf(oursTaken, newestTaken), micros: median(oursTaken) }
}

export async function measure() {
  const rows = []
  const add = async (what, label, chunks, atMost, rounds = 15) => {
    const { share } = await shareOn(chunks, rounds)
    rows.push({ what, label, measured: share, atMost })
  }
  await add(
    `${DELTAS.toLocaleString('en')} deltas in chunks of 64 KB`,
    'stream, 64 KB chunks',
    inPiecesOf(65_536, many),
    0.25,
  )
  await add(`${DELTAS.toLocaleString('en')} deltas, each a chunk`, 'stream, event by event', many, 0.6)
  const long = size => inPiecesOf(64, [...head, delta(` ${'scatters '.repeat(size / 9)}`), ...tail])
  await add('one delta of 1 MB in chunks of 64 bytes', 'an event of 1 MB', long(1e6), 0.85, 9)

  const points = []
  for (const size of [1e5, 3e5, 1e6, 3e6]) {
    const [taken] = await interleave([readers(long(size)).ours], { rounds: 5, warmUp: 1 })
    points.push([size, median(taken)])
  }
  rows.push({
    what: 'one delta of 0.1 to 3 MB in chunks of 64 bytes: exponent of growth',
    measured: exponentOf(points),
    atMost: 1.1,
  })
  return { title: 'Reading a stream: × the CPU time of the newest official SDK', rows }
}
