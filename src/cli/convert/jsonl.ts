import { createReadStream } from 'node:fs'
import { availableParallelism } from 'node:os'
import { asFileError, FileError } from '../file-errors.ts'
import type { Surroundings } from '../main.ts'
import { UsageError } from '../usage.ts'
import { openCheckpoint, readCheckpoint, removeCheckpoint, runName } from './checkpoint.ts'
import { type InputFile, openInput, openOutput, refuseSameFile } from './open-files.ts'
import { streamedLines } from './read-lines.ts'
import { showProgress, summary } from './report.ts'
import { convertStream, cutBack, PART_BYTES, type RejectNotice, type Sinks } from './run.ts'
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
export async function convertJsonl(job: JsonlJob, surroundings: Surroundings): Promise<number> {
  const { err, signal } = surroundings
  refuseSameFile({ 'The input': job.input, '--out': job.output, '--rejects': job.rejects })
  const input = job.input === undefined ? undefined : openInput(job.input)
  const isFile = input?.stats.isFile() === true
  if (job.isResumed && (!isFile || job.output === undefined))
    throw new UsageError('--resume needs a file to read and --out: of pipes, nothing is known afterwards.')

  const tally = new Tally(new SharedArrayBuffer(Tally.BYTES))
  const notices: RejectNotice[] = []
  const onNotice = (notice: RejectNotice): void => void notices.push(notice)
  const started = performance.now()
  let failure: FileError | undefined
  try {
    if (input !== undefined && isFile) await convertFile(job, input, surroundings, tally, onNotice)
    else await convertPiped(job, input, surroundings, tally, onNotice)
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    // Whoever read the output had enough of it.
    if (error.code === 'EPIPE') return 1
    failure = error
  }
  const seconds = (performance.now() - started) / 1000
  err(summary(tally, notices, seconds, job))
  if (failure !== undefined) err(`${failure.message}\n`)
  const isInterrupted = failure !== undefined || signal.aborted
  if (isInterrupted && isFile && job.output !== undefined)
    err('The run has not come to its end. The same command with --resume goes on from there.\n')
  return isInterrupted || tally.get('rejected') > 0 ? 1 : 0
}

/** Reads a file in parts, in as many threads as there are cores for. */
async function convertFile(
  { settings, output, rejects, isResumed, threads }: JsonlJob,
  input: InputFile,
  { stdout, signal, terminal }: Surroundings,
  tally: Tally,
  onNotice: (notice: RejectNotice) => void,
): Promise<void> {
  const parts = Math.ceil(input.stats.size / PART_BYTES)
  const memory = { turns: new SharedArrayBuffer(Turns.BYTES), tally: tally.memory }
  const turns = new Turns(memory.turns, parts)
  const run = runName(input, settings, PART_BYTES, rejects !== undefined)
  const progressPath = `${output}.progress`
  const reached = isResumed ? readCheckpoint(progressPath, run) : undefined
  const sinks: Sinks = {
    output: output === undefined ? { path: 'Standard output', fd: stdout } : openOutput(output, isResumed),
    rejects: rejects === undefined ? undefined : openOutput(rejects, isResumed),
    checkpoint: output === undefined ? undefined : openCheckpoint(progressPath, run, isResumed),
  }
  if (reached !== undefined) {
    turns.startAt(reached.part)
    for (const [name, count] of Object.entries(reached.tally)) tally.add(name, count)
    cutBack(sinks.output, tally.get('output'))
    if (sinks.rejects) cutBack(sinks.rejects, tally.get('rejects'))
  }
  const most = Math.max(1, Math.floor(parts / PARTS_A_THREAD))
  const bar = await showProgress(terminal, parts, () => turns.done)
  try {
    const count = threads ?? Math.min(most, availableParallelism())
    await runInThreads({ settings, input, parts, sinks, memory }, count, signal, onNotice)
  } finally {
    bar?.stop()
  }
  if (sinks.checkpoint && turns.done >= parts) removeCheckpoint(sinks.checkpoint)
}

async function convertPiped(
  { settings, output, rejects }: JsonlJob,
  input: InputFile | undefined,
  { stdin, stdout, signal }: Surroundings,
  tally: Tally,
  onNotice: (notice: RejectNotice) => void,
): Promise<void> {
  const sinks: Sinks = {
    output: output === undefined ? { path: 'Standard output', fd: stdout } : openOutput(output, false),
    rejects: rejects === undefined ? undefined : openOutput(rejects, false),
  }
  const stream = input === undefined ? stdin() : createReadStream('', { fd: input.fd })
  try {
    await convertStream(settings, streamedLines(stream), sinks, tally, signal, onNotice)
  } catch (error) {
    throw asFileError(input?.path ?? 'Standard input', error)
  }
}
