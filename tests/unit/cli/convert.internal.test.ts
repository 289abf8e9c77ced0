import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { run } from './command.ts'

const PROMPT = 'Be brief.\n\nHuman: Hi\n\nAssistant:'
const CONVERSATION = { system: 'Be brief.', messages: [{ role: 'user', content: 'Hi' }] }
const CALL = ['--model', 'claude-2.1', '--max-tokens', '50']

function folder(): (name: string, content?: string | Uint8Array) => string {
  const path = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return (name, content) => {
    const file = join(path, name)
    if (content !== undefined) writeFileSync(file, content)
    return file
  }
}

const lines = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))

describe('a prompt', () => {
  test('from standard input becomes messages', async () => {
    const { code, out, err } = await run(['convert'], { stdin: PROMPT })
    expect([code, JSON.parse(out), err]).toEqual([0, CONVERSATION, ''])
  })

  test('and messages become the prompt', async () => {
    const { code, out } = await run(['convert', '--reverse'], { stdin: JSON.stringify(CONVERSATION) })
    expect([code, out]).toEqual([0, PROMPT])
  })

  test.each([
    ['request', '{"model":"claude-opus-4-8","max_tokens":50,"system":"Be brief."'],
    ['curl', 'https://api.anthropic.com}/v1/messages"'],
    ['typescript', 'import Anthropic from "@anthropic-ai/sdk"'],
    ['python', 'from anthropic import Anthropic'],
  ])('becomes a %s', async (to, says) => {
    const { code, out, err } = await run(['convert', '--to', to, ...CALL], { stdin: PROMPT })
    expect(code).toBe(0)
    expect(out).toContain(says)
    expect(err).toContain('standard input: warning retired-model: ')
  })

  test('in several files is converted file by file, and one that cannot be does not stop the others', async () => {
    const file = folder()
    const paths = [
      file('a.txt', PROMPT),
      file('b.txt', 'Hi'),
      file('nowhere.txt'),
      file('c.bin', Buffer.from([0, 255, 1])),
      file('d.txt', '\n\nHuman: Ho\nAssistant: x\n\nAssistant:'),
    ]
    const { code, out, err } = await run(['convert', ...paths])
    expect(code).toBe(1)
    expect(
      out
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line)),
    ).toEqual([CONVERSATION, { messages: [{ role: 'user', content: 'Ho\nAssistant: x' }] }])
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/b\.txt: error: prompt must start with/),
      expect.stringMatching(/nowhere\.txt does not exist\./),
      expect.stringMatching(/c\.bin: error: It is not text in UTF-8\./),
      expect.stringMatching(/d\.txt:4:1: warning single-newline-marker: /),
      '',
    ])
  })
})

describe('JSON lines', () => {
  const RECORD = { id: 1, prompt: PROMPT }

  test('keep their other fields, in their order, and come back', async () => {
    const file = folder()
    const input = `{"id":12345678901234567890,"prompt":${JSON.stringify(PROMPT)},"meta":{"prompt":1.0}}\n`
    const path = file('in.jsonl', input)
    const out = file('out.jsonl')
    expect((await run(['convert', path, '--out', out])).code).toBe(0)
    const members = JSON.stringify(CONVERSATION).slice(1, -1)
    expect(readFileSync(out, 'utf8')).toBe(`{"id":12345678901234567890,${members},"meta":{"prompt":1.0}}\n`)
    const back = file('back.jsonl')
    expect((await run(['convert', '--reverse', out, '--out', back])).code).toBe(0)
    expect(readFileSync(back, 'utf8')).toBe(input)
    expect(existsSync(`${out}.progress`)).toBe(false)
  })

  test('that cannot be converted are kept with line, reason and fix, and reported without their text', async () => {
    const file = folder()
    const bad = ['{"prompt":"a secret"}', '{"prompt":', '{}', ...Array(5).fill('[]')]
    const [path, out, rejects] = [
      file('in.txt', `\ufeff${[JSON.stringify(RECORD), '', ...bad, JSON.stringify(RECORD)].join('\r\n')}`),
      file('out'),
      file('rejects'),
    ]
    const { code, err } = await run([
      'convert',
      path,
      '--field',
      'prompt',
      '--out',
      out,
      '--rejects',
      rejects,
    ])
    expect(code).toBe(1)
    expect(lines(out)).toEqual(Array(2).fill({ id: 1, ...CONVERSATION }))
    expect(lines(rejects)).toEqual(
      bad.map((text, index) => ({
        line: index + 3,
        reason: expect.any(String),
        fix: expect.any(String),
        ...(index === 0 && {
          diagnostics: [
            expect.objectContaining({ code: 'missing-human-turn', line: 1, column: 1 }),
            expect.objectContaining({ code: 'missing-assistant-turn', line: 1, column: 9 }),
          ],
        }),
        text: `${text}\r`,
      })),
    )
    expect(err).toMatch(
      /in\.txt: a byte order mark was removed\.\nline 3: prompt must start with[^\n]*\nline 4: It is not JSON\.\nline 5: It has no field "prompt"/,
    )
    expect(err).toContain('and 3 lines more\n8 lines could not be converted. They are in ')
    expect(err).toContain('2 of 10 lines converted, 1 blank line left out')
    expect(err).not.toContain('secret')
  })

  test('of bytes that are not text are kept as Base64', async () => {
    const file = folder()
    const [path, out, rejects] = [file('in.jsonl', Buffer.from([0xff, 0x20])), file('out'), file('rejects')]
    expect((await run(['convert', path, '--out', out, '--rejects', rejects])).code).toBe(1)
    expect(lines(rejects)).toMatchObject([{ line: 1, reason: 'It is not UTF-8.', base64: '/yA=' }])
  })

  test('become requests, with the parameters of each record before those of the command', async () => {
    const file = folder()
    const record = { ...RECORD, model: 'claude-haiku-4-5', temperature: 0.5, metadata: { source: 'x' } }
    const path = file(
      'in.jsonl',
      `${JSON.stringify(record)}\n{"prompt":${JSON.stringify(PROMPT)}}\n{"prompt":"x","temperature":"hot"}`,
    )
    const [out, rejects] = [file('out'), file('rejects')]
    const { code, err } = await run([
      'convert',
      path,
      '--to',
      'request',
      ...CALL,
      '--out',
      out,
      '--rejects',
      rejects,
    ])
    expect(code).toBe(1)
    const request = { max_tokens: 50, ...CONVERSATION }
    expect(lines(out)).toEqual([
      {
        id: 1,
        request: { ...request, model: 'claude-haiku-4-5', temperature: 0.5 },
        metadata: { source: 'x' },
      },
      { request: { ...request, model: 'claude-opus-4-8' } },
    ])
    expect(lines(rejects)).toMatchObject([
      { line: 3, reason: expect.stringContaining('temperature: value is not a valid float') },
    ])
    expect(err).toContain('retired-model: 1\n')
  })

  test('without a model are rejected with that reason', async () => {
    const file = folder()
    const path = file('in.jsonl', JSON.stringify(RECORD))
    const { code, err } = await run(['convert', path, '--to', 'request', '--out', file('out')])
    expect([code, err]).toEqual([1, expect.stringContaining('model: field required. Name a model')])
  })

  test('broken by other tools are understood where that is asked for', async () => {
    const file = folder()
    const path = file('in.jsonl', JSON.stringify({ prompt: '\r\n\r\nHuman: Hi “x”\r\n\r\nAssistant:' }))
    expect((await run(['convert', path, '--out', file('a')])).code).toBe(1)
    const { code, err } = await run(['convert', path, '--prompts', 'repair', '--out', file('out')])
    expect([code, lines(file('out'))]).toEqual([0, [{ messages: [{ role: 'user', content: 'Hi “x”' }] }]])
    expect(err).toContain(
      'repaired-crlf-marker: 2\n1 prompt would come back from --reverse in another spelling',
    )
  })

  test('of nothing are nothing', async () => {
    const file = folder()
    const { code, err } = await run(['convert', file('in.jsonl', ''), '--out', file('out')])
    expect([code, readFileSync(file('out'), 'utf8'), err]).toEqual([
      0,
      '',
      expect.stringContaining('0 of 0 lines'),
    ])
  })
})

describe('reports invalid uses with a fix', () => {
  const setUp = (): { file: (name: string, content?: string) => string } => {
    const file = folder()
    file('in.jsonl', `${JSON.stringify({ prompt: PROMPT })}\n`)
    file('empty.txt', '')
    mkdirSync(file('dir.jsonl'))
    symlinkSync(file('in.jsonl'), file('link.jsonl'))
    symlinkSync(file('loop.jsonl'), file('loop.jsonl'))
    file('locked.jsonl', '{}')
    chmodSync(file('locked.jsonl'), 0)
    return { file }
  }
  const isRoot = process.getuid?.() === 0

  test.each<[code: number, args: string, says: string]>([
    [2, 'nowhere.jsonl', 'nowhere.jsonl does not exist.'],
    [2, 'in.jsonl --out out --rejects dir.jsonl', 'dir.jsonl is a directory, not a file.'],
    [2, 'dir.jsonl --out out', 'dir.jsonl is a directory, not a file.'],
    [2, 'loop.jsonl --out out', 'loop.jsonl is a symbolic link that points to itself.'],
    [2, 'in.jsonl --out dir.jsonl', 'dir.jsonl is a directory, not a file.'],
    [2, 'in.jsonl --out nowhere/out', 'nowhere/out does not exist.'],
    [
      2,
      'in.jsonl --out empty.txt/out',
      'empty.txt/out has a file in its path where a directory is required.',
    ],
    [2, 'in.jsonl --out in.jsonl', '--out and The input are the same file:'],
    [2, 'in.jsonl --out link.jsonl', '--out and The input are the same file:'],
    [2, 'in.jsonl --out out --rejects out', '--rejects and --out are the same file:'],
    [2, 'in.jsonl --out out --resume', '--resume: there is no'],
    [2, 'in.jsonl --resume', '--resume needs a file to read and --out'],
    [2, 'in.jsonl dir.jsonl', 'Only one file of records is converted at a time'],
    [2, 'in.jsonl --to curl', '--to curl is for single prompts'],
    [2, 'in.jsonl --to poem', '--to must be messages, request, batch, curl, typescript or python.'],
    [2, 'in.jsonl --to batch', '--to batch needs --out'],
    [2, 'in.jsonl --to batch --out out --resume', '--resume is not for --to batch.'],
    [2, 'in.jsonl --reverse --to request', 'leave --to out'],
    [2, 'in.jsonl --threads 0', '--threads must be a whole number, 1 or more.'],
    [2, 'in.jsonl --threads x', '--threads must be a whole number'],
    [2, 'in.jsonl --models nowhere', 'does not exist'],
    [2, 'empty.txt --rejects x', '--rejects is for JSON lines'],
    [2, 'empty.txt --out empty.txt', 'are the same file'],
    [2, 'empty.txt --to request', '--to request needs --model and --max-tokens'],
    [2, '--wat', '--wat'],
    [1, 'dir.jsonl/', 'is a directory'],
    [1, 'in.jsonl --out /dev/full', '/dev/full is on a disk that is full.'],
    [1, 'empty.txt', 'prompt must start with'],
    ...(isRoot
      ? []
      : [
          [2, 'locked.jsonl --out out', 'may not be read or written by this user'] as [
            number,
            string,
            string,
          ],
        ]),
  ])('%i: convert %s', async (code, args, says) => {
    const { file } = setUp()
    const placed = args
      .split(' ')
      .map(arg => (/^(?:in|out|link|loop|dir|nowhere|empty|locked)\b/.test(arg) ? file(arg) : arg))
    const ended = await run(['convert', ...placed])
    expect(ended).toMatchObject({ code, err: expect.stringContaining(says) })
    // The input is never touched.
    expect(lines(file('in.jsonl'))).toEqual([{ prompt: PROMPT }])
  })
})
