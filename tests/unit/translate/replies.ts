import type { Completion, DiagnosticCode, Message, ReplyPlan } from 'legacy-completions/translate'

/** How a completion after a bare `\n\nAssistant:` is made, unless a case says otherwise. */
export const PLAN: ReplyPlan = {
  style: 'legacy',
  model: 'claude-opus-4-8',
  stopSequences: ['\n\nHuman:'],
  leadingSpace: true,
  trimmedSuffix: '',
}

/** What a case's message is, unless it says otherwise. */
export const MESSAGE: Message = {
  id: 'msg_01EjfrPvPEsRDRUKD6VoBxtK',
  type: 'message',
  role: 'assistant',
  model: 'claude-opus-4-8',
  content: [{ type: 'text', text: 'Hello!' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 10, output_tokens: 3 },
}

/** What it becomes. */
export const COMPLETION: Completion = {
  type: 'completion',
  id: 'compl_01EjfrPvPEsRDRUKD6VoBxtK',
  completion: ' Hello!',
  stop_reason: 'stop_sequence',
  model: 'claude-opus-4-8',
  stop: '\n\nHuman:',
  log_id: 'compl_01EjfrPvPEsRDRUKD6VoBxtK',
}

export interface ReplyCase {
  title: string
  /** What differs from {@link PLAN}, from {@link MESSAGE} and from {@link COMPLETION}. */
  plan?: Partial<ReplyPlan>
  message?: Partial<Message>
  completion?: Partial<Completion>
  diagnostics?: readonly DiagnosticCode[]
}

const text = (...texts: string[]): Pick<Message, 'content'> => ({
  content: texts.map(text => ({ type: 'text', text })),
})
const CUT = { stop_reason: 'max_tokens', stop: null }
const stopped = (completion: string, stop: string): Partial<Completion> => ({ completion, stop })
/** The plan of a prompt that ends in the beginning of the answer. */
const PREFILLED = { leadingSpace: false }

const texts: readonly ReplyCase[] = [
  { title: 'a sentence' },
  {
    title: 'several text blocks with thinking and tools between them',
    message: {
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'x' },
        { type: 'text', text: 'Hel' },
        { type: 'redacted_thinking', data: 'x' },
        { type: 'text', text: '' },
        { type: 'tool_use', id: 't', name: 'n', input: { text: 'no' } },
        { type: 'text', text: 'lo!', citations: null },
        { type: 'some_future_block', text: 'not this' },
      ],
    },
  },
  { title: 'text that begins with a space', message: text(' Hello!') },
  {
    title: 'text that begins with a newline',
    message: text('\nHello!'),
    completion: { completion: '\nHello!' },
  },
  { title: 'text that is only spaces', message: text('  '), completion: { completion: '  ' } },
  { title: 'a space in a block of its own', message: text(' ', 'Hello!') },
  { title: 'text in one block for each letter', message: text(...'Hello!') },
  { title: 'a surrogate pair', message: text('😀'), completion: { completion: ' 😀' } },
  ...['\u{10000}', '\u{10fc00}'].map(last => ({
    title: `${last}, at an end of what comes in two halves`,
    message: text(`a${last}`),
    completion: { completion: ` a${last}` },
  })),
  { title: 'half of a surrogate pair', message: text('\ude00'), completion: { completion: ' \ude00' } },
  { title: 'NUL', message: text('\0'), completion: { completion: ' \0' } },
  {
    title: 'markers that the model wrote itself and that stop nothing',
    message: text('a\n\nAssistant: b\nHuman: c'),
    completion: { completion: ' a\n\nAssistant: b\nHuman: c' },
  },
]

const prefills: readonly ReplyCase[] = [
  { title: 'the rest of a prefill', plan: PREFILLED, completion: { completion: 'Hello!' } },
  { title: 'the rest of a prefill, with a space', plan: PREFILLED, message: text(' Hello!') },
  {
    title: 'whitespace that the prompt already ended in',
    plan: { ...PREFILLED, trimmedSuffix: ' ' },
    message: text(' Hello!'),
    completion: { completion: 'Hello!' },
  },
  {
    title: 'more whitespace than the prompt ended in',
    plan: { ...PREFILLED, trimmedSuffix: '\n' },
    message: text('\n\n  Hello!'),
    completion: { completion: '\n  Hello!' },
  },
  {
    title: 'less whitespace than the prompt ended in',
    plan: { ...PREFILLED, trimmedSuffix: '\n\n\n' },
    message: text('\nHello!'),
    completion: { completion: 'Hello!' },
  },
  {
    title: 'the end of the whitespace that the prompt ended in, and more',
    plan: { ...PREFILLED, trimmedSuffix: ' \n' },
    message: text('\n Hello!'),
    completion: { completion: ' Hello!' },
  },
  {
    title: 'indentation that the prompt ended in behind a newline',
    plan: { ...PREFILLED, trimmedSuffix: '\n    ' },
    message: text('    return x'),
    completion: { completion: 'return x' },
  },
  {
    title: 'a part of that indentation',
    plan: { ...PREFILLED, trimmedSuffix: '\n    ' },
    message: text('  return x'),
    completion: { completion: 'return x' },
  },
  {
    title: 'other whitespace than the prompt ended in',
    plan: { ...PREFILLED, trimmedSuffix: '\t' },
    message: text('\n Hello!'),
    completion: { completion: '\n Hello!' },
  },
  {
    title: 'whitespace that is only in part what the prompt ended in',
    plan: { ...PREFILLED, trimmedSuffix: '\n\t' },
    message: text('\n  Hello!'),
    completion: { completion: '  Hello!' },
  },
  {
    title: 'no whitespace where the prompt ended in some',
    plan: { ...PREFILLED, trimmedSuffix: '\n\n' },
    completion: { completion: 'Hello!' },
  },
  {
    title: 'the same whitespace again, later in the text',
    plan: { ...PREFILLED, trimmedSuffix: '\n' },
    message: text('a\nb\n'),
    completion: { completion: 'a\nb\n' },
  },
  {
    title: 'a stop sequence right behind whitespace that the prompt ended in',
    plan: { ...PREFILLED, trimmedSuffix: '\n', stopSequences: ['\n\n'] },
    message: text('\n\n\nHello!'),
    completion: stopped('', '\n\n'),
  },
  {
    title: 'a stop sequence half of which the prompt ended in, which is not generated text',
    plan: { ...PREFILLED, trimmedSuffix: '\n', stopSequences: ['\n\n'] },
    message: text('\n\nHello!'),
    completion: { completion: '\nHello!' },
  },
  {
    title: 'nothing but the whitespace that the prompt ended in',
    plan: { ...PREFILLED, trimmedSuffix: '\n\n' },
    message: text('\n'),
    completion: { completion: '' },
    diagnostics: ['no-text'],
  },
]

const ends: readonly ReplyCase[] = [
  { title: 'max_tokens', message: { stop_reason: 'max_tokens' }, completion: CUT },
  {
    title: 'a full context window',
    message: { stop_reason: 'model_context_window_exceeded' },
    completion: CUT,
  },
  {
    title: 'a stop sequence that the server hit',
    message: { stop_reason: 'stop_sequence', stop_sequence: '</a>' },
    completion: { stop: '</a>' },
  },
  {
    title: 'a stop sequence under another name, as of llama.cpp',
    message: { stop_reason: 'end_turn', stop_sequence: '.' },
    completion: { stop: '.' },
  },
  {
    title: 'a stop that is not named',
    message: { stop_reason: 'stop_sequence' },
    completion: { stop: null },
  },
  {
    title: 'no stop_sequence and no usage, as of vLLM and others',
    message: { stop_sequence: undefined as unknown as null, usage: null },
  },
  {
    title: 'a refusal in the middle of the text',
    message: { stop_reason: 'refusal' },
    completion: { stop_reason: 'refusal', stop: null },
    diagnostics: ['foreign-stop-reason'],
  },
  {
    title: 'a refusal without text',
    message: { stop_reason: 'refusal', content: [] },
    completion: { completion: '', stop_reason: 'refusal', stop: null },
    diagnostics: ['no-text', 'foreign-stop-reason'],
  },
  ...['tool_use', 'pause_turn', 'compaction', 'something_new', '__proto__', 'constructor'].map(reason => ({
    title: `the end ${reason}, for which there was no word`,
    message: { stop_reason: reason },
    completion: { stop_reason: reason, stop: null },
    diagnostics: ['foreign-stop-reason'] as const,
  })),
  {
    title: 'no content',
    message: { content: [] },
    completion: { completion: '' },
    diagnostics: ['no-text'],
  },
  {
    title: 'an empty text block',
    message: text(''),
    completion: { completion: '' },
    diagnostics: ['no-text'],
  },
  {
    title: 'thinking that used up the tokens',
    message: { content: [{ type: 'thinking', thinking: 'hm', signature: '' }], stop_reason: 'max_tokens' },
    completion: { completion: '', ...CUT },
    diagnostics: ['no-text'],
  },
  {
    title: 'no content, because a stop sequence came first',
    message: { content: [], stop_reason: 'stop_sequence', stop_sequence: 'x' },
    completion: stopped('', 'x'),
  },
]

const cuts: readonly ReplyCase[] = [
  {
    title: 'the built-in stop, which the server does not know',
    message: text('Hi.\n\nHuman: and you?'),
    completion: stopped(' Hi.', '\n\nHuman:'),
  },
  {
    title: 'the built-in stop at once',
    message: text('\n\nHuman: and you?'),
    completion: stopped('', '\n\nHuman:'),
  },
  {
    title: 'the built-in stop across blocks',
    message: text('Hi.\n', '\nHu', 'man: and you?'),
    completion: stopped(' Hi.', '\n\nHuman:'),
  },
  {
    title: 'the beginning of the built-in stop, and no more',
    message: { ...text('Hi.\n\nHuman'), stop_reason: 'max_tokens' },
    completion: { completion: ' Hi.\n\nHuman', ...CUT },
  },
  {
    title: 'whitespace that could have been a stop, and nothing else',
    message: text('\n\n'),
    completion: { completion: '\n\n' },
  },
  {
    title: 'a stop sequence of whitespace',
    plan: { stopSequences: ['\n\nHuman:', '\n'] },
    message: text('one\ntwo'),
    completion: stopped(' one', '\n'),
  },
  {
    title: 'a stop sequence that the server ignored, before the end it names',
    plan: { stopSequences: ['4.'] },
    message: { ...text('3. 4. 5.'), stop_reason: 'max_tokens' },
    completion: stopped(' 3. ', '4.'),
  },
  {
    title: 'a stop sequence before a refusal',
    plan: { stopSequences: ['x'] },
    message: { ...text('ax'), stop_reason: 'refusal' },
    completion: stopped(' a', 'x'),
  },
  {
    title: 'a stop sequence in front of the one the server names',
    plan: { stopSequences: ['b', 'c'] },
    message: { ...text('abb'), stop_reason: 'stop_sequence', stop_sequence: 'c' },
    completion: stopped(' a', 'b'),
  },
  {
    // The space is ours, not the model's.
    title: 'a stop sequence that begins with the leading space',
    plan: { stopSequences: [' Hello'] },
    completion: { completion: ' Hello!' },
  },
  {
    title: 'a stop sequence of a space is not hit by the leading space',
    plan: { stopSequences: [' '] },
    message: text('one two'),
    completion: stopped(' one', ' '),
  },
  {
    title: 'a stop sequence that holds back the first letters',
    plan: { stopSequences: ['Hello?'] },
  },
  {
    title: 'a stop sequence that holds back the whole text',
    plan: { stopSequences: ['Hello! And bye'] },
  },
  {
    title: 'a stop sequence of half a surrogate pair',
    plan: { stopSequences: ['\ude00'] },
    message: text('a😀'),
    completion: stopped(' a\ud83d', '\ude00'),
  },
  {
    title: 'a sequence hit inside thinking',
    plan: { stopSequences: ['STOP'] },
    message: {
      content: [
        { type: 'thinking', thinking: 'STOP', signature: '' },
        { type: 'text', text: 'Hello!' },
      ],
    },
  },
  {
    title: 'a sequence hit across the thinking between two texts',
    plan: { stopSequences: ['llo'] },
    message: {
      content: [
        { type: 'text', text: 'Hel' },
        { type: 'thinking', thinking: 'x', signature: '' },
        { type: 'text', text: 'lo' },
      ],
    },
    completion: stopped(' He', 'llo'),
  },
]

/** How replies continue what was begun, on a model that was asked to go on with it: prefill, reply, completion. */
const continuations: readonly (readonly [title: string, prefill: string, reply: string, rest: string])[] = [
  ['nothing of it', 'Once upon a time, there was', ' a king.', ' a king.'],
  ['all of it', 'Once upon a time, there was', 'Once upon a time, there was a king.', ' a king.'],
  ['all of it and no more', 'Once upon a time', 'Once upon a time', ''],
  ['all of it, spaced its own way', '{"a":1,\n  "b":', '{ "a": 1, "b": 2}', ' 2}'],
  ['its last line', 'A list:\n1. Red\n2.', '2. Blue', ' Blue'],
  ['its last lines', 'A list:\n1. Red\n2.', '1. Red\n2. Blue', ' Blue'],
  ['its last words', 'I will now tell you about the harbour of', 'about the harbour of Oslo', ' Oslo'],
  ['a last word that opens something', 'The result is (', '(A)', 'A)'],
  ['a last tag', 'Sure. <answer>', '<answer>42', '42'],
  ['its last words, of twelve letters', 'I think a strawberry is', 'strawberry is red', ' red'],
  [
    'words of fewer letters, which may be chance',
    'I think a raspberry is',
    'raspberry is red',
    ' raspberry is red',
  ],
  [
    'a sign at the beginning of a word that is not the last',
    'I said (a) and',
    '(a) and more',
    '(a) and more',
  ],
  ['a last word with a sign inside', 'I know I don’t', 'don’t know', ' don’t know'],
  ['a word that may be chance', 'I said it is', 'is it not?', ' is it not?'],
  ['only its beginning', 'Once upon a time, there was', 'Once upon a hill', ' Once upon a hill'],
  ['its beginning, and there ends', 'Once upon a time, there was', 'Once upon', ' Once upon'],
  ['all but its last sign', 'Once upon a time!', 'Once upon a time, yes', ' Once upon a time, yes'],
  ['it twice', 'Ha ha,', 'Ha ha, Ha ha, ho', ' Ha ha, ho'],
  ['another text, after a word', 'My name is', 'Claude.', ' Claude.'],
  ['another text, after a word of one letter', 'I', 'agree', ' agree'],
  ['another text, after a comma', 'Hello,', 'Claude here.', ' Claude here.'],
  ['another text, after an opening bracket', 'Values: [', '1, 2]', '1, 2]'],
  ['another text, after a quotation mark', 'He said "', 'yes"', 'yes"'],
  ['punctuation', 'My name is', ', as you know, Claude.', ', as you know, Claude.'],
  ['text of a script without spaces', '私の名前は', 'クロードです。', 'クロードです。'],
  ['letters beyond the basic plane', '𝒜 x', '𝒜 x 𝒜', ' 𝒜'],
]

const echoes: readonly ReplyCase[] = [
  ...continuations.map(([title, prefill, reply, rest]) => ({
    title: `a reply that repeats ${title}`,
    plan: { ...PREFILLED, echo: { text: prefill, isContinued: true } },
    message: text(reply),
    completion: { completion: rest },
    ...(rest === '' && { diagnostics: ['no-text' as const] }),
  })),
  {
    title: 'a repetition over several blocks',
    plan: { ...PREFILLED, echo: { text: 'Once upon a time', isContinued: true } },
    message: text('Once', ' upon', ' a time', ', long ago'),
    completion: { completion: ', long ago' },
  },
  {
    title: 'a repetition, and then the whitespace that the prompt ended in',
    plan: { ...PREFILLED, trimmedSuffix: '\n', echo: { text: 'Here you go:', isContinued: true } },
    message: text('Here you go:\n1. Red'),
    completion: { completion: '1. Red' },
  },
  {
    title: 'no repetition behind whitespace that the prompt ended in: no space is wanted',
    plan: { ...PREFILLED, trimmedSuffix: ' ', echo: { text: 'My name is', isContinued: true } },
    message: text('Claude.'),
    completion: { completion: 'Claude.' },
  },
  {
    title: 'no repetition behind a newline that the prompt ended in',
    plan: { ...PREFILLED, trimmedSuffix: '\n', echo: { text: 'My name is', isContinued: true } },
    message: text('Claude.'),
    completion: { completion: 'Claude.' },
  },
  {
    title: 'a stop within the repetition, which ends nothing',
    plan: { ...PREFILLED, stopSequences: ['.'], echo: { text: 'A. b', isContinued: true } },
    message: text('A. b c. d'),
    completion: stopped(' c', '.'),
  },
  {
    title: 'a stop in what was held back for a repetition',
    plan: { ...PREFILLED, stopSequences: ['upon'], echo: { text: 'Once upon a time', isContinued: true } },
    message: text('Once upon'),
    completion: stopped(' Once ', 'upon'),
  },
  {
    title: 'a repetition in the style of the Messages API',
    plan: {
      style: 'messages',
      ...PREFILLED,
      stopSequences: [],
      echo: { text: 'My name', isContinued: true },
    },
    message: text('is Claude'),
    completion: {
      completion: 'is Claude',
      id: MESSAGE.id,
      log_id: MESSAGE.id,
      stop_reason: 'end_turn',
      stop: null,
    },
  },
]

const used = (output_tokens: number, thinking_tokens: number): Pick<Message, 'usage'> => ({
  usage: { input_tokens: 10, output_tokens, output_tokens_details: { thinking_tokens } },
})

const budgets: readonly ReplyCase[] = [
  { title: 'text within the budget', plan: { tokenBudget: 3 }, message: used(103, 100) },
  {
    title: 'text beyond the budget, which the old API would have cut',
    plan: { tokenBudget: 2 },
    message: used(103, 100),
    completion: CUT,
    diagnostics: ['budget-overrun'],
  },
  {
    title: 'text beyond the budget, and an end that the old API had no word for',
    plan: { tokenBudget: 2 },
    message: { ...used(103, 100), stop_reason: 'refusal' },
    completion: { stop_reason: 'refusal', stop: null },
    diagnostics: ['foreign-stop-reason'],
  },
  { title: 'a budget of which the server says nothing', plan: { tokenBudget: 2 }, message: { usage: null } },
  {
    title: 'nothing but thinking',
    plan: { tokenBudget: 2 },
    message: { ...used(4098, 4098), content: [], stop_reason: 'max_tokens' },
    completion: { completion: '', ...CUT },
    diagnostics: ['no-text'],
  },
]

const ids: readonly ReplyCase[] = [
  ...[
    ['chatcmpl-VzJA', 'compl_chatcmpl-VzJA'],
    ['msg_bdrk_01', 'compl_bdrk_01'],
    ['gen-msg_01', 'compl_gen-msg_01'],
    ['', 'compl_'],
  ].map(([id = '', legacy = '']) => ({
    title: `the id ${JSON.stringify(id)}`,
    message: { id },
    completion: { id: legacy, log_id: legacy },
  })),
  // llama.cpp may leave it out.
  ...[undefined, null].map(model => ({
    title: `a model of ${model}`,
    message: { model: model as unknown as string },
    completion: { model: PLAN.model },
  })),
  {
    title: 'a model that is not the one asked',
    message: { model: 'stories260K' },
    completion: { model: 'stories260K' },
  },
]

const MESSAGES_STYLE = { style: 'messages', stopSequences: [], leadingSpace: false } as const
const AS_IT_CAME = { id: MESSAGE.id, log_id: MESSAGE.id, completion: 'Hello!' }

const styles: readonly ReplyCase[] = [
  {
    title: 'style messages: a natural end',
    plan: MESSAGES_STYLE,
    completion: { ...AS_IT_CAME, stop_reason: 'end_turn', stop: null },
  },
  {
    title: 'style messages: an end that the old API had no word for',
    plan: MESSAGES_STYLE,
    message: { stop_reason: 'refusal' },
    completion: { ...AS_IT_CAME, stop_reason: 'refusal', stop: null },
  },
  {
    title: 'style messages: a stop of the server',
    plan: MESSAGES_STYLE,
    message: { stop_reason: 'stop_sequence', stop_sequence: 'x' },
    completion: { ...AS_IT_CAME, stop: 'x' },
  },
  {
    title: 'style messages: a stop that the library enforces',
    plan: { ...MESSAGES_STYLE, stopSequences: ['l'] },
    completion: { ...AS_IT_CAME, ...stopped('He', 'l') },
  },
  {
    title: 'style messages: text beyond the budget',
    plan: { ...MESSAGES_STYLE, tokenBudget: 2 },
    message: used(103, 100),
    completion: { ...AS_IT_CAME, stop_reason: 'end_turn', stop: null },
  },
  {
    title: 'style messages: a turn that the model wrote itself',
    plan: MESSAGES_STYLE,
    message: text('a\n\nHuman: b'),
    completion: { ...AS_IT_CAME, completion: 'a\n\nHuman: b', stop_reason: 'end_turn', stop: null },
  },
]

export const REPLY_CASES: readonly ReplyCase[] = [
  ...texts,
  ...prefills,
  ...echoes,
  ...ends,
  ...budgets,
  ...cuts,
  ...ids,
  ...styles,
]
