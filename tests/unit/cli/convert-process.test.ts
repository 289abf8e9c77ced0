import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTick, setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { builtCommand, type Process, run, start } from './command.ts'

/** The size of the parts that threads convert: lines are to lie across their borders. */
const PART = 512 * 1024

let command: string
let folder: string
const file = (name: string): string => join(folder, name)
const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
  command = await builtCommand('convert-process')
  writeFileSync(file('in.jsonl'), sample(24 * PART))
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Lines of many lengths, some longer than a part, some in other scripts, and some invalid. */
function sample(bytes: number): string {
  const kinds = ['The quick brown fox.\n', 'Ein Café «am Meer».\n', '今天天气很好。\n', '😀 "so"\\\n']
  const lines: string[] = []
  for (let size = 0, id = 0; size < bytes; id++) {
    const length = id % 997 === 500 ? 70_000 : (id * 37) % 400
    const text = (kinds[id % 11] ?? kinds[0] ?? '').repeat(length)
    const prompt = `Be brief.\n\nHuman: ${text}Why?\n\nAssistant: ${text}So.\n\nHuman: And?\n\nAssistant:`
    const line = id % 101 === 7 ? `{"id":${id},` : JSON.stringify({ id, prompt, end: [] })
    lines.push(id % 50 === 0 ? `${line}\r\n\n` : `${line}\n`)
    size += line.length
  }
  return lines.join('')
}

const convert = (out: string, ...args: string[]): string[] => [
  ...['convert', file('in.jsonl'), '--out', file(out), '--rejects', file(`${out}.rejects`)],
  ...args,
]

/** Runs it with a limit on the size of files, which ends it in the middle of a write. */
const startLimited = (args: readonly string[]): Process =>
  start(
    '-c',
    ['ulimit -f "$0" && exec "$@"', `${(5 * PART) / 512}`, process.execPath, command, ...args],
    {},
    'sh',
  )

describe('the command as a process', () => {
  test('writes the same bytes with one thread, with several, and through pipes', async () => {
    for (const threads of ['1', '2', '3']) {
      const { code, err } = await start(command, convert(threads, '--threads', threads)).ended
      expect([code, err]).toEqual([1, expect.stringContaining('could not be converted')])
      expect(digest(file(threads))).toBe(digest(file('1')))
      expect(digest(file(`${threads}.rejects`))).toBe(digest(file('1.rejects')))
    }
    const input = readFileSync(file('in.jsonl'))
    const args = ['convert', '--field', 'prompt', '--rejects', file('piped.rejects')]
    const { code, output } = await start(command, args, { stdin: input }).ended
    expect(code).toBe(1)
    expect(output.equals(readFileSync(file('1')))).toBe(true)
    expect(digest(file('piped.rejects'))).toBe(digest(file('1.rejects')))
    // No line is lost: those converted and those kept are all there were.
    const count = (path: string): number => readFileSync(path, 'latin1').split('\n').length - 1
    const lines = input
      .toString('latin1')
      .split(/\r?\n/)
      .filter(line => line !== '')
    expect(count(file('1')) + count(file('1.rejects'))).toBe(lines.length)
  })

  test.each(['1', '2'])(
    'with %s threads, ended in the middle of a write, goes on to the same bytes',
    async threads => {
      const name = `ended-${threads}`
      const args = convert(name, '--threads', threads)
      const { err } = await startLimited(args).ended
      expect(err).toContain(`${file(name)} is larger than the file system allows.`)
      expect(err).toContain('Run the same command with --resume to continue.')
      expect(statSync(file(name)).size).toBeLessThan(statSync(file('1')).size)
      // What else a process had written when it died is written again.
      writeFileSync(file(name), '{"half":', { flag: 'a' })
      const { code } = await start(command, [...args, '--resume']).ended
      expect(code).toBe(1)
      expect(digest(file(name))).toBe(digest(file('1')))
      expect(digest(file(`${name}.rejects`))).toBe(digest(file('1.rejects')))
      expect(existsSync(file(`${name}.progress`))).toBe(false)
    },
  )

  test('stops between two parts after a signal, and continues with --resume', async () => {
    const args = convert('asked', '--threads', '1')
    const controller = new AbortController()
    const running = run(args, { signal: controller.signal })
    // In this process parts and looks take turns.
    while (!existsSync(file('asked')) || statSync(file('asked')).size < 2 * PART) await nextTick()
    controller.abort()
    const { code, err } = await running
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('Run the same command with --resume to continue.'),
    ])
    expect(statSync(file('asked')).size).toBeLessThan(statSync(file('1')).size)
    expect((await run([...args, '--resume'])).code).toBe(1)
    expect(digest(file('asked'))).toBe(digest(file('1')))
  })

  test('does not go on where the run is another, or its output is gone', async () => {
    await startLimited(convert('other', '--threads', '1')).ended
    const other = await start(command, convert('other', '--field', 'end', '--resume')).ended
    expect(other).toMatchObject({ code: 2, err: expect.stringContaining('not those of the interrupted run') })
    writeFileSync(file('other'), '')
    const emptied = await start(command, convert('other', '--threads', '1', '--resume')).ended
    expect(emptied).toMatchObject({
      code: 2,
      err: expect.stringContaining('has lost some of what was written'),
    })
  })

  test('exits silently when the reader closes the pipe', async () => {
    const running = start(command, ['convert', file('in.jsonl')])
    running.hangUp()
    const { code, err } = await running.ended
    expect([code, err]).toEqual([1, ''])
  })

  test('exits silently when the reader of its help closes the pipe', async () => {
    const running = start('-c', ['sleep 0.2 && exec "$0" "$@" --help', process.execPath, command], {}, 'sh')
    running.hangUp()
    expect(await running.ended).toMatchObject({ code: 1, err: '' })
  })

  test('ends when it is asked to while nothing comes in', async () => {
    const running = start(command, ['convert', '--field', 'prompt', '--out', file('idle')], { stdin: 'open' })
    await sleep(1000)
    running.kill('SIGTERM')
    const { code, signal } = await running.ended
    expect(code === 143 || signal === 'SIGTERM').toBe(true)
  })

  test.each<[NodeJS.Signals, number]>([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('%s ends a run with exit code %i and a true count', async (name, exitCode) => {
    const out = file(`${name}.out`)
    const running = start(command, ['convert', file('in.jsonl'), '--threads', '1', '--out', out])
    while (!existsSync(out) || statSync(out).size < PART) await nextTick()
    running.kill(name)
    const { code, err } = await running.ended
    expect([code, err]).toEqual([exitCode, expect.stringContaining('The run did not finish.')])
    const count = Number(/^(\d+) of \d+ lines? converted/m.exec(err)?.[1])
    expect(readFileSync(out, 'latin1').split('\n').length - 1).toBe(count)
  })

  test.each<NodeJS.Signals>(['SIGINT', 'SIGTERM'])(
    '%s ends the conversion of one long prompt at once',
    async name => {
      const path = file('long.txt')
      writeFileSync(path, `\n\nHuman: ${'\nHuman: "'.repeat(400_000)}\n\nAssistant:`)
      const running = start(command, ['convert', path])
      await sleep(700)
      const killed = performance.now()
      running.kill(name)
      const { code, signal } = await running.ended
      // It may have been done already.
      expect(code === 0 || signal === name).toBe(true)
      expect(performance.now() - killed).toBeLessThan(3000)
    },
  )

  test('ends with the reason when one of its threads ends early', async () => {
    const marker = file('ended-thread')
    // Runs first in each thread: the second thread ends at its first read, and the main thread waits for that.
    const dying = `
      import fs from 'node:fs'
      import { syncBuiltinESMExports } from 'node:module'
      import { isMainThread } from 'node:worker_threads'
      const { readSync, writeFileSync, existsSync } = fs
      const pause = new Int32Array(new SharedArrayBuffer(4))
      fs.readSync = (fd, buffer, offset, length, position) => {
        if (!isMainThread) {
          writeFileSync(${JSON.stringify(marker)}, '')
          process.exit(7)
        }
        while (position >= ${PART} && !existsSync(${JSON.stringify(marker)})) Atomics.wait(pause, 0, 0, 5)
        return readSync(fd, buffer, offset, length, position)
      }
      syncBuiltinESMExports()`
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(dying)}` }
    const { code, err } = await start(command, convert('dying', '--threads', '2'), { env }).ended
    expect(code).toBe(2)
    expect(err).toContain(`A thread that converted ${file('in.jsonl')} ended: its exit code is 7.`)
    expect(err).toContain('--resume continues the run.')
    // The other thread wrote what came before, and a resumed run ends with the bytes of an undisturbed one.
    const resumed = await start(command, convert('dying', '--threads', '2', '--resume')).ended
    await start(command, convert('undisturbed', '--threads', '1')).ended
    expect(resumed.code).toBe(1)
    expect(digest(file('dying'))).toBe(digest(file('undisturbed')))
  }, 30_000)

  test.each(['1', '2'])('with %s threads, says that a disk is full', async threads => {
    const args = ['convert', file('in.jsonl'), '--out', '/dev/full', '--threads', threads]
    const { code, err } = await start(command, args).ended
    expect([code, err]).toEqual([1, expect.stringContaining('/dev/full is on a disk that is full.')])
  })

  test.each(['1', '2'])(
    'with %s threads, leaves out a line of 200 MB and goes on behind it',
    async threads => {
      const path = file(`long-${threads}.jsonl`)
      const good = '{"prompt":"\\n\\nHuman: Hi\\n\\nAssistant:"}\n'
      const fd = openSync(path, 'w')
      writeSync(fd, good)
      // A hole reads as zeros, and takes no space.
      ftruncateSync(fd, 200_000_000)
      writeSync(fd, `\n${good}`, 200_000_000)
      closeSync(fd)
      const out = file(`long-${threads}.out`)
      const args = ['convert', path, '--out', out, '--rejects', `${out}.rejects`, '--threads', threads]
      const { code, err } = await start(command, args).ended
      expect([code, err]).toEqual([1, expect.stringContaining('line 2: It is longer than 8388608 bytes')])
      expect(readFileSync(out, 'utf8')).toBe('{"messages":[{"role":"user","content":"Hi"}]}\n'.repeat(2))
      expect(JSON.parse(readFileSync(`${out}.rejects`, 'utf8'))).toMatchObject({ line: 2 })
    },
  )
})
