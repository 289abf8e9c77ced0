import { applyIgnores, findUsesIn, type LegacyUse, type Problem, type Source } from '../audit/index.ts'
import { spanOf } from '../audit/languages/grammar.ts'
import { loadParsers, type Parsers } from '../audit/languages/parsers.ts'
import { locationsIn } from '../audit/legacy-use.ts'
import { isWorthReading } from '../audit/source.ts'
import { rewriteCalls } from './calls.ts'
import { findClientModules } from './client-imports.ts'
import { CODES } from './codes.ts'
import { messageOf } from './comments.ts'
import { applyWithLines, offsetBefore, writeLines } from './edits.ts'
import { type ImportContext, type RewrittenImports, rewriteImports } from './javascript/imports.ts'
import { mocksOf } from './javascript/modules.ts'
import { addDependency } from './manifest.ts'
import { rewritePythonImports } from './python/imports.ts'
import type { MigrateRemark, Note } from './remark.ts'
import type { MigrateRuleName } from './rules.ts'
import { openText, type TextFile } from './text-file.ts'
import { readTree, type Tree } from './tree.ts'

export interface MigrateOptions {
  /** 1 keeps every call and moves imports to this package; 2 also rewrites calls. @default 1 */
  stage?: 1 | 2 | undefined
  /** What is not to be done. */
  skip?: ReadonlySet<MigrateRuleName> | undefined
  /** What becomes of the space that a completion began with. @default 'drop' */
  leadingSpace?: 'drop' | 'keep' | undefined
  /** The version that a manifest is to ask for. */
  version: string
}

/** A file that is to be changed. */
export interface MigratedFile {
  file: string
  before: string
  after: string
}

export interface Migration {
  files: MigratedFile[]
  remarks: MigrateRemark[]
  /** What kept a file from being migrated. */
  problems: Problem[]
}

interface Opened extends TextFile {
  file: string
  before: string
  uses: readonly LegacyUse[]
}

/**
 * Rewrites sources from the old interface. Nothing is read or written: each file that would change comes back with
 * its new text.
 *
 * @throws AuditError where the runtime has no WebAssembly.
 */
export async function migrateSources(
  sources: readonly Source[],
  options: MigrateOptions,
): Promise<Migration> {
  const migration: Migration = { files: [], remarks: [], problems: [] }
  const opened = await openAll(sources, migration.problems)
  const parsers = await loadParsers(opened.filter(isWorthReading).map(({ file }) => file))
  const trees = readTrees(opened, parsers, migration.problems)
  const isRead = (file: string): boolean => trees.has(file)
  const works: { one: Opened; work: Work }[] = []
  for (const one of opened) {
    const tree = trees.get(one.file)
    if (tree !== undefined) works.push({ one, work: await workOn(one, tree, parsers, isRead, options) })
  }
  const completions = new Set(works.flatMap(({ work }) => work.completionsOf))
  const messages = new Set(works.flatMap(({ work }) => work.messagesOf))
  for (const { one, work } of works) {
    const tree = options.skip?.has('imports') ? undefined : readTree(one.file, work.text, parsers)
    const settled =
      tree &&
      settle(tree, {
        isFirstGeneration: one.uses.some(({ code }) => code === 'legacy-client'),
        isGiving: completions.has(one.file),
        needsMessages: messages.has(one.file),
        isRewritten: work.isRewritten,
      })
    const notes = (settled?.notes ?? []).map(note => ({ ...note, at: work.toSource(note.at) }))
    finish(
      one,
      writeLines(applyWithLines(work.text, settled?.edits ?? [])),
      [...work.notes, ...notes],
      migration,
    )
  }
  remarkOnMocks(opened, trees, migration)
  for (const tree of trees.values()) tree.delete()
  if (!options.skip?.has('manifests')) addDependencies(opened, migration, options.version)
  return migration
}

/** What came of the calls of one file. */
interface Work {
  text: string
  /** Where an offset of that text was in the file. */
  toSource: (offset: number) => number
  notes: readonly Note[]
  isRewritten: boolean
  /** The files that make the clients which completions and messages are called on here. */
  completionsOf: readonly string[]
  messagesOf: readonly string[]
}

/** Rewrites the calls of a file, as far as that is asked for; what stands within another call, in a round of its own. */
async function workOn(
  one: Opened,
  first: Tree,
  parsers: Parsers,
  isRead: (file: string) => boolean,
  options: MigrateOptions,
): Promise<Work> {
  const { file } = one
  let [tree, uses, toSource]: [Tree, readonly LegacyUse[], Work['toSource']] = [first, one.uses, at => at]
  const notes: Note[] = []
  const messagesOf: string[] = []
  let isRewritten = false
  if (options.stage !== 2) {
    const { givers } = findClientModules(file, tree, callsIn(uses), isRead)
    const said = tree.grammar.language === 'python' ? pythonNotes(uses, tree) : []
    return { text: one.text, toSource, notes: said, isRewritten, completionsOf: givers, messagesOf }
  }
  for (;;) {
    const { given } = findClientModules(file, tree, callsIn(uses), isRead)
    const { edits, left, rewritten, isUnfinished, ...round } = rewriteCalls(
      callsIn(uses),
      tree,
      { given, isNamedElsewhere: () => false, refusal: undefined },
      options,
    )
    // What is left is looked at again, and said then.
    const said = round.notes.filter(
      note => !isUnfinished || 'message' in note || CODES[note.code].kind === 'changed',
    )
    const [before, text] = [toSource, applyWithLines(tree.source, edits)]
    notes.push(...said.map(note => ({ ...note, at: before(note.at) })))
    messagesOf.push(...findClientModules(file, tree, rewritten, isRead).givers)
    isRewritten ||= rewritten.length > 0
    toSource = at => before(offsetBefore(edits, at))
    const next = isUnfinished ? readTree(file, text, parsers) : undefined
    if (next === undefined) {
      const { givers } = findClientModules(file, tree, left, isRead)
      return { text, toSource, notes, isRewritten, completionsOf: givers, messagesOf }
    }
    tree = next
    uses = await usesIn(file, text)
  }
}

const callsIn = (uses: readonly LegacyUse[]): LegacyUse[] => uses.filter(({ code }) => code === 'legacy-call')

async function usesIn(file: string, text: string): Promise<readonly LegacyUse[]> {
  const { uses } = await findUsesIn([{ file, text }])
  return applyIgnores(text, uses).kept
}

const settle = (tree: Tree, context: ImportContext): RewrittenImports =>
  tree.grammar.language === 'python' ? rewritePythonImports(tree, context) : rewriteImports(tree, context)

/** Nothing keeps the constants and the calls of a Python file alive on the SDK that no longer has them. */
function pythonNotes(uses: readonly LegacyUse[], { source }: Tree): Note[] {
  const [first] = uses.filter(({ code }) => /^legacy-(?:call|client|constant)$/.test(code))
  const isImporting = /^[ \t]*(?:import|from)[ \t]+anthropic\b/m.test(source)
  return first && isImporting ? [{ code: 'python-import', at: first.start }] : []
}

async function openAll(sources: readonly Source[], problems: Problem[]): Promise<Opened[]> {
  const texts = sources.flatMap(({ file, text }) => {
    const opened = openText(text)
    return opened === undefined ? [] : [{ file, before: text, ...opened }]
  })
  const mixed = sources.filter(({ text }) => openText(text) === undefined)
  const { uses } = await findUsesIn([...texts, ...mixed].map(({ file, text }) => ({ file, text })))
  for (const { file } of mixed) {
    if (uses.some(use => use.file === file))
      problems.push({ file, message: 'ends its lines in more than one way and was left as it is' })
  }
  return texts.map(one => {
    const own = uses.filter(
      ({ file, severity, isOnShim }) => file === one.file && (severity !== 'info' || isOnShim === true),
    )
    return { ...one, uses: applyIgnores(one.text, own).kept }
  })
}

function readTrees(opened: readonly Opened[], parsers: Parsers, problems: Problem[]): Map<string, Tree> {
  const trees = new Map<string, Tree>()
  for (const { file, text, uses } of opened) {
    if (!isWorthReading({ file, text })) continue
    const tree = readTree(file, text, parsers)
    if (tree !== undefined && !tree.isBroken) trees.set(file, tree)
    else if (tree !== undefined && uses.length > 0)
      problems.push({ file, message: 'has syntax errors and was left as it is' })
  }
  return trees
}

function finish(
  { file, before, text, restore }: Opened,
  edited: string,
  notes: readonly Note[],
  migration: Migration,
): void {
  const { lineOf } = locationsIn(text)
  for (const note of notes) {
    const { code, at } = note
    migration.remarks.push({
      file,
      line: lineOf(at) + 1,
      code,
      kind: 'message' in note ? 'changed' : CODES[note.code].kind,
      message: messageOf(note),
    })
  }
  const after = restore(edited)
  if (after !== before) migration.files.push({ file, before, after })
}

/** Where a program no longer imports the SDK, what stands in for it in a test stands in for nothing. */
function remarkOnMocks(
  opened: readonly Opened[],
  trees: ReadonlyMap<string, Tree>,
  migration: Migration,
): void {
  const isMoved = migration.files.some(({ before, after }) => !OUR_NAME.test(before) && OUR_NAME.test(after))
  for (const { file, text } of isMoved ? opened : []) {
    const tree = trees.get(file)
    if (tree === undefined || tree.grammar.language === 'python') continue
    const { lineOf } = locationsIn(text)
    for (const node of mocksOf(tree)) {
      const { kind, message } = CODES['mocked-module']
      migration.remarks.push({
        file,
        line: lineOf(spanOf(node).start) + 1,
        code: 'mocked-module',
        kind,
        message,
      })
    }
  }
}

const OUR_NAME = /["']legacy-completions["'/]/

/** The manifest that is nearest above each file that now imports this package is to name it. */
function addDependencies(opened: readonly Opened[], { files }: Migration, version: string): void {
  const manifests = opened.filter(({ file }) => /(?:^|\/)package\.json$/.test(file))
  const homes = new Set(
    files.flatMap(({ file, after }) => {
      if (!OUR_NAME.test(after)) return []
      const above = manifests.filter(one => file.startsWith(one.file.slice(0, -'package.json'.length)))
      return above.sort((a, b) => b.file.length - a.file.length).slice(0, 1)
    }),
  )
  for (const { file, before, text, restore } of homes) {
    const after = restore(addDependency(text, 'legacy-completions', `^${version}`))
    if (after !== before) files.push({ file, before, after })
  }
}
