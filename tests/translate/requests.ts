import type {
  CompletionRequest,
  DiagnosticCode,
  MessagesRequest,
  ReplyPlan,
  TranslateOptions,
} from 'legacy-completions/translate'

/** What every case asks for unless it says otherwise: nothing of it has to be changed. */
export const ASKED: CompletionRequest = {
  model: 'claude-haiku-4-5',
  prompt: '\n\nHuman: Hi\n\nAssistant:',
  max_tokens_to_sample: 256,
}

/** What comes of it. */
export const SENT: MessagesRequest = {
  model: 'claude-haiku-4-5',
  max_tokens: 256,
  messages: [{ role: 'user', content: 'Hi' }],
}

export const PLAN: ReplyPlan = {
  style: 'legacy',
  model: 'claude-haiku-4-5',
  stopSequences: ['\n\nHuman:'],
  leadingSpace: true,
  unsentTail: '',
}

export interface RequestCase {
  title: string
  /** What differs from {@link ASKED}. */
  asked?: Partial<CompletionRequest>
  options?: TranslateOptions
  /** What differs from {@link SENT}. */
  sent?: Partial<MessagesRequest>
  /** What differs from {@link PLAN}. */
  plan?: Partial<ReplyPlan>
  diagnostics?: readonly DiagnosticCode[]
}

/** What another language's client sends for a field it has no value for; the type does not know it. */
const NULL = null as unknown as undefined

const PREFILLED = '\n\nHuman: Hi\n\nAssistant: My name is'
const PREFILLED_MESSAGES: MessagesRequest['messages'] = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'My name is' },
]

/** A model that takes nothing that shapes sampling, and no prefill. */
const OPUS = 'claude-opus-4-8'

const guide: readonly RequestCase[] = [
  {
    title: 'the conversation of the migration guide',
    asked: {
      model: OPUS,
      prompt:
        "\n\nHuman: Hello there\n\nAssistant: Hi, I'm Claude. How can I help?\n\nHuman: Can you explain Glycolysis to me?\n\nAssistant:",
    },
    sent: {
      model: OPUS,
      messages: [
        { role: 'user', content: 'Hello there' },
        { role: 'assistant', content: "Hi, I'm Claude. How can I help?" },
        { role: 'user', content: 'Can you explain Glycolysis to me?' },
      ],
    },
  },
  {
    title: 'the words in Claude’s mouth of the migration guide',
    asked: { prompt: '\n\nHuman: Hello\n\nAssistant: Hello, my name is' },
    sent: {
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hello, my name is' },
      ],
    },
    plan: { leadingSpace: false },
  },
  {
    title: 'the system prompt of the migration guide',
    asked: { prompt: 'Today is January 1, 2024.\n\nHuman: Hello, Claude\n\nAssistant:' },
    sent: {
      system: 'Today is January 1, 2024.',
      messages: [{ role: 'user', content: 'Hello, Claude' }],
    },
  },
]

const fields: readonly RequestCase[] = [
  { title: 'the three fields that are required' },
  {
    title: 'every field at once',
    asked: {
      stop_sequences: ['</answer>'],
      temperature: 0.5,
      top_k: 5,
      metadata: { user_id: 'u-1' },
      stream: true,
    },
    sent: {
      stop_sequences: ['</answer>'],
      temperature: 0.5,
      top_k: 5,
      metadata: { user_id: 'u-1' },
      stream: true,
    },
    plan: { stopSequences: ['\n\nHuman:', '</answer>'] },
  },
  {
    title: 'fields of undefined',
    asked: {
      stop_sequences: undefined,
      temperature: undefined,
      top_p: undefined,
      top_k: undefined,
      metadata: undefined,
      stream: undefined,
    },
  },
  {
    title: 'fields of null',
    asked: {
      stop_sequences: NULL,
      temperature: NULL,
      top_p: NULL,
      top_k: NULL,
      metadata: NULL,
      stream: NULL,
    },
  },
  { title: 'metadata without a user', asked: { metadata: {} } },
  { title: 'metadata with a user of null', asked: { metadata: { user_id: null } } },
  { title: 'metadata with a user of undefined', asked: { metadata: { user_id: undefined } } },
  { title: 'stream: false', asked: { stream: false } },
  { title: 'stream: true', asked: { stream: true }, sent: { stream: true } },
]

const models: readonly RequestCase[] = [
  {
    title: 'a retired model',
    asked: { model: 'claude-2.1' },
    sent: { model: OPUS },
    diagnostics: ['retired-model'],
  },
  {
    title: 'a retired model in the spelling of early 2023',
    asked: { model: 'claude-instant-v1-100k' },
    sent: { model: 'claude-haiku-4-5-20251001' },
    diagnostics: ['retired-model'],
  },
  {
    title: 'an unknown model, of which nothing is assumed',
    asked: {
      model: 'qwen3:4b',
      prompt: PREFILLED,
      temperature: 0.5,
      top_p: 0.5,
      top_k: 5,
      max_tokens_to_sample: 10_000,
    },
    sent: {
      model: 'qwen3:4b',
      messages: PREFILLED_MESSAGES,
      temperature: 0.5,
      top_p: 0.5,
      top_k: 5,
      max_tokens: 10_000,
    },
    plan: { leadingSpace: false },
    diagnostics: ['unknown-model'],
  },
  {
    title: 'a model called like what every object has',
    asked: { model: '__proto__' },
    sent: { model: '__proto__' },
    diagnostics: ['unknown-model'],
  },
  {
    title: 'a model called like a method of every object',
    asked: { model: 'toString' },
    sent: { model: 'toString' },
    diagnostics: ['unknown-model'],
  },
  {
    title: 'a retired model, its replacement refusing what is asked of it',
    asked: { model: 'claude-2', prompt: PREFILLED, temperature: 0 },
    sent: { model: OPUS, messages: PREFILLED_MESSAGES },
    plan: { leadingSpace: false },
    diagnostics: ['retired-model', 'prefill-refused', 'sampling-dropped'],
  },
  {
    title: 'a live model of the caller’s table',
    asked: { model: 'mine', temperature: 0.5, max_tokens_to_sample: 500, prompt: PREFILLED },
    options: { models: { mine: { status: 'live', maxOutputTokens: 400, prefill: false, sampling: 'none' } } },
    sent: { model: 'mine', max_tokens: 400, messages: PREFILLED_MESSAGES },
    plan: { leadingSpace: false },
    diagnostics: ['prefill-refused', 'max-tokens-capped', 'sampling-dropped'],
  },
  {
    title: 'a row of the caller’s table in place of ours',
    asked: { model: 'claude-2.1', temperature: 0.5, top_p: 0.5 },
    options: {
      models: { 'claude-2.1': { status: 'live', maxOutputTokens: 4096, prefill: true, sampling: 'all' } },
    },
    sent: { model: 'claude-2.1', temperature: 0.5, top_p: 0.5 },
  },
  {
    title: 'a replacement of the caller’s own',
    asked: { model: 'claude-2.1' },
    options: {
      models: { 'claude-2.1': { status: 'retired', retired: '2025-07-21', replacement: 'claude-haiku-4-5' } },
    },
    diagnostics: ['retired-model'],
  },
  {
    title: 'a replacement that only the caller’s table knows',
    asked: { model: 'old', max_tokens_to_sample: 100 },
    options: {
      models: {
        old: { status: 'retired', retired: '2026-01-01', replacement: 'new' },
        new: { status: 'live', maxOutputTokens: 50, prefill: true, sampling: 'all' },
      },
    },
    sent: { model: 'new', max_tokens: 50 },
    diagnostics: ['retired-model', 'max-tokens-capped'],
  },
]

const tokens: readonly RequestCase[] = [
  {
    title: 'as many tokens as the model writes',
    asked: { max_tokens_to_sample: 64_000, stream: true },
    sent: { max_tokens: 64_000, stream: true },
  },
  {
    title: 'one token more than the model writes',
    asked: { max_tokens_to_sample: 64_001, stream: true },
    sent: { max_tokens: 64_000, stream: true },
    diagnostics: ['max-tokens-capped'],
  },
  { title: 'one token', asked: { max_tokens_to_sample: 1 }, sent: { max_tokens: 1 } },
  {
    title: 'the most tokens that a whole reply is waited for',
    asked: { max_tokens_to_sample: 10_666 },
    sent: { max_tokens: 10_666 },
  },
  {
    title: 'one token more, which is streamed though a whole reply was asked for',
    asked: { max_tokens_to_sample: 10_667 },
    sent: { max_tokens: 10_667, stream: true },
  },
  {
    title: 'too many tokens for anyone, which the old server capped silently',
    asked: { max_tokens_to_sample: 1_000_001 },
    sent: { max_tokens: 64_000, stream: true },
    diagnostics: ['max-tokens-capped'],
  },
  {
    title: 'a cap that makes streaming needless',
    asked: { model: 'mine', max_tokens_to_sample: 1_000_000 },
    options: { models: { mine: { status: 'live', maxOutputTokens: 4096, prefill: true, sampling: 'all' } } },
    sent: { model: 'mine', max_tokens: 4096 },
    diagnostics: ['max-tokens-capped'],
  },
]

const sampling: readonly RequestCase[] = [
  {
    title: '-1, which means unset',
    asked: { temperature: -1, top_p: -1, top_k: -1 },
    diagnostics: ['unset-sentinel', 'unset-sentinel', 'unset-sentinel'],
  },
  {
    title: 'what langchainjs sent by default',
    asked: { model: OPUS, temperature: 1, top_p: -1, top_k: -1 },
    sent: { model: OPUS },
    diagnostics: ['unset-sentinel', 'unset-sentinel'],
  },
  {
    title: 'temperature 1 and top_p 1 on a model that samples its own way: they are its defaults',
    asked: { model: OPUS, temperature: 1, top_p: 1 },
    sent: { model: OPUS },
  },
  {
    title: 'everything on a model that samples its own way',
    asked: { model: OPUS, temperature: 0, top_p: 0.9, top_k: 0 },
    sent: { model: OPUS },
    diagnostics: ['sampling-dropped', 'sampling-dropped', 'sampling-dropped'],
  },
  { title: 'temperature alone', asked: { temperature: 0 }, sent: { temperature: 0 } },
  { title: 'top_p alone', asked: { top_p: 0 }, sent: { top_p: 0 } },
  { title: 'top_k alone', asked: { top_k: 0 }, sent: { top_k: 0 } },
  {
    title: 'temperature and top_p on a model that takes one of them',
    asked: { temperature: 0.5, top_p: 0.9, top_k: 5 },
    sent: { temperature: 0.5, top_k: 5 },
    diagnostics: ['sampling-exclusive'],
  },
  {
    title: 'temperature and an unset top_p on a model that takes one of them',
    asked: { temperature: 0.5, top_p: -1 },
    sent: { temperature: 0.5 },
    diagnostics: ['unset-sentinel'],
  },
  {
    // The default says nothing, so the other one is what the caller meant.
    title: 'top_p and the default temperature on a model that takes one of them',
    asked: { temperature: 1, top_p: 0.5 },
    sent: { top_p: 0.5 },
  },
  {
    title: 'temperature and the default top_p on a model that takes one of them',
    asked: { temperature: 0.5, top_p: 1 },
    sent: { temperature: 0.5 },
  },
]

const stops: readonly RequestCase[] = [
  {
    title: 'stop sequences',
    asked: { stop_sequences: ['a', 'b'] },
    sent: { stop_sequences: ['a', 'b'] },
    plan: { stopSequences: ['\n\nHuman:', 'a', 'b'] },
  },
  { title: 'no stop sequences', asked: { stop_sequences: [] } },
  {
    title: 'stop sequences of whitespace, which are watched for here',
    asked: { stop_sequences: ['\n\n', ' '] },
    sent: { stream: true },
    plan: { stopSequences: ['\n\nHuman:', '\n\n', ' '] },
    diagnostics: ['stop-enforced-here'],
  },
  {
    title: 'stop sequences of all kinds',
    asked: { stop_sequences: ['', '\n', 'x', '\u00a0', '\n\nAssistant:', ''] },
    sent: { stop_sequences: ['x', '\n\nAssistant:'], stream: true },
    plan: { stopSequences: ['\n\nHuman:', 'x', '\n\nAssistant:', '\n', '\u00a0'] },
    diagnostics: ['empty-stop-sequence', 'stop-enforced-here'],
  },
  {
    title: 'the built-in stop, said aloud',
    asked: { stop_sequences: ['\n\nHuman:'] },
    sent: { stop_sequences: ['\n\nHuman:'] },
    plan: { stopSequences: ['\n\nHuman:', '\n\nHuman:'] },
  },
  {
    title: 'a lone surrogate as a stop sequence',
    asked: { stop_sequences: ['\ud83d'] },
    sent: { stop_sequences: ['\ud83d'] },
    plan: { stopSequences: ['\n\nHuman:', '\ud83d'] },
  },
]

const prompts: readonly RequestCase[] = [
  {
    title: 'a prefill',
    asked: { prompt: PREFILLED },
    sent: { messages: PREFILLED_MESSAGES },
    plan: { leadingSpace: false },
  },
  {
    title: 'a prefill that ends in whitespace',
    asked: { prompt: `${PREFILLED} \n\n` },
    sent: { messages: PREFILLED_MESSAGES },
    plan: { leadingSpace: false, unsentTail: ' \n\n' },
    diagnostics: ['prefill-trimmed'],
  },
  {
    title: 'a prefill on a model that refuses one',
    asked: { model: OPUS, prompt: PREFILLED },
    sent: { model: OPUS, messages: PREFILLED_MESSAGES },
    plan: { leadingSpace: false },
    diagnostics: ['prefill-refused'],
  },
  {
    title: 'an open Assistant followed by spaces',
    asked: { prompt: '\n\nHuman: Hi\n\nAssistant:   ' },
  },
  {
    title: 'an open Assistant followed by a newline',
    asked: { prompt: '\n\nHuman: Hi\n\nAssistant:\n' },
    plan: { leadingSpace: false },
  },
  {
    title: 'a system text before a silent user',
    asked: { prompt: 'Say x.\n\nHuman:\n\nAssistant:' },
    sent: { messages: [{ role: 'user', content: 'Say x.' }] },
    diagnostics: ['empty-turn', 'system-as-user'],
  },
  {
    title: 'a prompt with remarks, which come first and in their order',
    asked: {
      prompt: ' \n\nHuman: a\nHuman: b\n\nHuman: c\n\nAssistant:',
      model: 'claude-1',
    },
    sent: {
      model: 'claude-haiku-4-5-20251001',
      messages: [{ role: 'user', content: 'a\nHuman: b\n\nc' }],
    },
    diagnostics: ['blank-system', 'single-newline-marker', 'joined-turns', 'retired-model'],
  },
  {
    title: 'a prompt of lone surrogates',
    asked: { prompt: '\ude00\n\nHuman: \ud83d\n\nAssistant:' },
    sent: { system: '\ude00', messages: [{ role: 'user', content: '\ud83d' }] },
  },
]

const styles: readonly RequestCase[] = [
  {
    title: 'style: messages',
    options: { style: 'messages' },
    plan: { style: 'messages', stopSequences: [], leadingSpace: false },
  },
  {
    title: 'style: messages with stop sequences and a trimmed prefill',
    asked: { prompt: `${PREFILLED} `, stop_sequences: ['x', '\n'] },
    options: { style: 'messages' },
    sent: { messages: PREFILLED_MESSAGES, stop_sequences: ['x'], stream: true },
    plan: { style: 'messages', stopSequences: ['x', '\n'], leadingSpace: false, unsentTail: ' ' },
    diagnostics: ['prefill-trimmed', 'stop-enforced-here'],
  },
  { title: 'options of undefined', options: { style: undefined, models: undefined } },
]

export const REQUEST_CASES: readonly RequestCase[] = [
  ...guide,
  ...fields,
  ...models,
  ...tokens,
  ...sampling,
  ...stops,
  ...prompts,
  ...styles,
]
