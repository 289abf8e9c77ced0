import { readRules, type ScriptRule, startEmulator } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { adapters, completeBody, messagesBody, type OpenAdapter, post } from './adapters.ts'

const failure = async (response: Response): Promise<[status: number, type: string, message: string]> => {
  const { error } = await response.json()
  return [response.status, error.type, error.message]
}

describe.each(adapters)('rules through $name', adapter => {
  async function withRules(rules: ScriptRule[], run: (open: OpenAdapter) => Promise<void>): Promise<void> {
    const open = await adapter.open({ rules })
    try {
      await run(open)
    } finally {
      await open.close()
    }
  }
  const ask = (
    open: OpenAdapter,
    fields: object = {},
    headers: Record<string, string> = {},
  ): Promise<Response> => open.send('/v1/messages', post(messagesBody(fields), headers))

  test('fail the first attempts of a call and let the next one succeed', async () => {
    const rules = [{ when: { attempt: '1-2' }, error: 'overloaded_error', headers: { 'Retry-After': '0' } }]
    await withRules(rules, async open => {
      for (let call = 0; call < 2; call++) {
        const first = await ask(open)
        expect(first.headers.get('retry-after')).toBe('0')
        expect(await failure(first)).toEqual([529, 'overloaded_error', 'overloaded'])
        expect((await ask(open)).status).toBe(529)
        expect((await ask(open)).status).toBe(200)
      }
    })
  })

  test('count the attempts of each call apart', async () => {
    await withRules([{ when: { attempt: 1 }, status: 503 }], async open => {
      expect((await ask(open)).status).toBe(503)
      expect((await ask(open, { max_tokens: 7 })).status).toBe(503)
      expect((await ask(open)).status).toBe(200)
      expect((await ask(open, { max_tokens: 7 })).status).toBe(200)
    })
  })

  const conditions: [when: ScriptRule['when'], applies: boolean][] = [
    [undefined, true],
    [{}, true],
    [{ endpoint: 'messages' }, true],
    [{ endpoint: 'complete' }, false],
    [{ model: 'claude-haiku-4-5' }, true],
    [{ model: 'claude-haiku-4-5-20251001' }, true],
    [{ model: 'claude-haiku' }, false],
    [{ model: 'claude-*-4-5' }, true],
    [{ model: '*' }, true],
    [{ model: 'claude-*-opus-*' }, false],
    [{ model: '*4-5*4-5*' }, false],
    [{ prompt: 'Hello' }, true],
    [{ prompt: 'hello' }, false],
    [{ prompt: 'Be brief' }, true],
    [{ stream: false }, true],
    [{ stream: true }, false],
    [{ model: '*', prompt: 'nowhere' }, false],
  ]
  test.each(conditions)('apply by condition: %j', async (when, applies) => {
    await withRules([{ ...(when && { when }), reply: 'scripted' }], async open => {
      const { content } = await (await ask(open, { system: 'Be brief.' })).json()
      expect(content[0].text === 'scripted').toBe(applies)
    })
  })

  test('apply to the legacy endpoint, in its format', async () => {
    await withRules(
      [{ when: { model: 'claude-2', prompt: 'Hello, Claude' }, reply: 'scripted' }],
      async open => {
        const response = await open.send('/v1/complete', post(completeBody()))
        expect(await response.json()).toMatchObject({ completion: ' scripted', stop_reason: 'stop_sequence' })
      },
    )
  })

  test('are tried in order, after queued replies', async () => {
    await withRules([{ when: { prompt: 'Hello' }, reply: 'first' }, { reply: 'second' }], async open => {
      open.emulator.reply('queued')
      const texts: string[] = []
      for (const content of ['Hello', 'Hello', 'Bye'])
        texts.push(
          (await (await ask(open, { messages: [{ role: 'user', content }] })).json()).content[0].text,
        )
      expect(texts).toEqual(['queued', 'first', 'second'])
    })
  })

  const errors: [rule: ScriptRule, failure: [number, string, string]][] = [
    [{ error: 'rate_limit_error' }, [429, 'rate_limit_error', 'rate limit']],
    [{ status: 429 }, [429, 'rate_limit_error', 'rate limit']],
    [{ status: 418 }, [418, 'invalid_request_error', 'invalid request']],
    [{ status: 599 }, [599, 'api_error', 'api']],
    [{ error: 'odd', status: 503, message: 'Later.' }, [503, 'odd', 'Later.']],
  ]
  test.each(errors)('fail with status and type: %j', async (rule, expected) => {
    await withRules([rule], async open => expect(await failure(await ask(open))).toEqual(expected))
  })

  test('cut a generated reply, delay it and slow it down', async () => {
    await withRules([{ faults: { cutAfterBytes: 20, responseDelayMs: 30, delayMs: 1 } }], async open => {
      const start = performance.now()
      const response = await ask(open)
      expect(performance.now() - start).toBeGreaterThanOrEqual(29)
      await expect(response.text()).rejects.toThrow()
    })
  })

  test('send malformed bytes', async () => {
    await withRules([{ reply: { body: '{"type":"mess', contentType: 'application/json' } }], async open => {
      expect(await (await ask(open)).text()).toBe('{"type":"mess')
    })
  })

  test('do not answer an invalid request', async () => {
    await withRules([{ status: 529 }], async open =>
      expect((await ask(open, { max_tokens: 'x' })).status).toBe(400),
    )
  })

  const headers: [header: string, expected: (number | 'cut')[]][] = [
    ['error=overloaded_error', [529, 200]],
    ['status=503, attempt=1-2', [503, 503, 200]],
    ['cutAfterBytes=20', ['cut', 200]],
    [' error = rate_limit_error , retry-after = 1 ', [429, 200]],
    ['responseDelayMs=1', [200, 200]],
  ]
  test.each(headers)('from the header x-emulator-fault: %s', async (header, expected) => {
    await withRules([], async open => {
      for (const outcome of expected) {
        const response = await ask(open, {}, { 'x-emulator-fault': header })
        if (outcome === 'cut') await expect(response.text()).rejects.toThrow()
        else expect(response.status).toBe(outcome)
      }
    })
  })

  test.each([
    ['nonsense=1', 'x-emulator-fault has no field "nonsense".'],
    ['status=abc', 'x-emulator-fault.status must be an HTTP status from 400 to 599.'],
    ['cutAfterBytes=', 'x-emulator-fault.faults.cutAfterBytes must be a whole number from 0.'],
    ['attempt=0', "x-emulator-fault.when.attempt must be a whole number from 1, or a range such as '1-2'."],
  ])('reject the header x-emulator-fault: %s', async (header, message) => {
    await withRules([], async open => {
      const answer = await failure(await ask(open, {}, { 'x-emulator-fault': header }))
      expect(answer.slice(0, 2)).toEqual([400, 'emulator_invalid_script'])
      expect(answer[2]).toContain(message)
    })
  })
})

const invalid: [rules: unknown, message: string][] = [
  ['text', 'A script is a list of rules, or an object with the field rules.'],
  [{}, 'A script is a list of rules, or an object with the field rules.'],
  [[5], 'rules[0] must be an object.'],
  [[{}, { reaction: 1 }], 'rules[1] has no field "reaction". Its fields are when, reply, error, '],
  [[{ when: { user: 'x' } }], 'rules[0].when has no field "user".'],
  [
    [{ when: { attempt: 1.5 } }],
    "rules[0].when.attempt must be a whole number from 1, or a range such as '1-2'.",
  ],
  [[{ when: { attempt: '2-' } }], 'rules[0].when.attempt must be'],
  [[{ when: { endpoint: 'chat' } }], "rules[0].when.endpoint must be 'complete' or 'messages'."],
  [[{ status: 200 }], 'rules[0].status must be an HTTP status from 400 to 599.'],
  [[{ status: '529' }], 'rules[0].status must be'],
  [[{ error: { type: 'x' } }], 'rules[0].error must be a text.'],
  [[{ headers: { a: 1 } }], 'rules[0].headers must be an object of texts.'],
  [[{ faults: { cutAfter: 3 } }], 'rules[0].faults has no field "cutAfter".'],
  [[{ faults: { cutAfterBytes: -1 } }], 'rules[0].faults.cutAfterBytes must be a whole number from 0.'],
  [[{ reply: { txt: 'x' } }], 'rules[0].reply has no field "txt".'],
  [
    [{ reply: { text: 'x', faults: { chunkBytes: 0 } } }],
    'rules[0].reply.faults.chunkBytes must be a whole number from 1.',
  ],
  [[{ reply: 'x', error: 'y' }], 'rules[0] has a reply and a failure.'],
  [[{ message: 'x' }], 'rules[0].message needs error or status.'],
]

test.each(invalid)('readRules rejects %j', (rules, message) => {
  expect(() => readRules(rules)).toThrow(TypeError)
  expect(() => readRules(rules)).toThrow(message)
})

test('readRules accepts a list and an object with rules', () => {
  const rules = [{ when: { attempt: 1 }, status: 529 }]
  expect(readRules(rules)).toEqual(rules)
  expect(readRules({ rules })).toEqual(rules)
})

test('startEmulator rejects rules that it cannot read', async () => {
  const rules = JSON.parse('[{"reaction": 1}]')
  await expect(startEmulator({ rules })).rejects.toThrow('rules[0] has no field "reaction"')
})
