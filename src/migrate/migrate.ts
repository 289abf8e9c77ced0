import { applyIgnores, findUsesIn, type LegacyUse, type Problem, type Source } from '../audit/index.ts'
import { loadParsers, type Parsers } from '../audit/parsers.ts'
import { placesIn } from '../audit/place.ts'
import { isWorthReading } from '../audit/read-source.ts'
import { CODES } from './codes.ts'
import { applyEdits } from './edits.ts'
import { giversOf } from './giving.ts'
import { settleImports } from './javascript/imports.ts'
import { addDependency } from './manifest.ts'
import type { MigrateRemark, Note } from './remark.ts'
import type { MigrateRuleName } from './rules.ts'
import { openText, type TextFile } from './text-file.ts'
import { isBroken, readTree, type Tree } from './tree.ts'

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
 * @throws AuditError when the parsers are not installed.
 */
export async function migrateSources(
  sources: readonly Source[],
  options: MigrateOptions,
): Promise<Migration> {
  const migration: Migration = { files: [], remarks: [], problems: [] }
  const parsers = await loadParsers()
  const opened = await openAll(sources, migration.problems)
  const trees = readTrees(opened, parsers, migration.problems)
  const givers = giversIn(opened, trees)
  for (const one of opened) {
    const tree = trees.get(one.file)
    if (tree === undefined) continue
    const work =
      tree.grammar.language === 'python'
        ? migratePython(one, tree)
        : migrateJavaScript(one, tree, givers, options)
    finish(one, work, migration)
  }
  if (!options.skip?.has('manifests')) addDependencies(opened, migration, options.version)
  return migration
}

/** What came of one file. */
interface Work {
  text: string
  notes: readonly Note[]
}

function migrateJavaScript(
  one: Opened,
  tree: Tree,
  givers: ReadonlySet<string>,
  { skip }: MigrateOptions,
): Work {
  if (skip?.has('imports')) return { text: one.text, notes: [] }
  const isFirstGeneration = one.uses.some(({ code }) => code === 'legacy-client')
  const { edits, notes } = settleImports(tree, {
    isFirstGeneration,
    isGiving: givers.has(one.file),
    isRewritten: false,
  })
  return { text: applyEdits(one.text, edits), notes }
}

/** A file as it goes on: nothing keeps its imports alive on the SDK that no longer has them. */
function migratePython({ text, uses }: Opened, tree: Tree): Work {
  const [first] = uses.filter(({ code }) => /^legacy-(?:call|client|constant)$/.test(code))
  const isImporting = /^[ \t]*(?:import|from)[ \t]+anthropic\b/m.test(tree.source)
  return { text, notes: first && isImporting ? [{ code: 'python-import', at: first.start }] : [] }
}

const callsOf = (uses: readonly LegacyUse[]): LegacyUse[] => uses.filter(({ code }) => code === 'legacy-call')

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
    const own = uses.filter(({ file, severity }) => file === one.file && severity !== 'info')
    return { ...one, uses: applyIgnores(one.text, own).kept }
  })
}

function readTrees(opened: readonly Opened[], parsers: Parsers, problems: Problem[]): Map<string, Tree> {
  const trees = new Map<string, Tree>()
  for (const { file, text, uses } of opened) {
    if (!isWorthReading({ file, text })) continue
    const tree = readTree(file, text, parsers)
    if (tree !== undefined && !isBroken(tree)) trees.set(file, tree)
    else if (tree !== undefined && uses.length > 0)
      problems.push({ file, message: 'has syntax errors and was left as it is' })
  }
  return trees
}

/** The files whose clients others call completions on. */
function giversIn(opened: readonly Opened[], trees: ReadonlyMap<string, Tree>): Set<string> {
  return new Set(
    opened.flatMap(({ file, uses }) => {
      const tree = trees.get(file)
      if (tree === undefined || tree.grammar.language === 'python') return []
      return giversOf(file, tree, callsOf(uses), other => trees.has(other)).givers
    }),
  )
}

function finish({ file, before, text, restore }: Opened, work: Work, migration: Migration): void {
  const { lineOf } = placesIn(text)
  for (const { code, at, detail } of work.notes) {
    const { kind, message } = CODES[code]
    migration.remarks.push({
      file,
      line: lineOf(at) + 1,
      code,
      kind,
      message: detail === undefined ? message : `${message}: ${detail}`,
    })
  }
  const after = restore(work.text)
  if (after !== before) migration.files.push({ file, before, after })
}

/** The manifest that is nearest above each file that now imports this package is to name it. */
function addDependencies(opened: readonly Opened[], { files }: Migration, version: string): void {
  const manifests = opened.filter(({ file }) => /(?:^|\/)package\.json$/.test(file))
  const homes = new Set(
    files.flatMap(({ file, after }) => {
      if (!/["']legacy-completions["'/]/.test(after)) return []
      const above = manifests.filter(one => file.startsWith(one.file.slice(0, -'package.json'.length)))
      return above.sort((a, b) => b.file.length - a.file.length).slice(0, 1)
    }),
  )
  for (const { file, before, text, restore } of homes) {
    const after = restore(addDependency(text, 'legacy-completions', `^${version}`))
    if (after !== before) files.push({ file, before, after })
  }
}
