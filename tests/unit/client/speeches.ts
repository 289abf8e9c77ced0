import { AI_PROMPT, type ClientOptions, HUMAN_PROMPT } from 'legacy-completions'

/** What is spoken through a adapter: the Messages API, or the legacy endpoint in one of its two dialects. */
export type Speech = 'messages' | 'complete' | 'complete of 2023-01-01'

/** What a case has to know of the server that it runs against. */
export interface Speaking {
  speech: Speech
  /** A call that the server takes as it is. */
  params: { model: string; max_tokens_to_sample: number; prompt: string }
  /** A model that continues the beginning of an answer, and the id it answers under. */
  prefilled: { model: string; answersAs: string }
}

export const KEY = 'test-key'

/** A prompt of one question. */
export const ask = (question: string, begun = ''): string => `${HUMAN_PROMPT} ${question}${AI_PROMPT}${begun}`

/** A call that every live model takes as it is. */
export const params: { model: string; max_tokens_to_sample: number; prompt: string } = {
  model: 'claude-opus-4-8',
  max_tokens_to_sample: 300,
  prompt: ask('Hello, Claude'),
}

const LEGACY = {
  params: { ...params, model: 'claude-2.1' },
  prefilled: { model: 'claude-2', answersAs: 'claude-2.1' },
}

/** The client options and the models of each dialect. */
export const speeches: Readonly<Record<Speech, Speaking & { options: ClientOptions }>> = {
  messages: {
    speech: 'messages',
    params,
    prefilled: { model: 'claude-haiku-4-5', answersAs: 'claude-haiku-4-5-20251001' },
    options: {},
  },
  complete: { speech: 'complete', ...LEGACY, options: { endpoint: 'complete' } },
  'complete of 2023-01-01': {
    speech: 'complete of 2023-01-01',
    ...LEGACY,
    options: { endpoint: 'complete', defaultHeaders: { 'anthropic-version': '2023-01-01' } },
  },
}
