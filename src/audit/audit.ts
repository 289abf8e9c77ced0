import { resolveModel } from '../translate/index.ts'
import { lintCall, lintPrompt } from './detect/lint.ts'
import { migratableIn } from './detect/migratable.ts'
import { loadParsers } from './languages/parsers.ts'
import { type LegacyUse, locationsIn, type Match } from './legacy-use.ts'
import { redact } from './report/quote.ts'
import type { Problem } from './report/report.ts'
import { type LintMessage, RULES } from './rules.ts'
import { findInSource, isWorthReading, type Source } from './source.ts'

export interface AuditOptions {
  /** The model that the code is to run on: each call then says what will happen to it there. */
  target?: string | undefined
  /** Whether to report retired models that only the Messages API served. @default false */
  messagesModels?: boolean | undefined
}

/**
 * Finds every use of the old interface in a set of files, in order of file and location. Names that stand for prompts
 * are followed from the file that defines them into the others.
 *
 * @throws AuditError where the runtime has no WebAssembly.
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

/** The same, and what kept a part of a file from being read. */
export async function findUsesIn(
  sources: readonly Source[],
  options: AuditOptions = {},
): Promise<{ uses: LegacyUse[]; problems: Problem[] }> {
  const read = sources.filter(isWorthReading)
  if (read.length === 0) return { uses: [], problems: [] }
  const parsers = await loadParsers(read.map(({ file }) => file))
  const first = read.map(source => ({ source, ...findInSource(source, parsers, new Set()) }))
  const shared = new Set(first.flatMap(({ defined }) => defined))
  const isAgain = (text: string, defined: readonly string[]): boolean =>
    [...shared].some(name => !defined.includes(name) && text.includes(name))
  const files = first.map(({ source, matches, defined }) => ({
    source,
    matches: isAgain(source.text, defined) ? findInSource(source, parsers, shared).matches : matches,
  }))
  const homes = files.flatMap(({ source, matches }) => (matches.some(isEvidence) ? [source.file] : []))
  const uses = files
    .flatMap(({ source, matches }) => {
      const kept = matches.filter(use => isKept(use, source.file, homes, options))
      return usesOf(source, kept, options)
    })
    .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start))
  const problems = first.flatMap(({ source, isBroken }) =>
    isBroken
      ? [
          {
            file: source.file,
            message: 'could not be parsed in whole; it was read around what was not understood',
          },
        ]
      : [],
  )
  return { uses, problems }
}

/** Code that needs an SDK with the old interface. */
function isEvidence({ code, isComment }: Match): boolean {
  return !isComment && ['legacy-call', 'legacy-client', 'legacy-constant', 'legacy-type'].includes(code)
}

function isKept(use: Match, file: string, homes: readonly string[], options: AuditOptions): boolean {
  if (use.code === 'retired-messages-model') {
    return options.messagesModels === true && resolveModel(use.model ?? '').retired !== undefined
  }
  const below = file.slice(0, file.lastIndexOf('/') + 1)
  return use.code !== 'old-sdk' || homes.some(home => home.startsWith(below))
}

function usesOf({ file, text }: Source, matches: readonly Match[], { target }: AuditOptions): LegacyUse[] {
  const { locate, line } = locationsIn(text)
  const isMigratable = migratableIn(file, text, matches)
  return matches.map(use => {
    const { kind, severity, message, fix } = RULES[use.code]
    const where = locate(use)
    return {
      file,
      code: use.code,
      kind,
      severity: use.isComment ? 'info' : severity,
      message: use.model === undefined ? message : aboutModel(use.model, message),
      fix,
      isMigratable: isMigratable(use),
      excerpt: redact(line(where.line)),
      ...where,
      ...(use.model !== undefined && { model: use.model }),
      ...(use.call && { call: use.call }),
      ...(use.prompt && { prompt: use.prompt }),
      lint: lintOf(use, target, text).map(({ span, ...lintMessage }) => ({
        ...lintMessage,
        ...locate(span),
      })),
    }
  })
}

function lintOf(use: Match, target: string | undefined, text: string): LintMessage[] {
  const isTagged = /\bprompt$/.test(text.slice(Math.max(0, use.start - 8), use.start))
  const inPrompt = use.prompt === undefined ? [] : lintPrompt(use.prompt, isTagged)
  const onTarget = use.call === undefined || target === undefined ? [] : lintCall(use.call, target, text)
  return [...inPrompt, ...onTarget]
}

function aboutModel(id: string, otherwise: string): string {
  const { retired } = resolveModel(id)
  if (retired === undefined) return otherwise
  return `${id} was retired on ${retired.retired}; its vendor names ${retired.replacement} in its place.`
}
