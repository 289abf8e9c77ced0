/**
 * What every client is asked to do, what the model says to it, and what the client is to see of that. Each call carries
 * a tag in its question, by which the emulator knows which reply it asks for: the clients are other processes.
 */

const HUMAN = '\n\nHuman:'
const AI = '\n\nAssistant:'
const ask = (question, prefill = '') => `${HUMAN} ${question}${AI}${prefill}`

const COUNTING = { deltas: ['one', ' two', ' three', ' four', ' five', ' six'] }
const NATURAL = { stop_reason: 'stop_sequence', stop: HUMAN }

/** The failure, as the server words it, and how often the model was asked before it. */
const failure = (status, type, message, attempts) => ({ error: { status, type, message }, attempts })

/**
 * @typedef {object} ClientCase
 * @property {string} name the column of the table
 * @property {string} question
 * @property {(question: string) => string} prompt
 * @property {object} [fields] of the call, in addition to the model, the prompt and 100 tokens
 * @property {(conversation: object, attempt: number) => import('legacy-completions/emulator').Reply} reply
 * @property {(question: string) => object} seen what a client sees: the text, or the pieces of a stream and so the
 *   text, why it ended, and how often the model was asked
 */

/** @type {readonly ClientCase[]} */
export const cases = [
  {
    name: 'plain',
    question: 'Why is the sky blue?',
    prompt: ask,
    reply: () => ({ deltas: ['Blue light', ' scatters', ' more.'] }),
    seen: () => ({ pieces: [' Blue light', ' scatters', ' more.', ''], ...NATURAL }),
  },
  {
    name: 'turns',
    question: 'What did I say?',
    prompt: question => `${HUMAN} My name is Ada.${AI} Hello, Ada!${ask(question)}`,
    reply: ({ messages }) =>
      messages
        .slice(0, -1)
        .map(({ role, text }) => `${role}: ${text}`)
        .join(' / '),
    seen: () => ({ text: ' user: My name is Ada. / assistant: Hello, Ada!', ...NATURAL }),
  },
  {
    name: 'system',
    question: 'Who are you?',
    prompt: question => `Speak like a pirate.${ask(question)}`,
    reply: ({ system }) => `My instructions: ${system}`,
    seen: () => ({ text: ' My instructions: Speak like a pirate.', ...NATURAL }),
  },
  {
    name: 'prefill',
    question: 'What is your name?',
    prompt: question => ask(question, ' My name is'),
    reply: () => ({ deltas: [' Claude', '.'] }),
    seen: () => ({ text: ' Claude.', ...NATURAL }),
  },
  {
    name: 'stop',
    question: 'Count!',
    prompt: ask,
    fields: { stop_sequences: [' four'] },
    reply: () => COUNTING,
    seen: () => ({ text: ' one two three', stop_reason: 'stop_sequence', stop: ' four' }),
  },
  {
    name: 'blank stop',
    question: 'Write two lines!',
    prompt: ask,
    fields: { stop_sequences: ['\n\n'] },
    reply: () => ({ deltas: ['The first', ' line', '\n', '\nThe second', ' line'] }),
    seen: () => ({ text: ' The first line', stop_reason: 'stop_sequence', stop: '\n\n' }),
  },
  {
    name: 'max_tokens',
    question: 'Count!',
    prompt: ask,
    fields: { max_tokens_to_sample: 3 },
    reply: () => COUNTING,
    seen: () => ({ text: ' one two three', stop_reason: 'max_tokens', stop: null }),
  },
  {
    name: 'unicode',
    // Two of these end a line for some readers of streams, and the bytes come one by one.
    question: 'naïve 日本語 🎉 👩‍👩‍👧 \u2028 \u0085 !',
    prompt: ask,
    reply: ({ messages }) => ({ deltas: [...(messages.at(-1)?.text ?? '')], faults: { chunkBytes: 1 } }),
    seen: question => ({ text: ` ${question}`, ...NATURAL }),
  },
  {
    name: 'bad prompt',
    question: 'And then?',
    prompt: question => `${ask('Hi')} Hello!${HUMAN} ${question}`,
    reply: () => 'Never said.',
    seen: () => failure(400, 'invalid_request_error', `prompt must end with "${AI}" turn`, 0),
  },
  {
    name: 'wrong key',
    question: 'Who am I?',
    prompt: ask,
    fields: { key: 'invalid-key' },
    reply: () => 'Never said.',
    seen: () => failure(401, 'authentication_error', 'invalid x-api-key', 0),
  },
  {
    name: 'retry',
    question: 'Are you busy?',
    prompt: ask,
    reply: (_conversation, attempt) =>
      attempt === 1
        ? {
            error: { type: 'rate_limit_error', message: 'Too many at once' },
            headers: { 'retry-after': '1' },
          }
        : 'Not any more.',
    seen: () => ({ text: ' Not any more.', ...NATURAL, attempts: 2 }),
  },
  {
    name: 'broken off',
    onlyStreamed: true,
    question: 'Tell me a story!',
    prompt: ask,
    // The third attempt ends, for the client that never stops trying.
    reply: (_conversation, attempt) => ({
      deltas: ['Once', ' upon', ' a time'],
      ...(attempt < 3 && {
        streamError: { type: 'overloaded_error', message: 'Overloaded' },
        afterDeltas: 2,
      }),
    }),
    // The status is that of an answer which began well.
    seen: () => ({ pieces: [' Once', ' upon'], ...failure(200, 'overloaded_error', 'Overloaded', 1) }),
  },
  {
    name: 'constants',
    // Made by the program, of what its SDK calls HUMAN_PROMPT and AI_PROMPT.
    onlyWithConstants: true,
    question: 'Are they the same?',
    prompt: () => undefined,
    reply: ({ messages }) => messages.map(({ role }) => role).join(),
    seen: () => ({ text: ' user', ...NATURAL }),
  },
]
