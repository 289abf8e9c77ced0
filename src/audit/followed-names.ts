import { type Found, foundAt } from './found.ts'
import { type Reading, roleOf } from './reading.ts'
import type { RuleCode } from './rules.ts'
import { CONSTANTS } from './words.ts'

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
