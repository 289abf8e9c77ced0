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
