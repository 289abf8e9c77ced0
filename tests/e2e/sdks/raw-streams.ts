import type { RawReply, RecordedRequest } from 'legacy-completions/emulator'

/** What a stream consists of. Texts are written as the model wrote them, in the grammar of either endpoint. */
export type Piece =
  | { text: string }
  | { event: string; data: string }
  /** The proper end. */
  | 'end'
  /** The connection dies. */
  | 'cut'

/**
 * A stream written by hand, for what goes wrong in the middle of one: the emulator counts bytes, and the same number
 * of bytes is another place in either grammar.
 */
export function rawStream(
  { path }: Pick<RecordedRequest, 'path'>,
  pieces: readonly Piece[],
  headers: Readonly<Record<string, string>> = {},
): RawReply {
  const grammar = path === '/v1/complete' ? legacy : messages
  const written = pieces.map((piece, index) => {
    if (typeof piece === 'string') return piece === 'end' ? grammar.end : ''
    return 'text' in piece ? grammar.text(piece.text, index === 0) : event(piece.event, piece.data)
  })
  const body = grammar.start + written.join('')
  if (!pieces.includes('cut')) return { body, headers }
  // The cut has to lie within the body to be one.
  return { body: `${body}event: `, headers, faults: { cutAfterBytes: new TextEncoder().encode(body).length } }
}

interface Grammar {
  start: string
  text(text: string, isFirst: boolean): string
  end: string
}

const event = (name: string, data: string): string => `event: ${name}\r\ndata: ${data}\r\n\r\n`

const chunk = (completion: string, stop_reason: string | null, stop: string | null): string => {
  const id = 'compl_01raw1raw1raw1raw1raw1ra'
  return event(
    'completion',
    JSON.stringify({
      type: 'completion',
      id,
      completion,
      stop_reason,
      model: 'claude-2.1',
      stop,
      log_id: id,
    }),
  )
}

const legacy: Grammar = {
  start: '',
  // The space that every recorded answer began with.
  text: (text, isFirst) => chunk(isFirst ? ` ${text}` : text, null, null),
  end: chunk('', 'stop_sequence', '\n\nHuman:'),
}

const named = (value: { type: string; [field: string]: unknown }): string =>
  event(value.type, JSON.stringify(value))
const usage = { input_tokens: 1, output_tokens: 1 }

const messages: Grammar = {
  start:
    named({
      type: 'message_start',
      message: {
        id: 'msg_01raw1raw1raw1raw1raw1ra',
        type: 'message',
        role: 'assistant',
        model: 'claude-opus-4-8',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage,
      },
    }) + named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  text: text => named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
  end:
    named({ type: 'content_block_stop', index: 0 }) +
    named({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage,
    }) +
    named({ type: 'message_stop' }),
}
