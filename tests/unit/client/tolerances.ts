import type { Completion, CompletionCreateParamsNonStreaming } from 'legacy-completions'
import type { DiagnosticCode } from 'legacy-completions/translate'
import { delta, END, ending, event, START } from '../../support/raw-server.ts'
import { ask } from './adapters.ts'

/** What servers that speak Messages are known to do otherwise than the vendor's, as data. */

const NATURAL = { stop_reason: 'stop_sequence', stop: '\n\nHuman:' }
const CUT = { stop_reason: 'max_tokens', stop: null }

/** What a reply becomes unless its row says otherwise. */
export const COMPLETION: Partial<Completion> = { completion: ' Hi.', ...NATURAL }

/** A reply that deviates, and is read all the same. */
export interface ReplyRow {
  title: string
  /** Parameters in addition to the usual ones. */
  call?: Partial<CompletionCreateParamsNonStreaming>
  /** What the whole message says otherwise; left out where only streams deviate. */
  message?: object
  /** The body of a stream; left out where only whole replies deviate. */
  stream?: string
  becomes?: Partial<Completion>
  diagnostics?: readonly DiagnosticCode[]
}

// ── parts of replies ─────────────────────────────────────────────────────────────────────────────

const text = (...texts: string[]): { content: object[] } => ({
  content: texts.map(text => ({ type: 'text', text })),
})
const deltas = (...texts: string[]): string => texts.map(delta).join('')
const open = (index: number, content_block: object): string =>
  event({ type: 'content_block_start', index, content_block })
const piece = (index: number, delta: object): string => event({ type: 'content_block_delta', index, delta })
const close = (index: number): string => event({ type: 'content_block_stop', index })
const PING = event({ type: 'ping' })
const TEXT_BLOCK = { type: 'text', text: '' }
const THINKING_BLOCK = { type: 'thinking', thinking: '', signature: '' }
const thinking = (thinking: string): object => ({ type: 'thinking_delta', thinking })
const signature = (signature: string): object => ({ type: 'signature_delta', signature })

/** An end whose `delta` is exactly this. */
const endingWith = (delta: object): string => event({ type: 'message_delta', delta }) + END
/** A start whose message differs in these fields. */
const startWith = (fields: object): string =>
  event({
    type: 'message_start',
    message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], ...fields },
  })

/** The plainest stream there is. */
const PLAIN = START + open(0, TEXT_BLOCK) + delta('Hi') + delta('.') + close(0) + ending()

// ── stop sequences ───────────────────────────────────────────────────────────────────────────────

const stopAt = (...stop_sequences: string[]): { stop_sequences: string[] } => ({ stop_sequences })

/** A server that never heard of the stop sequences: the text runs on, to an end that has nothing to do with them. */
const ignoring = (
  title: string,
  stops: string[],
  pieces: string[],
  becomes: Partial<Completion>,
): ReplyRow => ({
  title: `a server that ignores stop sequences: ${title}`,
  call: stopAt(...stops),
  message: { ...text(pieces.join('')), stop_reason: 'max_tokens' },
  stream: START + deltas(...pieces) + ending('max_tokens'),
  becomes,
})

const stops: readonly ReplyRow[] = [
  {
    title: 'a stop under the name of a natural end',
    call: stopAt('END'),
    message: { ...text('One '), stop_reason: 'end_turn', stop_sequence: 'END' },
    stream: START + delta('One ') + endingWith({ stop_reason: 'end_turn', stop_sequence: 'END' }),
    becomes: { completion: ' One ', stop_reason: 'stop_sequence', stop: 'END' },
  },
  {
    title: 'a stop that is null',
    call: stopAt('END'),
    message: { ...text('One '), stop_reason: 'stop_sequence', stop_sequence: null },
    stream: START + delta('One ') + endingWith({ stop_reason: 'stop_sequence', stop_sequence: null }),
    becomes: { completion: ' One ', stop_reason: 'stop_sequence', stop: null },
  },
  {
    title: 'a stop that is left out',
    call: stopAt('END'),
    message: { ...text('One '), stop_reason: 'stop_sequence', stop_sequence: undefined },
    stream: START + delta('One ') + endingWith({ stop_reason: 'stop_sequence' }),
    becomes: { completion: ' One ', stop_reason: 'stop_sequence', stop: null },
  },
  {
    // Nothing tells it from a natural end.
    title: 'a stop whose every trace is lost, with null',
    call: stopAt('END'),
    message: { ...text('One '), stop_reason: 'end_turn', stop_sequence: null },
    stream: START + delta('One ') + ending(),
    becomes: { completion: ' One ' },
  },
  {
    title: 'a stop whose every trace is lost, without a field',
    call: stopAt('END'),
    message: { ...text('One '), stop_reason: 'end_turn', stop_sequence: undefined },
    stream: START + delta('One ') + endingWith({ stop_reason: 'end_turn' }),
    becomes: { completion: ' One ' },
  },
  {
    title: 'a stop before the first word, and so no block',
    call: stopAt('END'),
    message: { content: [], stop_reason: 'end_turn', stop_sequence: 'END' },
    stream: START + endingWith({ stop_reason: 'end_turn', stop_sequence: 'END' }),
    becomes: { completion: '', stop_reason: 'stop_sequence', stop: 'END' },
  },
  {
    title: 'a reported stop sequence that is still in the text',
    call: stopAt('END'),
    message: { ...text('One END'), stop_reason: 'end_turn', stop_sequence: 'END' },
    stream: START + delta('One END') + endingWith({ stop_reason: 'end_turn', stop_sequence: 'END' }),
    becomes: { completion: ' One ', stop_reason: 'stop_sequence', stop: 'END' },
  },
  ignoring('in one piece', ['END'], ['One END two END'], { completion: ' One ', stop: 'END' }),
  ignoring('over three deltas', ['</answer>'], ['One </an', 'sw', 'er> two'], {
    completion: ' One ',
    stop: '</answer>',
  }),
  ignoring('a letter at a time', ['END'], [...'One END two'], { completion: ' One ', stop: 'END' }),
  ignoring('a false start inside the true one', ['aab'], ['a', 'aa', 'b!'], {
    completion: ' a',
    stop: 'aab',
  }),
  ignoring('only its beginning, in the middle and at the end', ['END!'], ['One EN', 'D? ', 'END'], {
    completion: ' One END? END',
    ...CUT,
  }),
  ignoring('the first of two', ['two', 'one'], ['zero on', 'e two'], { completion: ' zero ', stop: 'one' }),
  ignoring('one of whitespace', ['\n\n'], ['One\n', '\nTwo'], { completion: ' One', stop: '\n\n' }),
  ignoring('one outside the basic plane', ['🐙'], ['One ', '🐙 two'], { completion: ' One ', stop: '🐙' }),
  ignoring(
    'the turn that the old API always stopped at',
    [],
    ['One.\n', '\nHu', 'man: And two?\n\nAssistant: Yes.'],
    { completion: ' One.', stop: '\n\nHuman:' },
  ),
]

// ── a prefill that is given back ─────────────────────────────────────────────────────────────────

/** A model of nobody's table: what is known of the vendor's models does not apply, and the prefill is sent. */
const begun = (begun: string): Partial<CompletionCreateParamsNonStreaming> => ({
  model: 'local-model',
  prompt: ask('Tell me a story.', begun),
})

const prefills: readonly ReplyRow[] = [
  {
    title: 'a prefill that whole replies repeat, and streams do not',
    call: begun(' Once upon a time'),
    message: text('Once upon a time there was a girl.'),
    stream: START + deltas(' there', ' was a girl.') + ending(),
    becomes: { completion: ' there was a girl.' },
  },
  {
    title: 'a repeated prefill that ends in whitespace, which was not sent',
    call: begun(' Once upon a time '),
    message: text('Once upon a time there was a girl.'),
    stream: START + deltas(' there', ' was a girl.') + ending(),
    becomes: { completion: 'there was a girl.' },
  },
  {
    title: 'a repeated prefill of several lines',
    call: begun(' Dear Ann,\n\nyes: {"a":'),
    message: text('Dear Ann,\n\nyes: {"a": 1}'),
    stream: START + delta(' 1}') + ending(),
    becomes: { completion: ' 1}' },
  },
  {
    title: 'a repeated prefill behind thinking',
    call: begun(' Once upon a time'),
    message: {
      content: [
        { type: 'thinking', thinking: 'Once', signature: '' },
        { type: 'text', text: 'Once upon a time there was a girl.' },
      ],
    },
    stream:
      START +
      open(0, THINKING_BLOCK) +
      piece(0, thinking('Once')) +
      deltas(' there was a girl.') +
      close(0) +
      ending(),
    becomes: { completion: ' there was a girl.' },
  },
  {
    title: 'a repeated prefill and nothing more',
    call: begun(' Once upon a time'),
    message: text('Once upon a time'),
    stream: START + ending(),
    becomes: { completion: '' },
  },
  {
    // What the caller wrote is no generated text, and was no reason to stop.
    title: 'a repeated prefill that holds a stop sequence',
    call: { ...begun(' Once upon a time'), ...stopAt('upon') },
    message: text('Once upon a time there was a girl.'),
    stream: START + delta(' there was a girl.') + ending(),
    becomes: { completion: ' there was a girl.' },
  },
  {
    title: 'a repeated prefill, and a stop sequence behind it that the server ignores',
    call: { ...begun(' Once upon a time'), ...stopAt('girl') },
    message: text('Once upon a time there was a girl.'),
    stream: START + deltas(' there was a gi', 'rl.') + ending(),
    becomes: { completion: ' there was a ', stop: 'girl' },
  },
  {
    title: 'a prefill that is not repeated, as by the vendor',
    call: begun(' Once upon a time'),
    message: text(' there was a girl.'),
    stream: START + delta(' there was a girl.') + ending(),
    becomes: { completion: ' there was a girl.' },
  },
  {
    // Streams never repeat it: what they begin with is the model's own, were it the same letters.
    title: 'a repeated prefill of one sign, which the text goes on with',
    call: begun(' ['),
    message: text('[[1, 2], [3, 4]]'),
    stream: START + deltas('[1', ', 2], [3, 4]]') + ending(),
    becomes: { completion: '[1, 2], [3, 4]]' },
  },
  {
    // The model's own words: only the whole prefill is an echo.
    title: 'words that begin like the prefill',
    call: begun(' Once upon a time'),
    message: text(' Once upon another time.'),
    stream: START + deltas(' Once upon', ' another time.') + ending(),
    becomes: { completion: ' Once upon another time.' },
  },
  {
    title: 'half of the prefill without the space before it',
    call: begun(' Once upon a time'),
    message: text('Once upon a'),
    stream: START + delta('Once upon a') + ending(),
    becomes: { completion: 'Once upon a' },
  },
]

// ── no text ──────────────────────────────────────────────────────────────────────────────────────

const EMPTY = { becomes: { completion: '' }, diagnostics: ['no-text'] } as const

const empty: readonly ReplyRow[] = [
  { title: 'no blocks', message: { content: [] }, stream: START + ending(), ...EMPTY },
  {
    title: 'content that is null',
    message: { content: null },
    stream: startWith({ content: null }) + ending(),
    ...EMPTY,
  },
  {
    title: 'no content at all',
    message: { content: undefined },
    stream: startWith({ content: undefined }) + ending(),
    ...EMPTY,
  },
  {
    title: 'a block of no text',
    message: text(''),
    stream: START + open(0, TEXT_BLOCK) + close(0) + ending(),
    ...EMPTY,
  },
  {
    title: 'several blocks and deltas of no text',
    message: text('', ''),
    stream: START + open(0, TEXT_BLOCK) + deltas('', '') + close(0) + open(1, TEXT_BLOCK) + ending(),
    ...EMPTY,
  },
  {
    title: 'a block whose text is null',
    message: { content: [{ type: 'text', text: null }] },
    stream:
      START +
      open(0, { type: 'text', text: null }) +
      piece(0, { type: 'text_delta', text: null }) +
      close(0) +
      ending(),
    ...EMPTY,
  },
  {
    title: 'thinking that used up the tokens',
    message: { content: [{ type: 'thinking', thinking: 'Hm', signature: '' }], stop_reason: 'max_tokens' },
    stream: START + open(0, THINKING_BLOCK) + piece(0, thinking('Hm')) + close(0) + ending('max_tokens'),
    becomes: { completion: '', ...CUT },
    diagnostics: ['no-text'],
  },
]

// ── blocks and events ────────────────────────────────────────────────────────────────────────────

const blocks: readonly ReplyRow[] = [
  {
    title: 'thinking that was not asked for',
    message: {
      content: [
        { type: 'thinking', thinking: 'Hm.\n\nHuman: no', signature: '' },
        { type: 'text', text: 'Hi.' },
      ],
    },
    stream:
      START +
      open(0, THINKING_BLOCK) +
      piece(0, thinking('Hm.\n\nHuman: no')) +
      piece(0, signature('s')) +
      close(0) +
      open(1, TEXT_BLOCK) +
      piece(1, { type: 'text_delta', text: 'Hi.' }) +
      close(1) +
      ending(),
  },
  {
    title: 'blocks that overlap, with a late signature',
    stream:
      START +
      open(0, THINKING_BLOCK) +
      piece(0, thinking('Hm')) +
      open(1, TEXT_BLOCK) +
      piece(1, { type: 'text_delta', text: 'Hi' }) +
      piece(0, signature('')) +
      piece(1, { type: 'text_delta', text: '.' }) +
      close(0) +
      close(1) +
      ending(),
  },
  {
    title: 'a signature after all blocks',
    stream:
      START +
      open(1, TEXT_BLOCK) +
      piece(1, { type: 'text_delta', text: 'Hi.' }) +
      close(1) +
      close(0) +
      piece(0, signature('s')) +
      ending(),
  },
  {
    title: 'blocks in no order',
    stream:
      START +
      open(2, TEXT_BLOCK) +
      piece(2, { type: 'text_delta', text: 'Hi' }) +
      open(0, THINKING_BLOCK) +
      close(2) +
      piece(0, thinking('Hm')) +
      close(0) +
      open(1, TEXT_BLOCK) +
      piece(1, { type: 'text_delta', text: '.' }) +
      ending(),
  },
  {
    title: 'deltas of a block that was never opened',
    stream: START + piece(7, { type: 'text_delta', text: 'Hi.' }) + close(3) + ending(),
  },
  {
    title: 'deltas without an index',
    stream:
      START +
      event({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hi.' } }) +
      event({ type: 'content_block_stop' }) +
      ending(),
  },
  {
    title: 'blocks of tools and of the future, whatever they hold',
    message: {
      content: [
        { type: 'server_tool_use', id: 't', name: 'n', input: { text: 'no' } },
        { type: 'text', text: 'Hi', citations: null },
        { type: 'later', text: 'no' },
        { type: 'redacted_thinking', data: 'no' },
        { text: 'no' },
        { type: 'text', text: '.' },
      ],
    },
    stream:
      START +
      open(0, { type: 'tool_use', id: 't', name: 'n' }) +
      piece(0, { type: 'input_json_delta', partial_json: '{"text":"no"}' }) +
      close(0) +
      open(1, { type: 'text', text: '', citations: null }) +
      deltas('Hi') +
      piece(1, { type: 'citations_delta', citation: { cited_text: 'no' } }) +
      open(2, { type: 'later', text: 'no' }) +
      piece(2, { type: 'later_delta', text: 'no' }) +
      piece(2, { text: 'no' }) +
      deltas('.') +
      ending(),
  },
  {
    title: 'events of the future, and of no shape',
    stream: `${START}${event({ type: 'later', text: 'no' })}data: {}\n\n${delta('Hi')}data: []\n\ndata: null\n\n${delta('.')}${event({ type: 'content_block_delta' })}${ending()}`,
  },
  {
    title: 'the first words in the start of their block',
    stream: START + open(0, { type: 'text', text: 'Hi' }) + delta('.') + ending(),
  },
  {
    title: 'an end in several parts',
    stream:
      START +
      delta('Hi.') +
      event({ type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 1 } }) +
      event({ type: 'message_delta', delta: { stop_reason: 'end_turn' } }) +
      event({ type: 'message_delta', delta: {}, usage: { output_tokens: 2 } }) +
      event({ type: 'message_delta', usage: { output_tokens: 3 } }) +
      END,
  },
  {
    title: 'an end of more fields than ours',
    message: { container: null, stop_details: null, context_management: null },
    stream:
      startWith({ container: null, stop_details: null }) +
      delta('Hi.') +
      endingWith({ stop_reason: 'end_turn', stop_details: null, container: null }),
  },
]

// ── the frame around the events ──────────────────────────────────────────────────────────────────

/** Each event in the handwriting of another JSON writer: a space after every colon and comma. */
const spaced = (body: string): string =>
  body.replaceAll(/^data: (.*)$/gm, (_, json: string) => {
    const spread = JSON.stringify(JSON.parse(json), null, 1).replaceAll(/\n */g, ' ')
    return `data: ${spread}`
  })

const frames: readonly ReplyRow[] = [
  { title: 'the plainest stream', stream: PLAIN },
  { title: 'comments for keep-alive before the message', stream: ':\n\n'.repeat(10) + PLAIN },
  { title: 'pings before the message', stream: PING + PING + PLAIN },
  {
    title: 'comments and pings between all events',
    stream: PLAIN.replaceAll(/\n\n/g, `\n\n:\n\n${PING}: keep-alive\n`),
  },
  { title: 'a comment inside an event', stream: PLAIN.replaceAll('\ndata:', '\n: x\ndata:') },
  {
    title: 'pings without data, or with the data of 2023',
    stream: `event: ping\n\nevent: ping\ndata: {}\n\n${PLAIN}`,
  },
  { title: 'no event: lines', stream: PLAIN.replaceAll(/^event: .*\n/gm, '') },
  {
    title: 'event: lines behind the data',
    stream: PLAIN.replaceAll(/^(event: .*)\n(data: .*)$/gm, '$2\n$1'),
  },
  { title: 'one name for all events', stream: PLAIN.replaceAll(/^event: .*$/gm, 'event: message') },
  { title: 'JSON with spaces', stream: spaced(PLAIN) },
  { title: 'no space after data:', stream: PLAIN.replaceAll('data: ', 'data:') },
  { title: 'CRLF', stream: PLAIN.replaceAll('\n', '\r\n') },
  { title: 'CRLF here and LF there', stream: PLAIN.replaceAll('\ndata', '\r\ndata') },
  { title: 'ids, retries and fields of no standard', stream: `id: 1\nretry: 5\nx: y\nz\n${PLAIN}` },
  { title: 'blank lines between the events', stream: PLAIN.replaceAll('\n\n', '\n\n\n\n') },
  { title: '[DONE] behind the end', stream: `${PLAIN}data: [DONE]\n\n` },
  { title: '[DONE] before the end', stream: `${START}${delta('Hi.')}data: [DONE]\n\n${ending()}` },
  { title: 'an error behind the end', stream: PLAIN + event({ type: 'error', error: { message: 'late' } }) },
  {
    title: 'characters of two, three and four bytes',
    stream: START + deltas('é日', '🐙') + ending(),
    becomes: { completion: ' é日🐙' },
  },
]

// ── who answered, and why it ended ───────────────────────────────────────────────────────────────

const ids: readonly ReplyRow[] = (
  [
    ['chatcmpl-VzJA0', 'compl_chatcmpl-VzJA0'],
    ['msg_1795397157769', 'compl_1795397157769'],
    ['mock-5d2c-4f', 'compl_mock-5d2c-4f'],
    ['gen 日本', 'compl_gen 日本'],
    ['', 'compl_'],
  ] as const
).map(([id, legacy]) => ({
  title: `the id ${JSON.stringify(id)}`,
  message: { id },
  stream: startWith({ id }) + delta('Hi.') + ending(),
  becomes: { id: legacy, log_id: legacy },
}))

const usages: readonly ReplyRow[] = (
  [
    ['null', null],
    ['missing', undefined],
    ['all null', { input_tokens: null, output_tokens: null, server_tool_use: null }],
    ['all 0', { input_tokens: 0, output_tokens: 0 }],
    ['split by the cache', { cache_read_input_tokens: 45, input_tokens: 1, output_tokens: 9 }],
    ['a total', { total_tokens: 17 }],
  ] as const
).map(([title, usage]) => ({
  title: `usage that is ${title}`,
  message: { usage },
  stream:
    startWith({ usage }) +
    delta('Hi.') +
    event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage }) +
    END,
}))

const origins: readonly ReplyRow[] = [
  ...ids,
  ...usages,
  ...[undefined, null].map(model => ({
    title: `a model that is ${model}`,
    call: { model: 'local-model' },
    message: { model },
    stream: startWith({ model }) + delta('Hi.') + ending(),
    becomes: { model: 'local-model' },
  })),
  {
    title: 'a model that is not the one asked',
    call: { model: 'local-model' },
    message: { model: 'stories' },
    stream: startWith({ model: 'stories' }) + delta('Hi.') + ending(),
    becomes: { model: 'stories' },
  },
  {
    title: 'a message that does not say that it is one',
    message: { type: undefined, role: undefined },
    stream: startWith({ type: undefined, role: undefined }) + delta('Hi.') + ending(),
  },
  ...['max_tokens', 'model_context_window_exceeded'].map(stop_reason => ({
    // Far below the number asked for: nothing is made of the difference.
    title: `a full context, called ${stop_reason}`,
    call: { max_tokens_to_sample: 4000 },
    message: { stop_reason, usage: { input_tokens: 809, output_tokens: 215 } },
    stream: START + delta('Hi.') + ending(stop_reason),
    becomes: CUT,
  })),
]

export const REPLY_ROWS: readonly ReplyRow[] = [
  ...stops,
  ...prefills,
  ...empty,
  ...blocks,
  ...frames,
  ...origins,
]

// ── streams that never say their end ─────────────────────────────────────────────────────────────

/** A stream that just ends: an error with what had come, whether the connection is cut or closed in peace. */
export interface EndlessRow {
  title: string
  stream: string
  partialText: string
}

export const ENDLESS_ROWS: readonly EndlessRow[] = [
  { title: 'nothing', stream: '', partialText: '' },
  { title: 'comments for keep-alive', stream: ':\n\n'.repeat(10), partialText: '' },
  { title: 'pings', stream: PING + PING, partialText: '' },
  { title: 'a start', stream: START, partialText: '' },
  {
    title: 'a start, an open block and a ping',
    stream: START + open(0, TEXT_BLOCK) + PING,
    partialText: '',
  },
  { title: 'thinking', stream: START + open(0, THINKING_BLOCK) + piece(0, thinking('Hm')), partialText: '' },
  { title: 'text', stream: START + deltas('One', ' two'), partialText: ' One two' },
  { title: 'text and a comment', stream: `${START}${delta('One')}:\n\n`, partialText: ' One' },
  { title: 'a closed block', stream: START + delta('One') + close(0), partialText: ' One' },
  {
    title: 'a reason to end, and no end',
    stream: START + delta('One') + ending().slice(0, -END.length),
    partialText: ' One',
  },
  { title: 'half an event', stream: START + delta('One') + delta(' two').slice(0, -9), partialText: ' One' },
  {
    title: 'an event without its blank line',
    stream: START + delta('One') + delta(' two').slice(0, -1),
    partialText: ' One',
  },
  { title: 'half the end', stream: START + delta('One') + ending().slice(0, -1), partialText: ' One' },
  {
    title: '[DONE] in place of the end',
    stream: `${START}${delta('One')}data: [DONE]\n\n`,
    partialText: ' One',
  },
]

// ── errors with status 200 ───────────────────────────────────────────────────────────────────────

/** An `error` event. */
export interface ErrorEventRow {
  title: string
  stream: string
  type: string | null
  /** The server's own sentence, which the error has to show. */
  shows: string
  /** What it must not show. */
  hides?: string
  partialText?: string
}

const OVERLOADED = { type: 'overloaded_error', message: 'Overloaded' }
const WRAPPED = event({ type: 'error', error: OVERLOADED })
const BARE_ERROR = { code: 500, message: 'Slot gone', type: 'server_error' }
const BARE = `event: error\ndata: ${JSON.stringify(BARE_ERROR)}\n\n`
const overloaded = { type: 'overloaded_error', shows: 'Overloaded' }

/** Looks like an API key. */
export const SECRET = 'sk-ant-api03-Fak3_key-0123456789abcdefghijklmnopqrstuvwxyzAA'
const OTHER_SECRET = 'sk-proj-Fak3key0123456789abcdefghijklmn'

export const ERROR_EVENT_ROWS: readonly ErrorEventRow[] = [
  { title: 'wrapped', stream: WRAPPED, ...overloaded },
  { title: 'wrapped, then [DONE]', stream: `${WRAPPED}data: [DONE]\n\n`, ...overloaded },
  {
    title: 'wrapped, without the type around it',
    stream: WRAPPED.replace('"type":"error",', ''),
    ...overloaded,
  },
  { title: 'wrapped, without event:', stream: WRAPPED.replace(/^event.*\n/, ''), ...overloaded },
  {
    title: 'without event: and without the type around it',
    stream: `data: ${JSON.stringify({ error: OVERLOADED })}\n\n`,
    ...overloaded,
  },
  { title: 'wrapped, with spaces', stream: spaced(WRAPPED), ...overloaded },
  { title: 'wrapped, behind comments and pings', stream: `:\n\n${PING}:\n\n${WRAPPED}`, ...overloaded },
  {
    title: 'wrapped, behind text',
    stream: START + deltas('One', ' two') + WRAPPED,
    ...overloaded,
    partialText: ' One two',
  },
  {
    title: 'wrapped, with a request id and details',
    stream: event({ type: 'error', error: { ...OVERLOADED, details: null }, request_id: 'req_1' }),
    ...overloaded,
  },
  { title: 'bare', stream: BARE, type: 'server_error', shows: 'Slot gone' },
  { title: 'bare, then [DONE]', stream: `${BARE}data: [DONE]\n\n`, type: 'server_error', shows: 'Slot gone' },
  {
    title: 'bare, behind text',
    stream: START + delta('One') + BARE,
    type: 'server_error',
    shows: 'Slot gone',
    partialText: ' One',
  },
  { title: 'a text', stream: 'event: error\ndata: "Slot gone"\n\n', type: null, shows: 'Slot gone' },
  {
    title: 'an error that is a text',
    stream: 'event: error\ndata: {"error":"Slot gone"}\n\n',
    type: 'api_error',
    shows: 'Slot gone',
  },
  {
    title: 'an error that is a text, without event:',
    stream: 'data: {"error":"Slot gone"}\n\n',
    type: 'api_error',
    shows: 'Slot gone',
  },
  {
    title: 'a detail',
    stream: 'event: error\ndata: {"detail":"Slot gone"}\n\n',
    type: 'api_error',
    shows: 'Slot gone',
  },
  {
    title: 'with a key inside',
    stream: event({ type: 'error', error: { type: 'api_error', message: `Refused: ${SECRET} is over` } }),
    type: 'api_error',
    shows: 'Refused: ',
    hides: SECRET,
  },
]

/** A whole reply of status 200 that is an error. */
export const ERROR_BODY_ROWS: readonly {
  title: string
  body: object
  type: string | null
  shows: string
}[] = [
  { title: 'wrapped', body: { type: 'error', error: OVERLOADED }, ...overloaded },
  { title: 'without the type around it', body: { error: OVERLOADED }, ...overloaded },
  { title: 'as a text', body: { error: 'Slot gone' }, type: null, shows: 'Slot gone' },
]

// ── refusals ─────────────────────────────────────────────────────────────────────────────────────

export interface RefusalRow {
  title: string
  status: number
  /** Sent as JSON when it is an object, as it is otherwise. */
  body: object | string
  type?: string
  /** What the message has to show of it. */
  shows: readonly string[]
  /** What it must not show, not even in part. */
  hides?: readonly string[]
}

/** A stack trace from a server's machine, with the server's folders. */
const TRACE = Array.from(
  { length: 800 },
  (_, depth) => `    at step${depth} (/srv/gateway/dist/route.js:${depth}:9)`,
)
const LAST_FRAME = 'step799 '

export const REFUSAL_ROWS: readonly RefusalRow[] = [
  {
    title: 'the vendor’s envelope',
    status: 400,
    body: { type: 'error', error: { type: 'invalid_request_error', message: 'No.' }, request_id: 'req_1' },
    type: 'invalid_request_error',
    shows: ['400 ', 'No.'],
  },
  {
    title: 'an envelope without its type, and a code',
    status: 400,
    body: { error: { code: 400, message: 'Too long', type: 'exceed_context_size_error', n_ctx: 1024 } },
    type: 'exceed_context_size_error',
    shows: ['400 ', 'Too long'],
  },
  {
    title: 'no envelope',
    status: 400,
    body: { code: 400, message: 'No.', type: 'invalid_request_error' },
    shows: ['400 ', 'No.'],
  },
  { title: 'an error that is a text', status: 400, body: { error: 'No model' }, shows: ['400 ', 'No model'] },
  {
    title: 'message, error and statusCode',
    status: 404,
    body: { message: 'Route not found', error: 'Not Found', statusCode: 404 },
    shows: ['404 ', 'Route not found'],
  },
  {
    title: 'a detail that is a text',
    status: 422,
    body: { detail: 'No field' },
    shows: ['422 ', 'No field'],
  },
  {
    title: 'a detail that is a list',
    status: 422,
    body: { detail: [{ type: 'missing', loc: ['body', 'max_tokens'], msg: 'Field required' }] },
    shows: ['422 ', 'Field required', 'max_tokens'],
  },
  {
    title: 'status and message',
    status: 500,
    body: { status: 'failure', message: 'not supported by this provider' },
    shows: ['500 ', 'not supported by this provider'],
  },
  { title: 'nothing', status: 502, body: '', shows: ['502 '] },
  { title: 'HTML', status: 502, body: '<html><h1>Bad Gateway</h1></html>', shows: ['502 ', 'Bad Gateway'] },
  { title: 'a text', status: 503, body: 'upstream connect error', shows: ['503 ', 'upstream connect error'] },
  { title: 'null', status: 500, body: 'null', shows: ['500 '] },
  { title: 'a list', status: 500, body: '["No."]', shows: ['500 ', 'No.'] },
  { title: 'half of its JSON', status: 500, body: '{"error":{"mess', shows: ['500 '] },
  {
    title: 'a key in the sentence',
    status: 401,
    body: { type: 'error', error: { type: 'authentication_error', message: `invalid key ${SECRET}` } },
    type: 'authentication_error',
    shows: ['401 ', 'invalid key'],
    hides: [SECRET],
  },
  {
    title: 'a key of another vendor’s',
    status: 401,
    body: {
      error: { message: `Incorrect API key provided: ${OTHER_SECRET}.`, type: 'invalid_request_error' },
    },
    type: 'invalid_request_error',
    shows: ['401 ', 'Incorrect API key provided'],
    hides: [OTHER_SECRET],
  },
  {
    title: 'the refused request, headers and all, as JSON within JSON',
    status: 500,
    body: {
      error: {
        type: 'api_error',
        message: `provider said no: ${JSON.stringify({ headers: { 'x-api-key': SECRET, authorization: `Bearer ${OTHER_SECRET}` } })}`,
      },
    },
    type: 'api_error',
    shows: ['500 ', 'provider said no'],
    hides: [SECRET, OTHER_SECRET],
  },
  {
    title: 'HTML with a key',
    status: 403,
    body: `<html><p>Forbidden</p><!-- x-api-key: ${SECRET} --></html>`,
    shows: ['403 ', 'Forbidden'],
    hides: [SECRET],
  },
  {
    // Wherever what is shown ends, it must not end in half a key.
    title: 'nothing but keys',
    status: 400,
    body: `keys: ${`${SECRET} `.repeat(2000)}`,
    shows: ['400 ', 'keys: '],
    hides: [SECRET],
  },
  {
    title: 'a stack trace with its paths',
    status: 500,
    body: {
      error: { message: `Error from provider(local,model: 400)\n${TRACE.join('\n')}`, type: 'api_error' },
    },
    type: 'api_error',
    shows: ['500 ', 'Error from provider(local,model: 400)'],
    hides: [LAST_FRAME],
  },
  {
    title: 'a page of a proxy, of 200 kB',
    status: 502,
    body: `<html><h1>Bad Gateway</h1>${'<p>filler</p>'.repeat(15_000)}</html>`,
    shows: ['502 ', 'Bad Gateway'],
  },
]
