import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adapters, completeBody, messagesBody, type OpenAdapter, post, without } from './adapters.ts'

const START = 'prompt must start with "\n\nHuman:" turn after an optional system prompt'
const END = 'prompt must end with "\n\nAssistant:" turn'
const NO_PREFILL =
  'This model does not support assistant message prefill. The conversation must end with a user message.'

type Refused = [message: string, init: RequestInit, status?: number, type?: string]

const user = (content: unknown): object => ({ role: 'user', content })
const assistant = (content: unknown): object => ({ role: 'assistant', content })
const system = (content: unknown): object => ({ role: 'system', content })
const complete = (fields: object): RequestInit => post(completeBody(fields))
const messages = (fields: object, version = '2023-06-01'): RequestInit =>
  post(messagesBody(fields), { 'anthropic-version': version })

/** What both endpoints refuse before they look at the fields. */
const common: Refused[] = [
  ['x-api-key header is required', post({}, { 'x-api-key': null }), 401, 'authentication_error'],
  ['x-api-key header is required', post({}, { 'x-api-key': '' }), 401, 'authentication_error'],
  ['invalid x-api-key', post({}, { 'x-api-key': 'invalid-key' }), 401, 'authentication_error'],
  [
    'invalid x-api-key',
    post({}, { 'x-api-key': null, authorization: 'Bearer invalid' }),
    401,
    'authentication_error',
  ],
  // If both are sent, x-api-key counts.
  [
    'invalid x-api-key',
    post({}, { 'x-api-key': 'invalid', authorization: 'Bearer good' }),
    401,
    'authentication_error',
  ],
  ['anthropic-version: header is required', post({}, { 'anthropic-version': null })],
  ['anthropic-version: "2023-10-01" is not a valid version', post({}, { 'anthropic-version': '2023-10-01' })],
  ['The request body is not valid JSON', post('{"model":')],
  ['The request body is not valid JSON', post('')],
  ['The request body is not valid JSON: no low surrogate in string', post('{"\\ud83d":1}')],
  [
    'The request body is not valid JSON: no low surrogate in string',
    post('{"model":"claude-2","prompt":"\\ud83d"}'),
  ],
]

const onComplete: Refused[] = [
  ['value is not a valid dict', post('[]')],
  ['model: field required', post(without(completeBody(), 'model'))],
  ['prompt: field required', post(without(completeBody(), 'prompt'))],
  ['max_tokens_to_sample: field required', post(without(completeBody(), 'max_tokens_to_sample'))],
  ['model: str type expected', complete({ model: 2 })],
  ['prompt: str type expected', complete({ prompt: [] })],
  ['max_tokens_to_sample: value is not a valid integer', complete({ max_tokens_to_sample: 1.5 })],
  ['temperature: value is not a valid float', complete({ temperature: 'hot' })],
  ['stop_sequences: value is not a valid list', complete({ stop_sequences: '\n\nHuman:' })],
  ['stop_sequences.1: str type expected', complete({ stop_sequences: ['a', 1] })],
  ['stream: value could not be parsed to a boolean', complete({ stream: 'yes' })],
  ['metadata: value is not a valid dict', complete({ metadata: 'me' })],
  ['metadata.name: extra fields not permitted', complete({ metadata: { name: 'me' } })],
  [
    'metadata.user_id: ensure this value has at most 256 characters',
    complete({ metadata: { user_id: 'x'.repeat(257) } }),
  ],
  ['maxOutputTokens: extra fields not permitted', complete({ maxOutputTokens: 5 })],
  ['max_tokens: extra fields not permitted', complete({ max_tokens: 5 })],
  ['max_tokens_to_sample: range: 1..1,000,000', complete({ max_tokens_to_sample: 0 })],
  ['max_tokens_to_sample: range: 1..1,000,000', complete({ max_tokens_to_sample: 1_000_001 })],
  ['temperature: range: -1 or 0..1', complete({ temperature: 1.1 })],
  ['temperature: range: -1 or 0..1', complete({ temperature: -0.5 })],
  ['top_p: range: -1 or 0..1', complete({ top_p: 2 })],
  ['top_k: range: -1 or 0..1,000,000', complete({ top_k: -2 })],
  ['prompt: ensure this value has at least 1 characters', complete({ prompt: '' })],
  // The documentation's own examples of prompts that are refused.
  [`${START}, ${END}`, complete({ prompt: 'Hello, world' })],
  [START, complete({ prompt: 'Hello, world\n\nAssistant:' })],
  [END, complete({ prompt: '\n\nHuman: Hello, Claude' })],
  [START, complete({ prompt: '\n\nAssistant: Hello, world\n\nHuman: Hello, Claude\n\nAssistant:' })],
  [
    END,
    complete({
      prompt: '\n\nHuman: Hello, Claude\n\nAssistant: Hello, world\n\nHuman: How many toes do dogs have?',
    }),
  ],
  [END, complete({ prompt: '\n\nHuman: Hello, Claude \nAssistant:' })],
  // Constants with a backslash and an n in place of the newlines, as an SDK once exported them.
  [`${START}, ${END}`, complete({ prompt: '\\n\\nHuman: Hello\\n\\nAssistant:' })],
  [
    'prompt is too long: 102399 tokens > 102398 maximum',
    complete({ model: 'claude-instant-1.2', prompt: `\n\nHuman:${' a'.repeat(102_396)}\n\nAssistant:` }),
  ],
  [
    '"claude-haiku-4-5-20251001" is not supported on this API. Please use the Messages API instead.',
    complete({ model: 'claude-haiku-4-5-20251001' }),
  ],
  [
    '"claude-3-sonnet-20240229" is not supported on this API. Please use the Messages API instead.',
    complete({ model: 'claude-3-sonnet-20240229' }),
  ],
  ['model: claude-haiku-4-5-latest', complete({ model: 'claude-haiku-4-5-latest' }), 404, 'not_found_error'],
  ['model: toString', complete({ model: 'toString' }), 404, 'not_found_error'],
]

const prefilled = [user('Hi'), assistant('Hello, my name is')]
const deprecated = (field: string): string => `\`${field}\` is deprecated for this model.`
const useAdaptive = (type: string): string =>
  `"thinking.type.${type}" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.`
const BOTH = '`temperature` and `top_p` cannot both be specified for this model. Please use only one.'

const onMessages: Refused[] = [
  ['Input should be a valid dictionary', post('"hello"')],
  ['model: Field required', post(without(messagesBody(), 'model'))],
  ['messages: Field required', post(without(messagesBody(), 'messages'))],
  ['max_tokens: Field required', post(without(messagesBody(), 'max_tokens'))],
  ['prompt: Extra inputs are not permitted', messages({ prompt: '\n\nHuman: Hi\n\nAssistant:' })],
  ['max_tokens_to_sample: Extra inputs are not permitted', messages({ max_tokens_to_sample: 5 })],
  ['model: Input should be a valid string', messages({ model: null })],
  ['messages: Input should be a valid list', messages({ messages: 'Hello' })],
  ['max_tokens: Input should be a valid integer', messages({ max_tokens: '5' })],
  ['max_tokens: Input should be greater than or equal to 0', messages({ max_tokens: -1 })],
  ['system: Input should be a valid list', messages({ system: 5 })],
  ['system: text content blocks must be non-empty', messages({ system: [{ type: 'text', text: '' }] })],
  ['temperature: Input should be a valid number', messages({ temperature: 'hot' })],
  ['top_k: Input should be a valid integer', messages({ top_k: 0.5 })],
  ['stop_sequences: Input should be a valid list', messages({ stop_sequences: 'x' })],
  ['stop_sequences.0: Input should be a valid string', messages({ stop_sequences: [5] })],
  ['stream: Input should be a valid boolean', messages({ stream: 1 })],
  ['metadata: Input should be a valid dictionary', messages({ metadata: [] })],
  ['metadata.name: Extra inputs are not permitted', messages({ metadata: { name: 'me' } })],
  [
    'metadata.user_id: String should have at most 256 characters',
    messages({ metadata: { user_id: 'x'.repeat(257) } }),
  ],
  ['messages: at least one message is required', messages({ messages: [] })],
  ['messages.0: Input does not match the expected shape.', messages({ messages: ['Hello'] })],
  ['messages.0.content.0: Input does not match the expected shape.', messages({ messages: [user(['Hi'])] })],
  ['system.0: Input does not match the expected shape.', messages({ system: ['Be brief.'] })],
  ['messages.0.role: Field required', messages({ messages: [{ content: 'Hello' }] })],
  ['messages.0.content: Field required', messages({ messages: [{ role: 'user' }] })],
  ['messages.0.content: Input should be a valid list', messages({ messages: [user(5)] })],
  [
    'messages.0.name: Extra inputs are not permitted',
    messages({ messages: [{ role: 'user', content: 'Hi', name: 'Bo' }] }),
  ],
  [
    "messages.0.role: Input should be 'user' or 'assistant'",
    messages({ messages: [{ role: 'Human', content: 'Hi' }] }),
  ],
  [
    'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
    messages({ messages: [{ role: 'system', content: 'Be brief' }, user('Hi')] }),
  ],
  [
    'messages: first message must use the "user" role',
    messages({ messages: [assistant('Hello'), user('Hi')] }),
  ],
  [
    'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
    messages({ model: 'claude-sonnet-5', messages: [user('Hi'), system('Be brief')] }),
  ],
  [
    'messages.2: a "system" message must follow a "user" message and precede an "assistant" message or end the conversation',
    messages({
      model: 'claude-opus-4-8',
      messages: [user('Hi'), assistant('Yo'), system('Be brief'), user('?')],
    }),
  ],
  [
    'messages.0: all messages must have non-empty content except for the optional final assistant message',
    messages({ messages: [user('')] }),
  ],
  [
    'messages.1: all messages must have non-empty content except for the optional final assistant message',
    messages({ messages: [user('Hi'), assistant([]), user('Hello?')] }),
  ],
  ['messages: text content blocks must contain non-whitespace text', messages({ messages: [user(' \n')] })],
  [
    'messages: text content blocks must contain non-whitespace text',
    messages({ messages: [user([{ type: 'text', text: '\n' }])] }),
  ],
  [
    'messages: text content blocks must be non-empty',
    messages({ messages: [user([{ type: 'text', text: '' }])] }),
  ],
  [
    expect.stringContaining(
      "messages.0.content.0: Input tag 'picture' found using 'type' does not match any of the expected tags: 'advisor_tool_result', ",
    ),
    messages({ messages: [user([{ type: 'picture', source: {} }])] }),
  ],
  [
    'messages: final assistant content cannot end with trailing whitespace',
    messages({ messages: [user('Hi'), assistant('Sure, here you go:\n')] }),
  ],
  ['stop_sequences: each stop sequence must be non-empty', messages({ stop_sequences: [''] })],
  ['stop_sequences: each stop sequence must contain non-whitespace', messages({ stop_sequences: ['\n\n'] })],
  ['model: claude-2.1', messages({ model: 'claude-2.1' }), 404, 'not_found_error'],
  ['model: claude-3-opus-20240229', messages({ model: 'claude-3-opus-20240229' }), 404, 'not_found_error'],
  ['model: claude-4-5-haiku', messages({ model: 'claude-4-5-haiku' }), 404, 'not_found_error'],
  [
    'max_tokens: 128001 > 64000, which is the maximum allowed number of output tokens for claude-opus-4-5-20251101',
    messages({ model: 'claude-opus-4-5', max_tokens: 128_001 }),
  ],
  [
    'prompt is too long: 200001 tokens > 200000 maximum',
    messages({ messages: [user('a '.repeat(200_001).trim())] }),
  ],
  ...['claude-opus-4-6', 'claude-sonnet-5-5', 'claude-haiku-5-5', 'claude-mythos-preview'].map(
    (model): Refused => [NO_PREFILL, messages({ model, messages: prefilled })],
  ),
  [
    NO_PREFILL,
    messages({
      model: 'claude-opus-4-8',
      messages: [user('Hi'), assistant('')],
      thinking: { type: 'disabled' },
    }),
  ],

  // Sampling.
  ['`temperature` cannot be set to -1 for this model', messages({ temperature: -1 })],
  ['`top_p` cannot be set to -1 for this model', messages({ top_p: -1 })],
  ['`top_k` cannot be set to -1 for this model', messages({ top_k: -1 })],
  ['temperature: range: 0..1', messages({ temperature: 1.01 })],
  ['temperature: range: 0..1', messages({ model: 'claude-opus-4-8', temperature: 1.01 })],
  ['top_p: range: 0..1', messages({ top_p: 1.5 })],
  ['top_k: Input should be greater than or equal to 0', messages({ top_k: -5 })],
  [BOTH, messages({ temperature: 0.5, top_p: 0.5 })],
  [BOTH, messages({ model: 'claude-opus-4-6', temperature: 1, top_p: 0.5 })],
  [BOTH, messages({ model: 'claude-opus-5', temperature: 1, top_p: 0.99 })],
  ...['claude-opus-4-7', 'claude-opus-5-5', 'claude-sonnet-5', 'claude-fable-5-2'].flatMap(
    (model): Refused[] => [
      [deprecated('temperature'), messages({ model, temperature: 0 })],
      [deprecated('top_p'), messages({ model, top_p: 0.97 })],
      [deprecated('top_p'), messages({ model, top_p: 1 })],
      [deprecated('top_k'), messages({ model, top_k: 0 })],
    ],
  ),
  ...['claude-haiku-4-5', 'claude-opus-5'].flatMap((model): Refused[] => [
    ['temperature: Extra inputs are not permitted', messages({ model, temperature: 1 }, '2026-10-21')],
    ['top_p: Extra inputs are not permitted', messages({ model, top_p: 0.99 }, '2026-10-21')],
    ['top_k: Extra inputs are not permitted', messages({ model, top_k: 5 }, '2026-10-21')],
  ]),

  // Thinking.
  ['thinking: Input should be a valid dictionary', messages({ thinking: true })],
  ['thinking.type: Field required', messages({ thinking: {} })],
  [
    "thinking: Input tag 'off' found using 'type' does not match any of the expected tags: 'adaptive', 'between_tools', 'disabled', 'enabled'",
    messages({ thinking: { type: 'off' } }),
  ],
  ['thinking.enabled.budget_tokens: Field required', messages({ thinking: { type: 'enabled' } })],
  [
    'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
    messages({ thinking: { type: 'enabled', budget_tokens: 10 } }),
  ],
  [
    '`max_tokens` must be greater than `thinking.budget_tokens`.',
    messages({ thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 1024 }),
  ],
  [
    'thinking.disabled.budget_tokens: Extra inputs are not permitted',
    messages({ thinking: { type: 'disabled', budget_tokens: 2000 } }),
  ],
  ['adaptive thinking is not supported on this model', messages({ thinking: { type: 'adaptive' } })],
  [useAdaptive('disabled'), messages({ model: 'claude-opus-5-5', thinking: { type: 'disabled' } })],
  [useAdaptive('disabled'), messages({ model: 'claude-mythos-preview', thinking: { type: 'disabled' } })],
  [
    useAdaptive('enabled'),
    messages({ model: 'claude-opus-4-8', thinking: { type: 'enabled', budget_tokens: 1024 } }),
  ],
  [
    '"thinking.type.between_tools" is not supported for this model.',
    messages({ model: 'claude-sonnet-5', thinking: { type: 'between_tools' } }),
  ],
  [
    'To turn thinking off on this model, send "thinking": {"type": "between_tools"} instead of {"type": "disabled"}. The model does not think before responding. The short updates it writes between tool calls come back as thinking blocks.',
    messages({ model: 'claude-sonnet-5-5', thinking: { type: 'disabled' } }),
  ],
  [
    "output_config.effort 'max' is not supported when thinking is disabled on this model. Use effort 'high' or below, or enable thinking.",
    messages({ model: 'claude-opus-5', thinking: { type: 'disabled' }, output_config: { effort: 'max' } }),
  ],
  [
    '`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.',
    messages({ model: 'claude-opus-4-6', thinking: { type: 'adaptive' }, temperature: 0 }),
  ],
  [
    '`top_k` must be unset when thinking is enabled or in adaptive mode.',
    messages({ model: 'claude-opus-4-6', thinking: { type: 'adaptive' }, top_k: 5 }),
  ],
  [
    '`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled or in adaptive mode.',
    messages({ model: 'claude-opus-4-6', thinking: { type: 'adaptive' }, top_p: 0.5 }),
  ],
  [
    'messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `text`. When `thinking` is enabled, a final `assistant` message must start with a thinking block.',
    messages({ messages: prefilled, thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 2000 }),
  ],
  ['output_config: Input should be a valid dictionary', messages({ output_config: 'low' })],
  ['output_config.mode: Extra inputs are not permitted', messages({ output_config: { mode: 'x' } })],
  [
    "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'",
    messages({ model: 'claude-opus-5', output_config: { effort: 'none' } }),
  ],
  [
    'This model does not support the effort parameter.',
    messages({ model: 'claude-haiku-4-5', output_config: { effort: 'low' } }),
  ],
  [
    "This model does not support effort level 'xhigh'. Supported levels: high, low, max, medium.",
    messages({ model: 'claude-opus-4-6', output_config: { effort: 'xhigh' } }),
  ],
  [
    "This model does not support effort level 'max'. Supported levels: high, low, medium.",
    messages({ model: 'claude-opus-4-5', output_config: { effort: 'max' } }),
  ],
  [
    "tool_choice: Input tag 'all' found using 'type' does not match any of the expected tags: 'any', 'auto', 'none', 'tool'",
    messages({ tool_choice: { type: 'all' } }),
  ],
]

const cases = [
  ...common.flatMap(row => [
    { path: '/v1/complete', row },
    { path: '/v1/messages', row },
  ]),
  ...onComplete.map(row => ({ path: '/v1/complete', row })),
  ...onMessages.map(row => ({ path: '/v1/messages', row })),
  ...(
    [
      ['Not Found', '/v1/completions', post(completeBody()), 404, 'not_found_error'],
      ['Not Found', '/', post(completeBody()), 404, 'not_found_error'],
      ['Method Not Allowed', '/v1/complete', {}, 405, 'invalid_request_error'],
      ['Method Not Allowed', '/v1/models', post({}), 405, 'invalid_request_error'],
      ['model: claude-2', '/v1/models/claude-2', { headers: post({}).headers ?? {} }, 404, 'not_found_error'],
    ] as const
  ).map(([message, path, init, status, type]) => ({ path, row: [message, init, status, type] as Refused })),
].map(({ path, row: [message, init, status = 400, type = 'invalid_request_error'] }) => ({
  path,
  message,
  init,
  status,
  type,
}))

describe.each(adapters)('through $name', adapter => {
  let open: OpenAdapter
  beforeAll(async () => {
    open = await adapter.open({ today: '2026-11-29' })
  })
  afterAll(() => open.close())

  test.each(cases)('$path refuses: $message', async ({ path, init, status, type, message }) => {
    const response = await open.send(path, init)
    const body = await response.json()
    expect({ status: response.status, body }).toEqual({
      status,
      body: { type: 'error', error: { type, message }, request_id: response.headers.get('request-id') },
    })
    expect(Object.keys(body)).toEqual(['type', 'error', 'request_id'])
    expect(body.request_id).toMatch(/^req_01[1-9A-HJ-NP-Za-km-z]{22}$/)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('x-should-retry')).toBe('false')
  })
})

/** The other side of the rules above: what must pass. */
type Accepted = [path: string, why: string, init: RequestInit]

const nulls = (names: string): object => Object.fromEntries(names.split(' ').map(name => [name, null]))

/** Fields of the API that do not change the emulator's response. */
const ignoredFields: object[] = [
  { tools: [{ name: 'f', input_schema: { type: 'object' } }] },
  { tools: [{ name: 'f', input_schema: { type: 'object' } }], tool_choice: { type: 'auto' } },
  { tool_choice: { type: 'none' } },
  { cache_control: { type: 'ephemeral' } },
  { container: 'container_1' },
  { context_management: { edits: [] } },
  { diagnostics: {} },
  { fallbacks: [] },
  { inference_geo: 'eu' },
  { mcp_servers: [] },
  { service_tier: 'auto' },
  { speed: 'standard' },
  { thread: {} },
  { user_profile_id: 'u' },
]

const unreadBlocks: { type: string; [field: string]: unknown }[] = [
  { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
  { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' } },
  { type: 'search_result', source: 's', title: 't', content: [] },
  { type: 'tool_result', tool_use_id: 't', content: 'x' },
  { type: 'container_upload', file_id: 'f' },
]

const accepted: Accepted[] = [
  [
    '/v1/complete',
    'a prompt without its first newlines',
    complete({ prompt: 'Human: Hello, Claude\n\nAssistant:' }),
  ],
  ['/v1/complete', 'one newline at the start', complete({ prompt: '\nHuman: Hello, Claude\n\nAssistant:' })],
  ['/v1/complete', 'a trailing space', complete({ prompt: '\n\nHuman: Hello, Claude:\n\nAssistant: ' })],
  [
    '/v1/complete',
    'three newlines (recorded)',
    complete({ prompt: '\n\nHuman:\nHello world\n\n\nAssistant:' }),
  ],
  [
    '/v1/complete',
    'consecutive turns',
    complete({ prompt: '\n\nHuman: a\n\nHuman: b\n\nAssistant: c\n\nAssistant:' }),
  ],
  ['/v1/complete', 'a system prompt', complete({ prompt: 'Be brief.\n\nHuman: Hi\n\nAssistant:' })],
  ['/v1/complete', '-1 for unset', complete({ temperature: -1, top_p: -1, top_k: -1 })],
  ['/v1/complete', 'null for unset', complete({ stop_sequences: null, metadata: null, stream: null })],
  ['/v1/complete', 'whitespace stops', complete({ stop_sequences: ['\n', ''] })],
  ['/v1/complete', 'a budget far above the cap', complete({ max_tokens_to_sample: 100_000 })],
  ['/v1/complete', 'a bearer token', post(completeBody(), { 'x-api-key': null, authorization: 'Bearer k' })],
  ['/v1/messages', 'the version of 2026', messages({}, '2026-10-21')],
  ['/v1/messages', 'a budget of none', messages({ max_tokens: 0 })],
  ['/v1/messages', 'an empty system prompt', messages({ system: '' })],
  ['/v1/messages', 'system blocks', messages({ system: [{ type: 'text', text: 'Be brief.' }] })],
  ['/v1/messages', 'no user id', messages({ metadata: { user_id: null } })],
  ['/v1/messages', 'an empty final assistant turn', messages({ messages: [user('Hi'), assistant('')] })],
  ['/v1/messages', 'a prefill on the 4.5 family', messages({ messages: prefilled })],
  ['/v1/messages', 'temperature with top_k', messages({ temperature: 0, top_k: 5 })],
  ['/v1/messages', 'temperature 1 anywhere', messages({ model: 'claude-opus-5-5', temperature: 1 })],
  ['/v1/messages', 'top_p 0.99 anywhere', messages({ model: 'claude-haiku-5-5', top_p: 0.99 })],
  [
    '/v1/messages',
    'thinking switched off',
    messages({
      model: 'claude-haiku-5-5',
      thinking: { type: 'disabled' },
      output_config: { effort: 'high' },
    }),
  ],
  [
    '/v1/messages',
    'a thinking block sent back',
    messages({
      model: 'claude-opus-5',
      messages: [
        user('Hi'),
        assistant([
          { type: 'thinking', thinking: '', signature: 's' },
          { type: 'text', text: 'Yo' },
        ]),
        user('?'),
      ],
    }),
  ],
  ['/v1/messages', 'consecutive user turns', messages({ messages: [user('Hi'), user('there')] })],
  [
    '/v1/messages',
    'consecutive assistant turns',
    messages({ messages: [user('Hi'), assistant('a'), assistant('b'), user('c')] }),
  ],
  [
    '/v1/messages',
    'a system role in mid-conversation',
    messages({
      model: 'claude-opus-4-8',
      messages: [user('Hi'), system('Be brief'), assistant('Yo'), user('?')],
    }),
  ],
  [
    '/v1/messages',
    'null for every optional field',
    messages({
      ...nulls('system stop_sequences temperature top_p top_k metadata stream thinking output_config tools'),
      ...nulls('tool_choice output_format cache_control container context_management service_tier speed'),
    }),
  ],
  [
    '/v1/messages',
    'null inside objects',
    messages({ model: 'claude-opus-5', output_config: { effort: null, format: null }, thinking: null }),
  ],
  ...ignoredFields.map(
    (fields): Accepted => ['/v1/messages', Object.keys(fields).join(' and '), messages(fields)],
  ),
  ...unreadBlocks.map(
    (block): Accepted => [
      '/v1/messages',
      `a block of the type ${block.type}`,
      messages({ messages: [user([{ type: 'text', text: 'Look at this' }, block])] }),
    ],
  ),
]

describe.each(adapters)('through $name', adapter => {
  test.each(accepted)('%s accepts %s', async (path, _why, init) => {
    const open = await adapter.open()
    const response = await open.send(path, init)
    expect({ status: response.status, body: await response.json() }).toMatchObject({ status: 200 })
    await open.close()
  })
})

test('apiKeys replaces the rule about keys', async () => {
  const [adapter] = adapters
  const open = await adapter?.open({ apiKeys: ['invalid-but-listed'] })
  const status = async (key: string): Promise<number | undefined> =>
    (await open?.send('/v1/complete', post(completeBody(), { 'x-api-key': key })))?.status
  expect([await status('invalid-but-listed'), await status('any')]).toEqual([200, 401])
})
