import type {
  Anthropic,
  ClientOptions,
  CompletionCreateParamsNonStreaming,
  Diagnostic,
} from 'legacy-completions'
import type { Reply } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { quickest } from './adapters.ts'
import { collect } from './outcomes.ts'

/** A call with two diagnostics of its request. */
const call = { ...quickest.params, model: 'claude-2.1', temperature: 0 }
const CODES = ['retired-model', 'sampling-dropped']

async function open(options: ClientOptions = {}, reply: Reply = 'Hi.') {
  const { connect, emulator } = await quickest.open({ reply })
  const reported: Diagnostic[] = []
  const client = connect({ ...options, onDiagnostic: diagnostic => reported.push(diagnostic) })
  return { client, emulator, codes: () => reported.map(({ code }) => code) }
}

type Method = (client: Anthropic, params: CompletionCreateParamsNonStreaming) => Promise<unknown>

const methods: Readonly<Record<string, Method>> = {
  'create()': (client, params) => client.completions.create(params),
  'create() with stream: true': async (client, params) =>
    collect(await client.completions.create({ ...params, stream: true })),
  'stream()': (client, params) => collect(client.completions.stream(params)),
  'compare()': (client, params) => client.completions.compare(params),
}

describe.each(Object.entries(methods))('%s', (_, method) => {
  test('reports a request once, however often it is sent', async () => {
    const { client, emulator, codes } = await open()
    for (let round = 0; round < 5; round++) await method(client, call)
    expect(codes()).toEqual(CODES)
    expect(emulator.requests.length).toBeGreaterThanOrEqual(5)
  })

  test('reports a request once when it is sent many times at once', async () => {
    const { client, codes } = await open()
    await Promise.all(Array.from({ length: 5 }, () => method(client, call)))
    expect(codes()).toEqual(CODES)
  })

  test('reports new diagnostics of a request', async () => {
    const { client, codes } = await open()
    for (const given of [{}, {}, { stop_sequences: ['\n'] }, { max_tokens_to_sample: 1_000_000 }, {}])
      await method(client, { ...call, ...given })
    expect(codes().sort()).toEqual([...CODES, 'stop-enforced-here', 'max-tokens-capped'].sort())
  })

  test('reports every request with diagnosticsPer: call', async () => {
    const { client, codes } = await open({ diagnosticsPer: 'call' })
    for (let round = 0; round < 3; round++) await method(client, call)
    expect(codes()).toEqual([...CODES, ...CODES, ...CODES])
  })

  test('reports to each client', async () => {
    const [one, other] = [await open(), await open()]
    for (const { client } of [one, other]) await method(client, call)
    expect([one.codes(), other.codes()]).toEqual([CODES, CODES])
  })

  test('reports every response', async () => {
    const { client, codes } = await open({}, { text: 'I', stopReason: 'refusal' })
    for (let round = 0; round < 3; round++) await method(client, call)
    expect(codes()).toEqual([...CODES, 'foreign-stop-reason', 'foreign-stop-reason', 'foreign-stop-reason'])
  })
})

describe('the same message', () => {
  test('is reported once from different lines, methods and helpers', async () => {
    const { client, codes } = await open()
    const create = client.completions.create.bind(client.completions)
    await client.completions.create(call)
    await client.completions.create(call)
    await collect(client.completions.stream(call))
    await collect(await client.completions.create({ ...call, stream: true }))
    await Reflect.apply(create, undefined, [call])
    await Promise.all([call, call].map(params => client.completions.create(params)))
    expect(codes()).toEqual(CODES)
  })

  test('is reported once without a stack', async () => {
    const { client, codes } = await open()
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    try {
      await client.completions.create(call)
      await client.completions.create(call)
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
    expect(codes()).toEqual(CODES)
  })
})

describe('different messages', () => {
  const models = ['claude-2.1', 'claude-2.0', 'claude-instant-1.2']

  test('of one code are all reported, also from one line', async () => {
    const { connect } = await quickest.open({ reply: 'Hi.' })
    const messages: string[] = []
    const { completions } = connect({
      onDiagnostic: ({ code, message }) => code === 'retired-model' && messages.push(message),
    })
    for (const model of [...models, ...models]) await completions.create({ ...quickest.params, model })
    expect(messages).toHaveLength(models.length)
    for (const [index, model] of models.entries()) expect(messages[index]).toContain(model)
  })

  test('are remembered in a bounded number', async () => {
    const { connect } = await quickest.open({ reply: 'Hi.' })
    let reported = 0
    const { completions } = connect({
      onDiagnostic: () => {
        reported++
      },
    })
    const name = (index: number): string => `gpt-${index}`
    for (let index = 0; index <= 1000; index++)
      await completions.create({ ...quickest.params, model: name(index) }).catch(() => {})
    const before = reported
    await completions.create({ ...quickest.params, model: name(0) }).catch(() => {})
    expect([before >= 1000, reported - before]).toEqual([true, 1])
  })
})

test('a diagnostic of a request is reported before anything is sent', async () => {
  const { connect, emulator } = await quickest.open({ reply: 'Hi.' })
  const requestsThen: number[] = []
  const { completions } = connect({ onDiagnostic: () => requestsThen.push(emulator.requests.length) })
  await completions.create(call)
  expect(requestsThen).toEqual([0, 0])
})
