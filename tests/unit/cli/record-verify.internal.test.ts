import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulator } from 'legacy-completions/emulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { main } from '../../../src/cli/main.ts'

/** A program that calls the API over HTTP, as programs in other languages do. */
const PROGRAM = `
const base = process.env.ANTHROPIC_BASE_URL
const headers = { 'x-api-key': process.env.ANTHROPIC_API_KEY ?? '', 'anthropic-version': '2023-06-01' }
const post = async (path, body) => {
  const response = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) })
  return await response.text()
}
`

const BEFORE = `${PROGRAM}
const complete = (prompt, fields) =>
  post('/v1/complete', { model: 'claude-2.1', max_tokens_to_sample: 300, prompt, ...fields })
console.log(await complete('You tell stories.\\n\\nHuman: Hi, I am Alice.\\n\\nAssistant: Hello Alice!\\n\\nHuman: Tell me a story.\\n\\nAssistant:', { stop_sequences: ['THE END'] }))
console.log(await complete('\\n\\nHuman: What is 2 + 3?\\n\\nAssistant:', { temperature: 0, stream: true }))
`

const FIRST = {
  model: 'claude-opus-4-8',
  max_tokens: 300,
  system: 'You tell stories.',
  messages: [
    { role: 'user', content: 'Hi, I am Alice.' },
    { role: 'assistant', content: 'Hello Alice!' },
    { role: 'user', content: 'Tell me a story.' },
  ],
  stop_sequences: ['THE END'],
}
const SECOND = {
  model: 'claude-opus-4-8',
  max_tokens: 300,
  messages: [{ role: 'user', content: [{ type: 'text', text: 'What is 2 + 3?' }] }],
}
const rewritten = (...requests: object[]): string =>
  PROGRAM +
  requests.map(request => `console.log(await post('/v1/messages', ${JSON.stringify(request)}))\n`).join('')

let folder = ''
const inFolder = (name: string): string => join(folder, name)

interface Ended {
  code: number
  out: string
  err: string
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const said = { out: '', err: '' }
  const code = await main(args, {
    env: { PATH: process.env.PATH, ...env },
    out: text => {
      said.out += text
    },
    err: text => {
      said.err += text
    },
    stdin: async function* () {},
    stdout: 1,
    signal: new AbortController().signal,
  })
  return { code, ...said }
}

const program = (name: string, source: string): string[] => {
  writeFileSync(inFolder(name), source)
  return ['--', process.execPath, inFolder(name)]
}

const recording = (): string => inFolder('recording.jsonl')
const verify = (source: string, ...options: string[]): Promise<Ended> =>
  run(['verify', recording(), ...options, ...program('after.mjs', source)])

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
  // The program writes to the standard output of this process, so the test silences it.
  const before = program('before.mjs', BEFORE.replaceAll('console.log', 'void'))
  const { code, err } = await run(['record', '--emulate', '--replies', '--output', recording(), ...before], {
    ANTHROPIC_API_KEY: 'sk-secret-0123456789',
  })
  expect({ code, err }).toEqual({
    code: 0,
    err: `2 calls recorded to ${recording()}, which holds the prompts.\n`,
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const lines = (): Record<string, unknown>[] =>
  readFileSync(recording(), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

describe('record', () => {
  test('writes the legacy request, the translated request and the reply of each call', () => {
    const [header, first, second] = lines()
    expect(header).toMatchObject({
      recording: 1,
      replies: 'emulator',
      notice: expect.stringContaining('prompts'),
    })
    expect(first).toMatchObject({
      order: 1,
      status: 200,
      legacy: { max_tokens_to_sample: 300 },
      messages: FIRST,
    })
    expect(second).toMatchObject({
      order: 2,
      reply: { content: [{ type: 'text', text: '2 + 3 = 5.' }], stop_reason: 'end_turn' },
    })
    expect(second?.messages).not.toHaveProperty('temperature')
  })

  test('writes no key', () => {
    expect(readFileSync(recording(), 'utf8')).not.toContain('sk-secret')
  })

  test.each<[string[], string]>([
    [['record'], 'Give a command after --, or --port'],
    [['record', '--script', 'x', '--', 'true'], '--script needs --emulate.'],
    [
      ['record', '--emulate', '--upstream', 'http://x', '--', 'true'],
      '--emulate and --upstream cannot both be given.',
    ],
    [['verify'], 'Give the recording to compare with.'],
    [['verify', '/nowhere/recording.jsonl', '--', 'true'], 'does not exist'],
  ])('%j is rejected', async (args, message) => {
    const { code, err } = await run(args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  test('a program that does not exist is named', async () => {
    const args = ['record', '--emulate', '-o', inFolder('other.jsonl'), '--', 'no-such-program']
    expect(await run(args)).toMatchObject({
      code: 2,
      err: expect.stringContaining('"no-such-program" was not found.'),
    })
  })

  test('ends with the exit code of the program', async () => {
    const args = [
      'record',
      '--emulate',
      '-o',
      inFolder('other.jsonl'),
      '--',
      process.execPath,
      '-e',
      'process.exit(7)',
    ]
    expect((await run(args)).code).toBe(7)
  })
})

describe('verify', () => {
  test('accepts the program as it was', async () => {
    const { code, out } = await verify(BEFORE)
    expect(code).toBe(0)
    expect(out).toContain(
      '2 calls: 1 identical, 1 equivalent. The program makes the same calls. 2 of them still use /v1/complete.',
    )
  })

  test('accepts a faithful rewrite in another order, and names why it is equivalent', async () => {
    const { code, out, err } = await verify(rewritten(SECOND, FIRST))
    expect(code).toBe(0)
    expect(out).toMatch(/1 {2}identical +Tell me a story\.\n2 {2}equivalent +What is 2 \+ 3\?\n/)
    expect(out).toContain('text-blocks: a text and the same text as content blocks')
    expect(out).toContain('dropped-parameter: ')
    expect(err).toContain('2 + 3 = 5.')
  })

  const { system: _system, ...withoutSystem } = FIRST
  const { stop_sequences: _stops, ...withoutStops } = FIRST
  const swapped = FIRST.messages.map((turn, index) => (index === 1 ? { ...turn, role: 'user' } : turn))
  const mistakes: [mistake: string, requests: object[], named: string][] = [
    ['a lost system text', [withoutSystem, SECOND], 'system: lost "You tell stories."'],
    ['a swapped role', [{ ...FIRST, messages: swapped }, SECOND], 'messages[1].role: assistant → user'],
    ['a dropped stop', [withoutStops, SECOND], 'stop_sequences: lost ["THE END"]'],
    ['another limit', [FIRST, { ...SECOND, max_tokens: 200 }], 'max_tokens: 300 → 200'],
    ['a lost call', [FIRST], 'The program no longer makes this call.'],
    [
      'a new call',
      [FIRST, SECOND, { ...SECOND, messages: [{ role: 'user', content: 'Bonjour' }] }],
      'The program did not make this call before.',
    ],
  ]
  test.each(mistakes)('names %s', async (_mistake, requests, named) => {
    const { code, out } = await verify(rewritten(...requests))
    expect(code).toBe(1)
    expect(out).toContain(named)
    expect(out).toContain('The program does not make the same calls.')
  })

  test('writes JSON, Markdown and HTML', async () => {
    const source = rewritten(withoutSystem, {
      ...SECOND,
      messages: [{ role: 'user', content: '<b>What</b> is 2 + 3?' }],
    })
    const json = JSON.parse((await verify(source, '--format', 'json')).out)
    expect(json).toMatchObject({
      same: false,
      counts: { changed: 2 },
      calls: [{ verdict: 'changed', changes: [{ field: 'system', kind: 'lost' }] }, {}],
    })
    const markdown = (await verify(source, '--format', 'markdown')).out
    expect(markdown).toContain('| 1 | changed | Tell me a story. | system: lost "You tell stories." |')
    expect(markdown).not.toContain('<b>')
    const file = inFolder('report.html')
    const { out } = await verify(source, '--format', 'html', '--output', file)
    expect(out).toBe('')
    const html = readFileSync(file, 'utf8')
    expect(html).toContain('<td class="changed">changed</td>')
    expect(html).not.toContain('<b>')
  })

  test('replays the recorded replies, streamed or whole, without a server', async () => {
    const other = inFolder('upstream.jsonl')
    const emulator = await startEmulator({
      reply: { text: 'A reply of that day.', stopReason: 'max_tokens' },
    })
    const args = ['record', '--replies', '--upstream', emulator.url, '-o', other]
    const before = program('before.mjs', BEFORE.replaceAll('console.log', 'void'))
    await run([...args, ...before], { ANTHROPIC_API_KEY: 'any' })
    await emulator.close()
    const source = rewritten({ ...FIRST, stream: true }, SECOND)
    const { code, out, err } = await run(['verify', other, '--replay', ...program('after.mjs', source)])
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringContaining('stream: a streamed and a whole'),
    })
    expect(err).toContain('"text":"A reply of that day."')
    expect(err).toContain('"stop_reason":"max_tokens"')
    expect(err).toMatch(/content_block_delta[\s\S]*"text":"A"/)
  })

  test('reports a program that fails or calls nothing', async () => {
    const failed = await verify(`${rewritten(FIRST, SECOND)}\nprocess.exit(3)`)
    expect(failed).toMatchObject({
      code: 1,
      err: expect.stringContaining('The program ended with exit code 3.'),
    })
    const silent = await verify('')
    expect(silent).toMatchObject({ code: 1, out: expect.stringContaining('2 calls: 2 missing.') })
  })

  test('compares two recordings', async () => {
    expect((await run(['verify', recording(), '--against', recording()])).code).toBe(0)
  })

  test.each([
    ['', 'Line 1 is not the header of a recording.'],
    ['{"a":1}\n', 'Line 1 is not the header of a recording.'],
    ['{"recording":1,"replies":"emulator"}\n{"order":"x"}\n', 'Line 2 is not a recorded call.'],
    ['{"recording":1,"replies":"emulator"}\n{', 'Line 2 is not JSON.'],
  ])('rejects the recording %j', async (text, message) => {
    writeFileSync(inFolder('bad.jsonl'), text)
    const { code, err } = await run(['verify', inFolder('bad.jsonl'), '--', 'true'])
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(message) })
  })
})
