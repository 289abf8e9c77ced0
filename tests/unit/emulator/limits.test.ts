import { createEmulator } from 'legacy-completions/emulator'
import { describe, expect, test } from 'vitest'
import { messagesBody, post } from './adapters.ts'

const ask = (emulator: { fetch: typeof fetch }, fields: object): Promise<Response> =>
  emulator.fetch('http://emulator.test/v1/messages', post(messagesBody(fields)))

const schema = { type: 'json_schema', schema: { type: 'object' } }
const tools = [{ name: 'f', input_schema: { type: 'object' } }]

const unimplemented: [field: string, fields: object][] = [
  ['`tool_choice: {"type": "any"}`', { tools, tool_choice: { type: 'any' } }],
  ['`tool_choice: {"type": "tool"}`', { tools, tool_choice: { type: 'tool', name: 'f' } }],
  ['`output_config.format`', { output_config: { format: schema } }],
  ['`output_format`', { output_format: schema }],
]

describe.each(unimplemented)('a request with %s', (field, fields) => {
  test('is answered in the name of the emulator', async () => {
    const response = await ask(createEmulator(), fields)
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([501, 'false'])
    const { error } = await response.json()
    expect(error.type).toBe('emulator_not_implemented')
    expect(error.message).toContain(`The emulator does not implement ${field}: `)
    expect(error.message).toMatch(/ See https:\/\/\S+$/)
  })

  test('gets a scripted reply', async () => {
    const emulator = createEmulator({ reply: '{}' })
    const response = await ask(emulator, fields)
    expect(response.status).toBe(200)
  })
})

test('a message without text gets a reply about the block that the emulator does not read', async () => {
  const image = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }
  const response = await ask(createEmulator(), { messages: [{ role: 'user', content: [image] }] })
  const { content } = await response.json()
  expect(content[0].text).toBe(
    'The emulator does not read blocks of the type image. It saw no text in your message.',
  )
})

describe('default replies', () => {
  const replyTo = async (...turns: string[]): Promise<string> => {
    const messages = turns.map((content, index) => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content,
    }))
    const response = await ask(createEmulator(), { messages })
    return (await response.json()).content[0].text
  }

  test.each([
    ['My name is R2D2.', 'R2D2'],
    ['My name is 4chan', '4chan'],
    ['Hi, I’m Zoë', 'Zoë'],
    ['my name is محمد', 'محمد'],
    ['My name is 小明', '小明'],
    ["I am O'Brien", "O'Brien"],
    ['My name is Jean-Luc', 'Jean-Luc'],
  ])('greets the whole name in %j', async (question, name) => {
    expect(await replyTo(question)).toBe(`Nice to meet you, ${name}!`)
    expect(await replyTo(question, 'Hello!', 'What is my name?')).toBe(`Your name is ${name}.`)
  })

  test('does not take an adjective for a name', async () => {
    expect(await replyTo('my name is not important')).toContain('You said: "my name is not important"')
  })

  test('does not answer a keyword inside a long document', async () => {
    const document = 'This story is a joke about colours. '.repeat(60)
    expect(await replyTo(document)).toMatch(
      /^You said: a message of 2159 characters, from "This story .*…" to "….*colours\." The emulator has no other answer to that\.$/,
    )
  })

  test('answers the instruction after a long document', async () => {
    expect(await replyTo(`${'Some text. '.repeat(100)}\n\nWhat is 2 + 2?`)).toBe('2 + 2 = 4.')
  })

  test('cuts a quotation between visible characters', async () => {
    const family = '👨‍👩‍👧'
    const reply = await replyTo(`${family.repeat(40)} ${'é'.repeat(170)}`)
    expect(reply).toContain(`"${family.repeat(40)}`)
    expect(reply).not.toMatch(/\u200d…|\p{Surrogate}/u)
  })

  test('repeats a question in another script', async () => {
    expect(await replyTo('السماء زرقاء لماذا؟')).toContain('You said: "السماء زرقاء لماذا؟"')
  })
})
