import type { Severity } from '../../diagnostics/index.ts'
import type { LegacyUse } from '../legacy-use.ts'

/** Something that kept a file, or a part of it, from being read. */
export interface Problem {
  file: string
  message: string
}

/** What an audit comes to. Plain data. */
export interface AuditReport {
  version: 1
  /** The model that the code is to run on, where one was named. */
  target?: string
  /** How many files were looked at. */
  files: number
  uses: readonly ReportedUse[]
  /** How many uses comments ask to leave out, and how many the baseline has. */
  ignored: number
  known: number
  problems: readonly Problem[]
}

export interface ReportedUse extends LegacyUse {
  /** Stays the same when lines are moved. */
  fingerprint: string
}

/** Uses with their fingerprints. */
export function withFingerprints(uses: readonly LegacyUse[]): ReportedUse[] {
  const names = fingerprints(uses)
  return uses.map((use, index) => ({ ...use, fingerprint: names[index] ?? '' }))
}

/** Stands at the beginning of what is written of an audit. */
export const MADE_BY = 'legacy-completions audit'
const HEAD = 400
const OWN = new RegExp(`"madeBy": "${MADE_BY}"|<meta name="generator" content="${MADE_BY}">`)

/** Whether a text was written of an audit: its uses stand elsewhere. */
export function isOwnReport(text: string): boolean {
  return OWN.test(text.slice(0, HEAD))
}

/** The report as JSON, for other programs. */
export function toJson(report: AuditReport): string {
  return `${JSON.stringify({ madeBy: MADE_BY, ...report }, undefined, 2)}\n`
}

/** What is known and accepted: those uses are not reported again. */
export interface Baseline {
  version: 1
  madeBy: typeof MADE_BY
  uses: readonly { fingerprint: string; file: string; code: string; excerpt: string }[]
}

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

export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']

/** How many there are of each, the most first. */
export function countBy<T>(items: readonly T[], name: (item: T) => string): [name: string, count: number][] {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(name(item), (counts.get(name(item)) ?? 0) + 1)
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
}

/** The first two directories of a path: as much as says whose code it is. */
export function directoryOf(file: string): string {
  return file.split('/').slice(0, -1).slice(0, 2).join('/') || '.'
}

/** In one sentence. */
export function summary({ files, uses, ignored, known }: AuditReport): string {
  const inFiles = new Set(uses.map(({ file }) => file)).size
  const severities = SEVERITIES.map(one => `${uses.filter(({ severity }) => severity === one).length} ${one}`)
  const migratable = uses.filter(({ isMigratable }) => isMigratable).length
  const left = [
    ...(ignored > 0 ? [`${ignored} ignored`] : []),
    ...(known > 0 ? [`${known} in the baseline`] : []),
  ]
  const rest = left.length > 0 ? ` Not counted: ${left.join(', ')}.` : ''
  if (uses.length === 0) return `No use of Text Completions in ${files} files.${rest}`
  return `${uses.length} uses of Text Completions in ${inFiles} of ${files} files: ${severities.join(', ')}. migrate can take ${migratable} of them.${rest}`
}

/**
 * Names a use by what it is and not by where: the file, the rule, the text of its line, and which of the same it is.
 * Lines may be moved and indented anew without changing it.
 */
export function fingerprints(uses: readonly LegacyUse[]): string[] {
  const counts = new Map<string, number>()
  return uses.map(({ file, code, excerpt }) => {
    const name = hash(`${file}\n${code}\n${excerpt.trim().replace(/\s+/g, ' ')}`)
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return `${name}/${count}`
  })
}

/** FNV-1a in two halves: enough to tell lines apart, and nothing more is asked of it. */
function hash(text: string): string {
  return `${fnv1a(text, 0x811c9dc5)}${fnv1a(text, 0x01000193)}`
}

function fnv1a(text: string, seed: number): string {
  let sum = seed
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193)
  return (sum >>> 0).toString(16).padStart(8, '0')
}

/** A comment that says why a use is to stay, for the whole file or one line; for some rules or for all. */
const IGNORE =
  /legacy-completions-ignore(-file)?(?:[ \t]+([\w-]+(?:[ \t]*,[ \t]*[\w-]+)*))?[ \t]*(?::[ \t]*(.*))?/g

interface Ignore {
  /** The line it is for, from 1; `undefined` for the whole file. */
  line: number | undefined
  codes: readonly string[]
}

export interface Ignored {
  kept: LegacyUse[]
  ignored: LegacyUse[]
  /** The lines of comments that give no reason, and so ignore nothing. */
  unreasoned: number[]
}

/** Leaves out the uses that comments in their file ask to. */
export function applyIgnores(text: string, uses: readonly LegacyUse[]): Ignored {
  const { ignores, unreasoned } = readIgnores(text)
  const isIgnored = ({ line, code }: LegacyUse): boolean =>
    ignores.some(one => (one.line ?? line) === line && (one.codes.length === 0 || one.codes.includes(code)))
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
      // Alone in its line, it is for the next one.
      const isAlone = /^[\s/*#;<!-]*$/.test(line.slice(0, match.index))
      ignores.push({
        line: isFile === undefined ? index + (isAlone ? 2 : 1) : undefined,
        codes: codes.split(/[ \t]*,[ \t]*/).filter(code => code !== ''),
      })
    }
  }
  return { ignores, unreasoned }
}
