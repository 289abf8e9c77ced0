import { type Reading, roleOf } from '../languages/source-tokens.ts'
import { type Found, foundAt, placesIn } from '../legacy-use.ts'
import type { RuleCode } from '../rules.ts'
import { isAnothers, nearness, nearSigns } from './contextual-matches.ts'
import { CONSTANTS } from './patterns.ts'
import { sureSigns } from './strong-matches.ts'

export interface Finding {
  found: Found[]
  /** Names of prompts that this file defines, telling enough to be known elsewhere. */
  defined: string[]
  /** Whether the source is none that its language takes. */
  isBroken?: boolean
}

/**
 * What is of the old interface in a source. Sure signs count by themselves. Others, such as a field named
 * `completion`, count beside them: in the same function, or in a file that speaks of no other vendor.
 */
export function findUses(source: string, reading: Reading, known: KnownNames = new Set()): Finding {
  const sure = sureSigns(source, reading).filter(use => !isAnothers(source, reading, use))
  const names = definitions(source, sure)
  const followed = followNames(source, reading, names, known, sure)
  const isNear = nearness(source, reading, [...sure, ...followed])
  const isOnlyClient = sure.every(({ code }) => code === 'legacy-client')
  const kept = sure.filter(use => {
    // Later SDKs kept the name Client for their own: without anything to go with it, it says nothing.
    if (use.code === 'legacy-client') return !isOnlyClient
    const isVariable = use.code === 'legacy-parameter' && !use.isComment && roleOf(source, use) === 'plain'
    return !isVariable || isNear(use)
  })
  const found = [...kept, ...followed, ...nearSigns(source, reading, isNear)]
  return { found: inOrder(source, found), defined: names.shared }
}

/** Of these, one a line is enough to be told: `import { HUMAN_PROMPT, AI_PROMPT }`. */
const ONE_A_LINE: ReadonlySet<RuleCode> = new Set([
  'legacy-constant',
  'legacy-parameter',
  'legacy-reply',
  'legacy-type',
])

/** In order of place; what stands within a prompt is told with it, and the key of a prompt with its text. */
function inOrder(source: string, found: readonly Found[]): Found[] {
  const { lineOf } = placesIn(source)
  const prompts = found.filter(({ prompt }) => prompt !== undefined)
  const promptLines = new Set(prompts.map(({ start }) => lineOf(start)))
  const seen = new Set<string>()
  return [...found]
    .sort((a, b) => a.start - b.start || b.end - a.end)
    .filter(use => {
      const line = lineOf(use.start)
      const isWithin = prompts.some(one => one.start <= use.start && use.end <= one.end)
      if (use.code === 'legacy-constant' && isWithin) return false
      if (use.code === 'legacy-prompt' && !use.prompt && promptLines.has(line)) return false
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

/** `ClaudeV2 = "claude-2"` names one model twice. */
function modelKey({ model = '' }: Found, line: number): string {
  return `${line}:${model.toLowerCase().replace(/anthropic|[^a-z\d]|v(?=\d)/g, '')}`
}

/** Names that stand for prompts in one file and may be used in others. */
export type KnownNames = ReadonlySet<string>

interface Definitions {
  /** What a name of this file stands for. */
  local: Map<string, RuleCode>
  /** Names of prompts that are telling enough to be looked for in other files. */
  shared: string[]
}

/** The name that something is given to: the last one before the `=`. */
const GIVEN_TO = /([\p{L}_$][\w$]*)\s*(?::\s*[^=\n;]{1,40})?\s*:?=\s*$/u
const TELLING =
  /human|assistant|asst|claude|anthropic|prompt|prefix|postfix|suffix|signal|marker|template|_url$/i
const TOO_COMMON = /^(?:prompts?|prefix|suffix|template|text|content|message|_)$/i
const SHAREABLE = /^(?=.*(?:CLAUDE|ANTHROPIC|HUMAN|ASSISTANT))[A-Z][A-Z\d_]{7,}$/
const FOLLOWED: ReadonlySet<RuleCode> = new Set(['legacy-constant', 'legacy-prompt', 'legacy-endpoint'])

/** The names that labels, prompts and addresses are given to in a file. */
export function definitions(source: string, sure: readonly Found[]): Definitions {
  const local = new Map<string, RuleCode>()
  const shared: string[] = []
  for (const { code, start, end, isComment } of sure) {
    if (isComment || !FOLLOWED.has(code)) continue
    const opening = code === 'legacy-endpoint' ? openingQuote(source, start) : start
    const head = source.slice(Math.max(0, opening - 120), opening).replace(/(?:["'`]|[\w$]+\.)$/, '')
    const name = GIVEN_TO.exec(head)?.[1]
    if (name === undefined || CONSTANTS.test(name)) continue
    const isConstant = name === name.toUpperCase()
    const isTelling = TELLING.test(name) && !TOO_COMMON.test(name)
    const isWhole = /^["'`]?\s*(?:[;,)\n]|$)/.test(source.slice(end, end + 4))
    if (isTelling && isWhole && (isConstant || code === 'legacy-constant')) local.set(name, code)
    else if (isConstant && code === 'legacy-constant') local.set(name, code)
    if (local.has(name) && SHAREABLE.test(name)) shared.push(name)
  }
  return { local, shared }
}

/** Where the text begins that holds an address. */
function openingQuote(source: string, at: number): number {
  const lineStart = source.lastIndexOf('\n', at) + 1
  return lineStart + Math.max(0, source.slice(lineStart, at).search(/["'`][^"'`]*$/))
}

/**
 * The uses of names that stand for prompts, defined here or in other files, and of what those are given to:
 * `humanPrompt = HUMAN_PROMPT`.
 */
export function followNames(
  source: string,
  reading: Reading,
  { local }: Definitions,
  known: KnownNames,
  sure: readonly Found[],
): Found[] {
  const codes = new Map<string, RuleCode>([
    ...[...known].map(name => [name, 'legacy-prompt'] as const),
    ...local,
  ])
  const found: Found[] = []
  const isTold = (start: number, end: number): boolean =>
    sure.some(use => use.start <= start && end <= use.end)
  let names = [...codes.keys()]
  for (let round = 0; round < 2 && names.length > 0; round++) {
    const next: string[] = []
    for (const token of reading.named(names)) {
      if (isImport(source, token.start) || isTold(token.start, token.end)) continue
      const code = codes.get(token.name) ?? 'legacy-prompt'
      found.push(foundAt(code, token))
      const given = GIVEN_TO.exec(source.slice(Math.max(0, token.start - 120), token.start))?.[1]
      if (given === undefined || codes.has(given) || !/human|assistant/i.test(given)) continue
      codes.set(given, code)
      next.push(given)
    }
    names = next
  }
  // A constant is defined where a value is given to it, and that is told already.
  return found.filter(
    use => roleOf(source, use) !== 'assigned' || !local.has(source.slice(use.start, use.end)),
  )
}

function isImport(source: string, start: number): boolean {
  const line = source.slice(source.lastIndexOf('\n', start) + 1, start)
  return /^\s*(?:import|from|use|using|require|export\s*\{)\b/.test(line)
}
