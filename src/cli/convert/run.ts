import { once } from 'node:events'
import { closeSync, fstatSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { setImmediate as nextTick } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { UsageError } from '../context.ts'
import { FileError, type OpenFile, withFile, writeWhole } from '../files.ts'
import { blockConverter, type ConvertedBlock, rejectLine } from './block.ts'
import { converterOf, type Settings } from './line-converters.ts'
import { OrderedWriter, SharedCounters } from './ordered-writer.ts'
import { type Lines, partReader } from './read-lines.ts'

/** Large enough that the cost of a call to the system is small, and small enough to stay in the cache. */
export const PART_BYTES: number = 512 * 1024

/** In bytes: that much lines take only where one of them is far longer than a part. */
const LARGE_PART = 2 * PART_BYTES

/** Where the results of a run go. */
export interface Sinks {
  output: OpenFile
  rejects?: OpenFile | undefined
  /** What an interrupted run can go on from; absent where none could. */
  checkpoint?: Checkpoint | undefined
}

/** All that a thread needs to take part in the conversion of a file. Plain data. */
export interface Run {
  settings: Settings
  input: OpenFile
  parts: number
  sinks: Sinks
  memory: { writer: SharedArrayBuffer; counters: SharedArrayBuffer }
}

/** A line that could not be converted, for the terminal. */
export interface RejectNotice {
  line: number
  reason: string
}

/** What a worker thread posts: a notice, or the file that failed it. */
export type WorkerMessage = RejectNotice | { path: string; code: string }

/** Only the first few are reported: there may be millions. */
const MOST_NOTICES = 5

/**
 * Takes part in the conversion of a file, alone or with other threads: converts parts that no other thread has, and writes
 * each when its turn comes.
 *
 * @throws FileError when a file cannot be read or written; the other threads end then, too.
 */
export async function runWorker(
  { settings, input, parts, sinks, memory }: Run,
  onNotice: (notice: RejectNotice) => void,
): Promise<void> {
  const writer = new OrderedWriter(memory.writer, parts)
  const counters = new SharedCounters(memory.counters)
  const read = partReader(input.fd, PART_BYTES)
  const convert = blockConverter(converterOf(settings))
  try {
    for (let part = writer.claim(); part !== undefined; part = writer.claim()) {
      const claimed = part
      const lines = withFile(input.path, () => read(claimed))
      const isLarge = lines.bytes.length > LARGE_PART
      // Only one thread at a time takes the memory that a long line needs.
      if (isLarge && !(await writer.await(part))) return
      const block = convert(lines)
      if (!(await writer.await(part))) return
      writeBlock(block, sinks, counters, onNotice)
      if (sinks.checkpoint) saveCheckpoint(sinks.checkpoint, part + 1, counters)
      writer.pass(part)
      // Lets the process hear of signals, and draw.
      await nextTick()
    }
  } catch (error) {
    writer.fail()
    throw error
  }
}

/** Converts lines as they come, in one thread, until there are no more. */
export async function convertStream(
  settings: Settings,
  lines: AsyncIterable<Lines>,
  sinks: Sinks,
  counters: SharedCounters,
  onNotice: (notice: RejectNotice) => void,
): Promise<void> {
  const convert = blockConverter(converterOf(settings))
  for await (const some of lines) writeBlock(convert(some), sinks, counters, onNotice)
}

function writeBlock(
  block: ConvertedBlock,
  { output, rejects }: Sinks,
  counters: SharedCounters,
  onNotice: (notice: RejectNotice) => void,
): void {
  writeWhole(output, block.bytes)
  counters.add('output', block.bytes.length)
  writeRejects(block, rejects, counters, onNotice)
  counters.addBlock(block)
}

/** Writes down the lines of a block that could not be converted, before the block is counted. */
export function writeRejects(
  block: ConvertedBlock,
  rejects: OpenFile | undefined,
  counters: SharedCounters,
  onNotice: (notice: RejectNotice) => void,
): void {
  for (const [index, reject] of block.rejects.entries()) {
    const line = counters.get('lines') + reject.line + 1
    if (rejects !== undefined) {
      const bytes = Buffer.from(rejectLine(line, reject))
      writeWhole(rejects, bytes)
      counters.add('rejects', bytes.length)
    }
    if (counters.get('rejected') + index < MOST_NOTICES) onNotice({ line, reason: reject.refusal.reason })
  }
}

/** A thread's young objects end with their line: a larger young generation only takes memory. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 8 }

/** Has a file converted by a number of threads, of which this one is the first. */
export async function runInThreads(
  run: Run,
  threads: number,
  signal: AbortSignal,
  onNotice: (notice: RejectNotice) => void,
): Promise<void> {
  const writer = new OrderedWriter(run.memory.writer, run.parts)
  const end = (): void => writer.end()
  if (signal.aborted) end()
  signal.addEventListener('abort', end)
  try {
    const others = Array.from({ length: threads - 1 }, () => runThread(run, writer, onNotice))
    await Promise.all([runWorker(run, onNotice), ...others])
  } finally {
    signal.removeEventListener('abort', end)
  }
}

async function runThread(
  run: Run,
  writer: OrderedWriter,
  onNotice: (notice: RejectNotice) => void,
): Promise<void> {
  const worker = new Worker(new URL('./convert-worker.js', import.meta.url), {
    workerData: run,
    resourceLimits: RESOURCE_LIMITS,
  })
  let failure: FileError | undefined
  worker.on('message', (said: WorkerMessage) => {
    if ('code' in said) failure = new FileError(said.path, said.code)
    else onNotice(said)
  })
  try {
    await once(worker, 'exit')
  } catch (error) {
    // It ended of something that it did not expect: the others would wait for its turn.
    writer.fail()
    throw error
  }
  if (failure !== undefined) throw failure
}

/** The file that says how far a run has come, and which run it is. */
export interface Checkpoint extends OpenFile {
  run: string
}

/** How far an interrupted run had come. */
export interface Reached {
  part: number
  counters: Readonly<Record<string, number>>
}

/** What makes a run that run: its input, and all that decides about its output. */
export function runName(input: OpenFile, settings: Settings, partBytes: number, hasRejects: boolean): string {
  const { size, mtimeMs } = withFile(input.path, () => fstatSync(input.fd))
  return JSON.stringify({ size, mtimeMs, settings, partBytes, hasRejects })
}

export function openCheckpoint(path: string, run: string, isResumed: boolean): Checkpoint {
  return { path, fd: withFile(path, () => openSync(path, isResumed ? 'r+' : 'w')), run }
}

/** Says that all before a part is written. Numbers only grow, so that each text covers the one before. */
function saveCheckpoint({ path, fd, run }: Checkpoint, part: number, counters: SharedCounters): void {
  withFile(path, () => writeSync(fd, JSON.stringify({ run, part, counters: counters.values() }), 0))
}

/** How far the run had come that left the file behind. */
export function readCheckpoint(path: string, run: string): Reached {
  let saved: unknown
  try {
    saved = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    throw new UsageError(`--resume: there is no ${path} of an interrupted run. Leave --resume out.`)
  }
  if (isCheckpoint(saved) && saved.run === run) return saved
  throw new UsageError(
    '--resume: the input or the options are not those of the interrupted run. Leave --resume out to start again.',
  )
}

function isCheckpoint(saved: unknown): saved is Reached & { run: string } {
  const { run, part, counters } = Object(saved)
  return (
    typeof run === 'string' && typeof part === 'number' && typeof counters === 'object' && counters !== null
  )
}

export function removeCheckpoint({ path, fd }: Checkpoint): void {
  closeSync(fd)
  rmSync(path, { force: true })
}
