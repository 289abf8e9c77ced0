import DefaultAnthropic, { AI_PROMPT, Anthropic, HUMAN_PROMPT } from 'legacy-completions'
import { createEmulator } from 'legacy-completions/emulator'
import { expect, expectTypeOf, test } from 'vitest'

/**
 * Call sites as they were written for @anthropic-ai/sdk 0.39, with nothing changed but the module's name, and the
 * backend that answers here.
 */

const emulator = createEmulator({ reply: 'Hi.' })
const here = { baseURL: 'http://emulator.test', fetch: emulator.fetch }

test('the README’s first example', async () => {
  const anthropic = new Anthropic({ apiKey: process.env.NO_SUCH_KEY ?? 'my api key', ...here })
  async function main(): Promise<string> {
    const completion = await anthropic.completions.create({
      model: 'claude-2.1',
      max_tokens_to_sample: 300,
      prompt: `${Anthropic.HUMAN_PROMPT} how does a court case get to the Supreme Court?${Anthropic.AI_PROMPT}`,
    })
    return completion.completion
  }
  expect(await main()).toBe(' Hi.')
})

test('request and response types, by the namespace of the class', async () => {
  const anthropic = new DefaultAnthropic({ apiKey: 'k', ...here })
  const params: DefaultAnthropic.CompletionCreateParams = {
    prompt: `${HUMAN_PROMPT} how does a court case get to the Supreme Court?${AI_PROMPT}`,
    max_tokens_to_sample: 300,
    model: 'claude-2.1',
  }
  const completion: DefaultAnthropic.Completion = await anthropic.completions.create(params)
  expect(completion.completion).toBe(' Hi.')
  expectTypeOf<Anthropic.CompletionCreateParamsNonStreaming>().toExtend<Anthropic.CompletionCreateParams>()
  expectTypeOf<Anthropic.CompletionCreateParamsStreaming>().toExtend<Anthropic.CompletionCreateParams>()
  expectTypeOf<Anthropic.RequestOptions>().not.toBeAny()
  expectTypeOf<Anthropic.ClientOptions>().not.toBeAny()
})

test('streaming', async () => {
  const anthropic = new Anthropic({ apiKey: 'k', ...here })
  const stream = await anthropic.completions.create({
    prompt: `${HUMAN_PROMPT} Your prompt here${AI_PROMPT}`,
    model: 'claude-2.1',
    stream: true,
    max_tokens_to_sample: 300,
  })
  let text = ''
  for await (const completion of stream) text += completion.completion
  expect(text).toBe(' Hi.')
})

test('error handling', async () => {
  const anthropic = new Anthropic({ apiKey: 'invalid', ...here })
  const completion = await anthropic.completions
    .create({ prompt: `${HUMAN_PROMPT} x${AI_PROMPT}`, max_tokens_to_sample: 300, model: 'claude-2.1' })
    .catch(async err => {
      if (err instanceof Anthropic.APIError) {
        expectTypeOf(err.headers?.get('x')).toExtend<string | null | undefined>()
        return [err.status, err.name] as const
      }
      throw err
    })
  expect(completion).toEqual([401, 'Error'])
})

test('options of a client and of a call', async () => {
  const anthropic = new Anthropic({
    ...here,
    apiKey: 'k',
    authToken: null,
    maxRetries: 0,
    timeout: 20 * 1000,
    defaultHeaders: { 'x-team': 'search' },
    // These mean nothing here, and old call sites have them.
    httpAgent: undefined,
    dangerouslyAllowBrowser: true,
    defaultQuery: undefined,
  })
  const params = { prompt: `${HUMAN_PROMPT} x${AI_PROMPT}`, max_tokens_to_sample: 300, model: 'claude-2.1' }
  const completion = await anthropic.completions.create(params, {
    maxRetries: 5,
    timeout: 5 * 1000,
    headers: { 'x-team': null },
    signal: new AbortController().signal,
    httpAgent: undefined,
    idempotencyKey: 'x',
  })
  expect(completion.completion).toBe(' Hi.')
})

test('the answer and its request id', async () => {
  const anthropic = new Anthropic({ apiKey: 'k', ...here })
  const params = { prompt: `${HUMAN_PROMPT} x${AI_PROMPT}`, max_tokens_to_sample: 300, model: 'claude-2.1' }
  const response = await anthropic.completions.create(params).asResponse()
  expect(response.headers.get('request-id')).toMatch(/^req_/)
  const { data: completion, response: raw } = await anthropic.completions.create(params).withResponse()
  expect(raw.headers.get('request-id')).toMatch(/^req_/)
  expectTypeOf(completion._request_id).toEqualTypeOf<string | null | undefined>()
  expect(completion._request_id).toMatch(/^req_/)
})

test('a wrapper that takes what create() takes', async () => {
  const anthropic = new Anthropic({ apiKey: 'k', ...here })
  const complete = async (
    ...args: Parameters<typeof anthropic.completions.create>
  ): Promise<Awaited<ReturnType<typeof anthropic.completions.create>>> =>
    anthropic.completions.create(...args)
  const completion = await complete({
    prompt: `${HUMAN_PROMPT} x${AI_PROMPT}`,
    max_tokens_to_sample: 300,
    model: 'claude-2.1',
  })
  expect('completion' in completion && completion.completion).toBe(' Hi.')
})

test('a subclass', async () => {
  class Mine extends Anthropic {
    async ask(question: string): Promise<string> {
      const { completion } = await this.completions.create({
        prompt: `${HUMAN_PROMPT} ${question}${AI_PROMPT}`,
        max_tokens_to_sample: 300,
        model: 'claude-2.1',
      })
      return completion.trim()
    }
  }
  expect(await new Mine({ apiKey: 'k', ...here }).ask('x')).toBe('Hi.')
})
