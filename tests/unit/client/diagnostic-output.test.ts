import { Anthropic, type ClientOptions } from 'legacy-completions'
import { createEmulator } from 'legacy-completions/emulator'
import { completionsFetch, installCompletionsFetch } from 'legacy-completions/fetch'
import { createProxy } from 'legacy-completions/proxy'
import { withCompletions } from 'legacy-completions/sdk'
import { Client } from 'legacy-completions/v0'
import { afterEach, beforeEach, describe, expect, type Mock, test, vi } from 'vitest'

/** Created for each test, because the function remembers what it has printed. */
let warn: Mock<(message: string) => void>

beforeEach(() => {
  warn = vi.fn()
  vi.spyOn(console, 'warn').mockImplementation(warn)
})

afterEach(() => vi.restoreAllMocks())

const lines = (): string[] => warn.mock.calls.map(([line]) => line)

const body = { prompt: '\n\nHuman: Hi\n\nAssistant:', max_tokens_to_sample: 10, stop_sequences: [] }
const URL_OF_COMPLETE = 'https://api.anthropic.com/v1/complete'
const MODELS = ['claude-2.1', 'claude-2.0', 'claude-instant-1.2']

/** The shape of a new official SDK, on the emulator. */
function newSdk(fetch: typeof globalThis.fetch, extra: object = {}) {
  return {
    ...extra,
    messages: {
      async create(request: object) {
        const response = await fetch('http://emulator.test/v1/messages', {
          method: 'POST',
          headers: {
            'x-api-key': 'k',
            'anthropic-version': '2023-06-01',
            'content-type': 'application/json',
          },
          body: JSON.stringify(request),
        })
        return response.json()
      },
    },
  }
}

const post = (model: string): RequestInit => ({
  method: 'POST',
  headers: { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' },
  body: JSON.stringify({ ...body, model }),
})

type Call = (model: string) => Promise<unknown>
type Options = Pick<ClientOptions, 'logLevel' | 'onDiagnostic'>

/** Each entry point, as a function that makes one call. */
const entryPoints: Readonly<Record<string, (fetch: typeof globalThis.fetch, options: Options) => Call>> = {
  Anthropic(fetch, options) {
    const client = new Anthropic({ apiKey: 'k', fetch, ...options })
    return model => client.completions.create({ ...body, model })
  },
  'Anthropic.withOptions'(fetch, options) {
    const client = new Anthropic({ apiKey: 'k', fetch, ...options })
    return model => client.withOptions({ timeout: 1000 }).completions.create({ ...body, model })
  },
  withCompletions(fetch, options) {
    const client = withCompletions(newSdk(fetch), options)
    return model => client.completions.create({ ...body, model })
  },
  completionsFetch(fetch, options) {
    const send = completionsFetch({ fetch, ...options })
    return model => send(URL_OF_COMPLETE, post(model))
  },
  installCompletionsFetch(fetch, options) {
    return async model => {
      const undo = installCompletionsFetch({ fetch, ...options })
      try {
        return await globalThis.fetch(URL_OF_COMPLETE, post(model))
      } finally {
        undo()
      }
    }
  },
  createProxy(fetch, options) {
    const handle = createProxy({ fetch, ...options })
    return model => handle(new Request(URL_OF_COMPLETE, post(model)))
  },
  Client(fetch, options) {
    const client = new Client('k', { fetch, ...options })
    return model => client.complete({ ...body, model })
  },
}

describe.each(Object.entries(entryPoints))('%s', (name, open) => {
  const openOn = (options: Options = {}): Call => open(createEmulator({ reply: 'Hi.' }).fetch, options)

  test('prints each warning once, in one line with its page of the documentation', async () => {
    const call = openOn()
    for (const model of [...MODELS, ...MODELS]) await call(model)
    expect(lines()).toHaveLength(MODELS.length)
    for (const [index, model] of MODELS.entries()) {
      expect(lines()[index]).toMatch(/^legacy-completions: [^\n]* https:\/\/\S+\/diagnostics#retired-model$/)
      expect(lines()[index]).toContain(model)
    }
  })

  test('prints nothing about a call that needs no change', async () => {
    await openOn()('claude-opus-4-8')
    expect(lines()).toEqual([])
  })

  test("prints nothing with logLevel: 'off'", async () => {
    await openOn({ logLevel: 'off' })('claude-2.1')
    expect(lines()).toEqual([])
  })

  test("prints no warnings with logLevel: 'error'", async () => {
    await openOn({ logLevel: 'error' })('claude-2.1')
    expect(lines()).toEqual([])
  })

  test('prints nothing where onDiagnostic receives it', async () => {
    const codes: string[] = []
    const call = openOn({ onDiagnostic: ({ code }) => codes.push(code) })
    for (const model of MODELS) await call(model)
    expect(lines()).toEqual([])
    expect(codes).toEqual(MODELS.map(() => 'retired-model'))
  })

  test('prints an error of a response', async () => {
    const call = open(createEmulator({ reply: '' }).fetch, {})
    await call('claude-opus-4-8')
    expect(lines().join()).toContain('no-text')
  })

  test('prints a hint for a misspelled option', () => {
    open(createEmulator().fetch, { onDiagnostics() {} } as Options)
    if (name === 'installCompletionsFetch') return
    expect(lines()).toEqual([
      'legacy-completions: "onDiagnostics" is not an option. Did you mean "onDiagnostic"?',
    ])
  })
})

test('the logger of the client receives what would be printed', async () => {
  const logger = { error: vi.fn(), warn: vi.fn(), info: vi.fn(), debug: vi.fn() }
  const { fetch } = createEmulator({ reply: 'Hi.' })
  const client = new Anthropic({ apiKey: 'k', fetch, logger })
  await client.completions.create({ ...body, model: 'claude-2.1' })
  expect([lines().length, logger.warn.mock.calls.length]).toEqual([0, 1])
})

test('the logger of the SDK receives what would be printed, at its level', async () => {
  const logger = { warn: vi.fn() }
  const { fetch } = createEmulator({ reply: 'Hi.' })
  const sdk = withCompletions(newSdk(fetch, { logger, logLevel: 'warn' }))
  await sdk.completions.create({ ...body, model: 'claude-2.1' })
  expect([lines().length, logger.warn.mock.calls.length]).toEqual([0, 1])
  const quiet = withCompletions(newSdk(fetch, { logger, logLevel: 'off' }))
  await quiet.completions.create({ ...body, model: 'claude-2.0' })
  expect(logger.warn.mock.calls).toHaveLength(1)
})

describe('ANTHROPIC_LOG', () => {
  afterEach(() => vi.unstubAllEnvs())

  test('an invalid level is reported once', () => {
    vi.stubEnv('ANTHROPIC_LOG', 'loud')
    for (let count = 0; count < 3; count++) new Anthropic({ apiKey: 'k' })
    expect(lines()).toEqual([
      'legacy-completions: ANTHROPIC_LOG is "loud". It must be one of off, error, warn, info, debug.',
    ])
  })

  test('of off prints no diagnostics', async () => {
    vi.stubEnv('ANTHROPIC_LOG', 'off')
    const client = new Anthropic({ apiKey: 'k', fetch: createEmulator({ reply: 'Hi.' }).fetch })
    await client.completions.create({ ...body, model: 'claude-2.1' })
    expect(lines()).toEqual([])
  })
})
