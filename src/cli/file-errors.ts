/** What the system says no with, in words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read or written by this user',
  EPERM: 'may not be read or written by this user',
  EISDIR: 'is a directory, where a file is wanted',
  ENOTDIR: 'lies below a file, where a directory is wanted',
  ELOOP: 'is a link that leads back to itself',
  ENOSPC: 'has no room left on its disk',
  EDQUOT: 'has no room left within the quota',
  EFBIG: 'has grown beyond what its file system takes',
  EROFS: 'is on a disk that may only be read',
  EMFILE: 'cannot be opened: too many files are open',
  EIO: 'cannot be read or written: the disk reports a fault',
}

/** A file that cannot be used: the message names it and the reason. */
export class FileError extends Error {
  readonly path: string
  readonly code: string
  constructor(path: string, code: string) {
    super(`${path} ${REASONS[code] ?? `cannot be used (${code})`}.`)
    this.path = path
    this.code = code
  }
}

/** Runs something that uses a file; what the system refuses is told of the file. */
export function withFile<T>(path: string, use: () => T): T {
  try {
    return use()
  } catch (error) {
    throw asFileError(path, error)
  }
}

export function asFileError(path: string, error: unknown): unknown {
  const { code }: { code?: unknown } = Object(error)
  return typeof code === 'string' && code.startsWith('E') ? new FileError(path, code) : error
}
