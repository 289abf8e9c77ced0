import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cases, programs } from '../audit/cases.ts'
import { builtCommand, type Ended, start } from './command.ts'

let bin = ''
let root = ''

beforeAll(async () => {
  bin = await builtCommand('audit-process')
  root = mkdtempSync(join(tmpdir(), 'audited-'))
  const files = [
    ...cases.map(({ file, source }, index) => [`case${index}/${file}`, source] as const),
    ...programs.flatMap(({ files }, index) =>
      Object.entries(files).map(([file, source]) => [`program${index}/${file}`, source] as const),
    ),
    ['unread/big.json', `{ "model": "claude-2", "text": "${'a'.repeat(1_100_000)}" }`] as const,
    ['unread/shop.lock', 'claude-2'] as const,
    [
      'src/client.ts',
      "import Anthropic from 'legacy-completions'\nexport const client = new Anthropic()\n",
    ] as const,
    [
      'src/zz/ask.ts',
      "import { client } from '../client.ts'\nclient.completions.create({ prompt, max_tokens_to_sample: 9 })\n",
    ] as const,
  ]
  for (const [file, source] of files) {
    mkdirSync(join(root, file, '..'), { recursive: true })
    writeFileSync(join(root, file), source)
  }
}, 120_000)

afterAll(() => rmSync(root, { recursive: true, force: true }))

const audit = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  start(bin, ['audit', root, '--fail-on', 'never', '--no-plan', ...args], { env }).ended

describe('an audit in several threads', () => {
  test.each(['2', '3', '8'])('writes the same report with %s threads', async threads => {
    const one = await audit(['--format', 'json', '--threads', '1'])
    const more = await audit(['--format', 'json', '--threads', threads])
    expect(one.code).toBe(0)
    expect(JSON.parse(one.out).uses.length).toBeGreaterThan(100)
    expect(more).toMatchObject({ code: 0, out: one.out, err: one.err })
  })
})

describe('an audit with its plan in several threads', () => {
  test('writes the same report', async () => {
    const planned = (threads: string): Promise<Ended> =>
      start(bin, ['audit', root, '--fail-on', 'never', '--format', 'json', '--threads', threads]).ended
    const [one, more] = [await planned('1'), await planned('3')]
    expect(JSON.parse(one.out).calls.total).toBeGreaterThan(5)
    expect(more).toMatchObject({ code: 0, out: one.out, err: one.err })
  }, 60_000)
})

/**
 * Code that runs first in each thread. The first thread that is not the main one ends at `when`, and the main thread
 * reads no file before that thread has started to read.
 */
const dying = (marker: string, when: 'third file' | 'first task'): string => `
  import fs from 'node:fs'
  import { syncBuiltinESMExports } from 'node:module'
  import { isMainThread, parentPort } from 'node:worker_threads'
  const { readFileSync, writeFileSync, existsSync } = fs
  const pause = new Int32Array(new SharedArrayBuffer(4))
  let count = 0
  let isPlanning = false
  if (!isMainThread) parentPort.on('message', () => { isPlanning = true })
  fs.readFileSync = (path, ...rest) => {
    if (!String(path).includes('audited-')) return readFileSync(path, ...rest)
    if (isMainThread) while (!existsSync(${JSON.stringify(marker)})) Atomics.wait(pause, 0, 0, 5)
    else {
      writeFileSync(${JSON.stringify(marker)}, '')
      count++
      if (${when === 'third file' ? 'count === 3' : 'isPlanning'}) process.exit(7)
    }
    return readFileSync(path, ...rest)
  }
  syncBuiltinESMExports()
`

describe('a thread of an audit that ends early', () => {
  const audited = (args: readonly string[], when: 'third file' | 'first task'): Promise<Ended> => {
    const folder = mkdtempSync(join(tmpdir(), 'ended-'))
    const code = dying(join(folder, 'marker'), when)
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` }
    const given = ['audit', root, '--fail-on', 'never', '--format', 'json', ...args]
    return start(bin, [...given, '--threads', '2'], { env }).ended.finally(() =>
      rmSync(folder, { recursive: true, force: true }),
    )
  }

  test('is the problem of the file that it read, and the other files are audited', async () => {
    const whole = JSON.parse((await audit(['--format', 'json', '--threads', '1'])).out)
    const { code, out, err } = await audited(['--no-plan'], 'third file')
    expect(code).toBe(2)
    const [, file = ''] =
      /^(.+): was left out because it ended the thread that read it: it ended with code 7\.$/m.exec(err) ?? []
    expect(file).not.toBe('')
    const rest = (uses: { file: string }[]): unknown[] =>
      uses.filter(use => use.file !== file).map(use => `${use.file} ${JSON.stringify(Object(use).start)}`)
    const found = JSON.parse(out)
    expect(found.problems).toContainEqual(expect.objectContaining({ file, isFailure: true }))
    expect(rest(found.uses)).toEqual(rest(whole.uses))
    expect(found.files).toBe(whole.files)
  }, 60_000)

  test('loses no task of the plan', async () => {
    const given = ['audit', root, '--fail-on', 'never', '--format', 'json', '--threads', '1']
    const whole = await start(bin, given).ended
    const { code, out } = await audited([], 'first task')
    expect({ code, out }).toEqual({ code: 0, out: whole.out })
  }, 60_000)
})

describe('colours of the table', () => {
  const ESCAPE = '\u001b['
  test.each([
    { env: {}, has: false },
    { env: { FORCE_COLOR: '1' }, has: true },
    { env: { FORCE_COLOR: '1', NO_COLOR: '1' }, has: false },
    { env: { FORCE_COLOR: '0' }, has: false },
  ])('with $env are written: $has', async ({ env, has }) => {
    const { out, err } = await audit([], { NO_COLOR: '', FORCE_COLOR: '', ...env })
    expect(out.includes(`${ESCAPE}31merror`)).toBe(has)
    expect(out.includes(ESCAPE)).toBe(has)
    expect(err).not.toContain(ESCAPE)
  })

  test('are not in a report for a program', async () => {
    const { out } = await audit(['--format', 'json'], { FORCE_COLOR: '1', NO_COLOR: '' })
    expect(out).not.toContain(ESCAPE)
  })
})

describe('the peak memory of an audit', () => {
  const TIMES = 16
  /** Prints the peak memory of the process in kilobytes when it ends. */
  const MEASURE = 'process.on("exit",()=>process._rawDebug("peak",process.resourceUsage().maxRSS))'
  const call = (index: number): string =>
    `r${index} = client.completions.create(model="claude-2", max_tokens_to_sample=9, prompt=f"{HUMAN_PROMPT} a{AI_PROMPT}")\n`
  const many = (count: number, make: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => make(index)).join('')
  const code = (index: number): string => `def f${index}(a, b):\n    return a * ${index} + len(b)\n`
  const HEAD = 'from anthropic import AI_PROMPT, Anthropic, HUMAN_PROMPT\nclient = Anthropic()\n'

  test.each<{ what: string; size: number; most: number; files: (count: number) => Record<string, string> }>([
    {
      what: 'files',
      size: 30,
      most: 2,
      files: count =>
        Object.fromEntries(
          Array.from({ length: count }, (_, index) => [`f${index}.py`, HEAD + call(index) + many(60, code)]),
        ),
    },
    { what: 'uses', size: 100, most: 4, files: count => ({ 'a.py': HEAD + many(count, call) }) },
    {
      what: 'terms',
      size: 250,
      most: 4,
      files: count => ({
        'a.py': `${HEAD}p = ("\\n\\nHuman: a"${many(count, index => ` + "\\n\\nAssistant: ${index}" + x`)})\n`,
      }),
    },
    {
      what: 'cells',
      size: 60,
      most: 4,
      files: count => ({
        'a.ipynb': JSON.stringify({
          cells: [HEAD, ...Array.from({ length: count }, (_, index) => call(index))].map(source => ({
            cell_type: 'code',
            source: [source],
          })),
        }),
      }),
    },
  ])(
    'grows less than ×$most with 16 times the $what',
    async ({ size, most, files }) => {
      const peakOf = async (count: number): Promise<number> => {
        const folder = mkdtempSync(join(tmpdir(), 'grown-'))
        try {
          for (const [file, text] of Object.entries(files(count))) writeFileSync(join(folder, file), text)
          const { err, code } = await start(
            bin,
            ['audit', folder, '--fail-on', 'never', '--format', 'json', '--no-plan', '--threads', '1'],
            { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(MEASURE)}` } },
          ).ended
          expect(code, err).toBe(0)
          return Number(/peak (\d+)/.exec(err)?.[1])
        } finally {
          rmSync(folder, { recursive: true, force: true })
        }
      }
      const [once, more] = [await peakOf(size), await peakOf(size * TIMES)]
      expect(once).toBeGreaterThan(10_000)
      expect(more / once).toBeLessThan(most)
    },
    120_000,
  )
})
