import { closeSync, fstatSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { UsageError } from '../context.ts'
import { withFile } from '../file-errors.ts'
import type { OpenFile } from './run.ts'
import type { Settings } from './settings.ts'
import type { Tally } from './tally.ts'

/** The file that says how far a run has come, and which run it is. */
export interface Checkpoint extends OpenFile {
  run: string
}

/** How far an interrupted run had come. */
export interface Reached {
  part: number
  tally: Readonly<Record<string, number>>
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
export function saveCheckpoint({ path, fd, run }: Checkpoint, part: number, tally: Tally): void {
  withFile(path, () => writeSync(fd, JSON.stringify({ run, part, tally: tally.values() }), 0))
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
    '--resume: the input or the options are not those of the interrupted run. Leave --resume out to start anew.',
  )
}

function isCheckpoint(saved: unknown): saved is Reached & { run: string } {
  const { run, part, tally } = Object(saved)
  return typeof run === 'string' && typeof part === 'number' && typeof tally === 'object' && tally !== null
}

export function removeCheckpoint({ path, fd }: Checkpoint): void {
  closeSync(fd)
  rmSync(path, { force: true })
}
