/** The file with the tokens of the clients of a proxy. */
import { readFileSync, statSync } from 'node:fs'
import { platform } from 'node:os'
import { UsageError } from './context.ts'
import { withFile } from './files.ts'

/** Permission bit that lets other users read a file. */
const READABLE_BY_OTHERS = 0o004

/**
 * Reads the tokens, one a line, without comments.
 *
 * @param isReload Whether the proxy is already running. A pipe is then rejected: reading it could block all requests.
 * @throws UsageError if every user of this machine can read the file. @throws FileError if it cannot be read.
 */
export function readTokens(path: string, isReload = false): string[] {
  const stats = withFile(path, () => statSync(path))
  const { mode } = stats
  if (isReload && !stats.isFile()) throw new UsageError(`--tokens-file: ${path} is not a regular file.`)
  // Windows reports this bit for every file.
  if ((mode & READABLE_BY_OTHERS) !== 0 && platform() !== 'win32')
    throw new UsageError(`--tokens-file: every user of this machine can read ${path}. Run chmod 600 ${path}.`)
  const lines = withFile(path, () => readFileSync(path, 'utf8'))
    .split('\n')
    .map(line => line.trim())
  return lines.filter(line => line !== '' && !line.startsWith('#'))
}
