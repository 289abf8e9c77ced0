import type {
  Anthropic,
  ClientOptions,
  CompletionCreateParamsNonStreaming,
  Diagnostic,
} from 'legacy-completions'
import type { Reply } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { quickest } from './doors.ts'
import { collect } from './outcomes.ts'

/** A call with two remarks on its request. */
const call = { ...quickest.params, model: 'claude-2.1', temperature: 0 }
const CODES = ['retired-model', 'sampling-dropped']

async function open(options: ClientOptions = {}, reply: Reply = 'Hi.') {
  const { connect, emulator } = await quickest.open({ reply })
  const remarks: Diagnostic[] = []
  const client = connect({ ...options, onDiagnostic: remark => remarks.push(remark) })
  return { client, emulator, codes: () => remarks.map(({ code }) => code) }
}

type Method = (client: Anthropic, params: CompletionCreateParamsNonStreaming) => Promise<unknown>

// Each has a line of its own to call from: it is the place that counts.
const methods: Readonly<Record<string, Method>> = {
  'create()': (client, params) => client.completions.create(params),
  'create() with stream: true': async (client, params) =>
    collect(await client.completions.create({ ...params, stream: true })),
  'stream()': (client, params) => collect(client.completions.stream(params)),
  'compare()': (client, params) => client.completions.compare(params),
}

describe.each(Object.entries(methods))('%s', (_, method) => {
  test('a place that calls often is remarked on once', async () => {
    const { client, emulator, codes } = await open()
    for (let round = 0; round < 5; round++) await method(client, call)
    expect(codes()).toEqual(CODES)
    expect(emulator.requests.length).toBeGreaterThanOrEqual(5)
  })

  test('also where it calls many times at once', async () => {
    const { client, codes } = await open()
    await Promise.all(Array.from({ length: 5 }, () => method(client, call)))
    expect(codes()).toEqual(CODES)
  })

  test('what is new at the place is still remarked on', async () => {
    const { client, codes } = await open()
    for (const given of [{}, {}, { stop_sequences: ['\n'] }, { max_tokens_to_sample: 1_000_000 }, {}])
      await method(client, { ...call, ...given })
    expect(codes().sort()).toEqual([...CODES, 'stop-enforced-here', 'max-tokens-capped'].sort())
  })

  test('every call is remarked on where that is asked for', async () => {
    const { client, codes } = await open({ diagnosticsPer: 'call' })
    for (let round = 0; round < 3; round++) await method(client, call)
    expect(codes()).toEqual([...CODES, ...CODES, ...CODES])
  })

  test('each client remarks for itself', async () => {
    const [one, other] = [await open(), await open()]
    for (const { client } of [one, other]) await method(client, call)
    expect([one.codes(), other.codes()]).toEqual([CODES, CODES])
  })

  test('every reply is remarked on', async () => {
    const { client, codes } = await open({}, { text: 'I', stopReason: 'refusal' })
    for (let round = 0; round < 3; round++) await method(client, call)
    expect(codes()).toEqual([...CODES, 'foreign-stop-reason', 'foreign-stop-reason', 'foreign-stop-reason'])
  })
})

describe('places', () => {
  test('are told apart by their line', async () => {
    const { client, codes } = await open()
    await client.completions.create(call)
    await client.completions.create(call)
    expect(codes()).toEqual([...CODES, ...CODES])
  })

  test('are told apart within a line', async () => {
    const { client, codes } = await open()
    // biome-ignore format: both stand in one line.
    await Promise.all([client.completions.create(call), client.completions.create(call)])
    expect(codes()).toEqual([...CODES, ...CODES])
  })

  test('of different methods are different places', async () => {
    const { client, codes } = await open()
    await client.completions.create(call)
    await collect(client.completions.stream(call))
    await collect(await client.completions.create({ ...call, stream: true }))
    expect(codes()).toEqual([...CODES, ...CODES, ...CODES])
  })

  test('are the wrapper’s, where all calls go through one', async () => {
    const { client, codes } = await open()
    const ask = async (prompt: string): Promise<string> => {
      // What comes after an await has no caller on the stack.
      await Promise.resolve()
      return (await client.completions.create({ ...call, prompt })).completion
    }
    await ask(call.prompt)
    await ask(call.prompt)
    expect(codes()).toEqual(CODES)
  })

  test('are found behind bind(), apply() and callbacks', async () => {
    const { client, codes } = await open()
    const create = client.completions.create.bind(client.completions)
    for (let round = 0; round < 2; round++) await create(call)
    expect(codes()).toEqual(CODES)
    for (let round = 0; round < 2; round++) await Reflect.apply(create, undefined, [call])
    expect(codes()).toEqual([...CODES, ...CODES])
    await Promise.all([call, call].map(params => client.completions.create(params)))
    expect(codes()).toEqual([...CODES, ...CODES, ...CODES])
  })

  test('are the callers of a method that replaces ours, as a tracer’s does', async () => {
    const { client, codes } = await open()
    const { completions } = client
    const { create } = completions
    completions.create = ((...args: Parameters<typeof create>) =>
      create.apply(completions, args)) as typeof create
    await completions.create(call)
    await completions.create(call)
    expect(codes()).toEqual([...CODES, ...CODES])
  })

  test('without a stack are one place, and nothing fails', async () => {
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

  test('of an engine whose stacks have no heading', async () => {
    const { client, codes } = await open()
    const { captureStackTrace } = Error
    const places = ['first@https://page.test/a.js:1:2', 'second@https://page.test/a.js:3:4']
    try {
      for (const place of [...places, ...places]) {
        // As Firefox writes them.
        Error.captureStackTrace = holder => {
          Object.assign(holder, { stack: `${place}\nmain@https://page.test/a.js:9:9\n` })
        }
        await client.completions.create(call)
      }
    } finally {
      Error.captureStackTrace = captureStackTrace
    }
    expect(codes()).toEqual([...CODES, ...CODES])
  })

  test('of an engine that knows no captureStackTrace', async () => {
    const { client, codes } = await open()
    const descriptor = Object.getOwnPropertyDescriptor(Error, 'captureStackTrace')
    Object.defineProperty(Error, 'captureStackTrace', { value: undefined, configurable: true })
    try {
      for (let round = 0; round < 3; round++) await client.completions.create(call)
      await client.completions.create(call)
    } finally {
      if (descriptor !== undefined) Object.defineProperty(Error, 'captureStackTrace', descriptor)
    }
    expect(codes()).toEqual([...CODES, ...CODES])
  })
})

test('a remark is handed on before anything is sent', async () => {
  const { connect, emulator } = await quickest.open({ reply: 'Hi.' })
  const requestsThen: number[] = []
  const { completions } = connect({ onDiagnostic: () => requestsThen.push(emulator.requests.length) })
  await completions.create(call)
  expect(requestsThen).toEqual([0, 0])
})
