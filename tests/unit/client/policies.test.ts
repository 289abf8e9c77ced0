import { inspect } from 'node:util'
import {
  APIError,
  BadRequestError,
  type CompletionCreateParamsNonStreaming,
  type Diagnostic,
  type DiagnosticCode,
  type Policies,
} from 'legacy-completions'
import { describe, expect, test } from 'vitest'
import { ask, quickest } from './adapters.ts'
import { beginnings, failure } from './outcomes.ts'

const { open, params } = quickest

interface Row {
  title: string
  policy: keyof Policies
  given: Partial<CompletionCreateParamsNonStreaming>
  code: DiagnosticCode
  /** What the request holds where it is adapted; `undefined` for a field that is left out. */
  adapted: object
  /** And where it is passed on. */
  passed: object
  /** What the refusal says: what it is about, the reason, the remedy. */
  refusal: RegExp
}

const turn = (role: string, content: unknown): object => ({ role, content })
const QUESTION = turn('user', 'Who are you?')

const rows: readonly Row[] = [
  {
    title: 'temperature',
    policy: 'sampling',
    given: { temperature: 0 },
    code: 'sampling-dropped',
    adapted: { temperature: undefined },
    passed: { temperature: 0 },
    refusal:
      /`claude-opus-4-8` does not accept `temperature: 0`\. Remove it from the call, or name a model that accepts it: .*`claude-haiku-4-5`/,
  },
  {
    title: 'top_k',
    policy: 'sampling',
    given: { top_k: 5 },
    code: 'sampling-dropped',
    adapted: { top_k: undefined },
    passed: { top_k: 5 },
    refusal: /`claude-opus-4-8` does not accept `top_k: 5`\. Remove it from the call, or name a model/,
  },
  {
    title: 'temperature and top_p together',
    policy: 'sampling',
    given: { model: 'claude-haiku-4-5', temperature: 0.5, top_p: 0.9 },
    code: 'sampling-exclusive',
    adapted: { temperature: 0.5, top_p: undefined },
    passed: { temperature: 0.5, top_p: 0.9 },
    refusal:
      /`claude-haiku-4-5` accepts either `temperature` or `top_p`, not both\. Send only one of the two/,
  },
  {
    title: 'a prefill',
    policy: 'prefill',
    given: { prompt: ask('Who are you?', ' I am') },
    code: 'prefill-continued',
    adapted: {
      messages: [
        QUESTION,
        turn('assistant', 'I am'),
        turn('user', expect.stringMatching(/^Your previous response/)),
      ],
    },
    passed: { messages: [QUESTION, turn('assistant', 'I am')] },
    refusal:
      /`claude-opus-4-8` does not accept a prefill: text after .*`claude-haiku-4-5` still accepts a prefill; no newer model does/s,
  },
  {
    title: 'a prefill that ends in whitespace',
    policy: 'prefill',
    given: { model: 'claude-haiku-4-5', prompt: ask('Who are you?', ' I am\n') },
    code: 'prefill-trimmed',
    adapted: { messages: [QUESTION, turn('assistant', 'I am')] },
    passed: { messages: [QUESTION, turn('assistant', 'I am\n')] },
    refusal:
      /The prompt ends in whitespace, which the Messages API rejects at the end of a prefill\. Remove the whitespace/,
  },
  {
    title: 'max_tokens_to_sample',
    policy: 'maxTokens',
    given: { max_tokens_to_sample: 1_000_000 },
    code: 'max-tokens-capped',
    adapted: { max_tokens: 128_000 },
    passed: { max_tokens: 1_000_000 },
    refusal: /`max_tokens_to_sample: 1000000` is more than `claude-opus-4-8` can write\. Set 128000 or fewer/,
  },
  {
    title: 'a model that always thinks',
    policy: 'thinking',
    given: { model: 'claude-fable-5' },
    code: 'thinking-reserve',
    adapted: { max_tokens: 4396, output_config: { effort: 'low' }, thinking: undefined },
    passed: { max_tokens: 300, output_config: undefined, thinking: undefined },
    refusal:
      /`claude-fable-5` always thinks before it answers, and its thinking counts toward max_tokens_to_sample\. Name a model whose thinking can be turned off: `claude-opus-5`/,
  },
  {
    title: 'a retired model',
    policy: 'retiredModel',
    given: { model: 'claude-2.1' },
    code: 'retired-model',
    adapted: { model: 'claude-opus-4-8' },
    passed: { model: 'claude-2.1' },
    refusal: /`claude-2\.1` was retired on 2025-07-21\. Name a live model in the call/,
  },
  {
    title: 'a stop of only whitespace',
    policy: 'stopSequences',
    given: { stop_sequences: ['\n\n', 'END'] },
    code: 'stop-enforced-here',
    adapted: { stop_sequences: ['END'], stream: true },
    passed: { stop_sequences: ['\n\n', 'END'], stream: undefined },
    refusal:
      /The Messages API rejects stop sequences of only whitespace \(1 in this call\)\. Use a stop sequence with a visible character/,
  },
  {
    title: 'an empty stop',
    policy: 'stopSequences',
    given: { stop_sequences: ['', 'END'] },
    code: 'empty-stop-sequence',
    adapted: { stop_sequences: ['END'] },
    passed: { stop_sequences: ['', 'END'] },
    refusal: /The Messages API rejects an empty stop sequence\. Remove "" from stop_sequences/,
  },
]

/** Returns the request body of a call under these policies, and its diagnostics. */
async function sent(
  given: Row['given'],
  policies: Policies,
): Promise<{ body: unknown; diagnostics: Diagnostic[] }> {
  const { connect, emulator } = await open()
  const diagnostics: Diagnostic[] = []
  const { completions } = connect({ ...policies, onDiagnostic: diagnostic => diagnostics.push(diagnostic) })
  // The server may reject a request that is sent unchanged.
  await completions.create({ ...params, ...given }).catch(() => {})
  return { body: emulator.requests[0]?.body, diagnostics }
}

describe.each(rows)('$policy, for $title', ({ policy, given, code, adapted, passed, refusal }) => {
  test.each([undefined, 'adapt'] as const)('%s changes the request and reports a diagnostic', async value => {
    const { body, diagnostics } = await sent(given, { [policy]: value })
    expect(body).toEqual(expect.objectContaining(withoutUndefined(adapted)))
    for (const field of undefinedIn(adapted)) expect(body).not.toHaveProperty(field)
    const [first, ...others] = diagnostics.filter(diagnostic => diagnostic.code === code)
    expect(others).toEqual([])
    expect(first?.fix).toContain(
      `Option \`${policy}\`: 'error' rejects such a call, 'pass' sends it unchanged.`,
    )
  })

  test('pass sends the call unchanged, without a diagnostic', async () => {
    const { body, diagnostics } = await sent(given, { [policy]: 'pass' })
    expect(body).toEqual(expect.objectContaining(withoutUndefined(passed)))
    for (const field of undefinedIn(passed)) expect(body).not.toHaveProperty(field)
    expect(diagnostics.map(diagnostic => diagnostic.code)).not.toContain(code)
  })

  test.each(Object.entries(beginnings))('error rejects the call: %s', async (_, start) => {
    const diagnostics: Diagnostic[] = []
    const { connect, emulator } = await open()
    const client = connect({ [policy]: 'error', onDiagnostic: diagnostic => diagnostics.push(diagnostic) })
    const error = await failure(() => start(client, { ...params, ...given }), BadRequestError)
    expect([error.status, error.type]).toEqual([400, 'invalid_request_error'])
    expect(error.message).toMatch(
      /^400 \{"type":"error","error":\{"type":"invalid_request_error","message":"/,
    )
    expect(JSON.parse(error.message.slice(4)).error.message).toMatch(refusal)
    // The call was not adapted, so the message must not describe an adaptation.
    expect(error.message).not.toMatch(
      /Option `\w+`:|Using the replacement|(?:was|were) (?:dropped|lowered|raised)/,
    )
    const errors = error.diagnostics?.filter(({ severity }) => severity === 'error')
    expect(errors?.map(diagnostic => diagnostic.code)).toEqual([code])
    expect(emulator.requests).toHaveLength(0)
    expect(diagnostics).toEqual([])
    expect(inspect(error, { depth: 9 })).not.toContain('Who are you')
  })

  test('ignores the other policies', async () => {
    const others: Policies = {
      sampling: 'error',
      prefill: 'error',
      maxTokens: 'error',
      thinking: 'error',
      retiredModel: 'error',
      stopSequences: 'error',
      [policy]: 'adapt',
    }
    expect((await sent(given, others)).body).toEqual((await sent(given, {})).body)
  })
})

const withoutUndefined = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
const undefinedIn = (fields: object): string[] =>
  Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [name] : []))

test('reports several rejected parameters at once', async () => {
  const { connect } = await open()
  const client = connect({ sampling: 'error', maxTokens: 'error', prefill: 'error' })
  const call = { ...params, temperature: 0, max_tokens_to_sample: 1_000_000, prompt: ask('Hi', ' Well') }
  const error = await failure(() => client.completions.create(call), BadRequestError)
  expect(error.message).toMatch(/does not accept a prefill.*is more than.*does not accept `temperature: 0`/s)
  expect(error.diagnostics?.map(({ code, severity }) => [code, severity])).toEqual([
    ['prefill-continued', 'error'],
    ['max-tokens-capped', 'error'],
    ['sampling-dropped', 'error'],
  ])
})

describe('a model whose thinking can be turned off', () => {
  test.each([
    [undefined, { type: 'disabled' }],
    ['adapt', { type: 'disabled' }],
    // The policy does not reject this model, because its thinking can be turned off.
    ['error', { type: 'disabled' }],
    ['pass', undefined],
  ] as const)('thinking: %s', async (thinking, expected) => {
    const { body, diagnostics } = await sent({ model: 'claude-haiku-5-5' }, { thinking })
    expect(Reflect.get(Object(body), 'thinking')).toEqual(expected)
    expect(diagnostics.map(({ code }) => code)).toEqual(expected === undefined ? [] : ['thinking-off'])
  })
})

describe('changes without loss do not depend on a policy', () => {
  test.each([
    ['values that say no more than the default', { temperature: 1, top_p: 1 }],
    ['-1', { temperature: -1, top_p: -1, top_k: -1 }],
  ])('%s', async (_, given) => {
    const { body } = await sent(given, { sampling: 'error' })
    expect(Object.keys(Object(body))).toEqual(['model', 'max_tokens', 'messages'])
  })
})

describe('the server’s own refusal', () => {
  // That what is passed on reaches the server shows in what the server makes of it.
  const refused = rows.filter(({ policy }) => policy !== 'thinking')
  test.each(refused)('of unchanged calls: $policy, for $title', async ({ policy, given }) => {
    const { connect, emulator } = await open()
    const client = connect({ [policy]: 'pass' })
    const error = await failure(() => client.completions.create({ ...params, ...given }), APIError)
    expect(error.requestID).toMatch(/^req_/)
    expect(error.diagnostics).toBeUndefined()
    expect(emulator.requests).toHaveLength(1)
  })
})
