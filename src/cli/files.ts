import { constants, fstatSync, ftruncateSync, openSync, type Stats, statSync, writeSync } from 'node:fs'
import { UsageError } from './context.ts'

/** Descriptions of system error codes. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read or written by this user',
  EPERM: 'may not be read or written by this user',
  EISDIR: 'is a directory, not a file',
  ENOTDIR: 'has a file in its path where a directory is required',
  ELOOP: 'is a symbolic link that points to itself',
  ENOSPC: 'is on a disk that is full',
  EDQUOT: 'exceeds the disk quota',
  EFBIG: 'is larger than the file system allows',
  EROFS: 'is on a read-only file system',
  EMFILE: 'cannot be opened: too many files are open',
  EIO: 'cannot be read or written: the disk reports an error',
}

/** Error for a file that cannot be used. The message names the file and the reason. */
export class FileError extends Error {
  readonly path: string
  readonly code: string
  constructor(path: string, code: string) {
    super(`${path} ${REASONS[code] ?? `cannot be used (${code})`}.`)
    this.path = path
    this.code = code
  }
}

/** Runs a function that uses a file. Converts a system error to a {@link FileError} that names the file. */
export function withFile<T>(path: string, use: () => T): T {
  try {
    return use()
  } catch (error) {
    throw asFileError(path, error)
  }
}

/** Converts a system error to a {@link FileError}. Returns any other error unchanged. */
export function asFileError(path: string, error: unknown): unknown {
  const { code }: { code?: unknown } = Object(error)
  return typeof code === 'string' && code.startsWith('E') ? new FileError(path, code) : error
}

/** An open file with its name for messages. */
export interface OpenFile {
  path: string
  fd: number
}

/** An input file with its metadata. */
export interface InputFile extends OpenFile {
  stats: Stats
}

export function openInput(path: string): InputFile {
  const fd = withFile(path, () => openSync(path, 'r'))
  const stats = fstatSync(fd)
  if (stats.isDirectory()) throw new FileError(path, 'EISDIR')
  return { path, fd, stats }
}

/** Opens a file for writing: truncated, or at its end if an interrupted run is resumed. */
export function openOutput(path: string, isResumed: boolean): OpenFile {
  const flags = isResumed ? constants.O_WRONLY | constants.O_APPEND : 'w'
  return { path, fd: withFile(path, () => openSync(path, flags)) }
}

/**
 * Truncates a file to the size in the checkpoint, which removes output that an interrupted run wrote but did not
 * record.
 */
export function cutBack({ path, fd }: OpenFile, size: number): void {
  if (fstatSync(fd).size < size)
    throw new UsageError(
      `--resume: ${path} has lost some of what was written. Leave --resume out to start again.`,
    )
  withFile(path, () => ftruncateSync(fd, size))
}

export const isRegularFile = (path: string): boolean => statsOf(path)?.isFile() === true

/**
 * Throws a UsageError if two paths name the same file, so that no input is overwritten and no two outputs are mixed.
 */
export function refuseSameFile(paths: Readonly<Record<string, string | undefined>>): void {
  const seen = new Map<string, string>()
  for (const [name, path] of Object.entries(paths)) {
    const stats = path === undefined ? undefined : statsOf(path)
    // A device may be named twice: nothing in it is overwritten.
    const key = stats === undefined ? path : stats.isFile() ? `${stats.dev} ${stats.ino}` : undefined
    if (key === undefined) continue
    const other = seen.get(key)
    if (other !== undefined) throw new UsageError(`${name} and ${other} are the same file: ${path}.`)
    seen.set(key, name)
  }
}

/** Returns the metadata of a file; `undefined` if it cannot be read, because opening it then reports the reason. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** Milliseconds between attempts to write to a full non-blocking pipe. */
const PIPE_PAUSE = 1
const pause = new Int32Array(new SharedArrayBuffer(4))

/** Writes all bytes, synchronously. Waits while a pipe is full. */
export function writeWhole({ path, fd }: OpenFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(fd, bytes, written)
    } catch (error) {
      const { code }: { code?: unknown } = Object(error)
      if (code !== 'EAGAIN') throw asFileError(path, error)
      Atomics.wait(pause, 0, 0, PIPE_PAUSE)
    }
  }
}
