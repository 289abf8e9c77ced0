import { Audit, applyIgnores, findUsesIn, type LegacyUse, type Problem, type Source } from '../audit/index.ts'
import { locationsIn } from '../audit/legacy-use.ts'
import { isWorthReading } from '../audit/source.ts'
import { openText } from './edits.ts'
import { openEmbedded } from './embedded.ts'
import { isManifest, lockedVersion, requirementsIn, type SdkRequirement } from './manifests.ts'
import type { Attempt, MigrateOptions } from './migration.ts'
import { hasName } from './name-patterns.ts'

/** A file, opened for editing. */
export interface OpenedFile {
  file: string
  /** The name for the parser: that of the file, with the extension of the language of its code. */
  name: string
  before: string
  text: string
  restore: (edited: string) => string
  /** Returns the line of an offset in the file, counted from 1. */
  lineAt: (offset: number) => number
  uses: readonly LegacyUse[]
}

/** Returns whether a text is that of `legacy_completions.py`, in any version. */
export const isPythonFile = (text: string): boolean =>
  /^\uFEFF?# legacy_completions\.py: from the npm package legacy-completions/.test(text)

/** Returns the language of the SDK that a file uses. */
export const languageOf = ({ name }: OpenedFile): 'javascript' | 'python' =>
  name.endsWith('.py') ? 'python' : 'javascript'

/**
 * Returns whether another file may use a name of this file: an `export` in a file that mentions the module, a `member`
 * of a class in any file. `home` is the file that defines the name, if it is another one.
 */
export type IsNamedElsewhere = (name: string, kind: 'export' | 'member', home?: string) => boolean

/** The facts about all files of a run. */
export interface Program {
  files: readonly OpenedFile[]
  /** Returns a file of the run, even one without legacy uses. Such files may define what a prompt consists of. */
  fileNamed: (file: string) => OpenedFile | undefined
  requirements: readonly SdkRequirement[]
  /** The versions that lock files install. */
  locked: readonly {
    file: string
    language: 'javascript' | 'python'
    version: string
    hasMessages: boolean
  }[]
  /** Returns the test for the names of a file. Works only for names that files with calls define. */
  namesElsewhere: (file: string) => IsNamedElsewhere
  /** Legacy uses in files that are not rewritten. */
  unsupported: readonly LegacyUse[]
}

/** Returns whether a run may open a source in any case. It looks at others only if a call needs them. */
export const isOpened = (source: Source): boolean => isManifest(source.file) || isWorthReading(source)

/**
 * Opens all files of a run and finds the legacy uses in them.
 *
 * @param others the sources that are not opened; their texts are read when a call needs them
 */
export async function openProgram(
  sources: readonly Source[],
  others: readonly Source[],
  problems: Problem[],
  attempt: Attempt,
  audited: MigrateOptions['audited'],
): Promise<Program> {
  const files: OpenedFile[] = []
  const mixed: Source[] = []
  const requirements: SdkRequirement[] = []
  const locked: { file: string; language: 'javascript' | 'python'; version: string; hasMessages: boolean }[] =
    []
  const unsupported: Source[] = []
  const open = ({ file, text: before }: Source): void => {
    if (isPythonFile(before)) return
    const asked = isManifest(file) ? requirementsIn(file, before) : []
    requirements.push(...asked)
    const version = lockedVersion(file, before)
    if (version !== undefined) locked.push({ file, ...version })
    const isCode = /\.(?:py|pyi|[cm]?[jt]sx?|vue|svelte|astro|html?|ipynb)$/i.test(file)
    const isNeeded =
      asked.length > 0 || /(?:^|\/)package\.json$/.test(file) || isWorthReading({ file, text: before })
    if (!isNeeded) return
    const opened = openText(before)
    if (opened === undefined) mixed.push({ file, text: before })
    else if (isCode || isManifest(file)) files.push(openFile(file, before, opened))
    else unsupported.push({ file, text: before })
  }
  for (const source of sources) attempt(source.file, () => open(source))
  const { uses, problems: unread } = await search([...files, ...mixed, ...unsupported], audited)
  for (const one of unread) {
    const file = files.find(({ name }) => name === one.file)?.file ?? one.file
    if (one.isFailure) problems.push({ ...one, file })
  }
  const byName = new Map<string, LegacyUse[]>()
  for (const use of uses) byName.set(use.file, [...(byName.get(use.file) ?? []), use])
  for (const { file } of mixed)
    if (byName.has(file)) problems.push({ file, message: 'has mixed line ends and was not changed' })
  for (const one of files) {
    const own = (byName.get(one.name) ?? []).filter(
      ({ severity, isOnShim }) => severity !== 'info' || isOnShim === true,
    )
    one.uses = applyIgnores(one.text, own).kept
  }
  return {
    files,
    fileNamed: fileIn(files, [...sources, ...others]),
    requirements,
    locked,
    namesElsewhere: namesIn(files, [...sources, ...others]),
    unsupported: unsupported.flatMap(
      ({ file, text }) => applyIgnores(text, (byName.get(file) ?? []).filter(isCall)).kept,
    ),
  }
}

/** Finds the uses in sources. An opened file is searched by the name and the text of its code. */
async function search(
  sources: readonly (Source & Partial<OpenedFile>)[],
  audited: MigrateOptions['audited'],
): Promise<{ uses: LegacyUse[]; problems: Problem[] }> {
  const audit = new Audit()
  const texts = new Map<string, string>()
  for (const { file, name = file, text, before = text } of sources) {
    texts.set(name, text)
    // The audit knows the file as it is on the disk.
    const known = name === file && text === before ? audited?.(file) : undefined
    if (known === undefined) await audit.add({ file: name, text })
    else audit.addAudited({ file: name, text }, known)
  }
  const { uses, ignored, problems } = await audit.finish(file => texts.get(file))
  return { uses: [...uses, ...ignored].sort((a, b) => a.start - b.start), problems }
}

/**
 * Finds the uses in a changed file.
 *
 * @throws Error if the search failed, because the calls that are left are then not known
 */
export async function findUsesAgain(file: string, text: string): Promise<readonly LegacyUse[]> {
  const { uses, problems } = await findUsesIn([{ file, text }])
  const failure = problems.find(({ isFailure }) => isFailure)
  if (failure !== undefined) throw new Error(failure.message)
  return applyIgnores(text, uses).kept
}

/** Opens the files that were not worth reading when they are asked for. */
function fileIn(
  files: readonly OpenedFile[],
  sources: readonly Source[],
): (file: string) => OpenedFile | undefined {
  const opened = new Map<string, OpenedFile | undefined>(files.map(one => [one.file, one]))
  let byName: Map<string, Source> | undefined
  return file => {
    if (opened.has(file)) return opened.get(file)
    byName ??= new Map(sources.map(one => [one.file, one]))
    const text = byName.get(file)?.text
    const open = text === undefined ? undefined : openText(text)
    const one = text !== undefined && open !== undefined ? openFile(file, text, open) : undefined
    opened.set(file, one)
    return one
  }
}

/** Returns whether a use is code that makes a call, and not a comment or text about one. */
const isCall = ({ code, severity }: LegacyUse): boolean =>
  severity !== 'info' && /^legacy-(?:call|endpoint|client)$/.test(code)

function openFile(
  file: string,
  before: string,
  { text, restore }: NonNullable<ReturnType<typeof openText>>,
): OpenedFile {
  const embedded = openEmbedded(file, text)
  const source = embedded?.text ?? text
  let lines: ((offset: number) => number) | undefined
  return {
    file,
    name: file + (embedded?.ending ?? ''),
    before,
    text: source,
    restore: edited => restore(embedded === undefined ? edited : embedded.restore(edited)),
    lineAt: offset => {
      lines ??= locationsIn(source).lineOf
      const line = lines(offset)
      return (embedded === undefined ? line : embedded.lineInFile(line)) + 1
    },
    uses: [],
  }
}

const GIVEN =
  /(?:\bdef|\bfunction|\bconst|\blet|\bvar)\s+([\w$]+)|^[ \t]*(?:self\.|this\.)?([\w$]+)\s*(?::[^=\n]+)?=(?!=)/gm
const CODE = /\.(?:py|[cm]?[jt]sx?|vue|svelte|ipynb)$/i

/** Finds, in one pass over all files, which names of files with calls occur in other files. */
function namesIn(
  files: readonly OpenedFile[],
  sources: readonly Source[],
): (file: string) => IsNamedElsewhere {
  let index: { names: Map<string, Source[]>; words: Map<string, Set<Source>> } | undefined
  const build = (): NonNullable<typeof index> => {
    const names = new Map<string, Source[]>()
    const words = new Map<string, Set<Source>>()
    for (const { file, text, uses } of files) {
      if (uses.length === 0) continue
      for (const [, name, other] of text.matchAll(GIVEN)) names.set(name ?? other ?? '', [])
      if (wordOf(file) !== '') words.set(wordOf(file), new Set())
    }
    for (const source of sources) {
      if (!CODE.test(source.file)) continue
      const { text } = source
      if (isPythonFile(text)) continue
      for (const [word] of text.matchAll(WORDS)) {
        const inFiles = names.get(word)
        if (inFiles !== undefined && inFiles.at(-1) !== source) inFiles.push(source)
        words.get(word)?.add(source)
      }
    }
    return { names, words }
  }
  return file =>
    (name, kind, home = file) => {
      index ??= build()
      const others = (index.names.get(name) ?? []).filter(one => one.file !== file && one.file !== home)
      if (kind === 'member') return others.length > 0
      // Reads only the texts that have a word of the name, because a text may have to be read from the disk.
      const having = isPackage(home) ? undefined : index.words.get(wordOf(home))
      return others.some(one => having?.has(one) !== false && mentionsModule(one.text, home))
    }
}

const WORDS = /[A-Za-z_$][\w$]*/g

/** Returns the name of a file without its extension. */
const moduleName = (file: string): string => file.slice(file.lastIndexOf('/') + 1).replace(/\.[^.]+$/, '')

const isPackage = (file: string): boolean => /^(?:__init__|index)$/.test(moduleName(file))

/** Returns the longest word in the name of a module, as a search for words finds it. */
function wordOf(file: string): string {
  const words = moduleName(file).match(WORDS) ?? []
  return words.reduce((longest, word) => (word.length > longest.length ? word : longest), '')
}

/** Returns whether a text mentions the module of a file by its name, or by the name of its package. */
function mentionsModule(text: string, file: string): boolean {
  const [name = '', folder = ''] = file
    .replace(/\.[^./]+$/, '')
    .split('/')
    .reverse()
  const isPackage = /^(?:__init__|index)$/.test(name)
  // The files of its own folder import a package as `.`.
  if (isPackage && folder === '') return true
  const word = isPackage ? folder : name
  return hasName(text, word) || (isPackage && /(?:from\s+\.\s|['"]\.{1,2}\/?['"])/.test(text))
}
