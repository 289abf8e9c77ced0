import type { Span } from '../diagnostics/index.ts'
import { type NameToken, type Reading, roleOf, type TextToken } from './reading.ts'

/** The field that only a completion has. */
const COMPLETION = /^completion$/
/** In languages that give fields capitals; elsewhere a capital names a type. */
const CAPITALISED = /^Completion$|^Stop$|^LogI[dD]$/
/** The other fields: they count only beside the first. `stop_reason` is in Messages replies too, and counts declared. */
const COMPANIONS = /^(?:stop_reason|stopReason|log_?id|logId|stop)$/
const IN_BOTH_APIS = /^stop_?reason$/i

const TYPE_BEFORE = /\b(?:[Ss]tring|str)\??\s+$/
const TYPE_BEHIND = /^\s+\*?string\b/
/** A declared type; a value in its place is a reply written down, as in the mock of a test. */
const DECLARED = /^\??["']?\s*:\s*(?:z\.|string\b|str\b|String\b|Option|\w+ \| null|StopReason\b|["'])/
/** Where a text names a field or an event: a map's key, a type, an annotation. */
const NAMED_BEFORE = /(?:[:|]|\.get\(|\.\w*[pP]roperty\w*\(|@\w+\()\s*$/
const NAMED_BEHIND = /^\s*(?:in\b|\|)/

/** Whether a word is read or declared as a field of a completion: the word alone is anybody's variable. */
export function isReplyField(source: string, token: NameToken | TextToken, reading: Reading): boolean {
  const role = roleOf(source, token)
  const after = source.slice(token.end, token.end + 24)
  const before = source.slice(Math.max(0, token.start - 24), token.start)
  if (token.type === 'text') {
    const { text } = token.piece
    if (/\bjson:"(?:completion|log_id|stop)[",]/.test(text)) return true
    if (!COMPLETION.test(text) && !COMPANIONS.test(text)) return false
    if (role === 'subscript') return !IN_BOTH_APIS.test(text)
    if (/@\w+\(\s*$/.test(before)) return true
    return COMPLETION.test(text) && (NAMED_BEFORE.test(before) || NAMED_BEHIND.test(after))
  }
  const { name } = token
  const isField =
    COMPLETION.test(name) || COMPANIONS.test(name) || (!reading.hasTree && CAPITALISED.test(name))
  if (!isField) return false
  if (isTakenApart(source, token, reading)) return true
  if (role === 'member' || role === 'assigned-member') return isRead(source, token, reading)
  if (role === 'key') return DECLARED.test(after) && !(reading.hasTree && /^\??\s*:\s*["']/.test(after))
  return role === 'plain' && (TYPE_BEFORE.test(before) || TYPE_BEHIND.test(after))
}

const IN_THEN = /\.then\(\s*(?:async\s*)?\(\{[^{}]*$/

/** Whether a field is one of `const { completion } = await client.completions.create(…)`, or of its `then`. */
function isTakenApart(source: string, { start, end }: NameToken, { calls }: Reading): boolean {
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
  return /completion/i.test(token.type === 'name' ? token.name : token.piece.text)
}

/** Whether a member is a reply's: not a method, not an item of another vendor's list, not the `stop` of a request. */
function isRead(source: string, token: NameToken, { tokens }: Reading): boolean {
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
