import { roleOf, type SourceTokens } from '../languages/source-tokens.ts'
import { locationsIn, type Match, matchAt } from '../legacy-use.ts'
import type { RuleCode } from '../rules.ts'
import { contextOf, contextualMatches } from './contextual-matches.ts'
import type { FileContext } from './file-context.ts'
import { CONSTANTS } from './patterns.ts'
import { replyShapeOf } from './reply-fields.ts'
import { indexSpans } from './span-index.ts'
import { addressesIn, strongMatches } from './strong-matches.ts'

/** The matches in one source, and the facts about it that other files need. */
export interface Finding {
  matches: Match[]
  /** Names of prompts that this file defines and that are distinctive enough to be searched for in other files. */
  defined: string[]
  /** Whether it declares the type of a completion. */
  hasReplyType?: boolean
  /** Whether it has the address of the API without a path. */
  hasAddress?: boolean
  /** Whether the source has a syntax error in its language. */
  isBroken?: boolean
}

/**
 * Finds the uses of the legacy interface in a source. Strong matches count alone. Contextual matches, such as a field
 * named `completion`, count only near strong ones: in the same function, or in a file that mentions no other vendor.
 */
export function findUses(source: string, tokens: SourceTokens, file: FileContext): Finding {
  const context = contextOf(source, tokens, file)
  const strong = strongMatches(source, tokens, file).filter(use => !context.isOthers(use))
  const names = definitions(source, strong)
  const followed = followNames(source, tokens, names, file.names, strong)
  const isNear = context.nearTo([...strong, ...followed])
  const isOnlyClient = strong.every(({ code }) => code === 'legacy-client')
  const kept = strong.filter(use => {
    // Current SDKs also export a `Client`, so the name counts only together with another match.
    if (use.code === 'legacy-client') return !isOnlyClient
    return !isVariable(source, use) || isNear(use)
  })
  const isNearField = context.nearTo([...strong, ...followed], 'of fields')
  const contextual = contextualMatches(source, tokens, strong, isNear, isNearField)
  const hasReplyType =
    tokens.isData !== true &&
    replyShapeOf(tokens) !== undefined &&
    contextual.some(({ code }) => code === 'legacy-reply')
  return {
    matches: inOrder(source, [...kept, ...followed, ...contextual]),
    defined: names.shared,
    hasReplyType,
    hasAddress: tokens.isData !== true && addressesIn(tokens).length > 0,
  }
}

/** Returns whether the name of a parameter may be an unrelated variable. */
function isVariable(source: string, use: Match): boolean {
  if (use.code !== 'legacy-parameter' || use.isComment || use.isQuoted) return false
  // `:max_tokens_to_sample` is a Ruby symbol.
  return (
    roleOf(source, use) === 'plain' && !/(?<!:):$/.test(source.slice(Math.max(0, use.start - 2), use.start))
  )
}

/** Codes that are reported once per line: `import { HUMAN_PROMPT, AI_PROMPT }` is one use. */
const ONE_A_LINE: ReadonlySet<RuleCode> = new Set([
  'legacy-constant',
  'legacy-parameter',
  'legacy-reply',
  'legacy-type',
])

/**
 * Sorts the matches and drops duplicates: constants within a prompt, the key of a prompt
 * whose text is on its line, and the name of a constant whose model is on its line.
 */
function inOrder(source: string, matches: readonly Match[]): Match[] {
  const { lineOf } = locationsIn(source)
  const prompts = matches.filter(({ prompt }) => prompt !== undefined)
  const inPrompts = indexSpans(prompts)
  const promptLines = new Set(prompts.map(({ start }) => lineOf(start)))
  const modelLines = new Set(
    matches.flatMap(({ code, isQuoted, start }) =>
      code === 'retired-model' && isQuoted ? [lineOf(start)] : [],
    ),
  )
  const seen = new Set<string>()
  return [...matches]
    .sort((a, b) => a.start - b.start || b.end - a.end)
    .filter(use => {
      const line = lineOf(use.start)
      if (use.code === 'legacy-constant' && inPrompts.covers(use)) return false
      if (use.code === 'legacy-prompt' && !use.prompt && promptLines.has(line)) return false
      if (use.code === 'retired-model' && !use.isQuoted && modelLines.has(line) && isGiven(source, use))
        return false
      const what = ONE_A_LINE.has(use.code)
        ? line
        : use.code === 'retired-model'
          ? modelKey(use, line)
          : use.start
      const key = `${use.code}:${what}`
      const isNew = !seen.has(key)
      seen.add(key)
      return isNew
    })
}

/** Returns whether a name is given a text, as in `Claude2 = "claude-2"`. */
function isGiven(source: string, { end }: Match): boolean {
  return /^\s*(?::[^=\n]{1,40})?\s*(?::?=|=>)\s*["'`]/.test(source.slice(end, end + 80))
}

/** Returns a key that is equal for two spellings of one model on a line, as in `ClaudeV2 = "claude-2"`. */
function modelKey({ model = '' }: Match, line: number): string {
  const id = /claude.*/.exec(model.toLowerCase())?.[0] ?? model
  return `${line}:${id.includes('instant')}:${id.replace(/\D/g, '')}`
}

interface Definitions {
  /** The names that this file defines, each with the code of its value. */
  local: Map<string, RuleCode>
  /** The retired models that the names hold. */
  models: Map<string, string>
  /** Names distinctive enough to be searched for in other files. */
  shared: string[]
}

/** The name before an `=`: the target of an assignment. */
const GIVEN_TO = /([\p{L}_$][\w$]*)\s*(?::\s*[^=\n;]{1,40})?\s*:?=\s*$/u
const TELLING =
  /human|assistant|asst|claude|anthropic|prompt|prefix|postfix|suffix|signal|marker|template|_url$|endpoint/i
const TOO_COMMON = /^(?:prompts?|prefix|suffix|template|text|content|message|_)$/i
const SHAREABLE = /^(?=.*(?:CLAUDE|ANTHROPIC|HUMAN|ASSISTANT))[A-Z][A-Z\d_]{7,}$/
const SHAREABLE_ADDRESS = /^(?=.*COMPLET)(?=.*(?:URL|ENDPOINT|PATH|ROUTE))[A-Z][A-Z\d_]{7,}$/
const FOLLOWED: ReadonlySet<RuleCode> = new Set([
  'legacy-constant',
  'legacy-prompt',
  'legacy-endpoint',
  'retired-model',
])
/** A name that says which model it holds, as in `claudeV2ModelID = "anthropic.claude-v2"`. */
const NAMES_MODEL = /claude\w*(?:\d|instant)/i

/** Returns the names that a file assigns labels, prompts and addresses to. */
function definitions(source: string, strong: readonly Match[]): Definitions {
  const local = new Map<string, RuleCode>()
  const models = new Map<string, string>()
  const shared: string[] = []
  for (const { code, start, end, isComment, isQuoted, model } of strong) {
    if (isComment || !FOLLOWED.has(code)) continue
    const opening = code === 'legacy-endpoint' || isQuoted ? openingQuote(source, start) : start
    const head = source.slice(Math.max(0, opening - 120), opening).replace(/(?:["'`]|[\w$]+\.)$/, '')
    const name = GIVEN_TO.exec(head)?.[1]
    if (name === undefined || CONSTANTS.test(name)) continue
    if (model !== undefined) {
      if (!NAMES_MODEL.test(name) || !/^["'`]/.test(source.slice(end, end + 1))) continue
      local.set(name, code)
      models.set(name, model)
      continue
    }
    const isConstant = name === name.toUpperCase()
    const isTelling = TELLING.test(name) && !TOO_COMMON.test(name)
    const isWhole = /^["'`]?\s*(?:[;,)\n]|$)/.test(source.slice(end, end + 4))
    if (isTelling && isWhole && (isConstant || code === 'legacy-constant')) local.set(name, code)
    else if (isConstant && code === 'legacy-constant') local.set(name, code)
    const isShareable = SHAREABLE.test(name) || (code === 'legacy-endpoint' && SHAREABLE_ADDRESS.test(name))
    if (local.has(name) && isShareable) shared.push(name)
  }
  return { local, models, shared }
}

/** Returns the offset of the quote that opens the text around an address. */
function openingQuote(source: string, at: number): number {
  const lineStart = source.lastIndexOf('\n', at) + 1
  return lineStart + Math.max(0, source.slice(lineStart, at).search(/["'`][^"'`]*$/))
}

/**
 * Finds the uses of names that hold prompts, defined here or in other files, and of the names that those are assigned
 * to, as in `humanPrompt = HUMAN_PROMPT`.
 */
function followNames(
  source: string,
  tokens: SourceTokens,
  { local, models }: Definitions,
  known: ReadonlySet<string>,
  strong: readonly Match[],
): Match[] {
  const codes = new Map<string, RuleCode>([
    ...[...known].map(
      name => [name, SHAREABLE_ADDRESS.test(name) ? 'legacy-endpoint' : 'legacy-prompt'] as const,
    ),
    ...local,
  ])
  const matches: Match[] = []
  const inStrong = indexSpans(strong)
  let names = [...codes.keys()]
  for (let round = 0; round < 2 && names.length > 0; round++) {
    const next: string[] = []
    for (const token of tokens.named(names)) {
      if (isImport(source, token.start) || inStrong.covers(token)) continue
      const code = codes.get(token.name) ?? 'legacy-prompt'
      const model = models.get(token.name)
      matches.push({ ...matchAt(code, token), ...(model !== undefined && { model }) })
      const given = GIVEN_TO.exec(source.slice(Math.max(0, token.start - 120), token.start))?.[1]
      if (given === undefined || codes.has(given) || !/human|assistant/i.test(given)) continue
      codes.set(given, code)
      next.push(given)
    }
    names = next
  }
  // The definition of a constant is a match already.
  return matches.filter(
    use => roleOf(source, use) !== 'assigned' || !local.has(source.slice(use.start, use.end)),
  )
}

function isImport(source: string, start: number): boolean {
  const line = source.slice(source.lastIndexOf('\n', start) + 1, start)
  return /^\s*(?:import|from|use|using|require|export\s*\{)\b/.test(line)
}
