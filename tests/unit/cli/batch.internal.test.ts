import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { BATCH_LIMITS, BatchWriter } from '../../../src/cli/convert/batch.ts'
import { LONGEST_LINE } from '../../../src/cli/convert/read-lines.ts'
import { startBatchesServer } from './batches-server.ts'
import { type Ended, run } from './command.ts'

const KEY = 'sk-test-key-0123456789'
const CALL = ['--model', 'claude-opus-4-8', '--max-tokens', '50']

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
const lines = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
const ask = (question: string, more: object = {}): string =>
  JSON.stringify({ prompt: `\n\nHuman: ${question}\n\nAssistant:`, ...more })

/** Five lines: three that are answered, one that the API refuses, one that is no prompt. */
const INPUT = [
  ask('My name is Ada. \u2028Hello'),
  '{"prompt":"Hi"}',
  ask('Tell me a joke.', { stop_sequences: ['\n'] }),
  '',
  ask('What is 2 + 2?', { stream: true }),
  ask('Hi'),
  ask('Ho'),
  ask('Hu'),
].join('\n')

async function convertInput(path: string): Promise<{ batches: string; ended: Ended }> {
  const batches = join(path, 'batches')
  writeFileSync(join(path, 'in.jsonl'), INPUT)
  const args = ['convert', join(path, 'in.jsonl'), '--to', 'batch', ...CALL]
  return { batches, ended: await run([...args, '--out', batches, '--rejects', join(path, 'rejects.jsonl')]) }
}

describe('convert --to batch', () => {
  test('writes the body that creates a batch, each request named by its line', async () => {
    const path = folder()
    const { batches, ended } = await convertInput(path)
    expect(ended).toMatchObject({ code: 1, err: expect.stringContaining(`1 batch in ${batches}`) })
    expect(readdirSync(batches)).toEqual(['plans-001.jsonl', 'requests-001.json'])
    const body = json(join(batches, 'requests-001.json'))
    expect(body).toMatchObject({
      requests: [1, 3, 5, 6, 7, 8].map(line => ({ custom_id: `line-${line}`, params: { max_tokens: 50 } })),
    })
    expect(JSON.stringify(body)).not.toContain('"stream"')
    expect(lines(join(path, 'rejects.jsonl'))).toMatchObject([{ line: 2 }])
  })

  test('does not write into a folder that holds something', async () => {
    const path = folder()
    await convertInput(path)
    const { ended } = await convertInput(path)
    expect(ended).toMatchObject({ code: 2, err: expect.stringContaining('is not empty') })
  })

  test('keeps each batch within the limits of the API, and fills it', () => {
    expect(BATCH_LIMITS).toEqual({ requests: 100_000, bytes: 256_000_000 })
    for (const limits of [
      { requests: 3, bytes: 1e6 },
      { requests: 1e6, bytes: 100 },
    ]) {
      const path = folder()
      const entries = Array.from({ length: 20 }, (_, index) => ({
        custom_id: `line-${index}`,
        params: 'x'.repeat(index),
      }))
      const writer = new BatchWriter(path, limits)
      const bytes = Buffer.from(entries.map(entry => `${JSON.stringify(entry)}\n`).join(''))
      const plan = {
        style: 'legacy',
        model: 'm',
        stopSequences: [],
        leadingSpace: true,
        trimmedSuffix: '',
      } as const
      writer.write(
        bytes,
        entries.map(({ custom_id: id }) => ({ id, plan })),
      )
      writer.close()
      const names = readdirSync(path)
        .filter(name => name.startsWith('requests'))
        .sort()
      expect(names.length).toBeGreaterThan(3)
      expect(names.length).toBe(writer.batches)
      const bodies = names.map(name => json(join(path, name)) as { requests: typeof entries })
      expect(bodies.flatMap(({ requests }) => requests)).toEqual(entries)
      const planned = names.flatMap(name =>
        lines(join(path, name.replace('requests', 'plans').replace('json', 'jsonl'))),
      )
      expect(planned.map(({ id }) => id)).toEqual(entries.map(({ custom_id }) => custom_id))
      for (const [index, { requests }] of bodies.entries()) {
        const size = statSync(join(path, names[index] ?? '')).size
        expect(requests.length).toBeLessThanOrEqual(limits.requests)
        expect(size).toBeLessThanOrEqual(limits.bytes)
        // The next request would not have fitted.
        const next = bodies[index + 1]?.requests[0]
        if (next === undefined) continue
        const isFull =
          requests.length === limits.requests || size + JSON.stringify(next).length + 2 > limits.bytes
        expect(isFull).toBe(true)
      }
    }
  })
})

describe('batch', () => {
  test('submits, waits and collects completions in the order of the input', async () => {
    const path = folder()
    const { batches } = await convertInput(path)
    const server = await startBatchesServer(KEY, {
      'line-6': {
        type: 'errored',
        error: { type: 'error', error: { type: 'invalid_request_error', message: 'No.' } },
      },
      'line-7': { type: 'expired' },
      'line-8': undefined,
    })
    const env = { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: server.url }
    const batch = (...args: string[]): Promise<Ended> => run(['batch', ...args], { env })

    expect(await batch('wait', batches)).toMatchObject({
      code: 2,
      err: expect.stringContaining('run batch submit first'),
    })
    expect(await batch('submit', batches)).toMatchObject({
      code: 0,
      err: expect.stringContaining('msgbatch_1\n'),
    })
    expect(await batch('submit', batches)).toMatchObject({ code: 0 })
    expect(server.batches.size).toBe(1)
    expect(await batch('collect', batches)).toMatchObject({
      code: 2,
      err: expect.stringContaining('has not ended yet'),
    })
    const waited = await batch('wait', batches, '--interval', '0')
    expect(waited.code).toBe(0)
    expect(waited.err).toMatch(
      /msgbatch_1 in_progress: 6 processing\nmsgbatch_1 ended: 6 succeeded\nAll have ended/,
    )

    const [out, rejects] = [join(path, 'out.jsonl'), join(path, 'failed.jsonl')]
    const collected = await batch('collect', batches, '--out', out, '--rejects', rejects)
    expect(collected).toMatchObject({ code: 1, err: '3 completions, 3 requests without one.\n' })
    expect(lines(out)).toMatchObject([
      { custom_id: 'line-1', type: 'completion', completion: ' Nice to meet you, Ada!', stop: '\n\nHuman:' },
      // Cut off here: the API takes no stop sequence of whitespace.
      {
        custom_id: 'line-3',
        completion: ' Why did the two endpoints break up?',
        stop_reason: 'stop_sequence',
        stop: '\n',
      },
      { custom_id: 'line-5', completion: ' 2 + 2 = 4.' },
    ])
    expect(lines(rejects)).toEqual([
      { custom_id: 'line-6', reason: 'errored: No.' },
      { custom_id: 'line-7', reason: 'expired' },
      { custom_id: 'line-8', reason: 'The results hold no answer to it.' },
    ])
    // What was downloaded is not asked for again.
    await batch('collect', batches, '--out', out, '--rejects', rejects)
    expect(server.asked.filter(asked => asked.endsWith('/results'))).toHaveLength(1)
    for (const { err } of [waited, collected]) expect(err).not.toContain(KEY)
  })

  test('collects a result that is longer than any prompt line, and the results after it', async () => {
    const path = folder()
    const { batches } = await convertInput(path)
    const text = 'é'.repeat(LONGEST_LINE / 2)
    const message = {
      id: 'msg_1',
      model: 'claude-opus-4-8',
      stop_reason: 'end_turn',
      content: [{ type: 'text', text }],
    }
    const server = await startBatchesServer(KEY, { 'line-5': { type: 'succeeded', message } })
    const env = { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: server.url }
    const out = join(path, 'out.jsonl')
    for (const step of ['submit', 'wait', 'collect']) {
      const args = step === 'collect' ? ['--out', out] : step === 'wait' ? ['--interval', '0'] : []
      expect(await run(['batch', step, batches, ...args], { env })).toMatchObject({ code: 0 })
    }
    const collected = lines(out)
    expect(collected.map(({ custom_id }) => custom_id)).toEqual(
      [1, 3, 5, 6, 7, 8].map(line => `line-${line}`),
    )
    expect(collected[2]?.completion).toBe(` ${text}`)
    // Results come in reverse: these two stand before and behind it.
    expect([collected[1]?.stop, collected[3]?.type]).toEqual(['\n', 'completion'])
  })

  test.each<[args: string, env: Record<string, string>, code: number, says: string]>([
    ['', {}, 2, 'batch takes a step'],
    ['submit', {}, 2, 'batch takes a step'],
    ['sumbit FOLDER', {}, 2, 'There is no step "sumbit"'],
    ['submit nowhere', {}, 2, 'nowhere does not exist.'],
    ['submit EMPTY', {}, 2, 'holds no requests'],
    ['submit FOLDER', {}, 2, 'Could not resolve authentication method.'],
    ['submit FOLDER', { ANTHROPIC_API_KEY: 'wrong' }, 1, '401 '],
    ['wait FOLDER --interval x', {}, 2, '--interval must be a whole number.'],
  ])('reports %s with %j', async (args, env, code, says) => {
    const path = folder()
    const { batches } = await convertInput(path)
    const { url } = await startBatchesServer(KEY)
    const placed = args
      .split(' ')
      .filter(arg => arg !== '')
      .map(arg => arg.replace('FOLDER', batches).replace('EMPTY', folder()))
    const ended = await run(['batch', ...placed], { env: { ANTHROPIC_BASE_URL: url, ...env } })
    expect(ended).toMatchObject({ code, out: '', err: expect.stringContaining(says) })
  })
})
