import type { Span } from '../../diagnostics/index.ts'
import { type NameToken, roleOf, type SourceTokens, type TextToken } from '../languages/source-tokens.ts'
import { locationsIn, type Match, matchAt } from '../legacy-use.ts'
import { CALL_NAME, mentionsOthers, OURS } from './patterns.ts'
import { indexSpans, lastAtMost } from './span-index.ts'

/** Types that wrappers of the legacy interface declare, such as `AnthropicCompletion`. */
const OUR_TYPES = /\b(?:Anthropic|Claude)\w*Completion/

/**
 * Returns whether a location is near a strong match: in the same function, or in a file that mentions no other vendor.
 */
export type IsNear = (location: Span) => boolean

type Word = NameToken | TextToken

/** Decides which matches count, by the vendors that the code around them mentions. */
export interface Context {
  /** Returns whether a parameter's name is only a variable: its function mentions another vendor and not Anthropic. */
  isOthers: (use: Match) => boolean
  nearTo: (strong: readonly Match[]) => IsNear
}

/** Returns the tests for the matches of one source. Mentions of vendors are looked up once per function. */
export function contextOf(source: string, tokens: SourceTokens): Context {
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
  return {
    isOthers(use) {
      if (use.code !== 'legacy-parameter' || use.isQuoted) return false
      const [scope] = scopes.around(use)
      if (scope === undefined || roleOf(source, use) === 'key') return false
      const { others, ours } = mentionsOf(scope)
      return others && !ours
    },
    nearTo(strong) {
      const signs = strong.filter(use => !use.isComment && use.code !== 'retired-messages-model')
      const starts = [...new Set(signs.map(({ start }) => start))].sort((a, b) => a - b)
      const upTo = (offset: number): number =>
        lastAtMost(starts.length, index => starts[index] ?? 0, offset) + 1
      const isKnown = new Set(starts)
      const isOurFile =
        (signs.length > 0 || hasReplyShape(tokens) || OUR_TYPES.test(source)) &&
        OURS.test(source) &&
        !mentionsOthers(source)
      if (signs.length === 0 && !isOurFile) return () => false
      return place => {
        for (const scope of scopes.around(place)) {
          const count = upTo(scope.end - 1) - upTo(scope.start - 1)
          if (count > (isKnown.has(place.start) ? 1 : 0)) return true
          const { others, ours } = mentionsOf(scope)
          if (others && !ours) return false
        }
        return isOurFile
      }
    },
  }
}

/** Finds matches that count only near strong ones: fields of responses, sent prompts, and calls recognised by name. */
export function contextualMatches(source: string, tokens: SourceTokens, isNear: IsNear): Match[] {
  const words = tokens.tokens.filter(token => token.type !== 'comment').filter(isNear)
  const sent = sentPrompts(source, words, tokens)
  return [
    ...replies(source, words, tokens).map(token => matchAt('legacy-reply', token)),
    ...words.filter(sent).map(token => matchAt('legacy-prompt', token)),
    ...words
      .filter(token => token.type === 'name' && isCall(source, token, tokens.hasTree))
      .map(token => matchAt(/^invoke/i.test(wordOf(token)) ? 'legacy-invoke' : 'legacy-call', token)),
  ]
}

function replies(source: string, words: readonly Word[], tokens: SourceTokens): Word[] {
  const fields = replyFields(source, tokens)
  const read = words.filter(fields)
  if (!read.some(isCompletion)) return []
  const isDeclared = hasReplyShape(tokens) && !tokens.hasTree
  return [
    ...read,
    ...words.filter(token => isDeclared && token.type === 'name' && isReturnedField(source, token)),
  ]
}

/** Returns whether a source names `completion` together with `stop_reason` or `log_id`, as only a completion does. */
function hasReplyShape({ tokens }: SourceTokens): boolean {
  const names = new Set(tokens.flatMap(token => (token.type === 'comment' ? [] : [wordOf(token)])))
  return names.has('completion') && (names.has('stop_reason') || names.has('log_id'))
}

const wordOf = (token: Word): string => (token.type === 'name' ? token.name : token.segment.text)

function isCall(source: string, token: NameToken, hasTree: boolean): boolean {
  // In a source with a syntax tree, other calls are recognised by their arguments.
  if (!CALL_NAME.test(token.name) || (hasTree && !/^invoke/i.test(token.name))) return false
  const after = source.slice(token.end, token.end + 8)
  const before = source.slice(Math.max(0, token.start - 40), token.start)
  return /^\s*\((?!\s*\))/.test(after) && /(?:\.|->|::|\bnew )\s*$/.test(before)
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
  const isNearLimit = (start: number): boolean => {
    const line = lineOf(start)
    const at = lastAtMost(limits.length, index => limits[index] ?? 0, line)
    return [limits[at], limits[at + 1]].some(
      limit => limit !== undefined && Math.abs(limit - line) <= LINES_OF_A_BODY,
    )
  }
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

/** The field that no other response has. */
const COMPLETION = /^completion$/
/** The capitalised fields of languages such as Go and C#. In other languages a capital begins the name of a type. */
const CAPITALISED = /^Completion$|^Stop$|^LogI[dD]$/
/**
 * Fields that count only if `completion` is also present. Messages responses have `stop_reason` too, so it counts only
 * where it is declared.
 */
const COMPANIONS = /^(?:stop_reason|stopReason|log_?id|logId|stop)$/
const IN_BOTH_APIS = /^stop_?reason$/i

const TYPE_BEFORE = /\b(?:[Ss]tring|str)\??\s+$/
const TYPE_BEHIND = /^\s+\*?string\b/
/** A declared type, or a literal value, as a mock in a test has it. */
const DECLARED = /^\??["']?\s*:\s*(?:z\.|string\b|str\b|String\b|Option|\w+ \| null|StopReason\b|["'])/
/** Code before a text that names a field or an event: the key of a map, a type, an annotation. */
const NAMED_BEFORE = /(?:[:|]|\.get\(|\.\w*[pP]roperty\w*\(|@\w+\()\s*$/
const NAMED_BEHIND = /^\s*(?:in\b|\|)/

/** Code before a text that names a field in a mapping: an attribute, or a getter. */
const FIELD_NAMED_BEFORE = new RegExp(
  '(?:\\.(?:dig|fetch|get|pluck|path|opt|value)\\(|' +
    '\\b(?:get|opt|try_?get|read|has)\\w*\\(|' +
    '\\b\\w*(?:json|serial|property|rename|alias|key|field)\\w*\\s*[(=]\\s*)\\s*$',
  'i',
)
/** A response written out inside a text, as in a test or a recording. */
const WRITTEN_FIELD = /^\s*"completion"\s*:/
const WRITTEN_RESPONSE = /^\s*(?:data: ?)?\{[\s\S]*?\\?"completion\\?"\s*:/

/**
 * Returns a test for words that are read or declared as fields of a completion. A bare `completion` may be any
 * variable, so the test looks at the code around it.
 */
function replyFields(source: string, tokens: SourceTokens): (token: Word) => boolean {
  const owners = new Set(
    tokens.tokens.flatMap(token =>
      token.type === 'name' && isCompletion(token) ? [ownerOf(source, token)] : [],
    ),
  )
  const taken = indexSpans(
    tokens.calls.flatMap(({ reply }) => (reply && source[reply.span.start] === '{' ? [reply.span] : [])),
  )
  const isRecord = tokens.isData && hasReplyShape(tokens)
  return token => {
    const role = roleOf(source, token)
    const after = source.slice(token.end, token.end + 24)
    const before = source.slice(Math.max(0, token.start - 40), token.start)
    if (token.type === 'text') {
      const { text } = token.segment
      if (/\bjson:"(?:completion|log_id|stop)[",]/.test(text)) return true
      // In prose, a line is a text token that has no quotes around it.
      const isQuoted = token.segment.start > token.start
      if (isQuoted ? WRITTEN_RESPONSE.test(text) : WRITTEN_FIELD.test(text)) return true
      if (!COMPLETION.test(text) && !COMPANIONS.test(text)) return false
      if (role === 'key' && isRecord) return !IN_BOTH_APIS.test(text)
      if (role === 'subscript') return !IN_BOTH_APIS.test(text)
      if (/@\w+\(\s*$/.test(before)) return true
      if (FIELD_NAMED_BEFORE.test(before)) return !IN_BOTH_APIS.test(text)
      return COMPLETION.test(text) && (NAMED_BEFORE.test(before) || NAMED_BEHIND.test(after))
    }
    const { name } = token
    const isField =
      COMPLETION.test(name) || COMPANIONS.test(name) || (!tokens.hasTree && CAPITALISED.test(name))
    if (!isField) return false
    if (isTakenApart(before, token, taken.covers)) return true
    if (role === 'member' || role === 'assigned-member') return isRead(source, token, owners)
    if (role === 'key') return DECLARED.test(after) && !(tokens.hasTree && /^\??\s*:\s*["']/.test(after))
    if (role === 'subscript') return !IN_BOTH_APIS.test(name)
    return role === 'plain' && (TYPE_BEFORE.test(before) || TYPE_BEHIND.test(after))
  }
}

const IN_THEN = /\.then\(\s*(?:async\s*)?\(\{[^{}]*$/

/**
 * Returns whether a field is destructured from the response: `const { completion } = await
 * client.completions.create(…)`, or the same in `then`.
 */
function isTakenApart(before: string, token: NameToken, isInReply: (span: Span) => boolean): boolean {
  if (/:\s*$/.test(before)) return false
  return isInReply(token) || IN_THEN.test(before)
}

/** Returns whether a getter returns a declared field: `return completion;`. */
function isReturnedField(source: string, token: NameToken): boolean {
  const before = source.slice(Math.max(0, token.start - 16), token.start)
  return COMPLETION.test(token.name) && /\breturn\s+(?:this\.)?$/.test(before)
}

function isCompletion(token: Word): boolean {
  return /completion/i.test(token.type === 'name' ? token.name : token.segment.text)
}

/**
 * Returns whether a member belongs to a completion. Excludes methods, items of another vendor's list, and `stop` of a
 * request.
 */
function isRead(source: string, token: NameToken, owners: ReadonlySet<string>): boolean {
  if (IN_BOTH_APIS.test(token.name) || /^\s*\((?!\s*\))/.test(source.slice(token.end, token.end + 4)))
    return false
  const owner = ownerOf(source, token)
  if (/(?:completions|choices|generations)\[[^\]]*\]\??$/.test(owner)) return false
  return !/^stop$/i.test(token.name) || (owner !== '' && owners.has(owner))
}

/** Returns the code before the dot of a member: `response` for `response.completion`. */
function ownerOf(source: string, { start }: Span): string {
  return /([\w$.[\]]+?)[?!]?(?:\.|->|\$)$/.exec(source.slice(Math.max(0, start - 60), start))?.[1] ?? ''
}
