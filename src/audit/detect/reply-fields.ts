import type { Span } from '../../diagnostics/index.ts'
import {
  type NameToken,
  roleOf,
  type SourceTokens,
  type TextToken,
  type Word,
} from '../languages/source-tokens.ts'
import { locationsIn } from '../legacy-use.ts'
import { indexSpans, isWithin } from './span-index.ts'

/** Finds the words that are read or declared as fields of a completion, among words near a strong match. */
export function replyFieldsIn(source: string, words: readonly Word[], tokens: SourceTokens): Word[] {
  const fields = replyFields(source, tokens)
  const read = words.filter(fields)
  if (!read.some(token => /completion/i.test(wordOf(token)))) return []
  const isDeclared = replyShapeOf(tokens) !== undefined && !tokens.hasTree
  return [
    ...read,
    ...words.filter(token => isDeclared && token.type === 'name' && isReturnedField(source, token)),
  ]
}

/** The word of a token: an identifier, or the text of a literal. */
export const wordOf = (token: Word): string => (token.type === 'name' ? token.name : token.segment.text)

const FIELD = /^(completion|stop_?reason|log_?id)$/i
/** A field in a tag of Go, as in `json:"completion,omitempty"`. */
const TAGGED = /\bjson:"(completion|stop_reason|log_id)[",]/

/**
 * Returns whether a source names the fields of a completion. `certain` means that it names `log_id` too, which no other
 * API has; with `stop_reason` alone it may be a response of another vendor.
 */
export function replyShapeOf({ tokens }: SourceTokens): 'certain' | 'likely' | undefined {
  const names = new Set<string>()
  for (const token of tokens) {
    if (token.type === 'comment') continue
    const word = wordOf(token)
    const field = FIELD.exec(word)?.[1] ?? TAGGED.exec(word)?.[1]
    if (field !== undefined) names.add(field.toLowerCase().replace('_', ''))
  }
  if (!names.has('completion')) return undefined
  return names.has('logid') ? 'certain' : names.has('stopreason') ? 'likely' : undefined
}

/** The field that no other response has. */
const COMPLETION = /^completion$/
/** The capitalised fields of languages such as Go and C#. In other languages a capital begins the name of a type. */
const CAPITALISED = /^Completion$|^Stop$|^LogI[dD]$/
/**
 * Fields that count only if `completion` is also present. Messages responses have `stop_reason` too, so it counts only
 * where it is declared next to `completion`.
 */
const COMPANIONS = /^(?:stop_reason|stopReason|log_?id|logId|stop)$/
const IN_BOTH_APIS = /^stop_?reason$/i
/** The largest distance in lines between two fields of one declaration. Comments may be between them. */
const LINES_OF_A_TYPE = 26

const TYPE_BEFORE = /\b(?:[Ss]tring|str)\??\s+$/
const TYPE_BEHIND = /^\s+\*?string\b/
/** A declared type, or a literal value, as a mock in a test has it. */
const DECLARED = /^\??["']?\s*:\s*(?:z\.|string\b|str\b|String\b|Option|\w+ \| null|StopReason\b|["'])/
/** Code before a text that names a field or an event: the key of a map, a type, an annotation. */
const NAMED_BEFORE = /(?:[:|]|\.get\(|\.\w*[pP]roperty\w*\(|@\w+\()\s*$/
/** The kind of an object of another API, as in `"object": "completion"`. */
const KIND_BEFORE = /\b(?:object|kind|mode|task|operation|category)["']?\s*(?::|=>)\s*$/
const NAMED_BEHIND = /^\s*(?:in\b|\|)/

/** Code before a text that names a field in a mapping: an attribute, or a getter. */
const FIELD_NAMED_BEFORE = new RegExp(
  '(?:\\.(?:dig|fetch|get|pluck|path|opt|value)\\(|' +
    '\\b(?:get|opt|try_?get|read|has)\\w*\\(|' +
    '\\b\\w*(?:json|serial|property|rename|alias|key|field)\\w*\\s*[(=]\\s*)\\s*$',
  'i',
)
/** A response written out inside a text, as in a test or a recording. */
const WRITTEN_FIELD = /^\s*"completion"\s*:|\\?"type\\?": ?\\?"completion\\?"|\bevent: completion(?:\\r)?\\n/
const WRITTEN_RESPONSE = /^\s*(?:data: ?)?\{[\s\S]*?\\?"completion\\?"\s*:/
/** The pattern of a map in Elixir, which takes a response apart. */
const MAP_PATTERN_BEFORE = /%\{(?:[^{}]*,)?\s*$/

/** Returns whether a text is a whole response of the API in JSON. */
export function isWrittenResponse(token: Word): boolean {
  return token.type === 'text' && token.segment.start > token.start && WRITTEN_RESPONSE.test(wordOf(token))
}

/**
 * Returns a test for words that are read or declared as fields of a completion. A bare `completion` may be any
 * variable, so the test looks at the code around it.
 */
function replyFields(source: string, tokens: SourceTokens): (token: Word) => boolean {
  const words = tokens.tokens.filter((token): token is Word => token.type !== 'comment')
  const owners = new Set(
    words.flatMap(token =>
      token.type === 'name' && /completion/i.test(token.name) ? [ownerOf(source, token)] : [],
    ),
  )
  const taken = indexSpans(
    tokens.calls.flatMap(({ reply }) => (reply && source[reply.span.start] === '{' ? [reply.span] : [])),
  )
  const shape = replyShapeOf(tokens)
  const isRecord = tokens.isData && shape !== undefined
  const hasAgents = AGENT_CALL.test(source)
  const scopes = indexSpans(hasAgents ? tokens.scopes : [])
  const { lineOf } = locationsIn(source)
  const completions = words
    .filter(token => /^completion$|\bjson:"completion[",]/i.test(wordOf(token)))
    .map(({ start }) => lineOf(start))
  const isCompanion = (word: string, token: Word): boolean =>
    COMPLETION.test(word) || isWithin(completions, lineOf(token.start), LINES_OF_A_TYPE)

  const isText = (token: TextToken, before: string, after: string): boolean => {
    const { text } = token.segment
    if (/\bjson:"(?:completion|log_id|stop)[",]/.test(text)) return true
    // In prose, a line is a text token that has no quotes around it.
    if (token.segment.start > token.start ? isWrittenResponse(token) : WRITTEN_FIELD.test(text)) return true
    if (!COMPLETION.test(text) && !COMPANIONS.test(text)) return false
    if (hasAgents && COMPLETION.test(text) && isAgentResponse(source, token, scopes.around(token).at(-1)))
      return false
    const role = roleOf(source, token)
    if (role === 'key' && (isRecord || MAP_PATTERN_BEFORE.test(before))) return !IN_BOTH_APIS.test(text)
    if (role === 'subscript') return !IN_BOTH_APIS.test(text)
    if (/@\w+\(\s*$/.test(before)) return true
    if (FIELD_NAMED_BEFORE.test(before)) return !IN_BOTH_APIS.test(text) || isCompanion(text, token)
    if (!COMPLETION.test(text) || KIND_BEFORE.test(before)) return false
    return NAMED_BEFORE.test(before) || NAMED_BEHIND.test(after)
  }

  return token => {
    const after = source.slice(token.end, token.end + 24)
    const before = source.slice(Math.max(0, token.start - 80), token.start)
    if (token.type === 'text') return isText(token, before, after)
    const { name } = token
    const isField =
      COMPLETION.test(name) || COMPANIONS.test(name) || (!tokens.hasTree && CAPITALISED.test(name))
    if (!isField) return false
    if (isTakenApart(source, before, token, taken.covers)) return true
    const role = roleOf(source, token)
    if (role === 'member' || role === 'assigned-member') return isRead(source, token, owners)
    // A mock of a response has literal values. In a tree, its other lines are matches already.
    if (role === 'key')
      return (
        DECLARED.test(after) && !(tokens.hasTree && /^\??\s*:\s*["']/.test(after)) && isCompanion(name, token)
      )
    if (role === 'subscript') return !IN_BOTH_APIS.test(name)
    if (role !== 'plain') return false
    return (TYPE_BEFORE.test(before) || TYPE_BEHIND.test(after)) && isCompanion(name, token)
  }
}

const IN_THEN = /\.then\(\s*(?:async\s*)?\(\{[^{}]*$/
const IN_PATTERN = /\b(?:const|let|var)\s*\{[^{}=]*$/
/** The end of a pattern and a parsed response: `} = await response.json()`. */
const PARSED_BEHIND =
  /^[^{}=]*\}\s*(?::[^=\n]+)?=\s*\(?\s*(?:await\b|JSON\.parse\(|[\w$.]+\.data\b)[^;\n]*(?:\bjson\b|JSON|\.data\b|\.body\b)/i

/**
 * Returns whether a field is destructured from the response: `const { completion } = await
 * client.completions.create(…)`, the same in `then`, or from the parsed body.
 */
function isTakenApart(
  source: string,
  before: string,
  token: NameToken,
  isInReply: (span: Span) => boolean,
): boolean {
  if (/:\s*$/.test(before)) return false
  if (isInReply(token) || IN_THEN.test(before)) return true
  return IN_PATTERN.test(before) && PARSED_BEHIND.test(source.slice(token.end, token.end + 160))
}

/** Returns whether a getter returns a declared field: `return completion;`. */
function isReturnedField(source: string, token: NameToken): boolean {
  const before = source.slice(Math.max(0, token.start - 16), token.start)
  return COMPLETION.test(token.name) && /\breturn\s+(?:this\.)?$/.test(before)
}

/**
 * Returns whether a member belongs to a completion. Excludes methods, types, items of another vendor's list, and `stop`
 * of a request.
 */
function isRead(source: string, token: NameToken, owners: ReadonlySet<string>): boolean {
  if (IN_BOTH_APIS.test(token.name) || /^\s*\((?!\s*\))/.test(source.slice(token.end, token.end + 4)))
    return false
  const owner = ownerOf(source, token)
  if (/(?:completions|choices|generations)\[[^\]]*\]\??$/.test(owner)) return false
  // `Prompt.Completion` names a type, `response.Completion` reads a field.
  if (CAPITALISED.test(token.name) && /^[A-Z]\w*(?:\.[A-Z]\w*)*$/.test(owner)) return false
  return !/^stop$/i.test(token.name) || (owner !== '' && owners.has(owner))
}

/** Returns the code before the dot of a member: `response` for `response.completion`. */
function ownerOf(source: string, { start }: Span): string {
  return /([\w$.[\]]+?)[?!]?(?:\.|->|\$)$/.exec(source.slice(Math.max(0, start - 60), start))?.[1] ?? ''
}

const AGENT_CALL = /invoke_?(?:inline_?)?agent(?!\w*model)|agent_?response|agent_?resp\b/i
const MODEL_CALL = /invoke_?model|max_?tokens_?to_?sample|v1\/complete/i
const LONGEST_LOOKBACK = 2000

/** Returns whether `completion` is the event stream of an agent on Bedrock, which is another API. */
function isAgentResponse(source: string, token: Word, scope: Span | undefined): boolean {
  const from = Math.max(0, token.start - LONGEST_LOOKBACK, scope?.start ?? 0)
  const code = source.slice(from, token.start)
  if (!AGENT_CALL.test(code)) return false
  return !MODEL_CALL.test(code.slice(code.search(AGENT_CALL)))
}
