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
  trimmedSuffix: '',
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
  /** The `anthropic-version`, where it is not 2023-06-01. */
  version?: string
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
/** What such a model is asked in place of a prefill, and what is then done about the reply. */
const continued = (prefill: string, quoted = prefill) => ({
  sent: {
    model: OPUS,
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: prefill },
      {
        role: 'user',
        content:
          'Your previous response was interrupted. It ended with the text between <end> and </end>:\n' +
          `<end>${quoted}</end>\nContinue from where you left off. Begin with the very next character. ` +
          'Do not repeat any of it, and do not mention the interruption.',
      },
    ] satisfies MessagesRequest['messages'],
  },
  plan: { leadingSpace: false, echo: { text: prefill, isContinued: true } },
})
const {
  sent: { messages: CONTINUED_MESSAGES },
  plan: CONTINUED,
} = continued('My name is')

/** As many characters as are quoted of a prefill, some of them in two halves. */
const LONG = `${'It was a dark night 🌒 and '.repeat(7)}the wind wa`

const ALL = { temperature: true, top_p: true, top_k: true, oneOf: [] } as const
const NONE = { temperature: false, top_p: false, top_k: false, oneOf: [] } as const

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
    // It may be a server that repeats the prefill.
    plan: { leadingSpace: false, echo: { text: 'My name is', isContinued: false } },
    diagnostics: ['unknown-model'],
  },
  {
    title: 'a Claude model newer than the table, of which what no model is known to refuse is sent',
    asked: { model: 'claude-opus-9', prompt: PREFILLED, temperature: 0, max_tokens_to_sample: 200_000 },
    sent: { model: 'claude-opus-9', messages: CONTINUED_MESSAGES, max_tokens: 204_096, stream: true },
    plan: { ...CONTINUED, tokenBudget: 200_000 },
    diagnostics: ['unknown-model', 'prefill-continued', 'thinking-reserve', 'sampling-dropped'],
  },
  {
    title: 'a model that is about to be retired',
    asked: { model: 'claude-sonnet-4-5' },
    sent: { model: 'claude-sonnet-4-5' },
    diagnostics: ['retiring-model'],
  },
  {
    title: 'a live model as Bedrock spells it, which is sent so',
    asked: { model: 'us.anthropic.claude-haiku-4-5-20251001-v1:0', max_tokens_to_sample: 100_000 },
    sent: { model: 'us.anthropic.claude-haiku-4-5-20251001-v1:0', max_tokens: 64_000, stream: true },
    diagnostics: ['max-tokens-capped'],
  },
  {
    title: 'a retired model as Bedrock spelled it, whose replacement is spelled the same way',
    asked: { model: 'anthropic.claude-v2:1' },
    sent: { model: 'anthropic.claude-opus-4-8' },
    diagnostics: ['retired-model'],
  },
  {
    title: 'a model that the first party has retired and a partner cloud may still have',
    asked: { model: 'claude-3-opus@20240229', temperature: 0, top_p: 0.5 },
    sent: { model: 'claude-3-opus@20240229', temperature: 0, top_p: 0.5 },
    diagnostics: ['unknown-model'],
  },
  {
    title: 'a model that a partner cloud has retired by its own calendar',
    asked: { model: 'claude-3-5-haiku@20241022', temperature: 0 },
    sent: { model: 'claude-haiku-4-5@20251001', temperature: 0 },
    diagnostics: ['retired-model'],
  },
  {
    title: 'a retired model of a gateway, whose calendar is not known',
    asked: { model: 'anthropic/claude-2.1' },
    sent: { model: 'anthropic/claude-2.1' },
    diagnostics: ['unknown-model'],
  },
  {
    title: 'a model id with whitespace around it',
    asked: { model: ' claude-haiku-4-5\n' },
    sent: { model: 'claude-haiku-4-5' },
    diagnostics: ['model-id-whitespace'],
  },
  {
    title: 'a model id with whitespace around it that the user has described',
    asked: { model: ' mine ' },
    options: { models: { ' mine ': {} } },
    sent: { model: ' mine ' },
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
    sent: { model: OPUS, messages: CONTINUED_MESSAGES },
    plan: CONTINUED,
    diagnostics: ['retired-model', 'prefill-continued', 'sampling-dropped'],
  },
  {
    title: 'a live model of the caller’s table',
    asked: { model: 'mine', temperature: 0.5, max_tokens_to_sample: 500, prompt: PREFILLED },
    options: { models: { mine: { maxOutputTokens: 400, prefill: false, sampling: NONE } } },
    sent: { model: 'mine', max_tokens: 400, messages: CONTINUED_MESSAGES },
    plan: CONTINUED,
    diagnostics: ['prefill-continued', 'max-tokens-capped', 'sampling-dropped'],
  },
  {
    title: 'a model that always thinks and takes no effort, of the caller’s table',
    asked: { model: 'mine' },
    options: { models: { mine: { thinking: 'always', effort: false, maxOutputTokens: 9000 } } },
    sent: { model: 'mine', max_tokens: 4352 },
    plan: { tokenBudget: 256 },
    diagnostics: ['thinking-reserve'],
  },
  {
    title: 'a row of the caller’s table replaces the built-in row',
    asked: { model: 'claude-2.1', temperature: 0.5, top_p: 0.5 },
    options: {
      models: { 'claude-2.1': { status: 'live', prefill: true, sampling: ALL, thinking: 'off' } },
    },
    sent: { model: 'claude-2.1', temperature: 0.5, top_p: 0.5 },
  },
  {
    title: 'a replacement of the caller’s own',
    asked: { model: 'claude-2.1' },
    options: {
      models: { 'claude-2.1': { replacement: 'claude-haiku-4-5' } },
    },
    diagnostics: ['retired-model'],
  },
  {
    title: 'one field of a built-in row, keeping the others',
    asked: { max_tokens_to_sample: 9000, temperature: 0.5, top_p: 0.5 },
    options: { models: { 'claude-haiku-4-5': { maxOutputTokens: 8192 } } },
    sent: { max_tokens: 8192, temperature: 0.5 },
    diagnostics: ['max-tokens-capped', 'sampling-exclusive'],
  },
  {
    title: 'a replacement that is retired itself',
    asked: { model: 'first' },
    options: {
      models: {
        first: { status: 'retired', replacement: 'second' },
        second: { status: 'retired', replacement: 'claude-haiku-4-5' },
      },
    },
    diagnostics: ['retired-model'],
  },
  {
    title: 'a replacement that only the caller’s table knows',
    asked: { model: 'old', max_tokens_to_sample: 100 },
    options: {
      models: {
        old: { status: 'retired', retired: '2026-01-01', replacement: 'new' },
        new: { maxOutputTokens: 50 },
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
    options: { models: { mine: { maxOutputTokens: 4096 } } },
    sent: { model: 'mine', max_tokens: 4096 },
    diagnostics: ['max-tokens-capped'],
  },
]

const sampling: readonly RequestCase[] = [
  {
    title: '-1, which means unset',
    asked: { temperature: -1, top_p: -1, top_k: -1 },
    diagnostics: ['unset-sentinel'],
  },
  {
    title: 'what langchainjs sent by default',
    asked: { model: OPUS, temperature: 1, top_p: -1, top_k: -1 },
    sent: { model: OPUS },
    diagnostics: ['unset-sentinel'],
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
    diagnostics: ['sampling-dropped'],
  },
  {
    // Other than the default of the other two, it says something.
    title: 'top_k 1 on a model that samples its own way',
    asked: { model: OPUS, top_k: 1 },
    sent: { model: OPUS },
    diagnostics: ['sampling-dropped'],
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
    title: 'an escaped constant, as an SDK exported it by mistake',
    asked: { stop_sequences: ['\\n\\nHuman:'] },
    sent: { stop_sequences: ['\n\nHuman:'] },
    plan: { stopSequences: ['\n\nHuman:', '\n\nHuman:'] },
    diagnostics: ['repaired-stop-sequence'],
  },
  {
    title: 'the built-in stop, said aloud',
    asked: { stop_sequences: ['\n\nHuman:'] },
    sent: { stop_sequences: ['\n\nHuman:'] },
    plan: { stopSequences: ['\n\nHuman:', '\n\nHuman:'] },
  },
  {
    title: 'a lone surrogate in the id of the user',
    asked: { metadata: { user_id: 'user-\ud83d' } },
    sent: { metadata: { user_id: 'user-\uFFFD' } },
    diagnostics: ['ill-formed-text'],
  },
  {
    title: 'a lone surrogate as a stop sequence',
    asked: { stop_sequences: ['\ud83d'] },
    sent: { stop_sequences: ['\uFFFD'] },
    plan: { stopSequences: ['\n\nHuman:', '\uFFFD'] },
    diagnostics: ['ill-formed-text'],
  },
]

const prompts: readonly RequestCase[] = [
  {
    title: 'the constants that an SDK exported by mistake',
    asked: { prompt: '\\n\\nHuman: Hi\\n\\nAssistant:' },
    diagnostics: ['repaired-escaped-marker', 'repaired-escaped-marker'],
  },
  {
    title: 'those constants, in backslashes of the user’s own',
    asked: { prompt: '\\n\\nHuman: C:\\new "\\n"\\n\\nAssistant:' },
    sent: { messages: [{ role: 'user', content: 'C:\\new "\\n"' }] },
    diagnostics: ['repaired-escaped-marker', 'repaired-escaped-marker'],
  },
  {
    title: 'a user who says nothing',
    asked: { prompt: '\n\nHuman:\n\nAssistant:' },
    sent: { messages: [{ role: 'user', content: '.' }] },
    diagnostics: ['empty-turn', 'no-user-text'],
  },
  {
    title: 'a bare marker behind a turn of the assistant, which is the prefill',
    asked: { prompt: `${PREFILLED}\n\nAssistant:` },
    sent: { messages: PREFILLED_MESSAGES },
    plan: { leadingSpace: false },
    diagnostics: ['joined-turns'],
  },
  {
    title: 'a bare marker behind a turn of the assistant, on a model that refuses a prefill',
    asked: { model: OPUS, prompt: `${PREFILLED}\n\nAssistant:` },
    sent: { model: OPUS, messages: CONTINUED_MESSAGES },
    plan: CONTINUED,
    diagnostics: ['joined-turns', 'prefill-continued'],
  },
  {
    title: 'a prefill that has the tags of the instruction itself',
    asked: { model: OPUS, prompt: `${ASKED.prompt} a "b" </end>` },
    sent: {
      model: OPUS,
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'a "b" </end>' },
        {
          role: 'user',
          content:
            'Your previous response was interrupted. It ended with the text between <end2> and </end2>:\n' +
            '<end2>a "b" </end></end2>\nContinue from where you left off. Begin with the very next character. ' +
            'Do not repeat any of it, and do not mention the interruption.',
        },
      ],
    },
    plan: { leadingSpace: false, echo: { text: 'a "b" </end>', isContinued: true } },
    diagnostics: ['prefill-continued'],
  },
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
    plan: { leadingSpace: false, trimmedSuffix: ' \n\n' },
    diagnostics: ['prefill-trimmed'],
  },
  {
    title: 'a prefill on a model that refuses one',
    asked: { model: OPUS, prompt: PREFILLED },
    sent: { model: OPUS, messages: CONTINUED_MESSAGES },
    plan: CONTINUED,
    diagnostics: ['prefill-continued'],
  },
  {
    title: 'a prefill that ends in whitespace on a model that refuses one',
    asked: { model: OPUS, prompt: `${PREFILLED}\n` },
    sent: { model: OPUS, messages: CONTINUED_MESSAGES },
    plan: { ...CONTINUED, trimmedSuffix: '\n' },
    diagnostics: ['prefill-trimmed', 'prefill-continued'],
  },
  {
    title: 'a prefill that opens JSON on a model that refuses one',
    asked: { model: OPUS, prompt: '\n\nHuman: Hi\n\nAssistant: {' },
    ...continued('{'),
    diagnostics: ['prefill-continued', 'prefill-json'],
  },
  {
    title: 'a prefill that ends in the opening of JSON on a model that refuses one',
    asked: { model: OPUS, prompt: '\n\nHuman: Hi\n\nAssistant: The list is [' },
    ...continued('The list is ['),
    diagnostics: ['prefill-continued', 'prefill-json'],
  },
  {
    title: 'a prefill with brackets inside, which opens no JSON',
    asked: { model: OPUS, prompt: '\n\nHuman: Hi\n\nAssistant: In x[0] and {y} are' },
    ...continued('In x[0] and {y} are'),
    diagnostics: ['prefill-continued'],
  },
  {
    title: 'a prefill of which as much is quoted as is allowed',
    asked: { model: OPUS, prompt: `\n\nHuman: Hi\n\nAssistant: ${LONG}` },
    ...continued(LONG),
    diagnostics: ['prefill-continued'],
  },
  {
    title: 'a prefill of which the end is quoted, which would begin in the middle of a character',
    asked: { model: OPUS, prompt: `\n\nHuman: Hi\n\nAssistant: 😀${LONG.slice(1)}` },
    ...continued(`😀${LONG.slice(1)}`, LONG.slice(1)),
    diagnostics: ['prefill-continued'],
  },
  {
    title: 'a prefill behind several turns',
    asked: { prompt: '\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: d' },
    sent: {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
        { role: 'user', content: 'c' },
        { role: 'assistant', content: 'd' },
      ],
    },
    plan: { leadingSpace: false },
  },
  {
    title: 'a prefill that opens JSON on a model that takes it',
    asked: { prompt: '\n\nHuman: Hi\n\nAssistant: {' },
    sent: {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: '{' },
      ],
    },
    plan: { leadingSpace: false },
  },
  {
    title: 'a stop sequence within a prefill that the model may repeat, which is watched for here',
    asked: { model: OPUS, prompt: PREFILLED, stop_sequences: ['name', 'END'] },
    sent: { model: OPUS, messages: CONTINUED_MESSAGES, stop_sequences: ['END'], stream: true },
    plan: { ...CONTINUED, stopSequences: ['\n\nHuman:', 'END', 'name'] },
    diagnostics: ['prefill-continued', 'stop-in-prefill'],
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
    title: 'a prompt with diagnostics, which come first and in order',
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
    sent: { system: '\uFFFD', messages: [{ role: 'user', content: '\uFFFD' }] },
    diagnostics: ['ill-formed-text'],
  },
]

const thinking: readonly RequestCase[] = [
  {
    title: 'a model that thinks unless thinking is disabled',
    asked: { model: 'claude-opus-5' },
    sent: { model: 'claude-opus-5', thinking: { type: 'disabled' } },
    diagnostics: ['thinking-off'],
  },
  {
    title: 'a model whose thinking can be limited to between tools',
    asked: { model: 'claude-sonnet-5-5' },
    sent: { model: 'claude-sonnet-5-5', thinking: { type: 'between_tools' } },
    diagnostics: ['thinking-off'],
  },
  {
    title: 'a model that always thinks',
    asked: { model: 'claude-opus-5-5' },
    sent: { model: 'claude-opus-5-5', max_tokens: 4352, output_config: { effort: 'low' } },
    plan: { tokenBudget: 256 },
    diagnostics: ['thinking-reserve'],
  },
  {
    title: 'a reserve of the caller’s own, which is streamed where it takes long',
    asked: { model: 'claude-opus-5-5' },
    options: { thinkingReserve: 20_000 },
    sent: {
      model: 'claude-opus-5-5',
      max_tokens: 20_256,
      output_config: { effort: 'low' },
      stream: true,
    },
    plan: { tokenBudget: 256 },
    diagnostics: ['thinking-reserve'],
  },
  {
    title: 'no reserve',
    asked: { model: 'claude-opus-5-5' },
    options: { thinkingReserve: 0 },
    sent: { model: 'claude-opus-5-5', output_config: { effort: 'low' } },
    diagnostics: ['thinking-reserve'],
  },
  {
    title: 'a reserve that the model’s limit cuts short',
    asked: { model: 'claude-opus-5-5', max_tokens_to_sample: 127_000, stream: true },
    sent: { model: 'claude-opus-5-5', max_tokens: 128_000, output_config: { effort: 'low' }, stream: true },
    plan: { tokenBudget: 127_000 },
    diagnostics: ['thinking-reserve'],
  },
]

const versions: readonly RequestCase[] = [
  {
    title: 'a version on which sampling is gone for every model',
    asked: { temperature: 0, top_k: 5 },
    options: { apiVersion: '2026-10-21' },
    version: '2026-10-21',
    diagnostics: ['sampling-dropped'],
  },
  {
    title: 'a version of another maker, which is no day',
    asked: { temperature: 0 },
    options: { apiVersion: 'bedrock-2023-05-31' },
    sent: { temperature: 0 },
    version: 'bedrock-2023-05-31',
  },
]

const repairing: readonly RequestCase[] = [
  {
    title: 'the constants that the official SDK exported by mistake, in the prompt and as a stop',
    asked: {
      prompt: '\\n\\nHuman: Hi\\n\\nAssistant:',
      stop_sequences: ['\\n\\nHuman:', 'END'],
    },
    options: { prompts: 'repair' },
    sent: { stop_sequences: ['\n\nHuman:', 'END'] },
    plan: { stopSequences: ['\n\nHuman:', '\n\nHuman:', 'END'] },
    diagnostics: ['repaired-escaped-marker', 'repaired-escaped-marker', 'repaired-stop-sequence'],
  },
  {
    title: 'a prompt without an open end, which is given one',
    asked: { prompt: '\n\nHuman: Hi' },
    options: { prompts: 'repair' },
    diagnostics: ['repaired-missing-assistant'],
  },
  {
    title: 'a prompt that needs no repair',
    options: { prompts: 'repair' },
  },
]

const EVERYTHING: Partial<CompletionRequest> = {
  model: OPUS,
  prompt: `${PREFILLED}\n`,
  max_tokens_to_sample: 200_000,
  stop_sequences: ['\n', ''],
  temperature: 0,
  top_p: 0.5,
  top_k: 5,
}

const passing: readonly RequestCase[] = [
  {
    title: 'everything that is refused, where the caller wants it sent',
    asked: EVERYTHING,
    options: { sampling: 'pass', prefill: 'pass', maxTokens: 'pass', stopSequences: 'pass' },
    sent: {
      model: OPUS,
      max_tokens: 200_000,
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'My name is\n' },
      ],
      stop_sequences: ['\n', ''],
      temperature: 0,
      top_p: 0.5,
      top_k: 5,
      stream: true,
    },
    plan: { leadingSpace: false, stopSequences: ['\n\nHuman:', '\n', ''] },
  },
  {
    title: 'a retired model that the caller wants asked',
    asked: { model: 'claude-2.1' },
    options: { retiredModel: 'pass' },
    sent: { model: 'claude-2.1' },
  },
  {
    title: 'a prefill for a retired model that the caller wants asked, which is taken for another server’s',
    asked: { model: 'claude-2.1', prompt: PREFILLED, temperature: 0.5, top_p: 0.5 },
    options: { retiredModel: 'pass' },
    sent: { model: 'claude-2.1', messages: PREFILLED_MESSAGES, temperature: 0.5, top_p: 0.5 },
    plan: { leadingSpace: false, echo: { text: 'My name is', isContinued: false } },
  },
  {
    title: 'an empty stop that the caller wants sent, with a prefill that is continued',
    asked: { model: OPUS, prompt: PREFILLED, stop_sequences: [''] },
    options: { stopSequences: 'pass' },
    sent: { model: OPUS, messages: CONTINUED_MESSAGES, stop_sequences: [''] },
    plan: { ...CONTINUED, stopSequences: ['\n\nHuman:', ''] },
    diagnostics: ['prefill-continued'],
  },
  {
    title: 'two parameters that exclude each other, where the caller wants both sent',
    asked: { temperature: 0.5, top_p: 0.5 },
    options: { sampling: 'pass' },
    sent: { temperature: 0.5, top_p: 0.5 },
  },
  {
    title: 'models that think, where the caller wants them to',
    asked: { model: 'claude-opus-5-5' },
    options: { thinking: 'pass' },
    sent: { model: 'claude-opus-5-5' },
  },
  {
    title: 'models that can be kept from thinking, where the caller wants them to think',
    asked: { model: 'claude-sonnet-5-5' },
    options: { thinking: 'pass' },
    sent: { model: 'claude-sonnet-5-5' },
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
    plan: { style: 'messages', stopSequences: ['x', '\n'], leadingSpace: false, trimmedSuffix: ' ' },
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
  ...thinking,
  ...versions,
  ...repairing,
  ...passing,
  ...styles,
]
