import { resolveModel } from '../translate/index.ts'
import { describeMatches, shift } from './describe.ts'
import { dataFilesIn } from './detect/data-files.ts'
import { type FileContext, firstContext } from './detect/file-context.ts'
import { ShimFiles, type ShimPart } from './detect/shim.ts'
import { failureOf } from './failure.ts'
import { isData, languageOf } from './languages/languages.ts'
import { loadParsers, type Parsers } from './languages/parsers.ts'
import type { LegacyUse, Match } from './legacy-use.ts'
import { applyIgnores, type Problem } from './report/report.ts'
import { findInSource, isWorthReading, plainLines, type Source } from './source.ts'
import { FileTimeout, withTimeLimit } from './time-limit.ts'

/** The options of an audit. */
export interface AuditOptions {
  /**
   * The id of the model that the code will run on, such as `claude-opus-4-8`. Each legacy call then gets
   * messages about what changes on that model.
   */
  target?: string | undefined
  /**
   * Whether to report retired models that only the Messages API served, such as `claude-3-opus-20240229`.
   *
   * @default false
   */
  messagesModels?: boolean | undefined
  /**
   * Milliseconds that the search of one file may take. A slower file is skipped and reported as a problem.
   *
   * @default 10_000
   */
  fileTimeLimit?: number | undefined
  /**
   * The day, as `YYYY-MM-DD`, for which models count as retired. The command passes the current day.
   *
   * @default the day of the model table
   */
  today?: string | undefined
}

/** The results of an audit. */
export interface AuditResult {
  /** In order of file and location, without the ignored ones. */
  uses: LegacyUse[]
  /** The uses that comments in their files suppress. */
  ignored: LegacyUse[]
  /** Why a file, or a part of it, was not read. */
  problems: Problem[]
  /** The files that contain a word of the legacy interface. `migrate` has to read them, even if they have no use. */
  candidates: string[]
  /** The manifests (`package.json` and the like). Their folders are the roots of programs. */
  manifests: string[]
}

const FILE_TIME_LIMIT = 10_000
/** A JSON file with at least this many matches counts as data. One with fewer may be configuration. */
const RECORDS = 5

/**
 * Finds every use of the legacy interface in a set of files, in order of file and location. A constant that holds a
 * prompt is followed from the file that defines it into the files that use it.
 *
 * @throws AuditError if the runtime has no WebAssembly.
 * @example
 * const [use] = await findLegacyUses([{ file: 'app.py', text: 'client.completions.create(max_tokens_to_sample=1)' }])
 * use.code // 'legacy-call'
 */
export async function findLegacyUses(
  sources: readonly Source[],
  options: AuditOptions = {},
): Promise<LegacyUse[]> {
  return (await findUsesIn(sources, options)).uses
}

/**
 * Finds the uses, as `findLegacyUses` does, and returns the problems too: why a file, or a part of it, was not read.
 *
 * @throws AuditError if the runtime has no WebAssembly.
 * @example
 * const { uses, problems } = await findUsesIn([{ file: 'app.py', text: source }])
 */
export async function findUsesIn(
  sources: readonly Source[],
  options: AuditOptions = {},
): Promise<{ uses: LegacyUse[]; problems: Problem[] }> {
  const audit = new Audit(options)
  const texts = new Map<string, string>()
  for (const source of sources) {
    texts.set(source.file, source.text)
    await audit.add(source)
  }
  const { uses, ignored, problems } = await audit.finish(file => texts.get(file))
  return { uses: [...uses, ...ignored].sort(byLocation), problems }
}

/** The state of an audit as plain data, so that a thread can send it to another. */
export interface PartialAudit {
  results: AuditedFile[]
  problems: Problem[]
  candidates: string[]
  manifests: string[]
  mentioned: string[]
  shim: ShimPart
}

/** The results of one file, without its text. */
export interface AuditedFile {
  file: string
  uses: LegacyUse[]
  ignored: LegacyUse[]
  /** Whether the code in it needs an SDK that has the legacy interface. */
  isEvidence: boolean
  /** Names of constants that hold prompts or addresses and may be used in other files. */
  defined: readonly string[]
  /** Whether it declares the type of a completion. */
  hasReplyType: boolean
  /** Whether it has the address of the API without a path. */
  hasAddress: boolean
}

/**
 * Audits files one at a time. It does not keep the texts of files in memory.
 *
 * @example
 * const audit = new Audit({ target: 'claude-opus-4-8' })
 * await audit.add({ file: 'app.py', text: source })
 * const { uses, problems } = await audit.finish(file => texts.get(file))
 */
export class Audit {
  readonly #options: AuditOptions
  readonly #results = new Map<string, AuditedFile>()
  /** The first results of the files that were read again. */
  readonly #first = new Map<string, AuditedFile>()
  readonly #problems: Problem[] = []
  readonly #candidates: string[] = []
  readonly #manifests: string[] = []
  readonly #shim = new ShimFiles()
  /** The names of data files that appear in code. */
  readonly #mentioned = new Set<string>()

  constructor(options: AuditOptions = {}) {
    this.#options = options
  }

  /**
   * Reads one file and records its uses.
   *
   * @throws AuditError if the runtime has no WebAssembly.
   */
  async add(source: Source): Promise<void> {
    if (!this.#isCandidate(source)) return
    const parsers = await loadParsers([source.file])
    const result = this.#read(source, parsers)
    if (result !== undefined) this.#results.set(source.file, result)
  }

  /** Notes what a file means to others, and returns whether it has to be read. */
  #isCandidate(source: Source): boolean {
    try {
      for (const name of this.#mentioned.size < MAX_MENTIONS ? dataFilesIn(source) : [])
        this.#mentioned.add(name)
      if (languageOf(source.file) === 'manifest') this.#manifests.push(source.file)
      if (!isWorthReading(source)) return false
      this.#candidates.push(source.file)
      this.#shim.add(source)
      return true
    } catch (error) {
      this.#fail(source.file, error)
      return false
    }
  }

  /** Adds a file with the results of another audit of the same text, which is then not searched again. */
  addAudited(source: Source, result: AuditedFile): void {
    if (this.#isCandidate(source)) this.#results.set(source.file, result)
  }

  /** Returns the results of one file, without what the definitions of other files add to them. */
  auditedFile(file: string): AuditedFile | undefined {
    return this.#first.get(file) ?? this.#results.get(file)
  }

  /** Returns the state after the files added so far, for `merge`. */
  part(): PartialAudit {
    return {
      results: [...this.#results.values()],
      problems: this.#problems,
      candidates: this.#candidates,
      manifests: this.#manifests,
      mentioned: [...this.#mentioned],
      shim: this.#shim.part(),
    }
  }

  /** Adds the files of another audit, which another thread may have read. */
  merge({ results, problems, candidates, manifests, mentioned, shim }: PartialAudit): void {
    for (const result of results) this.#results.set(result.file, result)
    this.#problems.push(...problems)
    this.#candidates.push(...candidates)
    this.#manifests.push(...manifests)
    for (const name of mentioned) this.#mentioned.add(name)
    this.#shim.merge(shim)
  }

  /**
   * Ends the audit. Files that use a name which another file defines are read a second time; `read` returns their text,
   * or `undefined` if the file is no longer available.
   *
   * @returns the uses of all files, in order of file and location.
   */
  async finish(read: (file: string) => string | undefined): Promise<AuditResult> {
    // Threads end in any order. The results do not depend on it.
    const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
    this.#candidates.sort(byName)
    this.#manifests.sort(byName)
    await this.#followDefinitions(read)
    this.#problems.sort((a, b) => byName(a.file, b.file))
    const results = [...this.#results.values()]
    const homes = results.filter(({ isEvidence }) => isEvidence).map(({ file }) => file)
    const isKept = ({ code, file }: LegacyUse): boolean => {
      const below = file.slice(0, file.lastIndexOf('/') + 1)
      return code !== 'old-sdk' || homes.some(home => home.startsWith(below))
    }
    const final = (one: AuditedFile, uses: readonly LegacyUse[]): LegacyUse[] =>
      uses.filter(isKept).map(use => this.#withState(use, one))
    return {
      uses: results.flatMap(one => final(one, one.uses)).sort(byLocation),
      ignored: results.flatMap(one => final(one, one.ignored)).sort(byLocation),
      problems: this.#problems,
      candidates: this.#candidates,
      manifests: this.#manifests,
    }
  }

  /** Reads the files again to which the definitions of other files give a meaning. */
  async #followDefinitions(read: (file: string) => string | undefined): Promise<void> {
    const results = [...this.#results.values()]
    const names = new Set(results.flatMap(({ defined }) => defined))
    const replyTypes = byEnding(results.filter(({ hasReplyType }) => hasReplyType))
    const addresses = byEnding(results.filter(({ hasAddress }) => hasAddress))
    if (names.size === 0 && replyTypes.size === 0 && addresses.size === 0) return
    const parsers = await loadParsers(this.#candidates)
    const pattern = names.size === 0 ? undefined : new RegExp(`\\b(?:${[...names].join('|')})\\b`, 'g')
    for (const path of this.#candidates) {
      const text = read(path)
      if (text === undefined) continue
      const defined = new Set(this.#results.get(path)?.defined)
      const usesName = pattern !== undefined && (text.match(pattern) ?? []).some(name => !defined.has(name))
      const isInOther = (files: ReadonlyMap<string, string[]>): boolean => {
        const [first, second] = files.get(endingOf(path)) ?? []
        return second !== undefined || (first !== undefined && first !== path)
      }
      const context = {
        path,
        names,
        hasReplyType: isInOther(replyTypes) && /\bcompletion\b/i.test(text),
        hasAddress: isInOther(addresses) && /\bcomplete["'`]/.test(text),
      }
      if (!usesName && !context.hasReplyType && !context.hasAddress) continue
      const again = this.#read({ file: path, text }, parsers, context)
      const first = this.#results.get(path)
      if (first !== undefined && again !== undefined) this.#first.set(path, first)
      if (again !== undefined) this.#results.set(path, again)
    }
  }

  #read(source: Source, parsers: Parsers, context?: FileContext): AuditedFile | undefined {
    const { file } = source
    const { text, toOriginal } = plainLines(source.text)
    const isAgain = context !== undefined
    try {
      return withTimeLimit(this.#options.fileTimeLimit ?? FILE_TIME_LIMIT, () => {
        const found = findInSource({ file, text }, parsers, context ?? firstContext(file))
        const { matches, defined, hasReplyType = false, hasAddress = false, isBroken } = found
        if (isBroken && !isAgain) this.#problem(file, PARTLY_PARSED)
        const kept = matches.filter(use => isReported(use, this.#options))
        const uses = describeMatches({ file, text }, kept, this.#options)
        const ignores = applyIgnores(text, uses)
        if (!isAgain) for (const line of ignores.unreasoned) this.#problem(file, unreasoned(line))
        if (text !== source.text) for (const use of uses) shift(use, toOriginal)
        const isEvidence = matches.some(isSdkUse)
        return {
          file,
          uses: ignores.kept,
          ignored: ignores.ignored,
          isEvidence,
          defined,
          hasReplyType,
          hasAddress,
        }
      })
    } catch (error) {
      if (!(error instanceof FileTimeout)) this.#fail(file, error)
      else if (!isAgain) this.#problem(file, 'took too long to read and was left out')
      return undefined
    }
  }

  /** Records that an unexpected error ended the search of a file. The other files are searched. */
  #fail(file: string, error: unknown): void {
    if (this.#problems.some(one => one.file === file && one.isFailure === true)) return
    this.#problems.push(failureOf(file, error))
  }

  #problem(file: string, message: string): void {
    this.#problems.push({ file, message })
  }

  /** Lowers the severity of a use whose client runs on this package, and of data that no code reads: neither breaks. */
  #withState(use: LegacyUse, { uses, file }: AuditedFile): LegacyUse {
    const isOnShim = use.kind !== 'dependency' && this.#shim.isOnShim(file)
    const name = file.slice(file.lastIndexOf('/') + 1)
    const isRecord = isData(file) && (!/\.json5?$/.test(file) || uses.length >= RECORDS)
    if (isOnShim) return { ...use, severity: 'info', isOnShim }
    return isRecord && !this.#mentioned.has(name) ? { ...use, severity: 'info' } : use
  }
}

const PARTLY_PARSED = 'could not be parsed in whole; the rest of it was read'
const unreasoned = (line: number): string =>
  `line ${line} asks to ignore a use and gives no reason, so it ignores none: legacy-completions-ignore: why`
const MAX_MENTIONS = 50_000

/** Groups the names of files by their endings: a definition counts only in its own language. */
function byEnding(files: readonly AuditedFile[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const { file } of files) {
    const group = groups.get(endingOf(file))
    if (group === undefined) groups.set(endingOf(file), [file])
    else group.push(file)
  }
  return groups
}

const endingOf = (file: string): string => file.slice(file.lastIndexOf('.') + 1)

const byLocation = (a: LegacyUse, b: LegacyUse): number =>
  a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start

/** Returns whether a match is code that needs an SDK with the legacy interface. */
function isSdkUse({ code, isComment }: Match): boolean {
  return !isComment && ['legacy-call', 'legacy-client', 'legacy-constant', 'legacy-type'].includes(code)
}

const isReported = ({ code, model = '' }: Match, { messagesModels, today }: AuditOptions): boolean =>
  code !== 'retired-messages-model' ||
  (messagesModels === true && resolveModel(model, { today }).retired !== undefined)
