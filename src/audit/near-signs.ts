import type { Span } from '../diagnostics/index.ts'
import { type Found, foundAt } from './found.ts'
import { type NameToken, type Reading, roleOf, type TextToken } from './reading.ts'
import { isCompletion, isReplyField, isReturnedField } from './reply.ts'
import { CALL_NAME, OTHERS, OURS } from './words.ts'

/** Whether a place is near a sure sign: in its function, or in a file that speaks of no other vendor. */
export type IsNear = (place: Span) => boolean

export function nearness(source: string, reading: Reading, sure: readonly Found[]): IsNear {
  const signs = sure.filter(use => !use.isComment && use.code !== 'retired-messages-model')
  const isOurFile = (signs.length > 0 || hasReplyShape(reading)) && OURS.test(source) && !OTHERS.test(source)
  if (signs.length === 0 && !isOurFile) return () => false
  const ofOthers = new Map<Span, boolean>()
  const isOfOthers = (scope: Span): boolean => {
    const known = ofOthers.get(scope) ?? OTHERS.test(source.slice(scope.start, scope.end))
    ofOthers.set(scope, known)
    return known
  }
  return place => {
    for (const scope of scopesAround(reading, place)) {
      const isIn = ({ start }: Span): boolean => scope.start <= start && start < scope.end
      if (signs.some(sign => isIn(sign) && sign.start !== place.start)) return true
      if (isOfOthers(scope)) return false
    }
    return isOurFile
  }
}

/** The functions around a place, the innermost first. */
function scopesAround({ scopes }: Reading, place: Span): Span[] {
  return scopes
    .filter(({ start, end }) => start <= place.start && place.end <= end)
    .sort((a, b) => b.start - a.start)
}

/** A variable that merely has the parameter's name is anybody's in a function that speaks of another vendor alone. */
export function isAnothers(source: string, reading: Reading, use: Found): boolean {
  if (use.code !== 'legacy-parameter') return false
  const [scope] = scopesAround(reading, use)
  if (scope === undefined || roleOf(source, use) === 'key') return false
  const body = source.slice(scope.start, scope.end)
  return OTHERS.test(body) && !OURS.test(body)
}

/** What is of the old interface where sure signs are near: fields of replies, sent prompts, calls by name. */
export function nearSigns(source: string, reading: Reading, isNear: IsNear): Found[] {
  const words = reading.tokens.filter(token => token.type !== 'comment').filter(isNear)
  const limits = words.filter(token => /max_?tokens_?to_?sample/i.test(wordOf(token)))
  return [
    ...replies(source, words, reading).map(token => foundAt('legacy-reply', token)),
    ...words
      .filter(token => isSentPrompt(source, token, limits, reading))
      .map(token => foundAt('legacy-prompt', token)),
    ...words
      .filter(token => token.type === 'name' && isCall(source, token, reading.hasTree))
      .map(token => foundAt('legacy-call', token)),
  ]
}

function replies(
  source: string,
  words: readonly (NameToken | TextToken)[],
  reading: Reading,
): (NameToken | TextToken)[] {
  const read = words.filter(token => isReplyField(source, token, reading))
  if (!read.some(isCompletion)) return []
  const isDeclared = hasReplyShape(reading) && !reading.hasTree
  return [
    ...read,
    ...words.filter(token => isDeclared && token.type === 'name' && isReturnedField(source, token)),
  ]
}

/** Whether a source has the fields that only a completion has together. */
function hasReplyShape({ tokens }: Reading): boolean {
  const names = new Set(tokens.flatMap(token => (token.type === 'comment' ? [] : [wordOf(token)])))
  return names.has('completion') && (names.has('stop_reason') || names.has('log_id'))
}

const wordOf = (token: NameToken | TextToken): string =>
  token.type === 'name' ? token.name : token.piece.text

function isCall(source: string, token: NameToken, hasTree: boolean): boolean {
  // With a tree, only what Bedrock takes is told by its name; the rest is told by its arguments.
  if (!CALL_NAME.test(token.name) || (hasTree && !/^invoke/i.test(token.name))) return false
  const after = source.slice(token.end, token.end + 8)
  const before = source.slice(Math.max(0, token.start - 40), token.start)
  return /^\s*\((?!\s*\))/.test(after) && /(?:\.|->|::|\bnew )\s*$/.test(before)
}

const TYPE = /^\??\s*:\s*(?:readonly\s+)?(?:&?'?\w*\s+)?(?:string|str|String|Optional)\b(?!\()/

/** The `prompt` of a body: beside the limit of tokens, put into a map by name, or declared with its tag. */
function isSentPrompt(
  source: string,
  token: NameToken | TextToken,
  limits: readonly Span[],
  { hasTree, calls }: Reading,
): boolean {
  const word = wordOf(token)
  if (/\bjson:"prompt"/.test(word)) return true
  if (!/^prompt$/i.test(word)) return false
  const before = source.slice(Math.max(0, token.start - 40), token.start)
  const after = source.slice(token.end, token.end + 40)
  if (token.type === 'text' && /\(\s*$/.test(before) && /^\s*,/.test(after)) return true
  const role = roleOf(source, token)
  if (role === 'assigned-member') return true
  if (role === 'assigned' && hasTree) {
    return calls.some(call => call.arguments.some(({ key }) => key.start === token.start))
  }
  if ((role !== 'key' && role !== 'assigned') || TYPE.test(after)) return false
  return limits.some(({ start }) => linesBetween(source, start, token.start) <= 10)
}

function linesBetween(source: string, a: number, b: number): number {
  return source.slice(Math.min(a, b), Math.max(a, b)).split('\n').length - 1
}
