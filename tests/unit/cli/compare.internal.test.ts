import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulator } from 'legacy-completions/emulator'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { decide, excessOf, shareOf } from '../../../src/cli/comparison/statistics.ts'
import { main } from '../../../src/cli/main.ts'
import type { Difference, Run } from '../../../src/core/compare.ts'
import { differenceOf } from '../../../src/core/difference.ts'

let folder = ''
const inFolder = (name: string): string => join(folder, name)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  code: number
  out: string
  err: string
}

async function run(
  args: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<Ended> {
  const said = { out: '', err: '' }
  const code = await main(args, {
    env: { ANTHROPIC_API_KEY: 'any' },
    out: text => {
      said.out += text
    },
    err: text => {
      said.err += text
    },
    stdin: async function* () {},
    stdout: 1,
    signal,
  })
  return { code, ...said }
}

/** Prompts with recorded replies, and a server of which a share replies something else. */
async function simulate(calls: number, share: number): Promise<{ prompts: string; target: string }> {
  const every = share === 0 ? Number.POSITIVE_INFINITY : Math.round(1 / share)
  const emulator = await startEmulator({
    reply: ({ messages }) => {
      const index = Number(/\d+/.exec(messages.at(-1)?.text ?? '')?.[0])
      return index % every === 0 ? `Another answer to ${index}.` : `The answer to ${index}.`
    },
  })
  onTestFinished(() => emulator.close())
  const lines = Array.from({ length: calls }, (_, index) => ({
    prompt: `\n\nHuman: Question ${index + 1}?\n\nAssistant:`,
    completion: ` The answer to ${index + 1}.`,
    site: index % 2 === 0 ? 'app.py:10' : 'app.py:20',
  }))
  const prompts = inFolder(`prompts-${calls}-${share}.jsonl`)
  writeFileSync(prompts, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  return { prompts, target: `messages:claude-opus-4-8@${emulator.url}` }
}

/** The difference of two runs whose texts are equal, or not. */
function difference(kind: Difference['kind'], differs: boolean): Difference {
  const side = (endpoint: 'complete' | 'messages', completion: string): Run => ({
    endpoint,
    body: {},
    outcome: {
      completion: {
        type: 'completion',
        id: '',
        log_id: '',
        completion,
        model: 'claude-opus-4-8',
        stop_reason: 'stop_sequence',
        stop: '\n\nHuman:',
      },
    },
    milliseconds: 1,
    firstTextMilliseconds: 1,
  })
  return differenceOf(
    [side('complete', ' An answer.'), side('messages', differs ? ' Another.' : ' An answer.')],
    { kind },
  )
}

const compare = (prompts: string, target: string, ...more: string[]): Promise<Ended> =>
  run(['compare', prompts, '--left', 'recorded', '--right', target, '--concurrency', '16', ...more])

describe('a simulated migration', () => {
  const cases: [calls: number, share: number, code: number, sentence: RegExp][] = [
    [
      2000,
      0,
      0,
      /^The replies do not differ beyond the baseline \(0\.0 % of the calls; 95 % interval: 0\.0 % to 0\.\d %\)\. The figures support the switch to 100 %\./,
    ],
    [
      2000,
      0.01,
      0,
      /^1\.0 % of the calls differ beyond the baseline \(95 % interval: 0\.\d % to 1\.\d %\), within the margin of 2\.0 %\./,
    ],
    [
      2000,
      0.1,
      1,
      /^10\.0 % of the calls differ beyond the baseline \(95 % interval: 8\.\d % to 11\.\d %\), more than the margin of 2\.0 %\. The figures do not support the switch\./,
    ],
    [20, 0, 1, /^There are not enough calls for a decision: 20 compared, /],
    [20, 0.1, 1, /^There are not enough calls for a decision: 20 compared, /],
  ]
  test.each(cases)(
    'of %d calls, of which the share %d differs, gets its verdict',
    async (calls, share, code, sentence) => {
      const output = inFolder(`differences-${calls}-${share}.jsonl`)
      const every = share === 0 ? Number.POSITIVE_INFINITY : Math.round(1 / share)
      const lines = Array.from({ length: calls }, (_, index) =>
        difference('comparison', (index + 1) % every === 0),
      )
      const again = Array.from({ length: calls / 2 }, () => difference('baseline', false))
      writeFileSync(output, [...lines, ...again].map(line => `${JSON.stringify(line)}\n`).join(''))
      const ended = await run(['compare', 'report', output])
      expect(ended.out).toMatch(sentence)
      expect(ended.code).toBe(code)
    },
  )

  test('of 2000 calls over HTTP, of which the share 0.01 differs, gets its verdict', async () => {
    const { prompts, target } = await simulate(2000, 0.01)
    const output = inFolder('differences.jsonl')
    const ended = await compare(prompts, target, '--output', output)
    expect(ended.out).toMatch(/^1\.0 % of the calls differ beyond the baseline/)
    // The report gives the same verdict.
    expect(await run(['compare', 'report', output])).toMatchObject({ code: 0, out: ended.out })
    expect(readFileSync(output, 'utf8')).not.toMatch(/Question|answer/)
  }, 120_000)
})

describe('the decision', () => {
  /** Deterministic noise: a share of all calls differs in both samples. */
  const sample = (calls: number, share: number): { calls: number; differing: number } => ({
    calls,
    differing: Math.round(calls * share),
  })
  test.each([
    ['noise of 5 %, and nothing else', sample(4000, 0.05), sample(4000, 0.05), 'same'],
    ['noise of 30 %, and 10 % more', sample(2000, 0.4), sample(1000, 0.3), 'different'],
    ['noise of 30 % in few calls', sample(200, 0.3), sample(100, 0.3), 'not-enough-calls'],
    ['differences without a baseline', sample(2000, 0.1), sample(0, 0), 'no-baseline'],
    ['no differences without a baseline', sample(2000, 0), sample(0, 0), 'same'],
    ['few calls that all differ', sample(20, 1), sample(20, 0), 'not-enough-calls'],
    ['nothing', sample(0, 0), sample(0, 0), 'not-enough-calls'],
  ] as const)('with %s', (_name, comparison, baseline, decision) => {
    expect(decide(comparison, baseline, 0.02)).toBe(decision)
  })

  test('has the intervals of Wilson and Newcombe', () => {
    // Newcombe 1998, cases (a) and (b): 56/70 and 48/80; 9/10 and 3/10.
    expect(shareOf({ calls: 263, differing: 81 })).toMatchObject({
      low: expect.closeTo(0.2553, 4),
      high: expect.closeTo(0.3662, 4),
    })
    expect(excessOf({ calls: 70, differing: 56 }, { calls: 80, differing: 48 })).toMatchObject({
      low: expect.closeTo(0.0524, 4),
      high: expect.closeTo(0.3339, 4),
    })
    expect(excessOf({ calls: 10, differing: 9 }, { calls: 10, differing: 3 })).toMatchObject({
      low: expect.closeTo(0.1705, 4),
      high: expect.closeTo(0.809, 3),
    })
  })
})

describe('compare', () => {
  test('reports stop reasons, lengths, tokens, price and groups, as a table, JSON, Markdown and HTML', async () => {
    const { prompts, target } = await simulate(30, 0.1)
    const output = inFolder('formats.jsonl')
    const table = await compare(prompts, target, '--output', output)
    expect(table.out).toMatch(/stop reason stop_sequence +30 +30\n/)
    expect(table.out).toMatch(/app\.py:20 +15 +3\n/)
    expect(table.out).toMatch(/price \(table of 2026-\d\d-\d\d\) +– +\$0\.\d{4}/)
    const json = JSON.parse((await run(['compare', 'report', output, '--format', 'json'])).out)
    expect(json).toMatchObject({
      decision: 'not-enough-calls',
      comparison: { calls: 30, differing: 3 },
      left: { tokens: null, failures: 0 },
      right: { tokens: { calls: 30 } },
      largest: [{ differs: ['text'] }, {}, {}],
    })
    const markdown = (await run(['compare', 'report', output, '--format', 'markdown'])).out
    expect(markdown).toContain('| left and right | 30 | 3 | 10.0 % (')
    const page = inFolder('report.html')
    await run(['compare', 'report', output, '--format', 'html', '--output', page])
    const html = readFileSync(page, 'utf8')
    expect(html.match(/<svg /g)).toHaveLength(2)
    expect(html).not.toMatch(/answer|NaN|undefined/)
  })

  test('shows texts with --show-text only', async () => {
    const { prompts, target } = await simulate(12, 0.5)
    const output = inFolder('texts.jsonl')
    const { out } = await compare(prompts, target, '--output', output, '--show-text')
    expect(out).toContain('Another answer to 2.')
    expect((await run(['compare', 'report', output])).out).not.toContain('Another answer')
  })

  test('treats texts with the same words as equal with --equal words', async () => {
    const prompts = inFolder('words.jsonl')
    writeFileSync(
      prompts,
      `${JSON.stringify({ prompt: '\n\nHuman: 2 + 3?\n\nAssistant:', completion: ' 2 + 3 =  5!' })}\n`,
    )
    const counts = async (...more: string[]): Promise<object> => {
      const args = [
        'compare',
        prompts,
        '--right',
        'emulator',
        '-o',
        inFolder('words.out'),
        '--format',
        'json',
        ...more,
      ]
      return JSON.parse((await run(args)).out).comparison
    }
    expect(await counts()).toMatchObject({ calls: 1, differing: 1 })
    expect(await counts('--equal', 'words')).toMatchObject({ calls: 1, differing: 0 })
  })

  test('continues an interrupted run where it ended', async () => {
    const { prompts, target } = await simulate(40, 0)
    const output = inFolder('resumed.jsonl')
    const interrupt = new AbortController()
    const args = [
      'compare',
      prompts,
      '--right',
      target,
      '-o',
      output,
      '--concurrency',
      '2',
      '--baseline',
      '0',
    ]
    setTimeout(() => interrupt.abort(), 60)
    await run(args, interrupt.signal)
    writeFileSync(output, `${readFileSync(output, 'utf8')}{"kind":"compa`)
    const { out } = await run([...args, '--resume', '--format', 'json'])
    expect(JSON.parse(out).comparison).toMatchObject({ calls: 40, differing: 0 })
  })

  test('compares two live targets, with a baseline of the left one', async () => {
    const { prompts } = await simulate(6, 0)
    const args = [
      'compare',
      prompts,
      '--left',
      'emulator',
      '--right',
      'emulator:claude-opus-4-7',
      '--baseline',
      '1',
    ]
    const { out } = await run([...args, '-o', inFolder('live.jsonl'), '--format', 'json'])
    expect(JSON.parse(out)).toMatchObject({
      comparison: { calls: 6, differing: 0 },
      baseline: { calls: 6, differing: 0 },
    })
  })

  test.each<[string[], string]>([
    [['compare'], 'Give one file of prompts.'],
    [['compare', 'report'], 'Give one file of differences after report.'],
    [['compare', '/nowhere/prompts.jsonl'], 'does not exist'],
    [['compare', '/nowhere/prompts.jsonl', '--margin', '0'], '--margin must be a number above 0'],
    [['compare', 'x', '--baseline', '2'], '--baseline must be a number from 0 to 1.'],
    [['compare', 'PROMPTS', '--right', 'old'], '--right must be recorded, or messages, complete or emulator'],
    [['compare', 'BAD'], 'line 1 has no prompt.'],
    [['compare', 'report', 'BAD'], 'Line 1 is not a difference.'],
  ])('%j is rejected', async (args, message) => {
    const { prompts } = await simulate(1, 0)
    const bad = inFolder('bad.jsonl')
    writeFileSync(bad, '{"a":1}\n')
    const given = args.map(arg => (arg === 'PROMPTS' ? prompts : arg === 'BAD' ? bad : arg))
    const { code, err } = await run([
      ...given,
      ...(args[1] === 'report' ? [] : ['-o', inFolder('rejected.jsonl')]),
    ])
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(message) })
  })
})
