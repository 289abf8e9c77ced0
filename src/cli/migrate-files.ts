import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Problem, Source } from '../audit/index.ts'
import { isOpened } from '../migrate/index.ts'
import { type FileOptions, listFiles, nameOf, readSourceFile } from './source-files.ts'

/**
 * Reads the files below the paths. Keeps in memory the texts that every run opens; those of the others, which are most
 * of a repository, are read again when they are needed.
 */
export async function readSources(
  paths: readonly string[],
  options: FileOptions,
): Promise<{ sources: Source[]; others: Source[]; problems: Problem[] }> {
  const { files, problems } = await listFiles(paths, options)
  const [sources, others]: [Source[], Source[]] = [[], []]
  for (const path of files) {
    const source = readSourceFile(path, options, problems)
    if (source === undefined) continue
    if (isOpened(source)) sources.push(source)
    else
      others.push({
        file: source.file,
        get text() {
          return readSourceFile(path, options, [])?.text ?? ''
        },
      })
  }
  return { sources, others, problems }
}

const MANIFEST_NAMES = [
  'package.json',
  'pyproject.toml',
  'setup.cfg',
  'setup.py',
  'Pipfile',
  'environment.yml',
  'environment.yaml',
  'requirements.txt',
  'package-lock.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'poetry.lock',
  'uv.lock',
  'Pipfile.lock',
]
const MOST_MANIFEST_BYTES = 16_000_000

export interface ManifestSource extends Source {
  /** Encoding of the file. Default: UTF-8. */
  encoding?: 'utf16le' | undefined
}

/** Reads the manifests and lock files in the directories of the files and above, in any encoding. */
export async function manifestsNear(files: readonly string[]): Promise<ManifestSource[]> {
  const folders = new Set<string>()
  for (const file of files)
    for (let folder = dirname(resolve(file)); !folders.has(folder); folder = dirname(folder))
      folders.add(folder)
  const found: ManifestSource[] = []
  for (const folder of folders) {
    for (const name of MANIFEST_NAMES) {
      const path = join(folder, name)
      const info = await stat(path).catch(() => undefined)
      if (info?.isFile() !== true || info.size > MOST_MANIFEST_BYTES) continue
      const bytes = await readFile(path).catch(() => undefined)
      if (bytes === undefined) continue
      const isWide = bytes[0] === 0xff && bytes[1] === 0xfe
      const text = bytes.toString(isWide ? 'utf16le' : 'utf8')
      if (!text.includes('anthropic')) continue
      found.push({
        file: nameOf(path),
        text: isWide ? text : aboutSdk(name, text),
        encoding: isWide ? 'utf16le' : undefined,
      })
    }
  }
  return found
}

/** Returns the lines of a lock file that concern the SDK, because lock files may be very long. */
function aboutSdk(name: string, text: string): string {
  if (!/lock/.test(name)) return text
  return [...text.matchAll(/anthropic/g)]
    .slice(0, 50)
    .map(({ index }) => text.slice(Math.max(0, index - 40), index + 400))
    .join('\n')
}
