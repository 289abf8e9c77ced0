import { createParser } from 'eventsource-parser'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeEvents } from '../../src/sse.ts'
import { TEXT_DELTA_PREFIX } from '../../src/translate/messages-events.ts'

const [name = '', data = ''] = TEXT_DELTA_PREFIX.split('\n')
const delta = (json: string, end = '"}}'): string => `${name}\n${data}${json}${end}\n\n`

/** Whole events, of the usual form and almost of it. */
const events = [
  delta(' scatters'),
  delta(''),
  delta('"quoted\\"'),
  delta('a \\"quote\\" and \\\\'),
  delta('a line\\nand \\u4e2d'),
  delta('half a pair \\ud83d'),
  delta('天空 🌞 \u2028 \u0085'),
  delta('wrong escape \\x'),
  delta('a tab\t'),
  delta('padded', '"}      }'),
  delta('padded', '" }}'),
  delta('more', '"},"more":1}'),
  delta('more', '"}}}'),
  delta('no end', '"}'),
  delta('no end', ''),
  `${name}\n${data}two\ndata: lines"}}\n\n`,
  `${name}\n${data}and an id"}}\nid: 5\n\n`,
  `${name}\n: a comment\n${data}x"}}\n\n`,
  `${name}\n\n`,
  `${name}\n${data}\n\n`,
  `${data}without a name"}}\n\n`,
  `${data}the name after the data"}}\n${name}\n\n`,
  `${name} \n${data}another name"}}\n\n`,
  'event: ping\ndata: {"type": "ping"}\n\n',
  'event: ping\ndata: \n\n',
  'event: ping\ndata:\n\n',
  'event:ping\ndata:x\n\n',
  'event: \ndata: x\n\n',
  'event: a: b\ndata: c: d\n\n',
  'event: a\ndata: one\ndata: two\n\n',
  'event: a\ndata: one\n \n\n',
  'event: a\nevent: b\ndata: one\n\n',
  'data: [DONE]\n\n',
  'retry: 5\nid: 1\n\n',
  ': comment\n\n',
  'nothing\n\n',
  '\n',
  '\n\n\n',
  'event: a\r\ndata: b\r\n\r\n',
  'event: a\rdata: b\r\r',
  'event: a\ndata: b\r\n\n',
  'event: a',
  '\ndata: ',
]

interface Read {
  event: string | undefined
  data: string
}

/** Reads the text at once with the parser alone. */
function withParser(text: string): Read[] {
  const read: Read[] = []
  const parser = createParser({ onEvent: ({ event, data }) => read.push({ event, data }) })
  // The parser keeps a carriage return at the end back, which may be the first half of a CRLF.
  parser.feed(text.endsWith('\r') && !text.includes('\r\n') ? `${text}\n` : text)
  return read
}

const literal =
  /^(\{"type":"content_block_delta","index":0,"delta":\{"type":"text_delta","text":)(".*")(\} *\})$/su

/** An event as it is compared: of a text delta only the text. */
function comparable({ event, data }: Read): Read | string {
  const [, , json] = (event === 'content_block_delta' && literal.exec(data)) || []
  try {
    return json === undefined ? { event, data } : JSON.parse(json)
  } catch {
    return { event, data }
  }
}

function decoded(pieces: readonly Uint8Array[]): { read: (Read | string)[]; literals: number } {
  const read: (Read | string)[] = []
  let literals = 0
  const decoder = decodeEvents(({ event, data }) => read.push(comparable({ event, data })), undefined, {
    prefix: TEXT_DELTA_PREFIX,
    onLiteral(text) {
      literals++
      read.push(text)
    },
  })
  for (const piece of pieces) expect(decoder.feed(piece)).toBeUndefined()
  return { read, literals }
}

const text = fc.array(fc.constantFrom(...events), { maxLength: 12 }).map(parts => parts.join(''))
const cuts = fc.array(fc.nat(), { maxLength: 6 })

function cutAt(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const sorted = [0, ...offsets.map(at => at % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  return sorted.slice(1).map((end, at) => bytes.subarray(sorted[at], end))
}

it('reads any events, cut anywhere, as the parser alone does', () => {
  const property = fc.property(text, cuts, (text, cuts) => {
    const { read } = decoded(cutAt(new TextEncoder().encode(text), cuts))
    expect(read).toEqual(withParser(text).map(comparable))
  })
  fc.assert(property, { numRuns: 5000 })
})

it('reads text deltas without the parser once an event has ended', () => {
  const usual = `event: ping\ndata: {}\n\n${delta(' one')}${delta(' tw\\no')}${delta('three', '"}   }')}`
  const { read, literals } = decoded([new TextEncoder().encode(usual)])
  expect(read).toEqual([{ event: 'ping', data: '{}' }, ' one', ' tw\no', 'three'])
  expect(literals).toBe(3)
})
