import type { Severity } from '../../diagnostics/index.ts'
import { isData, type Unread } from '../languages/languages.ts'
import type { LegacyUse } from '../legacy-use.ts'
import { STEERING } from './quote.ts'

/** A reason why a file, or a part of it, was not read. */
export interface Problem {
  file: string
  message: string
  /** Whether an unexpected error was the reason, so that the results of the file are missing. */
  isFailure?: true
}

/** The result of an audit, as plain data. */
export interface AuditReport {
  version: 1
  /** The id of the model that the code will run on, if `target` was given. */
  target?: string
  /** The number of files under the given paths, and of the programs that have a use. */
  files: number
  programs?: number
  /** The number of calls by what `migrate` does to them. */
  calls?: CallCounts
  uses: readonly ReportedUse[]
  /** The number of uses that comments suppress, and of those in the baseline. */
  ignored: number
  known: number
  /** The number of calls in the baseline, and how many of them no longer exist. */
  progress?: { calls: number; done: number }
  /** The number of files that were not read because of their kind. */
  unread?: Unread
  problems: readonly Problem[]
}

/**
 * What `migrate` does to a call:
 * - `rewritten`: stage 2 rewrites it.
 * - `stage-1`: stage 1 keeps it running on this package.
 * - `left`: a person has to rewrite it.
 * - `on-shim`: it already runs on this package.
 */
export type CallState = 'rewritten' | 'stage-1' | 'left' | 'on-shim'

/** What `migrate` does to one call, with the reason if a person has to act. */
export interface CallPlan {
  state: CallState
  /** Why stage 2 does not rewrite the call: a code of `migrate`, or the code of the use. */
  code?: string
  reason?: string
}

/** The number of calls by state, and their total. */
export type CallCounts = Readonly<Record<CallState, number>> & { readonly total: number }

/** A use as reports show it. */
export interface ReportedUse extends LegacyUse {
  /** Identifies the use. Stays the same when lines move. */
  fingerprint: string
  /** What `migrate` does to the call; absent for other uses. */
  plan?: CallPlan
}

/** Counts the calls among the uses by their state. */
export function countCalls(uses: readonly ReportedUse[]): CallCounts {
  const counts = { total: 0, rewritten: 0, 'stage-1': 0, left: 0, 'on-shim': 0 }
  for (const { code, plan } of uses) {
    if (code === 'legacy-call' || code === 'legacy-invoke') counts.total++
    if (plan !== undefined) counts[plan.state]++
  }
  return counts
}

/** Returns the uses with their fingerprints. */
export function withFingerprints(uses: readonly LegacyUse[]): ReportedUse[] {
  const names = fingerprints(uses)
  return uses.map((use, index) => ({ ...use, fingerprint: names[index] ?? '' }))
}

/** The text at the beginning of every report, by which a later audit recognises it. */
export const MADE_BY = 'legacy-completions audit'
const HEAD = 400
const OWN = new RegExp(`"madeBy": "${MADE_BY}"|<meta name="generator" content="${MADE_BY}">`)

/** Returns whether a text is a report of an audit. The uses that it quotes are in other files. */
export function isOwnReport(text: string): boolean {
  return OWN.test(text.slice(0, HEAD))
}

/** Writes the report as JSON, for other programs. */
export function toJson(report: AuditReport): string {
  // JSON allows characters in strings that control a terminal.
  const json = JSON.stringify({ madeBy: MADE_BY, ...report }, undefined, 2)
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return `${json.replace(STEERING, character => (character === '\n' ? character : character.split('').map(escaped).join('')))}\n`
}

/** Known uses that were accepted, and are not reported again. */
export interface Baseline {
  version: 1
  madeBy: typeof MADE_BY
  uses: readonly { fingerprint: string; file: string; code: string; excerpt: string }[]
}

/** Returns a baseline that accepts the given uses. */
export function baselineOf(uses: readonly ReportedUse[]): Baseline {
  return {
    version: 1,
    madeBy: MADE_BY,
    uses: uses.map(({ fingerprint, file, code, excerpt }) => ({
      fingerprint,
      file,
      code,
      excerpt: excerpt.trim(),
    })),
  }
}

/** The severities, the most severe first. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']

/** Counts the items by name, the largest count first. */
export function countBy<T>(items: readonly T[], name: (item: T) => string): [name: string, count: number][] {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(name(item), (counts.get(name(item)) ?? 0) + 1)
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
}

/** Returns the first two directories of a path, which usually identify the owner of the code. */
export function directoryOf(file: string): string {
  return file.split('/').slice(0, -1).slice(0, 2).join('/') || '.'
}

/** Many similar uses in data files of one folder. Reports show them in one line. */
export interface UseGroup {
  folder: string
  code: string
  uses: readonly ReportedUse[]
}

const MANY = 5

/** Separates large groups of similar uses in data files from all other uses. */
export function groupRecords(uses: readonly ReportedUse[]): { single: ReportedUse[]; groups: UseGroup[] } {
  const groups = new Map<string, { folder: string; code: string; uses: ReportedUse[] }>()
  for (const use of uses) {
    if (!isData(use.file)) continue
    const folder = use.file.split('/').slice(0, -1).join('/') || '.'
    const group = groups.get(`${folder}\n${use.code}`)
    if (group === undefined) groups.set(`${folder}\n${use.code}`, { folder, code: use.code, uses: [use] })
    else group.uses.push(use)
  }
  const many = [...groups.values()].filter(group => group.uses.length > MANY)
  const grouped = new Set(many.flatMap(group => group.uses))
  return { single: uses.filter(use => !grouped.has(use)), groups: many }
}

/** Returns a count with its noun: "1 file", "2 files". */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

/** Returns the totals in a few sentences. The first number is that of the calls. */
export function summary(report: AuditReport): string {
  const { files, uses, ignored, known, problems, unread, progress } = report
  const calls = report.calls ?? countCalls(uses)
  const inFiles = new Set(uses.map(({ file }) => file)).size
  const severities = SEVERITIES.map(one => uses.filter(({ severity }) => severity === one).length)
  const omitted = [
    ...(ignored > 0 ? [`${ignored} ignored`] : []),
    ...(known > 0 ? [`${known} in the baseline`] : []),
  ]
  const read = `${plural(files, 'file')}`
  const sentences = [
    uses.length === 0
      ? `No use of Text Completions in ${read}.`
      : `${plural(calls.total, 'call')} of Text Completions, ${plural(uses.length, 'use')} in all, in ${inFiles} of ${read}: ${plural(severities[0] ?? 0, 'error')}, ${plural(severities[1] ?? 0, 'warning')}, ${severities[2]} info.`,
    ...(uses.some(({ plan }) => plan !== undefined) ? [planned(calls)] : []),
    ...(progress === undefined
      ? []
      : [`${progress.done} of ${plural(progress.calls, 'call')} of the baseline are done.`]),
    ...(omitted.length > 0 ? [`Not counted: ${omitted.join(', ')}.`] : []),
    ...(unread && unread.generated + unread.binary > 0
      ? [`Not read: ${plural(unread.generated, 'generated file')}, ${plural(unread.binary, 'binary file')}.`]
      : []),
    ...(problems.length > 0 ? [`${plural(problems.length, 'file')} with problems.`] : []),
  ]
  return sentences.join(' ')
}

/** Returns a sentence about what `migrate` does to the calls. */
function planned(calls: CallCounts): string {
  const broken = calls.total - calls['on-shim']
  const states = [
    `migrate --stage 2 rewrites ${calls.rewritten}`,
    ...(calls['stage-1'] > 0 ? [`stage 1 keeps ${calls['stage-1']} running on legacy-completions`] : []),
    `${calls.left} ${calls.left === 1 ? 'is' : 'are'} left to a person`,
  ]
  const plan = broken > 0 ? `${states.join(', ')}.` : ''
  const running =
    calls['on-shim'] > 0
      ? `${plural(calls['on-shim'], 'call runs', 'calls run')} on legacy-completions already, ${broken} ${broken === 1 ? 'is' : 'are'} broken.`
      : ''
  return `${plan} ${running}`.trim()
}

/**
 * Returns a fingerprint for each use: from the file, the rule, the text of its line, and its number among equal ones.
 * It does not depend on line numbers or indentation.
 */
function fingerprints(uses: readonly LegacyUse[]): string[] {
  const counts = new Map<string, number>()
  return uses.map(({ file, code, excerpt }) => {
    const name = hash(`${file}\n${code}\n${excerpt.trim().replace(/\s+/g, ' ')}`)
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return `${name}/${count}`
  })
}

/** Hashes a text with two halves of FNV-1a. The hash only has to tell lines apart; it is not cryptographic. */
function hash(text: string): string {
  return `${fnv1a(text, 0x811c9dc5)}${fnv1a(text, 0x01000193)}`
}

function fnv1a(text: string, seed: number): string {
  let sum = seed
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193)
  return (sum >>> 0).toString(16).padStart(8, '0')
}

/**
 * Matches a comment that suppresses uses and gives a reason: in a whole file or on one line, for some codes or for all.
 */
const IGNORE =
  /legacy-completions-ignore(-file)?(?:[ \t]+([\w-]+(?:[ \t]*,[ \t]*[\w-]+)*))?[ \t]*(?::[ \t]*(.*))?/g

interface Ignore {
  /** The line that the comment applies to, counted from 1; `undefined` for the whole file. */
  line: number | undefined
  codes: readonly string[]
}

/** The uses of one file, separated by the comments that suppress some of them. */
export interface Ignored {
  kept: LegacyUse[]
  ignored: LegacyUse[]
  /** The lines of comments without a reason. Such comments suppress nothing. */
  unreasoned: number[]
}

/**
 * Separates the uses that comments in their file suppress. A comment is `legacy-completions-ignore: reason`, on the line
 * of the use or on a line of its own above it.
 *
 * @param text the text of the file that has these uses
 */
export function applyIgnores(text: string, uses: readonly LegacyUse[]): Ignored {
  const { ignores, unreasoned } = readIgnores(text)
  const wholeFile = ignores.filter(({ line }) => line === undefined)
  const byLine = new Map<number, Ignore[]>()
  for (const one of ignores)
    if (one.line !== undefined) byLine.set(one.line, [...(byLine.get(one.line) ?? []), one])
  const isIgnored = ({ line, code }: LegacyUse): boolean =>
    [...wholeFile, ...(byLine.get(line) ?? [])].some(
      ({ codes }) => codes.length === 0 || codes.includes(code),
    )
  return {
    kept: uses.filter(use => !isIgnored(use)),
    ignored: uses.filter(isIgnored),
    unreasoned,
  }
}

function readIgnores(text: string): { ignores: Ignore[]; unreasoned: number[] } {
  const ignores: Ignore[] = []
  const unreasoned: number[] = []
  if (!text.includes('legacy-completions-ignore')) return { ignores, unreasoned }
  for (const [index, line] of text.split('\n').entries()) {
    for (const match of line.matchAll(IGNORE)) {
      const [, isFile, codes = '', reason = ''] = match
      const given = reason.replace(/(?:\*\/|-->|#>|["',\s])+$/, '')
      if (given === '') {
        unreasoned.push(index + 1)
        continue
      }
      // A comment alone on its line applies to the next line.
      const isAlone = /^[\s/*#;<!-]*$/.test(line.slice(0, match.index))
      ignores.push({
        line: isFile === undefined ? index + (isAlone ? 2 : 1) : undefined,
        codes: codes.split(/[ \t]*,[ \t]*/).filter(code => code !== ''),
      })
    }
  }
  return { ignores, unreasoned }
}
