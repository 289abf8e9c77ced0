import { Anthropic, BadRequestError } from 'legacy-completions'
import { createEmulator } from 'legacy-completions/emulator'
import { createProxy } from 'legacy-completions/proxy'
import { completionFrom, translateRequest } from 'legacy-completions/translate'
import { afterEach, describe, expect, test } from 'vitest'
import { params } from '../../unit/client/speeches.ts'

/** JSON that would change the prototype of what it is copied into, where it is copied without care. */
const POISONS: readonly string[] = [
  '"__proto__":{"polluted":true}',
  '"constructor":{"prototype":{"polluted":true}}',
  '"prototype":{"polluted":true}',
  '"toString":{"polluted":true}',
  '"hasOwnProperty":null',
]

const poisoned = (value: object, poison: string): Record<string, unknown> =>
  JSON.parse(`{${JSON.stringify(value).slice(1, -1)},${poison}}`)

afterEach(() => {
  // No object of the program's may have got what only the JSON had.
  expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted')
  expect('polluted' in {}).toBe(false)
})

describe.each(POISONS)('%s', poison => {
  const isNull = poison.endsWith('null')
  /** An extra field is refused; one that is null was "not given". */
  const expectRefusal = (call: () => unknown): void => {
    if (isNull) call()
    else expect(call).toThrow(/extra fields not permitted/)
  }

  test('as a field of a request', () => {
    const request = { ...params, ...poisoned(params, poison) }
    expectRefusal(() => translateRequest(request))
  })

  test('as a field of its metadata', () => {
    const metadata = poisoned({ user_id: 'u' }, poison)
    expect(() => translateRequest({ ...params, metadata })).toThrow(BadRequestError)
  })

  test('in the body of a request to the proxy', async () => {
    const emulator = createEmulator()
    const proxy = createProxy({ upstream: 'http://emulator.test', fetch: emulator.fetch })
    const response = await proxy(
      new Request('http://proxy.test/v1/complete', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': 'any' },
        body: JSON.stringify(poisoned(params, poison)),
      }),
    )
    expect(response.status).toBe(isNull ? 200 : 400)
  })

  test('in a model table', () => {
    const models: Record<string, object> = JSON.parse(`{${poison.replace('null', '{}')}}`)
    const translate = () => translateRequest(params, { models })
    if (isNull) expect(translate().request.model).toBe(params.model)
    else expect(translate).toThrow('is not a field of a model row.')
  })

  test('as the name of a model', () => {
    const name = /"(\w+)"/.exec(poison)?.[1] ?? ''
    const { request } = translateRequest({ ...params, model: name })
    expect(request.model).toBe(name)
  })

  test('in a whole reply', async () => {
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text: 'Hi.' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
    }
    const { plan } = translateRequest(params)
    expect(completionFrom(poisoned(message, poison), plan).completion).toBe(' Hi.')
  })

  test('in a reply of the legacy endpoint, whole and streamed', async () => {
    const completion = {
      type: 'completion',
      id: 'compl_1',
      completion: ' Hi.',
      stop_reason: 'stop_sequence',
      model: 'm',
      stop: '\n\nHuman:',
      log_id: 'compl_1',
    }
    const said = JSON.stringify(poisoned(completion, poison))
    const emulator = createEmulator()
    const client = new Anthropic({
      apiKey: 'any',
      baseURL: 'http://emulator.test',
      endpoint: 'complete',
      fetch: emulator.fetch,
    })
    const call = { ...params, model: 'claude-2.1' }
    emulator.reply({ body: said }, { body: `event: completion\r\ndata: ${said}\r\n\r\n` })
    expect((await client.completions.create(call)).completion).toBe(' Hi.')
    expect((await client.completions.stream(call).finalCompletion()).completion).toBe(' Hi.')
  })
})
