import { resolveModel } from '../translate/index.ts'
import { lintCall, lintPrompt } from './detect/lint.ts'
import { migratableIn } from './detect/migratable.ts'
import { languageOf } from './languages/languages.ts'
import { type LegacyUse, locationsIn, type Match } from './legacy-use.ts'
import { redact } from './report/quote.ts'
import { fixFor, type Host, type LintMessage, RULES } from './rules.ts'
import type { Source } from './source.ts'

function hostOf(file: string): Host {
  const language = languageOf(file)
  if (language === 'python' || language === 'notebook') return 'python'
  return language === 'typescript' || language === 'tsx' || language === 'markup' ? 'javascript' : 'other'
}

/** The model that the code will run on, and the day whose retirements apply. */
interface TargetModel {
  target?: string | undefined
  /** The day as YYYY-MM-DD. */
  today?: string | undefined
}

/** Describes matches for people: their locations, messages, remedies, and what a target model changes. */
export function describeMatches(
  { file, text }: Source,
  matches: readonly Match[],
  options: TargetModel,
): LegacyUse[] {
  const { locate, excerpt } = locationsIn(text)
  const isMigratable = migratableIn(file, text, matches)
  const host = hostOf(file)
  return matches.map(use => {
    const { kind, severity, message } = RULES[use.code]
    return {
      file,
      code: use.code,
      kind,
      severity: use.isComment ? 'info' : severity,
      message: use.model === undefined ? message : aboutModel(use.model, message, options.today),
      fix: fixFor(use.code, host),
      isMigratable: isMigratable(use),
      excerpt: redact(excerpt(use.start)),
      ...locate(use),
      ...(use.model !== undefined && { model: use.model }),
      ...(use.call && { call: use.call }),
      ...(use.prompt && { prompt: use.prompt }),
      lint: lintOf(use, options, text).map(({ span, ...message }) => ({ ...message, ...locate(span) })),
    }
  })
}

function lintOf(use: Match, { target, today }: TargetModel, text: string): LintMessage[] {
  const isTagged = /\bprompt$/.test(text.slice(Math.max(0, use.start - 8), use.start))
  const inPrompt = use.prompt === undefined ? [] : lintPrompt(use.prompt, isTagged)
  const onTarget =
    use.call === undefined || target === undefined ? [] : lintCall(use.call, target, text, today)
  return [...inPrompt, ...onTarget]
}

function aboutModel(id: string, otherwise: string, today: string | undefined): string {
  const { retired } = resolveModel(id, { today })
  if (retired === undefined) return otherwise
  return `${id} was retired on ${retired.retired}. Its recommended replacement is ${retired.replacement}.`
}

/** Moves every offset of a use, in place. This is safe because only this audit holds the object. */
export function shift(value: object, toOriginal: (offset: number) => number): void {
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'start' || key === 'end') Object.assign(value, { [key]: toOriginal(Number(inner)) })
    else if (key === 'offsets' && Array.isArray(inner))
      Object.assign(value, { offsets: inner.map(toOriginal) })
    else if (typeof inner === 'object' && inner !== null) shift(inner, toOriginal)
  }
}
