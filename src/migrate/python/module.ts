import type { LegacyUse, Source } from '../../audit/index.ts'
import type { CannotRewrite } from '../cannot-rewrite.ts'
import type { OwnNote } from '../diagnostic.ts'
import type { Migration } from '../migration.ts'
import { isPythonFile, languageOf, type OpenedFile, type Program } from '../program.ts'
import type { Tree } from '../tree.ts'
import type { Work } from '../work.ts'
import { firstGenerationMethod } from './first-generation.ts'
import { join, type ModuleRoots, moduleRoots } from './module-root.ts'

/** Returns whether a file constructs a client of the Python SDK. */
export const makesClient = (one: OpenedFile | undefined): boolean =>
  one !== undefined && /(?<!\w)(?:Async)?(?:Anthropic|Client)\(/.test(one.text)

/** Returns whether calls were left in Python whose clients no known file constructs. */
export const hasUnknownClients = (works: readonly Work[]): boolean =>
  works.some(
    ({ one, left, completionsOf }) =>
      languageOf(one) === 'python' && left.length > 0 && completionsOf.length === 0 && !makesClient(one),
  )

/** The module `legacy_completions.py` of the Python programs of a run. */
export class PythonModule {
  readonly #roots: ModuleRoots
  readonly #program: Program
  readonly #text: string | undefined

  constructor(sources: readonly Source[], program: Program, text: string | undefined) {
    this.#roots = moduleRoots(sources)
    this.#program = program
    this.#text = text
  }

  /** Returns whether a file can import the module: no other module has its name, and its SDK is new enough. */
  canServe(one: OpenedFile): boolean {
    return (
      this.#text !== undefined &&
      languageOf(one) === 'python' &&
      !isFirstGeneration(one) &&
      !this.#isTaken(this.#fileOf(one))
    )
  }

  /**
   * Reports the first constant, client or call in a file that does not import the module: they break on an SDK that no
   * longer has them.
   */
  notes(one: OpenedFile, { source }: Tree, tooOld: CannotRewrite | undefined): OwnNote[] {
    const [first] = one.uses.filter(isBroken)
    const isImporting = /^[ \t]*(?:import|from)[ \t]+anthropic\b/m.test(source)
    if (first === undefined || !isImporting) return []
    const at = first.start
    if (this.#text === undefined) return [{ code: 'python-import', at }]
    if (isFirstGeneration(one)) return [{ code: 'first-generation', at }]
    if (tooOld === undefined) return [{ code: 'python-import', at }]
    return [{ code: tooOld.code, at, ...(tooOld.detail !== undefined && { detail: tooOld.detail }) }]
  }

  /** Adds the module to a migration for a file that now imports it. */
  add(one: OpenedFile, { files }: Migration): void {
    const file = this.#fileOf(one)
    const isPresent = this.#program.fileNamed(file) !== undefined || files.some(other => other.file === file)
    if (this.#text !== undefined && !isPresent)
      files.push({ file, before: '', after: this.#text, isNew: true })
  }

  /** Reports each file that has the name of the module and is another one. */
  nameTaken(all: readonly OpenedFile[], { problems }: Migration): void {
    if (this.#text === undefined) return
    const users = all.filter(one => languageOf(one) === 'python' && one.uses.some(isBroken))
    for (const file of new Set(users.map(one => this.#fileOf(one))))
      if (this.#isTaken(file))
        problems.push({ file, message: 'is not from legacy-completions and was not replaced; rename it' })
  }

  #fileOf(one: OpenedFile): string {
    return join(this.#roots.rootOf(one.file), 'legacy_completions.py')
  }

  #isTaken(file: string): boolean {
    const present = this.#program.fileNamed(file)
    return present !== undefined && !isPythonFile(present.before)
  }
}

/** Returns whether a use breaks on an SDK that no longer has it. */
const isBroken = ({ code }: LegacyUse): boolean => /^legacy-(?:call|client|constant)$/.test(code)

const isFirstGeneration = ({ uses }: OpenedFile): boolean =>
  uses.some(({ call }) => call !== undefined && firstGenerationMethod(call.method) !== undefined)
