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

/** Size of a part in bytes: large enough to make few system calls, small enough for the CPU cache. */
export const PART_BYTES: number = 512 * 1024

/** Size in bytes that a part reaches only with a line far longer than {@link PART_BYTES}. */
const LARGE_PART = 2 * PART_BYTES

/** Outputs of a run. */
export interface Sinks {
  output: OpenFile
  rejects?: OpenFile | undefined
  /** State for resuming an interrupted run; absent if the run cannot be resumed. */
  checkpoint?: Checkpoint | undefined
}

/** Everything that a thread needs to convert parts of a file. Plain data. */
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

/** Message of a worker thread: a rejected line, or the file that made the thread fail. */
export type WorkerMessage = RejectNotice | { path: string; code: string }

/** Maximum number of reported lines, because there may be millions. */
const MOST_NOTICES = 5

/**
 * Converts parts of a file, alone or together with other threads. Claims a free part, converts it and writes it when
 * its turn comes.
 *
 * @throws FileError if a file cannot be read or written; the other threads then end, too.
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
      // Wait for the turn, so that only one thread at a time uses the memory for a long line.
      if (isLarge && !(await writer.await(part))) return
      const block = convert(lines)
      if (!(await writer.await(part))) return
      writeBlock(block, sinks, counters, onNotice)
      if (sinks.checkpoint) saveCheckpoint(sinks.checkpoint, part + 1, counters)
      writer.pass(part)
      // Return to the event loop, so that the process can handle signals and redraw the progress bar.
      await nextTick()
    }
  } catch (error) {
    writer.fail()
    throw error
  }
}

/** Converts lines in one thread as they arrive, until the stream ends. */
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

/** Writes the rejected lines of a block. Must run before the block is counted, so that a resumed run loses none. */
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

/** Objects of one line are garbage after it: a larger young generation would only use memory. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 8 }

/** Converts a file with a number of threads, including the current one. */
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
  const reason = await endOf(worker)
  if (failure !== undefined) throw failure
  if (reason === undefined) return
  // Without this, the other threads would wait for its turn forever.
  writer.fail()
  throw new Error(`A thread that converted ${run.input.path} ended: ${reason}. --resume continues the run.`)
}

/** Waits for the end of a thread. Resolves with the reason if it ended early. */
async function endOf(worker: Worker): Promise<string | undefined> {
  try {
    const [code] = await once(worker, 'exit')
    return code === 0 ? undefined : `its exit code is ${code}`
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
  }
}

/** Open checkpoint file. It holds the progress of a run and the run's identity. */
export interface Checkpoint extends OpenFile {
  run: string
}

/** Progress of an interrupted run. */
export interface Reached {
  part: number
  counters: Readonly<Record<string, number>>
}

/** Returns the identity of a run: its input, and every setting that affects the output. */
export function runName(input: OpenFile, settings: Settings, partBytes: number, hasRejects: boolean): string {
  const { size, mtimeMs } = withFile(input.path, () => fstatSync(input.fd))
  return JSON.stringify({ size, mtimeMs, settings, partBytes, hasRejects })
}

/** Opens the checkpoint file: empty for a new run, unchanged for a resumed one. */
export function openCheckpoint(path: string, run: string, isResumed: boolean): Checkpoint {
  return { path, fd: withFile(path, () => openSync(path, isResumed ? 'r+' : 'w')), run }
}

/**
 * Records that all earlier parts are written. Overwrites the file in place, which is safe because the text never gets
 * shorter: its numbers only grow.
 */
function saveCheckpoint({ path, fd, run }: Checkpoint, part: number, counters: SharedCounters): void {
  withFile(path, () => writeSync(fd, JSON.stringify({ run, part, counters: counters.values() }), 0))
}

/** Reads the progress of an interrupted run. Throws a UsageError if the file is missing or belongs to another run. */
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

/** Deletes the checkpoint file after a completed run. */
export function removeCheckpoint({ path, fd }: Checkpoint): void {
  closeSync(fd)
  rmSync(path, { force: true })
}
