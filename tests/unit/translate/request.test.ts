import fc from 'fast-check'
import { BadRequestError } from 'legacy-completions'
import {
  type CompletionRequest,
  type TranslateOptions,
  type Translation,
  translateRequest,
} from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'
import { checkAll, hostileText } from '../transcript/hostile.ts'
import { ASKED, PLAN, REQUEST_CASES, SENT } from './requests.ts'

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
  return value
}

describe('translateRequest', () => {
  it.each(REQUEST_CASES)('translates $title', ({ asked, options, sent, plan, version, diagnostics = [] }) => {
    const translation = translateRequest({ ...ASKED, ...asked }, options)
    expect(translation).toStrictEqual({
      request: { ...SENT, ...sent },
      headers: { 'anthropic-version': version ?? '2023-06-01' },
      diagnostics: translation.diagnostics,
      plan: { ...PLAN, model: sent?.model ?? SENT.model, ...plan },
    })
    expect(translation.diagnostics.map(({ code }) => code)).toEqual(diagnostics)
  })

  it('has cases with titles of their own', () => {
    expect(new Set(REQUEST_CASES.map(({ title }) => title)).size).toBe(REQUEST_CASES.length)
  })

  it.each(REQUEST_CASES)('leaves the caller’s objects alone: $title', ({ asked, options }) => {
    const request = freeze(structuredClone({ ...ASKED, ...asked }))
    const frozenOptions = freeze(structuredClone(options))
    expect(() => translateRequest(request, frozenOptions)).not.toThrow()
  })

  it.each(REQUEST_CASES)(
    'gives a plan that survives JSON, and whole sentences: $title',
    ({ asked, options }) => {
      const { plan, diagnostics, request } = translateRequest({ ...ASKED, ...asked }, options)
      expect(JSON.parse(JSON.stringify({ plan, request }))).toStrictEqual({ plan, request })
      for (const { message, fix } of diagnostics) {
        for (const sentence of [message, fix]) {
          expect(sentence).toMatch(/^\S.*\.$/s)
          // A value that is missing, and names that run into each other.
          expect(sentence).not.toMatch(/\{\w+\}|undefined|: \.| {2}|""(?! from)|\( | \.|\dclaude-/)
        }
      }
    },
  )

  it('reports the locations of a repaired prompt in its source', () => {
    const prompt = '\\n\\nHuman: Hi\nH: there\\n\\nAssistant:'
    const { diagnostics } = translateRequest({ ...ASKED, prompt }, { prompts: 'repair' })
    const places = diagnostics.map(({ code, span }) => [code, prompt.slice(span?.start, span?.end)])
    expect(places).toEqual([
      ['short-label', 'H:'],
      ['repaired-escaped-marker', '\\n\\n'],
      ['repaired-escaped-marker', '\\n\\n'],
    ])
  })

  it('hands the sequences out as arrays of their own', () => {
    const stop_sequences = ['a']
    const { request, plan } = translateRequest({ ...ASKED, stop_sequences })
    stop_sequences.push('b')
    request.stop_sequences?.push('c')
    expect(plan.stopSequences).toEqual(['\n\nHuman:', 'a'])
  })

  it('names live models that accept the rejected parameters', () => {
    const { diagnostics } = translateRequest({
      ...ASKED,
      model: 'claude-2.1',
      prompt: `${ASKED.prompt} My name is`,
      temperature: 0.5,
    })
    const fixOf = (code: string): string =>
      diagnostics.find(diagnostic => diagnostic.code === code)?.fix ?? ''
    expect(fixOf('prefill-continued')).toContain('claude-haiku-4-5')
    // Retires in days: not to be recommended.
    expect(fixOf('prefill-continued')).not.toContain('claude-sonnet-4-5')
    // One spelling of each is enough.
    expect(fixOf('prefill-continued')).not.toMatch(/-\d{8}/)
    expect(fixOf('sampling-dropped')).toContain('claude-opus-4-6')
    expect(fixOf('sampling-dropped')).not.toContain('claude-opus-4-8')
  })

  it.each<[what: string, asked: Partial<CompletionRequest>, options: TranslateOptions, says: RegExp]>([
    [
      'of a model that may be a new Claude',
      { model: 'claude-opus-9' },
      {},
      /assumed to be a newer Claude model/,
    ],
    [
      'of a model that may be anybody’s',
      { model: 'qwen3:4b' },
      {},
      /assumed to accept what the old API accepted/,
    ],
    [
      'of a model that need not think',
      { model: 'claude-opus-5-5' },
      {},
      /from 256 to 4352, at the lowest effort, so.*Name a model whose thinking can be turned off: (?!.*claude-opus-5-5)`claude-opus-5`, `claude-sonnet-5-5`, `claude-sonnet-5` and \d more\./,
    ],
    [
      'of a model that takes no effort',
      { model: 'mine' },
      { models: { mine: { thinking: 'always', effort: false } } },
      /raised from 256 to 4352, so that enough tokens are left for the text/,
    ],
    [
      'of how thinking is kept off',
      { model: 'claude-sonnet-5-5' },
      {},
      /`claude-sonnet-5-5` thinks.*"between_tools"/,
    ],
    ['of a field that is unset', { top_k: -1 }, {}, /^`top_k` with the value -1/],
    ['of all fields that are unset', { top_k: -1, top_p: -1 }, {}, /^`top_p` and `top_k` with the value -1/],
    [
      'of all parameters that were dropped at once',
      { model: 'claude-opus-4-8', temperature: 0, top_p: 0.5, top_k: 5 },
      {},
      /^`claude-opus-4-8` does not accept `temperature: 0`, `top_p: 0\.5` and `top_k: 5`\. The parameters were dropped\. Remove them/,
    ],
    [
      'of a version that refuses what the model takes',
      { temperature: 0 },
      { apiVersion: '2026-10-21' },
      /^The API version 2026-10-21 does not accept `temperature: 0`\..*set `apiVersion: "2023-06-01"`/,
    ],
    ['of as many blank stops as there are', { stop_sequences: ['\n', ' '] }, {}, /\(2 in this call\)/],
    [
      'of as many stops in a prefill as there are',
      { model: 'claude-opus-4-8', prompt: `${ASKED.prompt} My name is`, stop_sequences: ['My', 'is', 'x'] },
      {},
      /in the prefill \(2 in this call\)/,
    ],
    [
      'of the caller’s models that take what was refused, a day in the middle of whose names is no version',
      { model: 'claude-opus-4-8', temperature: 0 },
      { models: { 'tuned-20260101-b': {} } },
      /name a model that accepts it: .*`tuned-20260101-b`\./,
    ],
    [
      'of an end that is known and a successor that is not',
      { model: 'mine' },
      { models: { mine: { retires: '2027-01-01' } } },
      /`mine` will be retired on 2027-01-01.*none is named yet/,
    ],
  ])('tells %s', (_, asked, options, says) => {
    const { diagnostics } = translateRequest({ ...ASKED, ...asked }, options)
    expect(diagnostics.map(({ message, fix }) => `${message} ${fix}`)).toContainEqual(
      expect.stringMatching(says),
    )
  })

  it('takes a request whose fields are inherited or belong to a class', () => {
    class Params implements CompletionRequest {
      model = ASKED.model
      prompt = ASKED.prompt
      max_tokens_to_sample = ASKED.max_tokens_to_sample
    }
    expect(translateRequest(new Params()).request).toStrictEqual(SENT)
  })
})

/** A request that the old API could have been sent. */
const requests: fc.Arbitrary<CompletionRequest> = fc.record(
  {
    model: fc.constantFrom('claude-2.1', 'claude-v1', 'claude-haiku-4-5', 'claude-opus-4-6', 'mine'),
    prompt: fc
      .tuple(hostileText, hostileText, hostileText)
      .map(([system, user, prefill]) => `${system}\n\nHuman: ${user}\n\nAssistant:${prefill}`),
    max_tokens_to_sample: fc.integer({ min: 1, max: 200_000 }),
    stop_sequences: fc.array(hostileText, { maxLength: 4 }),
    temperature: fc.oneof(fc.constantFrom(-1, 0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    top_p: fc.oneof(fc.constantFrom(-1, 0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    top_k: fc.integer({ min: -1, max: 500 }),
    metadata: fc.record({ user_id: fc.option(fc.string()) }, { requiredKeys: [] }),
    stream: fc.boolean(),
  },
  { requiredKeys: ['model', 'prompt', 'max_tokens_to_sample'] },
)

function translateOrRefuse(request: CompletionRequest): Translation | undefined {
  try {
    return translateRequest(request)
  } catch (error) {
    expect(error).toBeInstanceOf(BadRequestError)
    return undefined
  }
}

describe('every request that is not refused', () => {
  it('is one that the Messages API takes', () => {
    let taken = 0
    checkAll(
      fc.property(requests, asked => {
        const translation = translateOrRefuse(asked)
        if (translation === undefined) return
        taken++
        const { request, plan } = translation
        expect(JSON.parse(JSON.stringify(request))).toStrictEqual(request)
        expect(request.messages.length).toBeGreaterThan(0)
        for (const [index, { role, content }] of request.messages.entries()) {
          expect(role).toBe(index % 2 === 0 ? 'user' : 'assistant')
          expect(content).toMatch(/\S/)
        }
        const last = request.messages.at(-1)
        if (last?.role === 'assistant') expect(last.content).not.toMatch(/\s$/)
        expect(request.system ?? 'x').toMatch(/\S/)
        for (const stop of request.stop_sequences ?? ['x']) expect(stop).toMatch(/\S/)
        expect(request.max_tokens).toBeGreaterThanOrEqual(1)
        for (const field of ['temperature', 'top_p', 'top_k'] as const) expect(request[field]).not.toBe(-1)
        if (request.model !== 'mine') {
          expect(request.max_tokens).toBeLessThanOrEqual(128_000)
          expect([request.temperature, request.top_p]).toContain(undefined)
        }
        expect(plan.stopSequences).not.toContain('')
        expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan)
      }),
      1500,
    )
    expect(taken).toBeGreaterThan(500)
  })
})

describe('diagnostics and errors', () => {
  it('never contain text of the prompt', () => {
    const secret = 'x7Kq'
    const withSecret = fc
      .tuple(requests, fc.array(hostileText, { minLength: 2, maxLength: 6 }))
      .map(([asked, pieces]) => ({ ...asked, prompt: pieces.join(secret) }))
    checkAll(
      fc.property(
        fc.oneof(
          withSecret,
          withSecret.map(asked => ({
            ...asked,
            prompt: `\n\nHuman: ${asked.prompt}\n\nAssistant: ${secret}`,
          })),
        ),
        asked => {
          try {
            expect(JSON.stringify(translateRequest(asked).diagnostics)).not.toContain(secret)
          } catch (error) {
            expect(error).toBeInstanceOf(BadRequestError)
            const { message, stack, error: body, diagnostics } = error as BadRequestError
            expect(JSON.stringify({ message, stack, body, diagnostics })).not.toContain(secret)
          }
        },
      ),
    )
  })
})
