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
 * @throws UsageError if every user of this machine can read the file. @throws FileError if it cannot be read.
 */
export function readTokens(path: string): string[] {
  const { mode } = withFile(path, () => statSync(path))
  // Windows reports this bit for every file.
  if ((mode & READABLE_BY_OTHERS) !== 0 && platform() !== 'win32')
    throw new UsageError(`--tokens-file: every user of this machine can read ${path}. Run chmod 600 ${path}.`)
  const lines = withFile(path, () => readFileSync(path, 'utf8'))
    .split('\n')
    .map(line => line.trim())
  return lines.filter(line => line !== '' && !line.startsWith('#'))
}
