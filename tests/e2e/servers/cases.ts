import { AI_PROMPT, HUMAN_PROMPT } from 'legacy-completions'
import type { LegacyCall } from '../../stress/chaos/answers.ts'
import type { TextName } from './texts.ts'

/** What is asked of every server through every adapter, and what the legacy endpoint would have answered. */

export type ServerName = 'aimock' | 'llama.cpp' | 'llms'

/** The fields of a completion that a server has a say in. */
export interface Becomes {
  completion: string
  stop_reason: string
  stop: string | null
}

/** How a call is refused. */
export interface Fails {
  status: number
  /** The class that the old SDK had for it. */
  name: string
  /** The class of the SDK 1.x, where that has another. */
  newestName?: string
  /** What the server calls it, where it does. */
  type?: string
}

export interface Case {
  title: string
  /** What the server is made to say; some are asked for a refusal by another word. */
  says: TextName
  /** The text of the prompt, if it is not the name of the reply text. */
  word?: string
  call?: Partial<Omit<LegacyCall, 'model' | 'prompt'>>
  /** The beginning of the answer that the prompt ends in. */
  prefill?: string
  /** The name of the model, where the server does not have it. */
  model?: string
  hasWrongKey?: boolean
  becomes?: Becomes
  /** What the legacy endpoint gave, where it is not the same. */
  legacy?: Becomes
  fails?: Fails
  /** Those that it can be asked of; all of them if left out. */
  only?: readonly ServerName[]
}

export const RIGHT_KEY = 'the-right-key'
const WRONG_KEY = 'another-key'

const NATURAL = { stop_reason: 'stop_sequence', stop: '\n\nHuman:' }
const CUT = { stop_reason: 'max_tokens', stop: null }
const at = (stop: string): Omit<Becomes, 'completion'> => ({ stop_reason: 'stop_sequence', stop })

/** aimock ignores the limit. llms forwards it to llama.cpp. */
const COUNTING: readonly ServerName[] = ['llama.cpp', 'llms']

export const CASES: readonly Case[] = [
  {
    title: 'a natural end, in characters of several bytes',
    says: 'plain',
    becomes: { completion: ' Grüße, 日本語 🐙 café.', ...NATURAL },
  },
  {
    title: 'the built-in stop',
    says: 'turns',
    becomes: { completion: ' Hello there, 日本語 🐙 café.', ...NATURAL },
  },
  {
    title: 'a stop sequence',
    says: 'turns',
    call: { stop_sequences: ['café'] },
    becomes: { completion: ' Hello there, 日本語 🐙 ', ...at('café') },
  },
  {
    title: 'the first of several stop sequences',
    says: 'turns',
    call: { stop_sequences: ['more', '語', 'there'] },
    becomes: { completion: ' Hello ', ...at('there') },
  },
  {
    title: 'a stop sequence of line ends alone',
    says: 'turns',
    call: { stop_sequences: ['\n\n'] },
    becomes: { completion: ' Hello there, 日本語 🐙 café.', ...at('\n\n') },
  },
  {
    title: 'a stop sequence that the text begins with',
    says: 'turns',
    call: { stop_sequences: ['Hello'] },
    // The old models wrote the space themselves, and so it stayed where a stop came right behind it.
    becomes: { completion: '', ...at('Hello') },
    legacy: { completion: ' ', ...at('Hello') },
  },
  {
    title: 'a stop sequence that does not occur',
    says: 'plain',
    call: { stop_sequences: ['Hello'] },
    becomes: { completion: ' Grüße, 日本語 🐙 café.', ...NATURAL },
  },
  {
    title: 'a prefill',
    says: 'plain',
    prefill: ' Once upon a time,',
    becomes: { completion: 'Grüße, 日本語 🐙 café.', ...NATURAL },
  },
  {
    title: 'a prefill, and a stop sequence that is in it',
    says: 'turns',
    prefill: ' café Once',
    call: { stop_sequences: ['café'] },
    becomes: { completion: 'Hello there, 日本語 🐙 ', ...at('café') },
  },
  {
    title: 'a prefill that ends in a space',
    says: 'plain',
    prefill: ' Once upon a time, ',
    becomes: { completion: 'Grüße, 日本語 🐙 café.', ...NATURAL },
  },
  {
    title: 'max_tokens_to_sample',
    says: 'turns',
    call: { max_tokens_to_sample: 5 },
    only: COUNTING,
    becomes: { completion: ' Hello', ...CUT },
  },
  {
    title: 'max_tokens_to_sample in the middle of a prefilled answer',
    says: 'turns',
    prefill: ' Once',
    call: { max_tokens_to_sample: 5 },
    only: COUNTING,
    becomes: { completion: 'Hello', ...CUT },
  },
  {
    title: 'an end at the limit',
    says: 'plain',
    word: 'limit',
    only: ['aimock'],
    becomes: { completion: ' Grüße, 日本語 🐙 café.', ...CUT },
  },
  {
    title: 'too many requests',
    says: 'plain',
    word: 'rate',
    only: ['aimock'],
    fails: { status: 429, name: 'RateLimitError', type: 'rate_limit_error' },
  },
  {
    title: 'an overloaded server',
    says: 'plain',
    word: 'load',
    only: ['aimock'],
    fails: {
      status: 529,
      name: 'InternalServerError',
      newestName: 'OverloadedError',
      type: 'overloaded_error',
    },
  },
  {
    title: 'a request that is refused',
    says: 'plain',
    word: 'refusal',
    only: ['aimock'],
    fails: { status: 400, name: 'BadRequestError', type: 'invalid_request_error' },
  },
  {
    title: 'a key that is not known',
    says: 'plain',
    hasWrongKey: true,
    only: ['llama.cpp'],
    fails: { status: 401, name: 'AuthenticationError', type: 'authentication_error' },
  },
  {
    title: 'a prompt that is too long',
    says: 'plain',
    word: 'word '.repeat(1300).trimEnd(),
    only: ['llama.cpp'],
    fails: { status: 400, name: 'BadRequestError', type: 'exceed_context_size_error' },
  },
  {
    title: 'a model that is not known',
    says: 'plain',
    model: 'nobody,noise',
    only: ['llms'],
    fails: { status: 404, name: 'NotFoundError', type: 'api_error' },
  },
]

/** The call of a case, and the key it is made with. */
export function callOf(
  { says, word = says, prefill = '', call, model, hasWrongKey }: Case,
  served: string,
): { call: LegacyCall; key: string } {
  return {
    call: {
      model: model ?? served,
      max_tokens_to_sample: 300,
      stop_sequences: [],
      ...call,
      prompt: `${HUMAN_PROMPT} Say: ${word}${AI_PROMPT}${prefill}`,
    },
    key: hasWrongKey ? WRONG_KEY : RIGHT_KEY,
  }
}
