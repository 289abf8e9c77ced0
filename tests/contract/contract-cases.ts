import type { CompletionCreateParamsNonStreaming } from 'legacy-completions'
import type { Reply } from 'legacy-completions/emulator'
import { ask, type Speaking, type Speech } from '../unit/client/speeches.ts'

export interface Answer {
  completion: string
  stop_reason: string
  stop: string | null
}

export interface Case extends Answer {
  title: string
  params?: Partial<CompletionCreateParamsNonStreaming>
  /** The beginning of the answer that the prompt ends in. */
  begun?: string
  reply: Reply
  /** What the legacy endpoint itself gives, where that is something else, and why. */
  onComplete?: Partial<Answer> & { because: string }
}

const STOPS_ARE_THE_SERVERS = 'the legacy endpoint stops by itself: nothing is enforced here'

const NATURAL_END = { stop_reason: 'stop_sequence', stop: '\n\nHuman:' }
const COLOURS = '1. Red\n2. Blue\n3. Green\n4. Yellow\n5. Purple\n\nThese are five colours.'

/** What the legacy endpoint would have answered, whichever road the answer comes by. */
export const cases: readonly Case[] = [
  { title: 'a natural end', reply: 'Hi there.', completion: ' Hi there.', ...NATURAL_END },
  {
    title: 'max_tokens',
    params: { max_tokens_to_sample: 3 },
    reply: 'one two three four five',
    completion: ' one two three',
    stop_reason: 'max_tokens',
    stop: null,
  },
  {
    title: 'a custom stop',
    params: { stop_sequences: ['4.'] },
    reply: COLOURS,
    completion: ' 1. Red\n2. Blue\n3. Green\n',
    stop_reason: 'stop_sequence',
    stop: '4.',
  },
  {
    title: 'a stop of only whitespace',
    params: { stop_sequences: ['\n\n'] },
    reply: COLOURS,
    completion: ' 1. Red\n2. Blue\n3. Green\n4. Yellow\n5. Purple',
    stop_reason: 'stop_sequence',
    stop: '\n\n',
  },
  {
    title: 'both, the visible one first',
    params: { stop_sequences: ['\n\n', '4.'] },
    reply: COLOURS,
    completion: ' 1. Red\n2. Blue\n3. Green\n',
    stop_reason: 'stop_sequence',
    stop: '4.',
  },
  {
    title: 'both, the blank one first',
    params: { stop_sequences: ['4.', '\n\n'] },
    reply: 'Red, Blue\n\n4. Yellow',
    completion: ' Red, Blue',
    stop_reason: 'stop_sequence',
    stop: '\n\n',
  },
  {
    title: 'a stop at the very beginning',
    params: { stop_sequences: ['STOP'] },
    reply: 'STOP and more',
    completion: '',
    stop_reason: 'stop_sequence',
    stop: 'STOP',
    onComplete: { completion: ' ', because: 'the old models wrote the leading space, before the stop' },
  },
  {
    title: 'the built-in stop, written by the model',
    reply: 'Sure.\n\nHuman: And another?\n\nAssistant: Yes.',
    completion: ' Sure.',
    ...NATURAL_END,
  },
  {
    title: 'the beginning of a stop sequence without its end',
    params: { stop_sequences: ['\n\n\n', 'END.'] },
    reply: 'One.\n\nTwo. END',
    completion: ' One.\n\nTwo. END',
    ...NATURAL_END,
  },
  {
    title: 'stops that the server ignores',
    params: { stop_sequences: ['STOP'] },
    reply: { text: 'Go, then ST, then STOP and go on.', ignoreStops: true },
    completion: ' Go, then ST, then ',
    stop_reason: 'stop_sequence',
    stop: 'STOP',
    onComplete: {
      completion: ' Go, then ST, then STOP and go on.',
      stop: '\n\nHuman:',
      because: STOPS_ARE_THE_SERVERS,
    },
  },
  {
    title: 'a stop that is split over pieces of the text',
    params: { stop_sequences: ['</a>'] },
    reply: { deltas: ['x <', '/', 'a', '> y'], ignoreStops: true },
    completion: ' x ',
    stop_reason: 'stop_sequence',
    stop: '</a>',
    onComplete: { completion: ' x </a> y', stop: '\n\nHuman:', because: STOPS_ARE_THE_SERVERS },
  },
  {
    title: 'a stop that the server reports as a natural end, as llama.cpp does',
    params: { stop_sequences: ['.'] },
    reply: { text: 'Hi', stopReason: 'end_turn', stopSequence: '.' },
    completion: ' Hi',
    stop_reason: 'stop_sequence',
    stop: '.',
  },
  { title: 'a reply that begins with a space', reply: ' Hi.', completion: ' Hi.', ...NATURAL_END },
  { title: 'a reply that begins with a newline', reply: '\nHi.', completion: '\nHi.', ...NATURAL_END },
  {
    title: 'a prefill',
    begun: ' Hello, my name is',
    reply: ' Claude.',
    completion: ' Claude.',
    ...NATURAL_END,
  },
  {
    title: 'a prefill that is continued in the middle of a word',
    begun: ' Cl',
    reply: 'aude.',
    completion: 'aude.',
    ...NATURAL_END,
  },
  {
    title: 'a prefill that ends in a newline',
    begun: ' Here you go:\n',
    reply: '\nYes.',
    completion: 'Yes.',
    ...NATURAL_END,
    onComplete: { completion: '\nYes.', because: 'the prompt is sent with its end, and nothing is dropped' },
  },
  {
    title: 'a refusal',
    reply: { text: 'I', stopReason: 'refusal' },
    completion: ' I',
    stop_reason: 'refusal',
    stop: null,
  },
  {
    title: 'a full context',
    reply: { text: 'I am', stopReason: 'model_context_window_exceeded' },
    completion: ' I am',
    stop_reason: 'max_tokens',
    stop: null,
    onComplete: {
      stop_reason: 'model_context_window_exceeded',
      because: 'an answer of the legacy endpoint is kept as it comes, whatever it says',
    },
  },
  {
    title: 'thinking before the text, and the text in two blocks',
    reply: {
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
        { type: 'text', text: 'A' },
        { type: 'some_future_block', note: 'x' },
        { type: 'text', text: 'B' },
      ],
    },
    completion: ' AB',
    ...NATURAL_END,
  },
  { title: 'no text at all', reply: {}, completion: '', ...NATURAL_END },
  {
    title: 'text of many alphabets',
    reply: '日本語 🐙👩‍👩‍👧 café, “quoted” \\n \u2028 end',
    completion: ' 日本語 🐙👩‍👩‍👧 café, “quoted” \\n \u2028 end',
    ...NATURAL_END,
  },
]

/** The ids of each dialect, its fields in addition to those of a completion, and the order of all fields. */
export interface Shape {
  id: RegExp
  extra: object
  fields: readonly string[]
}

const FINAL: Shape = {
  id: /^compl_01[1-9A-HJ-NP-Za-km-z]{22}$/,
  extra: {},
  fields: ['type', 'id', 'completion', 'stop_reason', 'model', 'stop', 'log_id'],
}
export const shapes: Readonly<Record<Speech, Shape>> = {
  messages: FINAL,
  complete: FINAL,
  // Had neither `type` nor `id`, which are filled in, and two fields that went with it, which are kept.
  'complete of 2023-01-01': {
    id: /^[0-9a-f]{32}$/,
    extra: { truncated: false, exception: null },
    fields: ['completion', 'stop', 'stop_reason', 'truncated', 'log_id', 'model', 'exception', 'type', 'id'],
  },
}

/** The call of a case, as the models behind a adapter take it. */
export function callOf(
  { params: given, begun }: Case,
  { params, prefilled }: Speaking,
): CompletionCreateParamsNonStreaming {
  const prefill = { model: prefilled.model, prompt: ask('Who are you?', begun) }
  return { ...params, ...(begun !== undefined && prefill), ...given }
}

/** What a case comes to where something is spoken. */
export function answerOf({ completion, stop_reason, stop, onComplete }: Case, speech: Speech): Answer {
  const answer = { completion, stop_reason, stop }
  if (speech === 'messages' || onComplete === undefined) return answer
  const { because: _, ...instead } = onComplete
  return { ...answer, ...instead }
}

/** All fields of the completion that a case comes to, of which only the id is not known before. */
export function completionOf(given: Case, { speech, params, prefilled }: Speaking, id: string): object {
  return {
    type: 'completion',
    id,
    model: given.begun === undefined ? params.model : prefilled.answersAs,
    log_id: id,
    ...answerOf(given, speech),
    ...shapes[speech].extra,
  }
}
