/** What an upstream may do wrong, as data: for the tests of each edge, and for the one that compares them. */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { delta, messageJson, START } from '../../support/raw-server.ts'
import { legacyBody } from './edges.ts'

/** A request, and how the client must learn that the response broke off. */
export interface Question {
  title: string
  path: string
  body: string
  reported: 'by status' | 'in an event' | 'by a cut'
}

export const questions: readonly Question[] = [
  { title: 'a whole completion', path: '/v1/complete', body: legacyBody(), reported: 'by status' },
  {
    title: 'a whole completion that has to be streamed',
    path: '/v1/complete',
    body: legacyBody({ stop_sequences: ['\n'] }),
    reported: 'by status',
  },
  { title: 'a stream', path: '/v1/complete', body: legacyBody({ stream: true }), reported: 'in an event' },
  { title: 'what is passed on', path: '/v1/messages', body: '{"stream":true}', reported: 'by a cut' },
]
export const translated: readonly Question[] = questions.filter(({ reported }) => reported !== 'by a cut')

/** Writes the beginning of an answer, in the grammar that the question asked for. */
export function beginAnswer(response: ServerResponse, isStream: boolean): void {
  response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' })
  response.write(isStream ? START + delta('Hel') : messageJson().slice(0, 60))
}

export const asksForStream = (body: Buffer): boolean => JSON.parse(`${body}`).stream === true

/** Upstreams that cannot answer; without `speak`, nobody listens. */
export const unable: readonly [title: string, speak: ((socket: Socket) => void) | undefined][] = [
  ['refuses connections', undefined],
  ['resets the connection', socket => void socket.resetAndDestroy()],
  ['ends the connection', socket => void socket.end()],
  [
    'resets it within its head',
    socket => void socket.write('HTTP/1.1 200 OK\r\ncontent-ty', () => socket.resetAndDestroy()),
  ],
  ['ends it within its head', socket => void socket.end('HTTP/1.1 200 OK\r\ncontent-type: text')],
  ['speaks no HTTP', socket => void socket.end('220 smtp.test ESMTP\r\n')],
  ['has a head without an end', socket => void socket.write(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}`)],
]

/** Ends of a response that has begun. */
export const breaks: readonly { title: string; isClean: boolean; end: (response: ServerResponse) => void }[] =
  [
    { title: 'with a reset', isClean: false, end: response => void response.socket?.resetAndDestroy() },
    {
      title: 'with an end of the connection',
      isClean: false,
      end: response => void response.socket?.end(),
    },
    {
      title: 'with an invalid chunk',
      isClean: false,
      end: response => void response.socket?.write('zz\r\n'),
    },
    { title: 'as if that were all', isClean: true, end: response => void response.end() },
  ]

/** Responses of status 200 that are not of the Messages API. */
const openai = { id: 'chatcmpl-1', object: 'chat.completion', choices: [{ message: { content: 'Hi' } }] }
export const others: readonly [title: string, type: string | undefined, body: string][] = [
  ['a page', 'text/html', '<!doctype html><html><body>It works!</body></html>'],
  ['a text', 'text/plain', 'OK'],
  ['nothing', undefined, ''],
  ['nothing of JSON', 'application/json', ''],
  ['a word of JSON', 'application/json', '"ok"'],
  ['null', 'application/json', 'null'],
  ['an array', 'application/json', '[]'],
  ['half of JSON', 'application/json', messageJson().slice(0, -9)],
  ['what is no JSON', 'application/json', '{type: message}'],
  ['JSON of another grammar', 'application/json', JSON.stringify(openai)],
  ['events of another grammar', 'text/event-stream', `data: ${JSON.stringify(openai)}\n\ndata: [DONE]\n\n`],
  ['events that are no JSON', 'text/event-stream', `${START}event: content_block_delta\ndata: {"type":\n\n`],
  ['only comments', 'text/event-stream', ':\n\n:\n\n'],
  ['bytes of no text', 'text/event-stream', '\u0000\u0001\uffff'],
]

/** Errors that a response of status 200 reports, and the status that they get. */
export const inBandErrors: readonly [type: string, status: number][] = [
  ['overloaded_error', 529],
  ['rate_limit_error', 429],
  ['timeout_error', 504],
  ['api_error', 500],
  ['a_word_of_theirs_error', 500],
]

/** Where an upstream falls silent. */
export const stalls: readonly {
  title: string
  begin: (response: ServerResponse, isStream: boolean) => void
}[] = [
  { title: 'before its head', begin: () => {} },
  { title: 'in the middle', begin: beginAnswer },
]

/** Writes `piece` again and again, until the proxy has enough. */
export function repeat(response: ServerResponse, piece: string | Uint8Array): void {
  const go = (): void => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once('drain', go)
  }
  go()
}

/** Responses without an end, by what a reader of them would keep. */
export const endless: readonly {
  title: string
  type: 'text/event-stream' | 'application/json'
  answer: (response: ServerResponse) => void
}[] = [
  {
    title: 'the text of a stream',
    type: 'text/event-stream',
    answer(response) {
      response.write(START)
      repeat(response, delta('x'.repeat(500)))
    },
  },
  {
    title: 'a line of a stream',
    type: 'text/event-stream',
    answer(response) {
      response.write(`${START}data: `)
      repeat(response, 'x'.repeat(500))
    },
  },
  {
    title: 'the lines of an event',
    type: 'text/event-stream',
    answer(response) {
      response.write(START)
      repeat(response, `data: ${'x'.repeat(500)}\n`)
    },
  },
  {
    title: 'a body of JSON',
    type: 'application/json',
    answer: response => repeat(response, ' '.repeat(500)),
  },
]
