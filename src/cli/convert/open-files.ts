import { fstatSync, openSync, type Stats, statSync } from 'node:fs'
import { FileError, withFile } from '../file-errors.ts'
import { UsageError } from '../usage.ts'
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

/** Opens a file to write: emptied, or as it is where an interrupted run goes on. */
export function openOutput(path: string, isResumed: boolean): OpenFile {
  return { path, fd: withFile(path, () => openSync(path, isResumed ? 'r+' : 'w')) }
}

/** Two names of one file: what is read must not be written over, nor two things be written to one place. */
export function refuseSameFile(paths: Readonly<Record<string, string | undefined>>): void {
  const seen = new Map<string, string>()
  for (const [name, path] of Object.entries(paths)) {
    const stats = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })
    // A device takes everything.
    const key = stats === undefined ? path : stats.isFile() ? `${stats.dev} ${stats.ino}` : undefined
    if (key === undefined) continue
    const other = seen.get(key)
    if (other !== undefined) throw new UsageError(`${name} and ${other} are the same file: ${path}.`)
    seen.set(key, name)
  }
}
