import { constants, readFileSync, statSync } from 'node:fs'
import {
  access,
  lstat,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { isReadable, type Problem, type Source, type Unread, unreadKind } from '../audit/index.ts'
import { REPOSITORY_URL } from '../diagnostics/diagnostic.ts'
import { type Flag, flag, number, type Texts, texts, type WholeNumber } from './arguments.ts'
import { UsageError } from './context.ts'
import { asFileError } from './files.ts'

/** Default size limit in bytes. Larger files are reported and not read. */
export const MAX_FILE_SIZE: number = 1_048_576

/** Follows the problems of files that an unexpected error ended the work on. */
export const REPORT_FAILURE: string = `Please report unexpected errors: ${REPOSITORY_URL}/issues\n`

/** Options of every command that reads source files. */
export const SOURCE_FILE_OPTIONS: {
  readonly exclude: Texts
  readonly 'no-gitignore': Flag
  readonly 'max-file-size': WholeNumber
} = {
  exclude: texts('PATTERN', 'Skip files that match, in the syntax of .gitignore'),
  'no-gitignore': flag('Read files that .gitignore excludes, too'),
  'max-file-size': number('BYTES', 'Skip and report larger files', {
    least: 1,
    default: MAX_FILE_SIZE,
  }),
}

/** Options for finding and reading source files. */
export interface FileOptions {
  /** Patterns in .gitignore syntax. */
  exclude: readonly string[]
  gitignore: boolean
  /** Files that the command itself reads and writes, which are not scanned. */
  except: readonly (string | undefined)[]
  maxBytes: number
  /**
   * What to do with invalid UTF-8: `mark` reads it with replacement characters, `leave` skips the file, for commands
   * that write it back.
   *
   * @default 'mark'
   */
  invalid?: 'mark' | 'leave'
  /** Whether a path that cannot be read is reported as a problem; otherwise it ends the command. @default false */
  goesOn?: boolean
}

/** Directories that are never scanned: dependencies and tool data. */
const NEVER = ['node_modules', '.git', '.hg', '.svn', '__pycache__', '.venv', 'venv', 'site-packages']

/** Ignore patterns, and the directory that they are relative to. */
interface Rules {
  base: string
  patterns: Ignore
}

/** Lists all files below the paths, for reading them one by one. */
export async function listFiles(
  paths: readonly string[],
  options: FileOptions,
): Promise<{ files: string[]; problems: Problem[] }> {
  const problems: Problem[] = []
  const except = options.except.flatMap(path => (path === undefined ? [] : [resolve(path)]))
  const found: string[] = []
  for (const path of paths) {
    const info = await stat(path).catch(error => {
      if (options.goesOn !== true) throw new UsageError(`Cannot read ${path}: ${reasonOf(error)}.`)
      problems.push({ file: path, message: `could not be read: ${reasonOf(error)}` })
    })
    if (info === undefined) continue
    const start = await realpath(path)
    if (info.isDirectory()) {
      const own: Rules = { base: start, patterns: ignore().add([...options.exclude]) }
      // The `--exclude` patterns apply last, so that no ignore file can include a file again.
      await walk(start, await rulesAbove(start, options), own, options, found, problems)
    } else found.push(start)
  }
  return { files: [...new Set(found)].filter(file => !except.includes(file)), problems }
}

/**
 * Lists the files below a directory. Does not follow links: their targets are listed where they are, and links can form
 * cycles.
 */
async function walk(
  directory: string,
  above: readonly Rules[],
  own: Rules,
  options: FileOptions,
  found: string[],
  problems: Problem[],
): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(error => {
    problems.push({ file: nameOf(directory), message: `could not be listed: ${reasonOf(error)}` })
    return []
  })
  const rules = [...above, ...(await rulesIn(directory, options))]
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name)
    const isDirectory = entry.isDirectory()
    if (
      NEVER.includes(entry.name) ||
      (!isDirectory && !entry.isFile()) ||
      isLeftOut(path, isDirectory, [...rules, own])
    )
      continue
    if (isDirectory) await walk(path, rules, own, options, found, problems)
    else found.push(path)
  }
}

function isLeftOut(path: string, isDirectory: boolean, rules: readonly Rules[]): boolean {
  let isOut = false
  for (const { base, patterns } of rules) {
    const below = relative(base, path).split(sep).join('/')
    if (below === '' || below.startsWith('..')) continue
    const { ignored, unignored } = patterns.test(isDirectory ? `${below}/` : below)
    if (ignored) isOut = true
    else if (unignored) isOut = false
  }
  return isOut
}

/** Returns the ignore patterns of the parent directories, up to the root of the repository. */
async function rulesAbove(directory: string, options: FileOptions): Promise<Rules[]> {
  const above: Rules[] = []
  let at = directory
  while (!(await exists(join(at, '.git')))) {
    const parent = dirname(at)
    if (parent === at) return []
    above.unshift(...(await rulesIn(parent, options)))
    at = parent
  }
  return above
}

async function rulesIn(base: string, { gitignore }: FileOptions): Promise<Rules[]> {
  if (!gitignore) return []
  const text = await readFile(join(base, '.gitignore'), 'utf8').catch(() => '')
  return text === '' ? [] : [{ base, patterns: ignore().add(text) }]
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

/**
 * Reads one file; synchronously, which is twice as fast for many small files.
 *
 * @param unread counts the files that are skipped because of their kind
 * @returns the source; `undefined` for a skipped file, whose reason is added to the problems if it is unusual
 */
export function readSourceFile(
  path: string,
  { maxBytes, invalid }: FileOptions,
  problems: Problem[],
  unread?: Unread,
): Source | undefined {
  const file = nameOf(path)
  const kind = unreadKind(file)
  if (kind !== undefined && unread !== undefined) unread[kind]++
  if (!isReadable(file)) return undefined
  try {
    const { size } = statSync(path)
    if (size <= maxBytes) return sourceOf(file, readFileSync(path), invalid === 'leave', problems, unread)
    problems.push({ file, message: `has ${size} bytes and was not read; --max-file-size ${size} reads it` })
  } catch (error) {
    problems.push({ file, message: `could not be read: ${reasonOf(error)}` })
  }
  return undefined
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Extensions of text files, for which a zero byte is reported as a problem. */
const TEXT = /\.(?:[cm]?[jt]sx?|py|ipynb|json|ya?ml|toml|md|txt|go|java|rb|php|cs|rs|kt)$/

function sourceOf(
  file: string,
  bytes: Buffer,
  isLeft: boolean,
  problems: Problem[],
  unread: Unread | undefined,
): Source | undefined {
  const utf16 = utf16Of(bytes)
  if (utf16 !== undefined) return { file, text: utf16 }
  // A zero byte means that the file is not text.
  if (bytes.subarray(0, 8192).includes(0)) {
    if (unread !== undefined) unread.binary++
    if (TEXT.test(file)) problems.push({ file, message: 'is no text and was not read' })
    return undefined
  }
  try {
    return { file, text: UTF8.decode(bytes) }
  } catch {
    if (isLeft) {
      problems.push({ file, message: 'is not valid UTF-8 and was not changed' })
      return undefined
    }
    problems.push({ file, message: 'is not valid UTF-8; it was read with marks in the place of what is not' })
    return { file, text: bytes.toString('utf8') }
  }
}

/**
 * Decodes a file with a UTF-16 byte order mark, which Windows shells write and pip accepts; `undefined` for other
 * files.
 */
function utf16Of(bytes: Buffer): string | undefined {
  const mark = bytes.subarray(0, 2).toString('hex')
  if (mark !== 'fffe' && mark !== 'feff') return undefined
  return new TextDecoder(mark === 'fffe' ? 'utf-16le' : 'utf-16be').decode(bytes)
}

/** Returns the path relative to the working directory, with `/` as the separator. Paths outside it stay absolute. */
export function nameOf(path: string): string {
  const below = relative(resolve('.'), path)
  return (below.startsWith('..') ? path : below || '.').split(sep).join('/')
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ELOOP: 'its links lead in a circle',
  ENOENT: 'there is no such file',
  ENOSPC: 'no space is left on the device',
  EPERM: 'permission denied',
}

/** Describes an error in words. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error))
}

/** Writes a file that does not exist yet. Returns the reason why it was not written, if there is one. */
export async function addFile(path: string, text: string): Promise<string | undefined> {
  try {
    await writeFile(path, text, { flag: 'wx' })
    return undefined
  } catch (error) {
    if (Object(error).code === 'EEXIST') return 'exists and was not replaced'
    return `could not be written: ${reasonOf(error)}`
  }
}

/** Most bytes of a Python module that is read only to see whether it is there. */
const MOST_MODULE_BYTES = 1_000_000

/** Reads the modules of Python packages in the directories of the sources and above, which may not be sources. */
export async function modulesNear(sources: readonly Source[]): Promise<Source[]> {
  const folders = new Set<string>()
  for (const { file } of sources)
    if (/\.(?:py|ipynb)$/.test(file))
      for (let folder = dirname(resolve(file)); !folders.has(folder); folder = dirname(folder))
        folders.add(folder)
  const found: Source[] = []
  for (const folder of folders) {
    for (const name of ['__init__.py', 'legacy_completions.py']) {
      const path = join(folder, name)
      const info = await stat(path).catch(() => undefined)
      if (info?.isFile() !== true || info.size > MOST_MODULE_BYTES) continue
      const text = await readFile(path, 'utf8').catch(() => undefined)
      if (text !== undefined) found.push({ file: nameOf(path), text })
    }
  }
  return found
}

/**
 * Replaces the contents of a file atomically: writes a new file next to it and renames it. Keeps the mode and, if the
 * system permits, the owner.
 *
 * @returns the reason for a failure, for a person; the file is then unchanged
 */
export async function rewriteFile(
  path: string,
  before: string | Uint8Array,
  after: string | Uint8Array,
): Promise<string | undefined> {
  const partial = `${path}.migrating`
  let isBegun = false
  try {
    const info = await lstat(path)
    if (!info.isFile()) return 'is no longer a file and was not written'
    // The rename would succeed even for a read-only file, so check its mode first.
    await access(path, constants.W_OK)
    const file = await open(partial, 'wx')
    isBegun = true
    try {
      await file.writeFile(after)
      await file.chown(info.uid, info.gid).catch(() => {})
      await file.chmod(info.mode & 0o7777)
      await file.sync()
    } finally {
      await file.close()
    }
    if (!(await readFile(path)).equals(Buffer.from(before)))
      return 'was changed by another program meanwhile and was not written'
    await rename(partial, path)
    isBegun = false
    return undefined
  } catch (error) {
    if (Object(error).code === 'EEXIST')
      return `was not written: ${partial} is in the way, which an interrupted run may have left; remove it`
    const failure = asFileError(path, error)
    if (!(failure instanceof Error)) throw error
    return failure.message.replace(`${path} `, 'was not written: it ').replace(/\.$/, '')
  } finally {
    if (isBegun) await rm(partial, { force: true }).catch(() => {})
  }
}
