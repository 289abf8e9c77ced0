import type { LegacyUse, Source } from '../audit/index.ts'
import { loadParsers, type Parsers } from '../audit/languages/parsers.ts'
import { isWorthReading } from '../audit/source.ts'
import { rewriteCalls } from './calls.ts'
import { CannotRewrite } from './cannot-rewrite.ts'
import { CODES } from './codes.ts'
import type { Note, OwnNote } from './diagnostic.ts'
import { applyWithLines, type FileEdits, offsetBefore, writeLines } from './edits.ts'
import { clientModules, importsIn, modulesOfClients, otherFiles } from './imported-names.ts'
import { type ImportContext, type RewrittenImports, rewriteImports } from './javascript/imports.ts'
import { mocksOf } from './javascript/modules.ts'
import { KeptTrees } from './kept-trees.ts'
import { addDependencies, OUR_NAME, raiseRequirements } from './manifest-changes.ts'
import { requirementsFor, type SdkRequirement } from './manifests.ts'
import type { MigrateOptions, Migration } from './migration.ts'
import { findOtherCalls } from './other-calls.ts'
import { findUsesAgain, languageOf, type OpenedFile, openProgram, type Program } from './program.ts'
import { rewritePythonImports } from './python/imports.ts'
import { hasUnknownClients, makesClient, PythonModule } from './python/module.ts'
import { Results } from './results.ts'
import { readTree, type Tree } from './tree.ts'
import { noteImportForm, unchanged, type Work, withImported } from './work.ts'

/**
 * Rewrites sources from the old interface. Works in memory: it reads and writes no files, and returns each changed file
 * with its new text.
 *
 * @throws AuditError if the runtime has no WebAssembly.
 * @example
 * const { files } = await migrateSources([{ file: 'app.py', text: source }], { stage: 2, version: '0.1.0' })
 */
export async function migrateSources(
  sources: readonly Source[],
  options: MigrateOptions,
): Promise<Migration> {
  const migration: Migration = { files: [], diagnostics: [], calls: [], problems: [] }
  const results = new Results(migration, options.stage === 2)
  const outside = (options.manifests ?? []).filter(({ file }) => !sources.some(one => one.file === file))
  const { others = [], audited } = options
  const all = [...sources, ...outside]
  const program = await openProgram(all, others, migration.problems, results.attempt, audited)
  const isOutside = (file: string): boolean => outside.some(one => one.file === file)
  const files = program.files.filter(({ file }) => !isOutside(file))
  const run = new Run(
    program,
    isOutside,
    options,
    results,
    new PythonModule([...all, ...others], program, options.pythonFile),
    await loadParsers(files.map(({ name }) => name)),
  )
  await run.rewrite(files)
  run.raiseManifests()
  run.rewriteImports()
  run.nameMocks(files)
  run.nameUnsupported(files)
  if (!options.skip?.has('manifests')) addDependencies(files, results, options.version)
  return migration
}

const callsIn = (uses: readonly LegacyUse[]): LegacyUse[] => uses.filter(({ code }) => code === 'legacy-call')

class Run {
  readonly #program: Program
  readonly #isOutside: (file: string) => boolean
  readonly #options: MigrateOptions
  readonly #results: Results
  readonly #module: PythonModule
  readonly #parsers: Parsers
  readonly #trees = new KeptTrees()
  #works: Work[] = []
  /** The changed manifests: their names and new texts. */
  readonly #manifests = new Map<string, string>()

  constructor(
    program: Program,
    isOutside: (file: string) => boolean,
    options: MigrateOptions,
    results: Results,
    module: PythonModule,
    parsers: Parsers,
  ) {
    this.#program = program
    this.#isOutside = isOutside
    this.#options = options
    this.#results = results
    this.#module = module
    this.#parsers = parsers
  }

  /** Rewrites the calls of all files, one file after another. */
  async rewrite(files: readonly OpenedFile[]): Promise<void> {
    const readable = new Set<string>()
    for (const one of files) if (isWorthReading({ file: one.name, text: one.text })) readable.add(one.file)
    const isRead = (file: string): boolean => readable.has(file)
    for (const one of files) {
      if (!isRead(one.file)) continue
      await this.#options.onFile?.(one.file)
      const work = await this.#workOrLeave(one, isRead, this.#refusal(one))
      if (work !== undefined) this.#works.push(work)
    }
    // Undo the rewrite where the manifest must keep its version, because a newer SDK would break a call that was left.
    for (const [index, work] of this.#works.entries()) {
      if (work.rewritten.length === 0 || !this.#isStuck(work.one)) continue
      const again = await this.#workOrLeave(work.one, isRead, this.#tooOld(work.one))
      if (again !== undefined) this.#works[index] = again
    }
    this.#works = withImported(this.#works, this.#program)
  }

  #requirements(one: OpenedFile): SdkRequirement[] {
    return requirementsFor(one.file, languageOf(one), this.#program.requirements)
  }

  #tooOld(one: OpenedFile): CannotRewrite | undefined {
    const old = this.#requirements(one).find(({ hasMessages }) => hasMessages === false)
    return old && new CannotRewrite('sdk-too-old', `${old.written} in ${old.file}`)
  }

  /** Returns the reason why no call of a file can be rewritten: its manifest is too old and may not be changed. */
  #refusal(one: OpenedFile): CannotRewrite | undefined {
    const old = this.#requirements(one).find(({ hasMessages }) => hasMessages === false)
    const isFixed =
      old !== undefined && (this.#isOutside(old.file) || this.#options.skip?.has('manifests') === true)
    return isFixed ? this.#tooOld(one) : undefined
  }

  /** Returns whether a call of the first generation is left that a newer SDK would break. */
  #isStuck(one: OpenedFile): boolean {
    const own = this.#requirements(one).filter(({ hasMessages }) => hasMessages === false)
    if (own.length === 0) return false
    return this.#works.some(
      work =>
        this.#requirements(work.one).some(other => own.some(({ file }) => file === other.file)) &&
        work.left.some(
          ({ call }) => call !== undefined && /^a?complet(?:e|ion)(?:Stream|_stream)?$/.test(call.method),
        ),
    )
  }

  /** Does the work on a file. After an unexpected error, its calls are left and their clients stay as they are. */
  async #workOrLeave(
    one: OpenedFile,
    isRead: (file: string) => boolean,
    refusal: CannotRewrite | undefined,
  ): Promise<Work | undefined> {
    const isSearched = !this.#results.hasFailed(one.file)
    const work = isSearched
      ? await this.#results.attemptAsync(one.file, () => this.#work(one, isRead, refusal))
      : undefined
    if (!this.#results.hasFailed(one.file)) return work
    const calls = callsIn(one.uses)
    const clients = isSearched
      ? this.#results.attempt(one.file, () => modulesOfClients(one, calls, isRead, this.#parsers))
      : undefined
    // If they are not known, any file may construct them.
    return { ...unchanged(one, calls), completionsOf: clients ?? this.#program.files.map(({ file }) => file) }
  }

  async #work(
    one: OpenedFile,
    isRead: (file: string) => boolean,
    refusal: CannotRewrite | undefined,
  ): Promise<Work | undefined> {
    let tree = readTree(one.name, one.text, this.#parsers)
    if (tree === undefined) return undefined
    const others = otherFiles(this.#program, this.#parsers, this.#isOutside)
    try {
      if (tree.isBroken) {
        if (one.uses.length > 0)
          this.#results.migration.problems.push({
            file: one.file,
            message: 'has syntax errors and was not changed',
          })
        return undefined
      }
      const otherCalls = findOtherCalls(tree, one.uses)
      if (this.#options.stage !== 2) {
        const work = this.#stageOne(one, tree, otherCalls, isRead)
        this.#trees.keep(one.name, tree, one.text, [])
        return work
      }
      let uses: readonly LegacyUse[] = one.uses
      let toSource: Work['toSource'] = at => at
      const notes: Note[] = [...otherCalls]
      const imported: FileEdits[] = []
      const messagesOf: string[] = []
      const rewritten: LegacyUse[] = []
      for (;;) {
        if (one.name === one.file) tree.imported = importsIn(one.file, tree, others)
        const { given } = clientModules(one, tree, callsIn(uses), isRead)
        const isNamedElsewhere = this.#program.namesElsewhere(one.file)
        const round = rewriteCalls(callsIn(uses), tree, { given, isNamedElsewhere, refusal }, this.#options)
        // The next round looks at unfinished calls again and reports them then.
        const said = round.notes.filter(
          note => !round.isUnfinished || 'message' in note || CODES[note.code].kind === 'changed',
        )
        const before = toSource
        const text = applyWithLines(tree.source, round.edits)
        notes.push(...said.map(note => ({ ...note, at: before(note.at) })))
        messagesOf.push(...clientModules(one, tree, round.rewritten, isRead).givers)
        imported.push(...round.imported)
        rewritten.push(...round.rewritten.map(use => ({ ...use, start: before(use.start) })))
        toSource = at => before(offsetBefore(round.edits, at))
        if (!round.isUnfinished) {
          const { givers } = clientModules(one, tree, round.left, isRead)
          const left = round.left.map(use => ({ ...use, start: before(use.start) }))
          this.#trees.keep(one.name, tree, text, round.edits)
          return { one, text, toSource, notes, rewritten, left, completionsOf: givers, messagesOf, imported }
        }
        tree = tree.edited(text, round.edits)
        uses = await findUsesAgain(one.name, text)
      }
    } finally {
      tree.delete()
      others.close()
    }
  }

  /** Returns whether stage 1 makes a Python file run on `legacy_completions.py`. */
  #restores(one: OpenedFile): boolean {
    const isAsked = this.#options.stage !== 2 && this.#options.skip?.has('imports') !== true
    return isAsked && this.#tooOld(one) === undefined && this.#module.canServe(one)
  }

  #stageOne(
    one: OpenedFile,
    tree: Tree,
    others: readonly OwnNote[],
    isRead: (file: string) => boolean,
  ): Work {
    const { givers } = clientModules(one, tree, callsIn(one.uses), isRead)
    const isLeft = languageOf(one) === 'python' && !this.#restores(one)
    const said = isLeft ? this.#module.notes(one, tree, this.#tooOld(one)) : []
    return {
      one,
      text: one.text,
      toSource: at => at,
      notes: [...others, ...said],
      rewritten: [],
      left: callsIn(one.uses),
      completionsOf: givers,
      messagesOf: [],
      imported: [],
    }
  }

  /** Raises the SDK in manifests whose version does not have the API of the rewritten calls. */
  raiseManifests(): void {
    const { texts, diagnostics } = raiseRequirements(this.#works, this.#program, this.#results)
    for (const [file, text] of texts) this.#manifests.set(file, text)
    this.#results.migration.diagnostics.push(...diagnostics)
  }

  /** Rewrites the imports of each file to the modules that now export the names. */
  rewriteImports(): void {
    const completions = new Set(this.#works.flatMap(({ completionsOf }) => completionsOf))
    // The clients of some calls are not known, so every client keeps its wrapper.
    const isOpen = this.#options.stage === 2 && hasUnknownClients(this.#works)
    const messages = new Set(this.#works.flatMap(({ messagesOf }) => messagesOf))
    for (const work of this.#works) {
      const { one } = work
      const isGiving = completions.has(one.file) || (isOpen && languageOf(one) === 'python')
      const needsMessages = messages.has(one.file)
      if (!this.#results.hasFailed(one.file))
        this.#results.attempt(one.file, () => this.#rewriteImportsOf(work, { isGiving, needsMessages }))
      if (this.#results.hasFailed(one.file))
        this.#results.addCalls(unchanged(one, [...work.rewritten, ...work.left]))
    }
    this.#trees.clear()
    for (const [file, text] of this.#manifests) {
      const one = this.#program.files.find(each => each.file === file)
      if (one !== undefined)
        this.#results.migration.files.push({ file, before: one.before, after: one.restore(text) })
    }
  }

  /** Rewrites the imports of a file, and adds its changes to the results. */
  #rewriteImportsOf(work: Work, clients: Pick<ImportContext, 'isGiving' | 'needsMessages'>): void {
    const { one, text, toSource } = work
    const isRewritten = work.rewritten.length > 0 || work.isExtended === true
    const hasOldClient = one.uses.some(({ code }) => code === 'legacy-client')
    const context: ImportContext = {
      ...clients,
      isFirstGeneration: hasOldClient && !(isRewritten && work.left.length === 0),
      before: one.text,
      isRewritten,
      hasLeft: work.left.length > 0,
      canBeWrapped: this.#requirements(one).every(
        ({ file, canBeWrapped }) => canBeWrapped !== false || this.#manifests.has(file),
      ),
      restores: this.#restores(one),
      isGiven: work.completionsOf.some(file => makesClient(this.#program.fileNamed(file))),
    }
    const imports = this.#options.skip?.has('imports') ? undefined : this.#imports(one.name, text, context)
    const unknownForm = this.#options.stage === 2 ? [] : noteImportForm(work, imports)
    const notes = [...(imports?.notes ?? []), ...unknownForm].map(note => ({
      ...note,
      at: toSource(note.at),
    }))
    const after = one.restore(writeLines(applyWithLines(text, imports?.edits ?? [])))
    for (const note of [...work.notes, ...notes]) this.#results.report(one, note)
    this.#results.addCalls(work)
    if (after === one.before) return
    this.#results.migration.files.push({ file: one.file, before: one.before, after })
    if (context.restores) this.#module.add(one, this.#results.migration)
  }

  #imports(name: string, text: string, context: ImportContext): RewrittenImports | undefined {
    const tree = this.#trees.take(name, text) ?? readTree(name, text, this.#parsers)
    if (tree === undefined) return undefined
    try {
      return tree.grammar.language === 'python'
        ? rewritePythonImports(tree, context)
        : rewriteImports(tree, context)
    } finally {
      tree.delete()
    }
  }

  /** Reports mocks of the SDK in tests that have no effect because the program no longer imports the SDK. */
  nameMocks(files: readonly OpenedFile[]): void {
    const isMoved = this.#results.migration.files.some(
      ({ before, after }) => !OUR_NAME.test(before) && OUR_NAME.test(after),
    )
    if (!isMoved) return
    for (const one of files) {
      if (languageOf(one) === 'python' || !/@anthropic-ai/.test(one.text)) continue
      this.#results.attempt(one.file, () => {
        const tree = readTree(one.name, one.text, this.#parsers)
        if (tree === undefined) return
        for (const node of mocksOf(tree)) this.#results.report(one, { code: 'mocked-module', at: node.start })
        tree.delete()
      })
    }
  }

  /** Reports modules with the name of the Python file, and files in other languages that call the old interface. */
  nameUnsupported(files: readonly OpenedFile[]): void {
    if (this.#options.stage !== 2) this.#module.nameTaken(files, this.#results.migration)
    for (const { file, line } of this.#program.unsupported) {
      const { kind, message } = CODES['unsupported-file']
      this.#results.migration.diagnostics.push({ file, line, code: 'unsupported-file', kind, message })
    }
  }
}
