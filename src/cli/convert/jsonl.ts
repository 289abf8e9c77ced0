import { createReadStream } from 'node:fs'
import { availableParallelism } from 'node:os'
import { type CliContext, UsageError } from '../context.ts'
import {
  asFileError,
  cutBack,
  FileError,
  type InputFile,
  isRegularFile,
  openInput,
  openOutput,
  refuseSameFile,
} from '../files.ts'
import { startProgress } from '../terminal.ts'
import type { Settings } from './line-converters.ts'
import { OrderedWriter, SharedCounters } from './ordered-writer.ts'
import { streamedLines } from './read-lines.ts'
import { summary } from './report.ts'
import {
  convertStream,
  openCheckpoint,
  PART_BYTES,
  type RejectNotice,
  readCheckpoint,
  removeCheckpoint,
  runInThreads,
  runName,
  type Sinks,
} from './run.ts'

/** Input, output and settings of a conversion of JSON lines. */
export interface JsonlJob {
  settings: Settings
  /** Path of the input; absent for standard input. */
  input: string | undefined
  /** Lines to convert instead of the input's own bytes: decoded, or converted from another format. */
  lines?: AsyncIterable<Uint8Array> | undefined
  /** Path of the output; absent for standard output. */
  output: string | undefined
  rejects: string | undefined
  isResumed: boolean
  threads: number | undefined
}

/** Number of parts that justify one more thread. Fewer are converted before the thread has started. */
const PARTS_A_THREAD = 8

/** Converts JSON lines. Returns 0 if every line was converted, 1 if some were not or the run was interrupted. */
export async function convertJsonl(job: JsonlJob, context: CliContext): Promise<number> {
  const { err } = context
  refuseSameFile({ 'The input': job.input, '--out': job.output, '--rejects': job.rejects })
  const input = job.input === undefined ? undefined : openInput(job.input)
  const isFile = job.lines === undefined && input?.stats.isFile() === true
  if (job.isResumed && (!isFile || job.output === undefined))
    throw new UsageError('--resume needs a file to read and --out: of pipes, nothing is known afterwards.')

  const counters = new SharedCounters(new SharedArrayBuffer(SharedCounters.BYTES))
  const notices: RejectNotice[] = []
  const onNotice = (notice: RejectNotice): void => void notices.push(notice)
  // Opening the files here makes their errors usage errors. Later errors are not.
  const convert =
    input !== undefined && isFile
      ? fileConversion(job, input, context, counters, onNotice)
      : pipeConversion(job, input, context, counters, onNotice)
  const readBefore = counters.get('read')
  const started = performance.now()
  let failure: FileError | undefined
  let isWhole = false
  try {
    isWhole = await convert()
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    // The reader of the output closed the pipe.
    if (error.code === 'EPIPE') return 1
    failure = error
  }
  const seconds = (performance.now() - started) / 1000
  err(summary(counters, notices, { bytes: counters.get('read') - readBefore, seconds, rejects: job.rejects }))
  if (failure !== undefined) err(`${failure.message}\n`)
  if (!isWhole) {
    const remedy =
      isFile && job.output !== undefined ? ' Run the same command with --resume to continue.' : ''
    err(`The run did not finish.${remedy}\n`)
  }
  return isWhole && counters.get('rejected') === 0 ? 0 : 1
}

/**
 * Converts a file in parts, in up to one thread per core. The returned function resolves with whether the run
 * completed.
 */
function fileConversion(
  job: JsonlJob,
  input: InputFile,
  context: CliContext,
  counters: SharedCounters,
  onNotice: (notice: RejectNotice) => void,
): () => Promise<boolean> {
  const { settings, output, isResumed } = job
  const { signal } = context
  const parts = Math.ceil(input.stats.size / PART_BYTES)
  const memory = { writer: new SharedArrayBuffer(OrderedWriter.BYTES), counters: counters.memory }
  const writer = new OrderedWriter(memory.writer, parts)
  const run = runName(input, settings, PART_BYTES, job.rejects !== undefined)
  const progressPath = `${output}.progress`
  const reached = isResumed ? readCheckpoint(progressPath, run) : undefined
  const sinks: Sinks = {
    ...openSinks(job, context),
    // Only a regular file can be resumed: a device keeps nothing.
    checkpoint:
      output === undefined || !isRegularFile(output)
        ? undefined
        : openCheckpoint(progressPath, run, isResumed),
  }
  if (reached !== undefined) {
    writer.startAt(reached.part)
    for (const [name, count] of Object.entries(reached.counters)) counters.add(name, count)
    cutBack(sinks.output, counters.get('output'))
    if (sinks.rejects) cutBack(sinks.rejects, counters.get('rejects'))
  }
  const useful = Math.max(1, Math.floor(parts / PARTS_A_THREAD))
  const threads = job.threads ?? Math.min(useful, availableParallelism())
  return async () => {
    const bar = startProgress(context, {
      name: input.path,
      total: parts * PART_BYTES,
      done: () => writer.done * PART_BYTES,
      format: bytes => `${(bytes / 1e6).toFixed(0)} MB`,
    })
    try {
      await runInThreads({ settings, input, parts, sinks, memory }, threads, signal, onNotice)
    } finally {
      bar.stop()
    }
    const isWhole = writer.done >= parts
    if (isWhole && sinks.checkpoint) removeCheckpoint(sinks.checkpoint)
    return isWhole
  }
}

/** Converts a pipe in one thread, as its bytes arrive. */
function pipeConversion(
  job: JsonlJob,
  input: InputFile | undefined,
  context: CliContext,
  counters: SharedCounters,
  onNotice: (notice: RejectNotice) => void,
): () => Promise<boolean> {
  const sinks = openSinks(job, context)
  return async () => {
    const stream =
      job.lines ?? (input === undefined ? context.stdin() : createReadStream('', { fd: input.fd }))
    try {
      await convertStream(job.settings, streamedLines(stream), sinks, counters, onNotice)
      return !context.signal.aborted
    } catch (error) {
      throw asFileError(input?.path ?? 'Standard input', error)
    }
  }
}

function openSinks(
  { output, rejects, isResumed }: JsonlJob,
  { stdout }: CliContext,
): Pick<Sinks, 'output' | 'rejects'> {
  return {
    output: output === undefined ? { path: 'Standard output', fd: stdout } : openOutput(output, isResumed),
    rejects: rejects === undefined ? undefined : openOutput(rejects, isResumed),
  }
}
