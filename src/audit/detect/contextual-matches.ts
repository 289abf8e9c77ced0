import type { Span } from '../../diagnostics/index.ts'
import { type NameToken, roleOf, type SourceTokens, type Word } from '../languages/source-tokens.ts'
import { locationsIn, type Match, matchAt } from '../legacy-use.ts'
import type { FileContext } from './file-context.ts'
import { CALL_NAME, mentionsOthers, OURS } from './patterns.ts'
import { isWrittenResponse, replyFieldsIn, replyShapeOf, wordOf } from './reply-fields.ts'
import { indexSpans, isWithin, lastAtMost } from './span-index.ts'

/** Types that wrappers of the legacy interface declare, such as `AnthropicCompletion`. */
const OUR_TYPES = /\b(?:Anthropic|Claude)\w*Completion/

/**
 * Returns whether a location is near a strong match: in the same function, or in a file that mentions no other vendor.
 */
export type IsNear = (location: Span) => boolean

/** A function or class named after the vendor, as in `parse_anthropic_response`. */
const OUR_NAME = /anthropic|claude/i
/** The largest distance in lines between a response written out in a text and a strong match. */
const LINES_OF_A_CASE = 10

/** Decides which matches count, by the vendors that the code around them mentions. */
export interface Context {
  /** Returns whether a parameter's name is only a variable: its function mentions another vendor and not Anthropic. */
  isOthers: (use: Match) => boolean
  nearTo: (strong: readonly Match[], evidence?: 'of calls' | 'of fields') => IsNear
}

/** Returns the tests for the matches of one source. Mentions of vendors are looked up once per function. */
export function contextOf(source: string, tokens: SourceTokens, file: FileContext): Context {
  const scopes = indexSpans(tokens.scopes)
  const mentions = new Map<Span, { others: boolean; ours: boolean }>()
  const mentionsOf = (scope: Span): { others: boolean; ours: boolean } => {
    const known = mentions.get(scope)
    if (known !== undefined) return known
    const body = source.slice(scope.start, scope.end)
    const made = { others: mentionsOthers(body), ours: OURS.test(body) }
    mentions.set(scope, made)
    return made
  }
  let hasOneVendor: boolean | undefined
  const isOfOneVendor = (): boolean => {
    hasOneVendor ??= !mentionsOthers(source)
    return hasOneVendor
  }
  return {
    isOthers(use) {
      if (use.code !== 'legacy-parameter' || use.isQuoted) return false
      const [scope] = scopes.around(use)
      if (scope === undefined || roleOf(source, use) === 'key') return false
      const { others, ours } = mentionsOf(scope)
      return others && !ours
    },
    nearTo(strong, evidence = 'of calls') {
      const isForFields = evidence === 'of fields'
      const signs = strong.filter(use => !use.isComment && use.code !== 'retired-messages-model')
      const starts = [...new Set(signs.map(({ start }) => start))].sort((a, b) => a - b)
      const upTo = (offset: number): number =>
        lastAtMost(starts.length, index => starts[index] ?? 0, offset) + 1
      const isKnown = new Set(starts)
      const shape = replyShapeOf(tokens)
      const isOurFile =
        (shape === 'certain' && !tokens.isData && isOfOneVendor()) ||
        ((signs.length > 0 ||
          shape !== undefined ||
          (isForFields && file.hasReplyType) ||
          OUR_TYPES.test(source)) &&
          (OURS.test(source) || OUR_NAME.test(file.path)) &&
          isOfOneVendor())
      if (signs.length === 0 && !isOurFile) return () => false
      return place => {
        for (const scope of scopes.around(place)) {
          const count = upTo(scope.end - 1) - upTo(scope.start - 1)
          if (count > (isKnown.has(place.start) ? 1 : 0)) return true
          const { others, ours } = mentionsOf(scope)
          if (others && !ours) return false
          if (isForFields && ours && !others && signs.length > 0 && OUR_NAME.test(headOf(source, scope)))
            return true
        }
        return isOurFile
      }
    },
  }
}

/** Returns the first line of a function, with its name. */
function headOf(source: string, { start }: Span): string {
  const from = source.lastIndexOf('\n', start) + 1
  return /^[^\n{]{0,200}/.exec(source.slice(from, from + 200))?.[0] ?? ''
}

/** Finds matches that count only near strong ones: fields of responses, sent prompts, and calls recognised by name. */
export function contextualMatches(
  source: string,
  tokens: SourceTokens,
  strong: readonly Match[],
  isNear: IsNear,
  isNearField: IsNear,
): Match[] {
  const all = tokens.tokens.filter(token => token.type !== 'comment')
  const words = all.filter(isNear)
  const sent = sentPrompts(source, words, tokens)
  return [
    ...replyFieldsIn(source, all.filter(isNearField), tokens).map(token => matchAt('legacy-reply', token)),
    ...writtenResponses(source, all, strong).map(token => matchAt('legacy-reply', token)),
    ...words.filter(sent).map(token => matchAt('legacy-prompt', token)),
    ...words
      .filter(token => token.type === 'name' && isCall(source, token, tokens.hasTree))
      .map(token => matchAt(/^invoke/i.test(wordOf(token)) ? 'legacy-invoke' : 'legacy-call', token)),
  ]
}

/** Returns the responses written out in texts next to a strong match, as in the cases of a test. */
function writtenResponses(source: string, words: readonly Word[], strong: readonly Match[]): Word[] {
  const written = words.filter(isWrittenResponse)
  if (written.length === 0) return []
  const { lineOf } = locationsIn(source)
  const lines = strong
    .filter(({ isComment }) => !isComment)
    .map(({ start }) => lineOf(start))
    .sort((a, b) => a - b)
  return written.filter(({ start }) => isWithin(lines, lineOf(start), LINES_OF_A_CASE))
}

function isCall(source: string, token: NameToken, hasTree: boolean): boolean {
  // In a source with a syntax tree, other calls are recognised by their arguments.
  if (!CALL_NAME.test(token.name) || (hasTree && !/^invoke/i.test(token.name))) return false
  const after = source.slice(token.end, token.end + 8)
  const before = source.slice(Math.max(0, token.start - 40), token.start)
  // `yield(.completion(text))` is a case of an enumeration in Swift.
  return /^\s*\((?!\s*\))/.test(after) && /(?:[\w$)\]}?!]\s*(?:\.|->|::)|\bnew )\s*$/.test(before)
}

const TYPE = /^\??\s*:\s*(?:readonly\s+)?(?:&?'?\w*\s+)?(?:string|str|String|Optional)\b(?!\()/
/** The largest distance in lines between the `prompt` of a body and its token limit. */
const LINES_OF_A_BODY = 10

/**
 * Returns a test for the `prompt` of a body: near its token limit, set in a map by name, or declared with a JSON tag.
 */
function sentPrompts(
  source: string,
  words: readonly Word[],
  { hasTree, calls }: SourceTokens,
): (token: Word) => boolean {
  const { lineOf } = locationsIn(source)
  const limits = words
    .filter(token => /max_?tokens_?to_?sample/i.test(wordOf(token)))
    .map(({ start }) => lineOf(start))
    .sort((a, b) => a - b)
  const keys = new Set(calls.flatMap(call => call.arguments.map(({ key }) => key.start)))
  const isNearLimit = (start: number): boolean => isWithin(limits, lineOf(start), LINES_OF_A_BODY)
  return token => {
    const word = wordOf(token)
    if (/\bjson:"prompt"/.test(word)) return true
    if (!/^prompt$/i.test(word)) return false
    const before = source.slice(Math.max(0, token.start - 40), token.start)
    const after = source.slice(token.end, token.end + 40)
    if (token.type === 'text' && /\(\s*$/.test(before) && /^\s*,/.test(after)) return true
    const role = roleOf(source, token)
    if (role === 'assigned-member') return true
    if (role === 'assigned' && hasTree) return keys.has(token.start)
    if ((role !== 'key' && role !== 'assigned') || TYPE.test(after)) return false
    return isNearLimit(token.start)
  }
}
