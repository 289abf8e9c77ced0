import {
  type AuditedFile,
  type AuditResult,
  type CallPlan,
  findUsesIn,
  type LegacyUse,
  type Problem,
  type Source,
} from '../audit/index.ts'
import { VERSION } from '../client/version.ts'
import { currentDay } from '../core/call-plan.ts'
import { type MigratedCall, type Migration, migrateSources } from '../migrate/index.ts'

/** Effect of `migrate` on each finding, determined by running it in memory. */
export interface MigrationPlan {
  /** Returns whether stage 2 removes the finding. */
  isRewritten: (use: LegacyUse) => boolean
  /** Returns the migration plan of a call. */
  planOf: (use: LegacyUse) => CallPlan
  /** The files that an unexpected error left without a plan. */
  problems: readonly Problem[]
}

/** Files that are planned together. Plain data, so that a thread can send it to another. */
export interface PlanTask {
  /** The files that `migrate` may rewrite. */
  files: readonly string[]
  /** The manifests of their directories and of those above. */
  manifests: readonly string[]
  /** The findings in the files, with their numbers among all findings. */
  uses: readonly NumberedUse[]
  /** What the audit found in each file, if it may be used for the plan. */
  audited: readonly AuditedFile[]
}

/** What the plan has to know about a finding. */
type NumberedUse = Pick<LegacyUse, 'file' | 'code' | 'line' | 'endLine' | 'excerpt' | 'fix' | 'isOnShim'> & {
  number: number
}

/** The plan of one task. Findings are named by their numbers. */
export interface PlannedTask {
  /** The findings that stage 2 removes. */
  removed: readonly number[]
  /** The plans of the calls that stage 2 leaves. */
  plans: readonly (readonly [use: number, plan: CallPlan])[]
  problems: readonly Problem[]
}

/** Names of the files that `migrate` may rewrite. */
const MIGRATED = /\.(?:[cm]?[jt]sx?|py|ipynb|vue|svelte)$/
/** Largest number of files whose syntax trees are in memory at once. */
const FILES_AT_ONCE = 40

/**
 * Divides the files of an audit into tasks.
 *
 * @param auditedFile returns what the audit found in a file
 */
export function planTasks(
  { uses, candidates, manifests }: Pick<AuditResult, 'uses' | 'candidates' | 'manifests'>,
  auditedFile: (file: string) => AuditedFile | undefined,
): PlanTask[] {
  const numbered = uses.map(
    ({ file, code, line, endLine, excerpt, fix, isOnShim }, number): NumberedUse => ({
      number,
      file,
      code,
      line,
      endLine,
      excerpt,
      fix,
      ...(isOnShim && { isOnShim }),
    }),
  )
  const own = groupBy(
    numbered.filter(({ file }) => MIGRATED.test(file)),
    ({ file }) => file,
  )
  const migrated = own.size > 0 ? candidates.filter(file => MIGRATED.test(file)) : []
  return chunksOf(migrated, manifests).flatMap((files): PlanTask[] => {
    const ownUses = files.flatMap(file => own.get(file) ?? [])
    if (ownUses.length === 0) return []
    return [
      {
        files,
        // A manifest applies to all files below its directory.
        manifests: manifests.filter(file => files.some(one => one.startsWith(directoryOf(file)))),
        uses: ownUses,
        audited: files.flatMap(file => auditedFile(file) ?? []),
      },
    ]
  })
}

/** Runs stage 2 of `migrate` in memory, and stage 1 for the calls that stage 2 cannot rewrite. */
export async function planTask(
  { files, manifests, uses, audited }: PlanTask,
  read: (file: string) => Source | undefined,
  onFile?: (file: string) => void | Promise<void>,
): Promise<PlannedTask> {
  const own = groupBy(uses, ({ file }) => file)
  const removed = new Set<NumberedUse>()
  const plans = new Map<NumberedUse, CallPlan>()
  const failures = new Map<string, Problem>()
  const noteFailures = ({ problems }: Migration): void => {
    for (const { file, message, isFailure } of problems)
      if (isFailure)
        failures.set(file, { file, message: `${message}, so migrate leaves its calls`, isFailure })
  }
  const sources = [...new Set([...files, ...manifests])].flatMap(file => read(file) ?? [])
  const known = new Map(audited.map(one => [one.file, one]))
  const options = {
    version: VERSION,
    today: currentDay(),
    audited: (file: string): AuditedFile | undefined => known.get(file),
  }
  const stage2 = await migrateSources(sources, { ...options, stage: 2, onFile })
  noteFailures(stage2)
  for (const file of files) {
    const after = stage2.files.find(changed => changed.file === file)?.after
    if (after !== undefined)
      for (const use of await removedUses(own.get(file) ?? [], { file, text: after })) removed.add(use)
    for (const use of own.get(file) ?? []) if (isCall(use)) removed.delete(use)
  }
  const open: NumberedUse[] = []
  for (const file of files) {
    const calls = (own.get(file) ?? []).filter(use => isCall(use) && use.isOnShim !== true)
    const outcomes = outcomesOf(
      calls,
      stage2.calls.filter(call => call.file === file),
    )
    for (const [index, use] of calls.entries()) {
      const outcome = outcomes[index]
      if (outcome?.state === 'rewritten') removed.add(use)
      else {
        open.push(use)
        plans.set(use, { state: 'left', ...reasonOf(use, outcome, stage2.diagnostics) })
      }
    }
  }
  if (open.length > 0) {
    const stage1 = await migrateSources(sources, { ...options, stage: 1 })
    noteFailures(stage1)
    for (const [file, calls] of groupBy(open, use => use.file)) {
      const outcomes = outcomesOf(
        calls,
        stage1.calls.filter(call => call.file === file),
      )
      for (const [index, use] of calls.entries()) {
        const plan = plans.get(use)
        if (plan && outcomes[index]?.state === 'kept') plans.set(use, { ...plan, state: 'stage-1' })
      }
    }
  }
  return {
    removed: [...removed].map(({ number }) => number),
    plans: [...plans].map(([{ number }, plan]) => [number, plan] as const),
    problems: [...failures.values()],
  }
}

/** Returns the plan of an audit by the plans of its tasks. */
export function planOfTasks(
  uses: readonly LegacyUse[],
  planned: readonly PlannedTask[],
  problems: readonly Problem[],
): MigrationPlan {
  const numbers = new Map(uses.map((use, number) => [use, number]))
  const removed = new Set(planned.flatMap(task => task.removed))
  const plans = new Map(planned.flatMap(task => task.plans))
  const isRewritten = (use: LegacyUse): boolean => removed.has(numbers.get(use) ?? -1)
  return {
    isRewritten,
    planOf(use) {
      if (use.isOnShim) return { state: 'on-shim' }
      if (isRewritten(use)) return { state: 'rewritten' }
      return plans.get(numbers.get(use) ?? -1) ?? { state: 'left', code: use.code, reason: use.fix }
    },
    problems: [...planned.flatMap(task => task.problems), ...problems].sort((a, b) =>
      a.file < b.file ? -1 : a.file > b.file ? 1 : 0,
    ),
  }
}

export const isCall = ({ code }: Pick<LegacyUse, 'code'>): boolean =>
  code === 'legacy-call' || code === 'legacy-invoke'

/** Returns the findings that are no longer in a file. Compares them by text, because line numbers may have changed. */
async function removedUses(before: readonly NumberedUse[], after: Source): Promise<NumberedUse[]> {
  const { uses, problems } = await findUsesIn([after])
  if (problems.some(({ isFailure }) => isFailure)) return []
  const remaining = new Map<string, number>()
  for (const use of uses) remaining.set(keyOf(use), (remaining.get(keyOf(use)) ?? 0) + 1)
  return before.filter(use => {
    const count = remaining.get(keyOf(use)) ?? 0
    if (count > 0) remaining.set(keyOf(use), count - 1)
    return count === 0
  })
}

const keyOf = ({ code, excerpt }: Pick<LegacyUse, 'code' | 'excerpt'>): string => `${code}\n${excerpt.trim()}`

/** Returns the outcome of each call, matched by line. */
function outcomesOf(
  calls: readonly NumberedUse[],
  outcomes: readonly MigratedCall[],
): (MigratedCall | undefined)[] {
  const waiting = [...outcomes]
  return calls.map(({ line, endLine }) => {
    const at = waiting.findIndex(one => one.line >= line && one.line <= endLine)
    return at === -1 ? undefined : waiting.splice(at, 1)[0]
  })
}

function reasonOf(
  { file, code, fix }: NumberedUse,
  outcome: MigratedCall | undefined,
  diagnostics: Migration['diagnostics'],
): Pick<CallPlan, 'code' | 'reason'> {
  if (outcome?.code === undefined) return { code, reason: fix }
  // The reason may be reported on another line: where the prompt is built, or where the response is read.
  const [nearest] = diagnostics
    .filter(one => one.file === file && one.code === outcome.code)
    .sort((a, b) => Math.abs(a.line - outcome.line) - Math.abs(b.line - outcome.line))
  return { code: outcome.code, reason: nearest ? sentence(nearest.message) : fix }
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`

/**
 * Groups files into chunks that bound the memory. Files of one program stay together if they fit, because a client that
 * is created in one file may be used in another.
 */
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
