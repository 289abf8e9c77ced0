import type { Span } from '../../diagnostics/index.ts'
import { type NameToken, roleOf, type SourceTokens, type TextToken } from '../languages/source-tokens.ts'
import { type Match, matchAt } from '../legacy-use.ts'
import { CALL_NAME, OTHERS, OURS } from './patterns.ts'

/** Whether a location is near a strong match: in its function, or in a file that speaks of no other vendor. */
export type IsNear = (locate: Span) => boolean

export function contextOf(source: string, tokens: SourceTokens, sure: readonly Match[]): IsNear {
  const signs = sure.filter(use => !use.isComment && use.code !== 'retired-messages-model')
  const isOurFile = (signs.length > 0 || hasReplyShape(tokens)) && OURS.test(source) && !OTHERS.test(source)
  if (signs.length === 0 && !isOurFile) return () => false
  const ofOthers = new Map<Span, boolean>()
  const isOfOthers = (scope: Span): boolean => {
    const known = ofOthers.get(scope) ?? OTHERS.test(source.slice(scope.start, scope.end))
    ofOthers.set(scope, known)
    return known
  }
  return locate => {
    for (const scope of scopesAround(tokens, locate)) {
      const isIn = ({ start }: Span): boolean => scope.start <= start && start < scope.end
      if (signs.some(sign => isIn(sign) && sign.start !== locate.start)) return true
      if (isOfOthers(scope)) return false
    }
    return isOurFile
  }
}

/** The functions around a location, the innermost first. */
function scopesAround({ scopes }: SourceTokens, locate: Span): Span[] {
  return scopes
    .filter(({ start, end }) => start <= locate.start && locate.end <= end)
    .sort((a, b) => b.start - a.start)
}

/** A variable that merely has the parameter's name is anybody's in a function that speaks of another vendor alone. */
export function isAnothers(source: string, tokens: SourceTokens, use: Match): boolean {
  if (use.code !== 'legacy-parameter') return false
  const [scope] = scopesAround(tokens, use)
  if (scope === undefined || roleOf(source, use) === 'key') return false
  const body = source.slice(scope.start, scope.end)
  return OTHERS.test(body) && !OURS.test(body)
}

/** What is of the old interface where sure signs are near: fields of replies, sent prompts, calls by name. */
export function contextualMatches(source: string, tokens: SourceTokens, isNear: IsNear): Match[] {
  const words = tokens.tokens.filter(token => token.type !== 'comment').filter(isNear)
  const limits = words.filter(token => /max_?tokens_?to_?sample/i.test(wordOf(token)))
  return [
    ...replies(source, words, tokens).map(token => matchAt('legacy-reply', token)),
    ...words
      .filter(token => isSentPrompt(source, token, limits, tokens))
      .map(token => matchAt('legacy-prompt', token)),
    ...words
      .filter(token => token.type === 'name' && isCall(source, token, tokens.hasTree))
      .map(token => matchAt('legacy-call', token)),
  ]
}

function replies(
  source: string,
  words: readonly (NameToken | TextToken)[],
  tokens: SourceTokens,
): (NameToken | TextToken)[] {
  const read = words.filter(token => isReplyField(source, token, tokens))
  if (!read.some(isCompletion)) return []
  const isDeclared = hasReplyShape(tokens) && !tokens.hasTree
  return [
    ...read,
    ...words.filter(token => isDeclared && token.type === 'name' && isReturnedField(source, token)),
  ]
}

/** Whether a source has the fields that only a completion has together. */
function hasReplyShape({ tokens }: SourceTokens): boolean {
  const names = new Set(tokens.flatMap(token => (token.type === 'comment' ? [] : [wordOf(token)])))
  return names.has('completion') && (names.has('stop_reason') || names.has('log_id'))
}

const wordOf = (token: NameToken | TextToken): string =>
  token.type === 'name' ? token.name : token.segment.text

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
  { hasTree, calls }: SourceTokens,
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

/** The field that only a completion has. */
const COMPLETION = /^completion$/
/** In languages that give fields capitals; elsewhere a capital names a type. */
const CAPITALISED = /^Completion$|^Stop$|^LogI[dD]$/
/** The other fields: they count only beside the first. `stop_reason` is in Messages replies too, and counts declared. */
const COMPANIONS = /^(?:stop_reason|stopReason|log_?id|logId|stop)$/
const IN_BOTH_APIS = /^stop_?reason$/i

const TYPE_BEFORE = /\b(?:[Ss]tring|str)\??\s+$/
const TYPE_BEHIND = /^\s+\*?string\b/
/** A declared type; a value there is a reply written down, as in the mock of a test. */
const DECLARED = /^\??["']?\s*:\s*(?:z\.|string\b|str\b|String\b|Option|\w+ \| null|StopReason\b|["'])/
/** Where a text names a field or an event: a map's key, a type, an annotation. */
const NAMED_BEFORE = /(?:[:|]|\.get\(|\.\w*[pP]roperty\w*\(|@\w+\()\s*$/
const NAMED_BEHIND = /^\s*(?:in\b|\|)/

/** Whether a word is read or declared as a field of a completion: the word alone is anybody's variable. */
export function isReplyField(source: string, token: NameToken | TextToken, tokens: SourceTokens): boolean {
  const role = roleOf(source, token)
  const after = source.slice(token.end, token.end + 24)
  const before = source.slice(Math.max(0, token.start - 24), token.start)
  if (token.type === 'text') {
    const { text } = token.segment
    if (/\bjson:"(?:completion|log_id|stop)[",]/.test(text)) return true
    if (!COMPLETION.test(text) && !COMPANIONS.test(text)) return false
    if (role === 'subscript') return !IN_BOTH_APIS.test(text)
    if (/@\w+\(\s*$/.test(before)) return true
    return COMPLETION.test(text) && (NAMED_BEFORE.test(before) || NAMED_BEHIND.test(after))
  }
  const { name } = token
  const isField =
    COMPLETION.test(name) || COMPANIONS.test(name) || (!tokens.hasTree && CAPITALISED.test(name))
  if (!isField) return false
  if (isTakenApart(source, token, tokens)) return true
  if (role === 'member' || role === 'assigned-member') return isRead(source, token, tokens)
  if (role === 'key') return DECLARED.test(after) && !(tokens.hasTree && /^\??\s*:\s*["']/.test(after))
  return role === 'plain' && (TYPE_BEFORE.test(before) || TYPE_BEHIND.test(after))
}

const IN_THEN = /\.then\(\s*(?:async\s*)?\(\{[^{}]*$/

/** Whether a field is one of `const { completion } = await client.completions.create(…)`, or of its `then`. */
function isTakenApart(source: string, { start, end }: NameToken, { calls }: SourceTokens): boolean {
  const before = source.slice(Math.max(0, start - 64), start)
  if (/:\s*$/.test(before)) return false
  const isIn = (span: Span): boolean => span.start < start && end < span.end && source[span.start] === '{'
  return calls.some(({ reply }) => reply !== undefined && isIn(reply.span)) || IN_THEN.test(before)
}

/** Where a getter hands out a declared field: `return completion;` */
export function isReturnedField(source: string, token: NameToken): boolean {
  const before = source.slice(Math.max(0, token.start - 16), token.start)
  return COMPLETION.test(token.name) && /\breturn\s+(?:this\.)?$/.test(before)
}

export function isCompletion(token: NameToken | TextToken): boolean {
  return /completion/i.test(token.type === 'name' ? token.name : token.segment.text)
}

/** Whether a member is a reply's: not a method, not an item of another vendor's list, not the `stop` of a request. */
function isRead(source: string, token: NameToken, { tokens }: SourceTokens): boolean {
  if (IN_BOTH_APIS.test(token.name) || /^\s*\((?!\s*\))/.test(source.slice(token.end, token.end + 4)))
    return false
  const owner = ownerOf(source, token)
  if (/(?:completions|choices|generations)\[[^\]]*\]\??$/.test(owner)) return false
  if (!/^stop$/i.test(token.name)) return true
  return tokens.some(
    other => other.type === 'name' && isCompletion(other) && ownerOf(source, other) === owner && owner !== '',
  )
}

/** What a member is a member of, as it is written before it. */
function ownerOf(source: string, { start }: Span): string {
  return /([\w$.[\]]+?)\??(?:\.|->)$/.exec(source.slice(Math.max(0, start - 60), start))?.[1] ?? ''
}
