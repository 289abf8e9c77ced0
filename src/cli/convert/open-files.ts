import { constants, fstatSync, ftruncateSync, openSync, type Stats, statSync } from 'node:fs'
import { UsageError } from '../context.ts'
import { FileError, withFile } from '../file-errors.ts'
import type { OpenFile } from './run.ts'

/** A file to read, and what is known of it. */
export interface InputFile extends OpenFile {
  stats: Stats
}

export function openInput(path: string): InputFile {
  const fd = withFile(path, () => openSync(path, 'r'))
  const stats = fstatSync(fd)
  if (stats.isDirectory()) throw new FileError(path, 'EISDIR')
  return { path, fd, stats }
}

/** Opens a file to write: emptied, or at its end where an interrupted run goes on. */
export function openOutput(path: string, isResumed: boolean): OpenFile {
  const flags = isResumed ? constants.O_WRONLY | constants.O_APPEND : 'w'
  return { path, fd: withFile(path, () => openSync(path, flags)) }
}

/** Takes back what an interrupted run wrote without saying so. */
export function cutBack({ path, fd }: OpenFile, size: number): void {
  if (fstatSync(fd).size < size)
    throw new UsageError(
      `--resume: ${path} has lost some of what was written. Leave --resume out to start anew.`,
    )
  withFile(path, () => ftruncateSync(fd, size))
}

export const isRegularFile = (path: string): boolean => statsOf(path)?.isFile() === true

/** Two names of one file: what is read must not be written over, nor two things be written to one place. */
export function refuseSameFile(paths: Readonly<Record<string, string | undefined>>): void {
  const seen = new Map<string, string>()
  for (const [name, path] of Object.entries(paths)) {
    const stats = path === undefined ? undefined : statsOf(path)
    // A device takes everything.
    const key = stats === undefined ? path : stats.isFile() ? `${stats.dev} ${stats.ino}` : undefined
    if (key === undefined) continue
    const other = seen.get(key)
    if (other !== undefined) throw new UsageError(`${name} and ${other} are the same file: ${path}.`)
    seen.set(key, name)
  }
}

/** None where nothing can be said of a path: whoever opens it is told why. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
