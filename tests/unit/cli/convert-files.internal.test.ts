import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Ended, run } from './command.ts'

const PROMPT = '\n\nHuman: Hi\n\nAssistant:'
const OTHER = '\n\nHuman: Ho\n\nAssistant:'
const MESSAGES = { messages: [{ role: 'user', content: 'Hi' }] }
const OTHERS = { messages: [{ role: 'user', content: 'Ho' }] }
const CSV = `id,prompt\n1,"${PROMPT}"\n2,"${OTHER}"\n`

type Content = string | Uint8Array
const utf16 = (text: string, isBig = false): Buffer => {
  const bytes = Buffer.from(text, 'utf16le')
  return isBig ? bytes.swap16() : bytes
}

/** Writes a file and runs a command on it. */
async function onFile(command: string, name: string, content: Content, ...args: string[]): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, name)
  writeFileSync(path, content)
  const output = join(folder, 'output')
  const input = command === 'complete' ? ['--emulate', '--file', path] : [path, '--out', output]
  const ended = await run([command, ...input, ...args])
  expect(readFileSync(path).equals(Buffer.from(content))).toBe(true)
  const out = existsSync(output) ? readFileSync(output, 'utf8') : ended.out
  return { ...ended, out, err: ended.err.replaceAll(`${folder}/`, '') }
}

const parsed = (out: string): unknown[] =>
  out
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))

describe('one prompt in a file', () => {
  it.each<[string, string, Content]>([
    ['UTF-8', 'a.txt', PROMPT],
    ['UTF-8 with a byte order mark', 'a.txt', `\ufeff${PROMPT}`],
    ['a byte order mark before the label', 'a.txt', `\ufeffHuman: Hi\n\nAssistant:`],
    ['UTF-16, little end first', 'a.txt', utf16(`\ufeff${PROMPT}`)],
    ['UTF-16, big end first', 'a.txt', utf16(`\ufeff${PROMPT}`, true)],
    ['gzip', 'a.txt.gz', gzipSync(PROMPT)],
    ['gzip under another name', 'a.txt', gzipSync(PROMPT)],
    ['gzip of UTF-16', 'a.txt.gz', gzipSync(utf16(`\ufeff${PROMPT}`))],
  ])('is read from %s, by convert and by complete', async (_, name, content) => {
    const repair = ['--prompts', 'repair']
    const converted = await onFile('convert', name, content, ...repair)
    expect([converted.code, parsed(converted.out)]).toEqual([0, [MESSAGES]])
    expect(converted.err).not.toMatch(/warning|error|blank-system/)
    const completed = await onFile('complete', name, content, ...repair)
    expect([completed.code, completed.err]).toEqual([0, expect.not.stringMatching(/Human turn|error/)])
  })
})

describe('records', () => {
  const record = (prompt: string, id: number): object => ({ id, prompt })
  it.each<[string, string, Content, string[], unknown[]]>([
    [
      'the rows of a CSV file',
      'a.csv',
      CSV,
      ['--field', 'prompt'],
      [
        { id: '1', ...MESSAGES },
        { id: '2', ...OTHERS },
      ],
    ],
    [
      'CSV of a spreadsheet',
      'a.csv',
      `\ufeff${CSV.replaceAll('\n', '\r\n')}`,
      ['--field', 'id', '--prompts', 'repair'],
      [],
    ],
    [
      'CSV in UTF-16',
      'a.csv',
      utf16(`\ufeff${CSV}`),
      ['--field', 'prompt'],
      [
        { id: '1', ...MESSAGES },
        { id: '2', ...OTHERS },
      ],
    ],
    ['TSV', 'a.tsv', `id\tprompt\n1\t"${PROMPT}"\n`, ['--field', 'prompt'], [{ id: '1', ...MESSAGES }]],
    [
      'compressed CSV',
      'a.csv.gz',
      gzipSync(CSV),
      ['--field', 'prompt'],
      [
        { id: '1', ...MESSAGES },
        { id: '2', ...OTHERS },
      ],
    ],
    ['a JSON array of prompts', 'a.json', JSON.stringify([PROMPT, OTHER], null, 2), [], [MESSAGES, OTHERS]],
    ['a JSON array under another name', 'a.txt', JSON.stringify([PROMPT]), [], [MESSAGES]],
    [
      'a JSON array of records',
      'a.json',
      JSON.stringify([record(PROMPT, 1), record(OTHER, 2)], null, 2),
      ['--field', 'prompt'],
      [
        { id: 1, ...MESSAGES },
        { id: 2, ...OTHERS },
      ],
    ],
    [
      'one JSON record',
      'a.json',
      JSON.stringify(record(PROMPT, 1), null, 2),
      ['--field', 'prompt'],
      [{ id: 1, ...MESSAGES }],
    ],
    [
      'an array inside a JSON document',
      'a.json',
      JSON.stringify({ version: 1, data: { items: [{ input: { text: PROMPT } }] } }),
      ['--field', 'data.items.input.text'],
      [{ input: MESSAGES }],
    ],
    [
      'prompts inside a JSON document',
      'a.json',
      JSON.stringify({ prompts: [PROMPT] }),
      ['--field', 'prompts'],
      [MESSAGES],
    ],
    [
      'a nested field of JSON lines',
      'a.jsonl',
      `${JSON.stringify({ a: { b: PROMPT, c: 1 } })}\n`,
      ['--field', 'a.b'],
      [{ a: { ...MESSAGES, c: 1 } }],
    ],
    [
      'a field with a dot in its name',
      'a.jsonl',
      `${JSON.stringify({ 'a.b': PROMPT })}\n`,
      ['--field', 'a.b'],
      [MESSAGES],
    ],
    [
      'JSON lines under another name',
      'a.txt',
      `${JSON.stringify(record(PROMPT, 1))}\n`.repeat(2),
      [],
      [
        { id: 1, ...MESSAGES },
        { id: 1, ...MESSAGES },
      ],
    ],
    [
      'compressed JSON lines',
      'a.jsonl.gz',
      gzipSync(`${JSON.stringify(record(PROMPT, 1))}\n`),
      [],
      [{ id: 1, ...MESSAGES }],
    ],
    [
      'JSON lines in UTF-16',
      'a.jsonl',
      utf16(`\ufeff${JSON.stringify(record(PROMPT, 1))}\n`),
      [],
      [{ id: 1, ...MESSAGES }],
    ],
    [
      'YAML',
      'a.yaml',
      `- id: 1\n  prompt: ${JSON.stringify(PROMPT)}\n`,
      ['--field', 'prompt'],
      [{ id: 1, ...MESSAGES }],
    ],
    [
      'a YAML list of prompts',
      'a.yml',
      `- ${JSON.stringify(PROMPT)}\n- ${JSON.stringify(OTHER)}\n`,
      [],
      [MESSAGES, OTHERS],
    ],
    [
      'a YAML document with prompts',
      'a.yml',
      `prompts:\n  - ${JSON.stringify(PROMPT)}\n`,
      ['--field', 'prompts'],
      [MESSAGES],
    ],
  ])('are read from %s', async (_, name, content, args, expected) => {
    const { code, out, err } = await onFile('convert', name, content, ...args)
    if (expected.length > 0) expect([code, parsed(out)], err).toEqual([0, expected])
    else expect(code).toBe(1)
  })

  it('keep numbers that JavaScript cannot hold', async () => {
    const json = `[{"id":12345678901234567890,"prompt":${JSON.stringify(PROMPT)}}]`
    const fromJson = await onFile('convert', 'a.json', json, '--field', 'prompt')
    expect(fromJson.out).toContain('"id":12345678901234567890')
    const fromYaml = await onFile(
      'convert',
      'a.yaml',
      `- id: 12345678901234567890\n  prompt: ${JSON.stringify(PROMPT)}`,
      '--field',
      'prompt',
    )
    expect(fromYaml.out).toContain('"id":12345678901234567890')
  })

  it('come through standard input in the same formats', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const output = join(folder, 'output')
    const piped = async (stdin: Content, ...args: string[]): Promise<unknown> => {
      const { code } = await run(['convert', '--out', output, ...args], { stdin })
      return [code, parsed(readFileSync(output, 'utf8'))]
    }
    const rows = [
      { id: '1', ...MESSAGES },
      { id: '2', ...OTHERS },
    ]
    expect(await piped(CSV, '--field', 'prompt')).toEqual([0, rows])
    expect(await piped(gzipSync(CSV), '--field', 'prompt')).toEqual([0, rows])
    expect(await piped(JSON.stringify([PROMPT]))).toEqual([0, [MESSAGES]])
    expect(await piped(`\ufeff${PROMPT}`)).toEqual([0, [MESSAGES]])
  })

  it('that are conversations become prompts, also from an array', async () => {
    const reverse = await onFile('convert', 'a.json', JSON.stringify([MESSAGES, OTHERS]), '--reverse')
    expect([reverse.code, parsed(reverse.out)]).toEqual([0, [{ prompt: PROMPT }, { prompt: OTHER }]])
    const one = await onFile('convert', 'a.json', JSON.stringify(MESSAGES), '--reverse')
    expect([one.code, one.out]).toEqual([0, PROMPT])
  })

  it('of text blocks become prompts', async () => {
    const blocks = {
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    }
    const { code, out } = await onFile('convert', 'a.jsonl', `${JSON.stringify(blocks)}\n`, '--reverse')
    expect([code, parsed(out)]).toEqual([0, [{ prompt: `Be brief.${PROMPT}` }]])
  })
})

describe('a file that is not one prompt', () => {
  const command = ['convert', 'complete']
  const cases: [string, Content, RegExp][] = [
    [
      'a.csv',
      CSV,
      /a\.csv: error: It is a CSV file, not a single prompt\. Name the column .*--field\. .* id and prompt\./,
    ],
    ['a.txt', CSV, /It is a CSV file, not a single prompt/],
    ['a.tsv', `id\tprompt\n1\t"${PROMPT}"\n`, /It is a TSV file, not a single prompt/],
    [
      'a.json',
      JSON.stringify([{ prompt: PROMPT }]),
      /It is a list of 1 record, not a single prompt\. .*--field/,
    ],
    [
      'a.json',
      JSON.stringify({ id: 1, prompt: PROMPT }),
      /It is a record, not a single prompt\. .*--field\. It has id and prompt\./,
    ],
    ['a.json', '{"prompt":', /It is not JSON/],
    ['a.json', PROMPT, /It is not JSON/],
    ['a.yaml', `prompt: ${JSON.stringify(PROMPT)}`, /It is a record, not a single prompt/],
    ['a.yaml', 'a: [', /It is not YAML/],
    ['a.bin', Buffer.from([0, 255, 1]), /It is not text in UTF-8/],
    ['a.txt', utf16(PROMPT), /looks like UTF-16 without a byte order mark\. .*iconv/],
    ['a.xlsx', Buffer.from('PK\x03\x04'), /a ZIP archive or a spreadsheet, not text\. .*CSV/],
    ['a.parquet', Buffer.from('PAR1'), /a Parquet file, not text\. .*JSON lines/],
    ['a.zst', Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), /Zstandard.*zstd -d/],
    ['a.gz', Buffer.from([0x1f, 0x8b, 1, 2, 3]), /It is damaged/],
  ]
  it.each(command.flatMap(name => cases.map(one => [name, ...one] as const)))(
    '%s rejects %s with exit code 1 and the way to go',
    async (name, file, content, says) => {
      const { code, out, err } = await onFile(name, file, content)
      expect([code, out]).toEqual([1, ''])
      expect(err).toMatch(says)
    },
  )

  it.each<[string, Content, string, RegExp]>([
    ['a.csv', CSV, 'text', /It has no column "text"\. Name one of its columns with --field: id or prompt\./],
    ['a.csv', 'id,prompt\n1,"a" b\n', 'prompt', /It is not CSV: .*quotation marks/],
    ['a.json', '3', 'prompt', /neither records nor a list/],
  ])('%s with a field that it does not have is rejected', async (file, content, field, says) => {
    const { code, err } = await onFile('convert', file, content, '--field', field)
    expect([code, err]).toEqual([1, expect.stringMatching(says)])
  })
})

describe('a prompt that is rejected', () => {
  it.each(['convert', 'complete'])(
    'by %s shows its diagnostics, their locations and a mode that accepts it',
    async name => {
      const { code, out, err } = await onFile(
        name,
        'crlf.txt',
        '\r\n\r\nHuman: Hi\r\nthere\r\n\r\nAssistant:\r\n',
      )
      expect([code, out]).toEqual([1, ''])
      expect(err).toMatch(/^crlf\.txt:3:1: warning crlf-marker: /)
      expect(err).toMatch(
        /\ncrlf\.txt: error: prompt must start with .*--prompts repair accepts this prompt\.\n$/,
      )
    },
  )

  it('shows the same in the file of rejects', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const rejects = join(folder, 'rejects.jsonl')
    const line = JSON.stringify({ prompt: '\r\n\r\nHuman: Hi\r\n\r\nAssistant:' })
    await run(['convert', '--field', 'prompt', '--rejects', rejects], { stdin: line })
    expect(JSON.parse(readFileSync(rejects, 'utf8'))).toMatchObject({
      fix: expect.stringContaining('--prompts repair accepts this prompt.'),
      diagnostics: expect.arrayContaining([
        expect.objectContaining({ code: 'crlf-marker', severity: 'warning', line: 3, column: 1 }),
      ]),
    })
  })

  it('does not name a mode that would reject it, too', async () => {
    const { err } = await onFile('convert', 'a.txt', 'Hi')
    expect(err).not.toContain('--prompts repair')
  })
})

describe('many diagnostics of one code', () => {
  it('are capped with a count', async () => {
    const labels = '\nHuman: hi\nAssistant: yes'.repeat(500)
    const { code, err } = await onFile('convert', 'a.txt', `\n\nHuman: ${labels}\n\nAssistant:`)
    expect(code).toBe(0)
    expect(err.match(/: warning single-newline-marker: /g)).toHaveLength(3)
    expect(err).toContain('a.txt: and 997 more of single-newline-marker\n')
  })

  it('take no longer than the text is long', async () => {
    const labels = (count: number): string =>
      `\n\nHuman: ${'\nHuman: hi there you\nAssistant: yes sir'.repeat(count)}\n\nAssistant:`
    const started = performance.now()
    const { code } = await onFile('convert', 'a.txt', labels(20_000))
    expect(code).toBe(0)
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
