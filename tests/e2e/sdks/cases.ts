import {
  describeError,
  ERROR_CLASSES,
  observeStream,
  observeWhole,
  outcome,
  read,
  toJson,
} from './observe.ts'
import { AI, ask, type Case, HUMAN, PARAMS, type Row } from './program.ts'
import { programs } from './programs.ts'
import { type Piece, rawStream } from './raw-streams.ts'

const COUNTING = { deltas: ['one', ' two', ' three', ' four', ' five', ' six'] }
const LINES = { deltas: ['1. Red', '\n2. Blue', '\n', '\n3. Green', ' and', ' so on'] }

/** Calls that the server answers. */
const answered: readonly Row[] = [
  { title: 'a natural end' },
  { title: 'max_tokens', params: { max_tokens_to_sample: 3 }, replies: [COUNTING] },
  { title: 'a custom stop', params: { stop_sequences: [' four'] }, replies: [COUNTING] },
  { title: 'a custom stop over two pieces', params: { stop_sequences: ['ree fo'] }, replies: [COUNTING] },
  { title: 'a stop that is never written', params: { stop_sequences: ['</answer>'] }, replies: [COUNTING] },
  { title: 'several stops', params: { stop_sequences: ['Green', '3.', 'so on'] }, replies: [LINES] },
  { title: 'a stop of two newlines', params: { stop_sequences: ['\n\n'] }, replies: [LINES] },
  { title: 'a stop of one newline', params: { stop_sequences: ['\n'] }, replies: [LINES] },
  { title: 'HUMAN_PROMPT as a stop', params: { stop_sequences: [HUMAN] } },
  { title: 'no stops', params: { stop_sequences: [] } },
  { title: 'the next human turn, written by the model', replies: ['Sure.\n\nHuman: And another?'] },
  { title: 'an empty answer', replies: [{ text: '' }] },
  { title: 'an answer that begins with a space', replies: [' Hi.'] },
  { title: 'an answer that begins with a newline', replies: ['\nHi.'] },
  {
    title: 'characters beyond the basic plane',
    params: { prompt: ask('日本語 🎉?') },
    replies: [{ deltas: ['🎉', 'é', '日本', '語 👩‍👩‍👧'] }],
  },
  { title: 'bytes that come one by one', replies: [{ deltas: ['🎉', 'é'], faults: { chunkBytes: 1 } }] },
  { title: 'line separators of Unicode', replies: [{ deltas: ['a\u2028b', '\u0085c'] }] },
  {
    title: 'a prefill',
    params: { prompt: ask('Who are you?', ' My name is') },
    replies: [{ deltas: [' Claude', '.'] }],
  },
  {
    title: 'a prefill that ends in a newline',
    params: { prompt: ask('List!', ' Here:\n') },
    replies: [{ deltas: ['1. Red', '.'] }],
  },
  { title: 'a prompt that ends in a space', params: { prompt: `${ask('Hello')} ` } },
  { title: 'a prompt that begins without newlines', params: { prompt: `Human: Hello${AI}` } },
  { title: 'several turns', params: { prompt: `${HUMAN} Hi${AI} Hello!${HUMAN} Who are you?${AI}` } },
  { title: 'two turns of one role', params: { prompt: `${HUMAN} Hi${HUMAN} Who are you?${AI}` } },
  { title: 'text before the first turn', params: { prompt: `Be brief.${ask('Who are you?')}` } },
  { title: 'an older alias of a model', params: { model: 'claude-2' } },
  { title: 'the first model', params: { model: 'claude-v1' } },
  { title: 'metadata', params: { metadata: { user_id: 'user-1' } } },
  { title: 'temperature', params: { temperature: 0.5 } },
  { title: 'all of sampling', params: { temperature: 0.5, top_p: 0.9, top_k: 5 } },
  { title: 'sampling that is unset by -1', params: { temperature: 1, top_p: -1, top_k: -1 } },
  { title: 'more tokens than any model writes', params: { max_tokens_to_sample: 100_000 } },
  { title: 'fields that are undefined', params: { temperature: undefined, stop_sequences: undefined } },
  { title: 'betas', params: { betas: ['one-2024', 'two-2024'] } },
  { title: 'a workspace', params: { workspace_id: 'wrkspc_1' } },
  { title: 'a header of the client', client: { defaultHeaders: { 'X-Team': 'search' } } },
  {
    title: 'a header of the call',
    client: { defaultHeaders: { 'x-team': 'search' } },
    options: () => ({ headers: { 'X-Team': 'billing' } }),
  },
  {
    title: 'a header that is taken away',
    client: { defaultHeaders: { 'x-team': 'search' } },
    options: () => ({ headers: { 'x-team': null } }),
  },
  { title: 'a user agent of its own', client: { defaultHeaders: { 'User-Agent': 'my-app/1' } } },
  { title: 'a key of the call', options: () => ({ headers: { 'x-api-key': 'another-key' } }) },
  { title: 'a token in place of a key', client: { apiKey: null, authToken: 'my-token' } },
  { title: 'a key and a token', client: { authToken: 'my-token' } },
  { title: 'a query of the client', client: { defaultQuery: { team: 'search' } } },
  { title: 'a query of the call', options: () => ({ query: { team: 'search' } }) },
  { title: 'headers as Headers', options: () => ({ headers: new Headers({ 'x-team': 'billing' }) }) },
  { title: 'headers as pairs', options: () => ({ headers: [['x-team', 'billing']] }) },
  {
    title: 'headers of the client as Headers',
    client: { defaultHeaders: new Headers({ 'x-team': 'search' }) },
  },
  {
    title: 'options that are undefined',
    client: { timeout: undefined, maxRetries: undefined, defaultHeaders: undefined, fetch: undefined },
    options: () => ({ timeout: undefined, maxRetries: undefined, headers: undefined, signal: undefined }),
  },
  { title: 'a header that is undefined', options: () => ({ headers: { 'x-team': undefined } }) },
  { title: 'an unknown option', client: { organization: 'mine' }, options: () => ({ organization: 'mine' }) },
  { title: 'an idempotency key', options: () => ({ idempotencyKey: 'once' }) },
  { title: 'a timeout that is long enough', options: () => ({ timeout: 5000 }) },
]

/** Calls that the server refuses for what they say. */
const refused: readonly Row[] = [
  { title: 'a prompt of no turns', params: { prompt: 'Hello, Claude' } },
  { title: 'a prompt that does not start with Human', params: { prompt: `${AI} Hello${HUMAN} Hi${AI}` } },
  { title: 'a prompt that does not end with Assistant', params: { prompt: `${HUMAN} Hello` } },
  { title: 'single newlines before the turns', params: { prompt: '\nHuman: Hello\nAssistant:' } },
  { title: 'an empty prompt', params: { prompt: '' } },
  { title: 'no prompt', params: { prompt: undefined } },
  { title: 'no model', params: { model: undefined } },
  { title: 'no max_tokens_to_sample', params: { max_tokens_to_sample: undefined } },
  { title: 'max_tokens_to_sample of 0', params: { max_tokens_to_sample: 0 } },
  { title: 'a temperature of 2', params: { temperature: 2 } },
  { title: 'a temperature that is a text', params: { temperature: 'hot' } },
  { title: 'an unknown field', params: { maxOutputTokens: 5 } },
  { title: 'a field of the Messages API', params: { max_tokens: 5 } },
  { title: 'stop_sequences that are no list', params: { stop_sequences: 'STOP' } },
  { title: 'an empty user turn', params: { prompt: `${HUMAN}${AI}` } },
  { title: 'an unknown model', params: { model: 'claude-0' } },
  { title: 'a model of the Messages API', params: { model: 'claude-opus-4-8' } },
  { title: 'a key that is wrong', client: { apiKey: 'invalid-key' } },
].map(row => ({ client: { maxRetries: 0 }, ...row }))

const STATUSES: readonly [status: number, type: string][] = [
  [400, 'invalid_request_error'],
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [405, 'invalid_request_error'],
  [408, 'timeout_error'],
  [409, 'conflict_error'],
  [413, 'request_too_large'],
  [422, 'invalid_request_error'],
  [429, 'rate_limit_error'],
  [500, 'api_error'],
  [502, 'api_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
]
const failing = (status: number, type: string, headers: Record<string, string> = {}) =>
  ({ status, error: { type, message: `said with ${status}` }, headers }) as const

/** What the server fails with; once, and until the client gives up. */
const failures: readonly Row[] = STATUSES.flatMap(([status, type]): Row[] => [
  { title: `a ${status}`, client: { maxRetries: 0 }, replies: [failing(status, type)] },
  {
    // Nothing says whether to try again, so that the status alone does.
    title: `a ${status} and its retries`,
    only: 'whole',
    replies: [failing(status, type, { 'x-should-retry': '', 'retry-after-ms': '1' })],
  },
])

const OVERLOADED = failing(529, 'overloaded_error', { 'retry-after-ms': '1' })

const retries: readonly Row[] = [
  { title: 'a failure that passes', replies: [OVERLOADED, 'Hello again.'] },
  {
    title: 'x-should-retry: false on a 529',
    replies: [failing(529, 'overloaded_error', { 'x-should-retry': 'false' })],
  },
  {
    title: 'x-should-retry: true on a 400',
    replies: [failing(400, 'invalid_request_error', { 'x-should-retry': 'true', 'retry-after-ms': '1' })],
  },
  { title: 'maxRetries: 0 of the client', client: { maxRetries: 0 }, replies: [OVERLOADED] },
  { title: 'maxRetries: 0 of the call', options: () => ({ maxRetries: 0 }), replies: [OVERLOADED] },
  { title: 'maxRetries: 1 of the call', options: () => ({ maxRetries: 1 }), replies: [OVERLOADED] },
  { title: 'maxRetries: 3 of the client', client: { maxRetries: 3 }, replies: [OVERLOADED] },
]

/** Answers that are none. */
const broken: readonly Row[] = [
  {
    title: 'a 502 in HTML',
    replies: [{ status: 502, body: '<h1>Bad gateway</h1>', contentType: 'text/html' }],
  },
  { title: 'a 500 without a body', replies: [{ status: 500, body: '', contentType: 'text/plain' }] },
  {
    title: 'a 400 without an envelope',
    replies: [{ status: 400, body: '{"message":"no"}', contentType: 'application/json' }],
  },
  {
    title: 'a 400 whose body is a text',
    replies: [{ status: 400, body: '"no"', contentType: 'application/json' }],
  },
  {
    title: 'a 400 of 2023',
    replies: [
      {
        status: 400,
        body: '{"error":{"type":"invalid_request_error","message":"no"}}',
        contentType: 'application/json',
      },
    ],
  },
  { title: 'a 302 to nowhere', replies: [{ status: 302, body: '', contentType: 'text/plain' }] },
  {
    title: 'half a JSON body',
    replies: [{ body: '{"type":"comp', contentType: 'application/json' }],
    only: 'whole' as const,
  },
  { title: 'a page of HTML', replies: [{ body: '<h1>Hello</h1>', contentType: 'text/html' }] },
  { title: 'nothing at all', replies: [{ body: '' }] },
  {
    title: 'a connection cut in the JSON',
    replies: [
      { body: '{"type":"completion"', contentType: 'application/json', faults: { cutAfterBytes: 10 } },
    ],
    only: 'whole' as const,
  },
].map(row => ({ client: { maxRetries: 0 }, ...row }))

const OVERLOADED_EVENT: Piece = {
  event: 'error',
  data: '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
}
const ONE: Piece = { text: 'one' }
const TWO: Piece = { text: ' two' }

const STREAMS: Readonly<Record<string, readonly Piece[]>> = {
  'a stream in order': [ONE, TWO, 'end'],
  'a stream that fails in the middle': [ONE, TWO, OVERLOADED_EVENT],
  'a stream that fails at once': [OVERLOADED_EVENT],
  'an error event of 2023': [
    ONE,
    { event: 'error', data: '{"error":{"type":"overloaded_error","message":"Overloaded"}}' },
  ],
  'an error event that is no JSON': [ONE, { event: 'error', data: 'Overloaded' }],
  'a stream whose connection is cut': [ONE, TWO, 'cut'],
  'a stream that just ends': [ONE, TWO],
  'a ping': [ONE, { event: 'ping', data: '{"type": "ping"}' }, TWO, 'end'],
  'an event of an unknown name': [ONE, { event: 'news', data: '{"type":"news"}' }, TWO, 'end'],
  'an event after the end': [ONE, 'end', { event: 'news', data: '{"type":"news"}' }],
}

/** Streams that go wrong on their way. */
const streams: readonly Row[] = Object.entries(STREAMS).map(([title, pieces]) => ({
  title,
  only: 'stream',
  client: { maxRetries: 0 },
  replies: [request => rawStream(request, pieces)],
}))

/** Options that the client itself refuses, or should. */
const misused: readonly Row[] = [
  { title: 'a negative timeout', options: () => ({ timeout: -1 }) },
  { title: 'a timeout of half a millisecond', options: () => ({ timeout: 0.5 }) },
  { title: 'negative retries of the client', client: { maxRetries: -1 } },
  { title: 'negative retries of the call', options: () => ({ maxRetries: -1 }) },
  { title: 'no key', client: { apiKey: null } },
  { title: 'an empty key', client: { apiKey: '' } },
  { title: 'a key taken away on purpose', client: { apiKey: null, defaultHeaders: { 'x-api-key': null } } },
  { title: 'a server that is not there', client: { baseURL: 'http://127.0.0.1:1', maxRetries: 0 } },
  { title: 'an invalid base URL', client: { baseURL: 'example', maxRetries: 0 } },
  {
    title: 'a fetch that throws',
    client: { maxRetries: 0, fetch: async () => Promise.reject(new RangeError('no network today')) },
  },
]

const rows = [...answered, ...refused, ...failures, ...retries, ...broken, ...streams, ...misused]

function toCases(row: Row): Case[] {
  const { title, params, options, client, only, ...script } = row
  const whole: Case = {
    ...script,
    title: `${title}, whole`,
    run: ({ Anthropic, connect }) =>
      outcome(Anthropic, async () =>
        observeWhole(await connect(client).completions.create({ ...PARAMS, ...params }, options?.())),
      ),
  }
  const streamed: Case = {
    ...script,
    title: `${title}, streamed`,
    run: ({ Anthropic, connect }) =>
      outcome(Anthropic, async () => {
        const { completions } = connect(client)
        const stream = await completions.create({ ...PARAMS, ...params, stream: true }, options?.())
        return observeStream(Anthropic, stream)
      }),
  }
  return [...(only === 'stream' ? [] : [whole]), ...(only === 'whole' ? [] : [streamed])]
}

/** The names and values that a module and its class carry. */
const statics: readonly Case[] = [
  {
    title: 'the constants',
    async run({ module, required, Anthropic }) {
      return {
        named: [module.HUMAN_PROMPT, module.AI_PROMPT],
        statics: [Anthropic.HUMAN_PROMPT, Anthropic.AI_PROMPT],
        required: [toJson(Object(required).HUMAN_PROMPT), toJson(Object(required).AI_PROMPT)],
        timeout: toJson(Anthropic.DEFAULT_TIMEOUT),
      }
    },
  },
  {
    title: 'the class, by every name',
    async run({ module, required, Anthropic }) {
      return {
        named: module.Anthropic === Anthropic,
        static: Anthropic.Anthropic === Anthropic,
        required: typeof required,
        requiredDefault: Object(required).default === required,
        requiredNamed: Object(required).Anthropic === required,
        name: typeof required === 'function' ? required.name : '',
      }
    },
  },
  {
    title: 'the error classes',
    async run({ module, Anthropic }) {
      return Object.fromEntries(
        ERROR_CLASSES.map(name => [
          name,
          {
            isNamedExport: module[name] !== undefined,
            isStatic: module[name] === Anthropic[name],
            chain: chainOf(Anthropic[name]),
          },
        ]),
      )
    },
  },
  {
    title: 'errors that a program makes itself',
    async run({ Anthropic }) {
      const make = (name: string, ...given: unknown[]): unknown => {
        const Kind = Anthropic[name]
        return typeof Kind === 'function' ? Reflect.construct(Kind, given) : undefined
      }
      const body = { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down.' } }
      const errors = {
        refused: make('RateLimitError', 429, body, 'a message', new Headers({ 'request-id': 'req_1' })),
        withoutBody: make('APIError', 500, undefined, 'a message', new Headers()),
        withoutAnything: make('APIError', undefined, undefined, undefined, undefined),
        aborted: make('APIUserAbortError'),
        lost: make('APIConnectionError', { message: 'gone', cause: new Error('cable') }),
        late: make('APIConnectionTimeoutError'),
        generated: generate(Anthropic.APIError, 404, body, 'a message', new Headers()),
        generatedWithoutStatus: generate(
          Anthropic.APIError,
          undefined,
          new Error('cable'),
          'a message',
          undefined,
        ),
      }
      return Object.fromEntries(
        Object.entries(errors).map(([key, error]) => [key, describeError(error, Anthropic)]),
      )
    },
  },
  {
    title: 'what a client shows',
    async run({ connect, Anthropic, emulator }) {
      const show = (client: object): Record<string, ReturnType<typeof toJson>> =>
        Object.fromEntries(
          ['apiKey', 'authToken', 'timeout', 'maxRetries', 'baseURL'].map(name => {
            const value = read(client, name)
            return [name, value === emulator.url ? '<url>' : toJson(value)]
          }),
        )
      return {
        given: show(connect({ apiKey: 'k', authToken: 't', timeout: 1000, maxRetries: 5 })),
        default: show(new Anthropic({ apiKey: 'k' })),
        isInstance: connect() instanceof Anthropic,
        completions: connect().completions.constructor.name,
      }
    },
  },
  {
    title: 'the environment',
    async run({ Anthropic }) {
      // Set, read and unset at once: other cases run at the same time.
      const withEnvironment = (variables: Record<string, string>): string[] => {
        Object.assign(process.env, variables)
        try {
          const client = new Anthropic()
          return [`${read(client, 'apiKey')}`, `${read(client, 'authToken')}`, `${read(client, 'baseURL')}`]
        } finally {
          for (const name of Object.keys(variables)) delete process.env[name]
        }
      }
      return {
        none: withEnvironment({}),
        all: withEnvironment({
          ANTHROPIC_API_KEY: 'key',
          ANTHROPIC_AUTH_TOKEN: 'token',
          ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
        }),
        padded: withEnvironment({ ANTHROPIC_API_KEY: ' key ', ANTHROPIC_BASE_URL: ' http://127.0.0.1:1 ' }),
        blank: withEnvironment({ ANTHROPIC_BASE_URL: '  ' }),
      }
    },
  },
]

function generate(APIError: unknown, ...given: unknown[]): unknown {
  const make: unknown = typeof APIError === 'function' ? Reflect.get(APIError, 'generate') : undefined
  return typeof make === 'function' ? Reflect.apply(make, APIError, given) : undefined
}

function chainOf(errorClass: unknown): string[] {
  const chain: string[] = []
  for (
    let kind = errorClass;
    typeof kind === 'function' && kind !== Function.prototype;
    kind = Object.getPrototypeOf(kind)
  ) {
    chain.push(kind.name)
  }
  return chain
}

/** Every case of the second generation. */
export const cases: readonly Case[] = [...rows.flatMap(toCases), ...statics, ...programs]
