import { type AuditResult, type CallPlan, findUsesIn, type LegacyUse, type Source } from '../audit/index.ts'
import { VERSION } from '../client/version.ts'
import { type Migration, migrateSources } from '../migrate/index.ts'

/** What `migrate` does to each use, found by running it in memory. */
export interface MigrationPlan {
  /** The uses that stage 2 removes. */
  isRewritten: (use: LegacyUse) => boolean
  /** The state of a call. */
  planOf: (use: LegacyUse) => CallPlan
}

/** Files that `migrate` may rewrite. */
const MIGRATED = /\.(?:[cm]?[jt]sx?|py|ipynb|vue|svelte)$/
/** The syntax trees of so many files are in memory at once. */
const FILES_AT_ONCE = 40

/** Runs stage 2 of `migrate` in memory, and stage 1 for the calls that stage 2 leaves. */
export async function planMigration(
  { uses, candidates, manifests }: Pick<AuditResult, 'uses' | 'candidates' | 'manifests'>,
  read: (file: string) => Source | undefined,
): Promise<MigrationPlan> {
  const own = groupBy(
    uses.filter(({ file }) => MIGRATED.test(file)),
    ({ file }) => file,
  )
  const rewritten = new Set<LegacyUse>()
  const plans = new Map<LegacyUse, CallPlan>()
  for (const files of chunksOf(
    own.size > 0 ? candidates.filter(file => MIGRATED.test(file)) : [],
    manifests,
  )) {
    if (!files.some(file => own.has(file))) continue
    // A manifest belongs to the files below its folder.
    const above = manifests.filter(file => files.some(one => one.startsWith(directoryOf(file))))
    const sources = [...new Set([...files, ...above])].flatMap(file => read(file) ?? [])
    const isOf = ({ file }: { file: string }): boolean => files.includes(file)
    const stage2 = await migrateSources(sources, { stage: 2, version: VERSION })
    const left = stage2.remarks.filter(remark => isOf(remark) && remark.kind === 'left')
    for (const file of files) {
      const after = stage2.files.find(changed => changed.file === file)?.after
      if (after !== undefined)
        for (const use of await removedUses(own.get(file) ?? [], { file, text: after })) rewritten.add(use)
    }
    const calls = files.flatMap(file => (own.get(file) ?? []).filter(isCall))
    const remaining = calls.filter(use => !rewritten.has(use) && use.isOnShim !== true)
    const onShim = remaining.length > 0 ? await filesOnShim(sources) : new Set<string>()
    for (const use of remaining) plans.set(use, leftPlan(use, left, onShim.has(use.file)))
  }
  return {
    isRewritten: use => rewritten.has(use),
    planOf(use) {
      if (use.isOnShim) return { state: 'on-shim' }
      if (rewritten.has(use)) return { state: 'rewritten' }
      return plans.get(use) ?? { state: 'left', code: use.code, reason: use.fix }
    },
  }
}

export const isCall = ({ code }: LegacyUse): boolean => code === 'legacy-call' || code === 'legacy-invoke'

/** The uses that are not in a file any more. Lines may have moved, so they are compared by their text. */
async function removedUses(before: readonly LegacyUse[], after: Source): Promise<LegacyUse[]> {
  const { uses } = await findUsesIn([after])
  const remaining = new Map<string, number>()
  for (const use of uses) remaining.set(keyOf(use), (remaining.get(keyOf(use)) ?? 0) + 1)
  return before.filter(use => {
    const count = remaining.get(keyOf(use)) ?? 0
    if (count > 0) remaining.set(keyOf(use), count - 1)
    return count === 0
  })
}

const keyOf = ({ code, excerpt }: LegacyUse): string => `${code}\n${excerpt.trim()}`

/** The files whose calls run on this package after stage 1. */
async function filesOnShim(sources: readonly Source[]): Promise<Set<string>> {
  const { files }: Migration = await migrateSources(sources, { stage: 1, version: VERSION })
  const changed = new Map(files.map(({ file, after }) => [file, after]))
  const { uses } = await findUsesIn(
    sources.map(({ file, text }) => ({ file, text: changed.get(file) ?? text })),
  )
  return new Set(uses.flatMap(({ file, isOnShim }) => (isOnShim ? [file] : [])))
}

function leftPlan(
  { file, line, endLine, call, code, fix }: LegacyUse,
  left: Migration['remarks'],
  isOnShim: boolean,
): CallPlan {
  const state = isOnShim ? 'stage-1' : 'left'
  // The reason is at the call, at one of its arguments, or where its response is read.
  const last = call?.prompt === undefined ? endLine : endLine + LINES_OF_A_CALL
  const own = left.filter(one => one.file === file)
  const near = own.filter(one => one.line >= line - 1 && one.line <= last)
  const nearest = [...(near.length > 0 ? near : own)].sort(
    (a, b) => Math.abs(a.line - line) - Math.abs(b.line - line),
  )[0]
  if (nearest !== undefined) return { state, code: nearest.code, reason: sentence(nearest.message) }
  return { state, code, reason: fix }
}

const LINES_OF_A_CALL = 40

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`

/** Programs stay together as far as that bounds the memory: a client of one file is used in another. */
function chunksOf(files: readonly string[], manifests: readonly string[]): string[][] {
  const roots = [...new Set(manifests.map(directoryOf))].sort((a, b) => b.length - a.length)
  const programs = groupBy(files, file => roots.find(root => file.startsWith(root)) ?? '')
  const chunks: string[][] = []
  for (const program of programs.values()) {
    const last = chunks.at(-1)
    if (last !== undefined && last.length + program.length <= FILES_AT_ONCE) last.push(...program)
    else
      for (let at = 0; at < program.length; at += FILES_AT_ONCE)
        chunks.push(program.slice(at, at + FILES_AT_ONCE))
  }
  return chunks
}

const directoryOf = (file: string): string => file.slice(0, file.lastIndexOf('/') + 1)

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return groups
}
