import { createReadStream } from 'node:fs'
import { availableParallelism } from 'node:os'
import { type CliContext, UsageError } from '../context.ts'
import { asFileError, FileError } from '../file-errors.ts'
import { openCheckpoint, readCheckpoint, removeCheckpoint, runName } from './checkpoint.ts'
import {
  cutBack,
  type InputFile,
  isRegularFile,
  openInput,
  openOutput,
  refuseSameFile,
} from './open-files.ts'
import { streamedLines } from './read-lines.ts'
import { showProgress, summary } from './report.ts'
import { convertStream, PART_BYTES, type RejectNotice, type Sinks } from './run.ts'
import type { Settings } from './settings.ts'
import { Tally } from './tally.ts'
import { runInThreads } from './threads.ts'
import { Turns } from './turns.ts'

/** What is to be converted, and where to. */
export interface JsonlJob {
  settings: Settings
  /** Absent for standard input. */
  input: string | undefined
  /** Absent for standard output. */
  output: string | undefined
  rejects: string | undefined
  isResumed: boolean
  threads: number | undefined
}

/** Less is converted before another thread has begun. */
const PARTS_A_THREAD = 8

/** Converts JSON lines: 0 when all of them were, 1 when some could not be or the run did not come to its end. */
export async function convertJsonl(job: JsonlJob, context: CliContext): Promise<number> {
  const { err } = context
  refuseSameFile({ 'The input': job.input, '--out': job.output, '--rejects': job.rejects })
  const input = job.input === undefined ? undefined : openInput(job.input)
  const isFile = input?.stats.isFile() === true
  if (job.isResumed && (!isFile || job.output === undefined))
    throw new UsageError('--resume needs a file to read and --out: of pipes, nothing is known afterwards.')

  const tally = new Tally(new SharedArrayBuffer(Tally.BYTES))
  const notices: RejectNotice[] = []
  const onNotice = (notice: RejectNotice): void => void notices.push(notice)
  // What cannot be opened is a mistake in the command; what fails later is not.
  const convert =
    input !== undefined && isFile
      ? fileConversion(job, input, context, tally, onNotice)
      : pipeConversion(job, input, context, tally, onNotice)
  const readBefore = tally.get('read')
  const started = performance.now()
  let failure: FileError | undefined
  let isWhole = false
  try {
    isWhole = await convert()
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    // Whoever read the output had enough of it.
    if (error.code === 'EPIPE') return 1
    failure = error
  }
  const seconds = (performance.now() - started) / 1000
  err(summary(tally, notices, { bytes: tally.get('read') - readBefore, seconds, rejects: job.rejects }))
  if (failure !== undefined) err(`${failure.message}\n`)
  if (!isWhole) {
    const remedy =
      isFile && job.output !== undefined ? ' The same command with --resume goes on from there.' : ''
    err(`The run has not come to its end.${remedy}\n`)
  }
  return isWhole && tally.get('rejected') === 0 ? 0 : 1
}

/** A file is read in parts, in as many threads as there are cores for. Resolves with whether it came to its end. */
function fileConversion(
  job: JsonlJob,
  input: InputFile,
  context: CliContext,
  tally: Tally,
  onNotice: (notice: RejectNotice) => void,
): () => Promise<boolean> {
  const { settings, output, isResumed } = job
  const { signal, terminal } = context
  const parts = Math.ceil(input.stats.size / PART_BYTES)
  const memory = { turns: new SharedArrayBuffer(Turns.BYTES), tally: tally.memory }
  const turns = new Turns(memory.turns, parts)
  const run = runName(input, settings, PART_BYTES, job.rejects !== undefined)
  const progressPath = `${output}.progress`
  const reached = isResumed ? readCheckpoint(progressPath, run) : undefined
  const sinks: Sinks = {
    ...openSinks(job, context),
    // Of a device, nothing is there afterwards.
    checkpoint:
      output === undefined || !isRegularFile(output)
        ? undefined
        : openCheckpoint(progressPath, run, isResumed),
  }
  if (reached !== undefined) {
    turns.startAt(reached.part)
    for (const [name, count] of Object.entries(reached.tally)) tally.add(name, count)
    cutBack(sinks.output, tally.get('output'))
    if (sinks.rejects) cutBack(sinks.rejects, tally.get('rejects'))
  }
  const useful = Math.max(1, Math.floor(parts / PARTS_A_THREAD))
  const threads = job.threads ?? Math.min(useful, availableParallelism())
  return async () => {
    const bar = await showProgress(terminal, parts, () => turns.done)
    try {
      await runInThreads({ settings, input, parts, sinks, memory }, threads, signal, onNotice)
    } finally {
      bar?.stop()
    }
    const isWhole = turns.done >= parts
    if (isWhole && sinks.checkpoint) removeCheckpoint(sinks.checkpoint)
    return isWhole
  }
}

/** A pipe is read as it comes. */
function pipeConversion(
  job: JsonlJob,
  input: InputFile | undefined,
  context: CliContext,
  tally: Tally,
  onNotice: (notice: RejectNotice) => void,
): () => Promise<boolean> {
  const sinks = openSinks(job, context)
  return async () => {
    const stream = input === undefined ? context.stdin() : createReadStream('', { fd: input.fd })
    try {
      await convertStream(job.settings, streamedLines(stream), sinks, tally, onNotice)
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
