import { invalidScript, statusOf, typeOf } from './errors.ts'
import { boolean, integer, type Kind, number, object, string } from './fields.ts'
import type {
  AnswerReply,
  Conversation,
  FailureReply,
  Faults,
  RawReply,
  Reply,
  ScriptRule,
} from './script.ts'

/** The properties of a request that rules can match. */
export interface RuleSubject {
  endpoint: 'complete' | 'messages'
  /** Model id as sent. */
  model: string
  conversation: Conversation
  stream: boolean
  /** Number of the attempt: 1 for the first request, 2 for its first retry. */
  attempt: number
}

/** Returns the first rule whose conditions are met. */
export function findRule(rules: readonly ScriptRule[], subject: RuleSubject): ScriptRule | undefined {
  return rules.find(rule => matches(rule, subject))
}

function matches({ when = {} }: ScriptRule, subject: RuleSubject): boolean {
  if (when.endpoint !== undefined && when.endpoint !== subject.endpoint) return false
  if (when.stream !== undefined && when.stream !== subject.stream) return false
  if (when.model !== undefined && !matchesModel(when.model, subject)) return false
  if (when.prompt !== undefined && !contains(subject.conversation, when.prompt)) return false
  if (when.attempt === undefined) return true
  const range = readRange(when.attempt)
  return range !== undefined && subject.attempt >= range[0] && subject.attempt <= range[1]
}

function matchesModel(pattern: string, { model, conversation }: RuleSubject): boolean {
  const parts = pattern.split('*')
  return [model, conversation.model].some(id => {
    const [first = '', ...rest] = parts
    if (rest.length === 0) return id === pattern
    if (!id.startsWith(first)) return false
    let at = first.length
    for (const part of rest.slice(0, -1)) {
      const found = id.indexOf(part, at)
      if (found === -1) return false
      at = found + part.length
    }
    const last = rest.at(-1) ?? ''
    return id.length - last.length >= at && id.endsWith(last)
  })
}

function contains({ system = '', messages, prefill = '' }: Conversation, text: string): boolean {
  return (
    system.includes(text) || prefill.includes(text) || messages.some(message => message.text.includes(text))
  )
}

function readRange(attempt: number | string): [first: number, last: number] | undefined {
  if (typeof attempt === 'number')
    return Number.isInteger(attempt) && attempt > 0 ? [attempt, attempt] : undefined
  const match = /^([1-9]\d{0,5})(?:-([1-9]\d{0,5}))?$/.exec(attempt.trim())
  if (match === null) return undefined
  return [Number(match[1]), Number(match[2] ?? match[1])]
}

/** Returns whether a rule makes the request fail or disturbs its response, so that a client may retry it. */
export function isFault({ reply, error, status, faults }: ScriptRule): boolean {
  if (error !== undefined || status !== undefined || faults !== undefined) return true
  if (reply === undefined || typeof reply === 'string') return false
  return (
    reply.error !== undefined ||
    reply.body !== undefined ||
    reply.faults !== undefined ||
    'streamError' in reply
  )
}

/** Returns the reply of a rule. `otherwise` supplies the reply of a rule that has faults or headers only. */
export function replyOf(rule: ScriptRule, otherwise: () => Reply): Reply {
  const { error, status, message, headers, faults } = rule
  if (error !== undefined || status !== undefined) {
    const type = error ?? typeOf(status ?? 500)
    const text = message ?? type.replace(/_error$/, '').replaceAll('_', ' ')
    const failure = { error: { type, message: text }, status: status ?? statusOf(type) }
    return merge(failure, headers, faults)
  }
  const reply = rule.reply ?? otherwise()
  return headers === undefined && faults === undefined ? reply : merge(reply, headers, faults)
}

function merge(reply: Reply, headers: ScriptRule['headers'], faults: Faults | undefined): Reply {
  const given: AnswerReply | FailureReply | RawReply = typeof reply === 'string' ? { text: reply } : reply
  return {
    ...given,
    headers: { ...given.headers, ...headers },
    faults: { ...given.faults, ...faults },
  }
}

const strings: Kind<Record<string, string>> = {
  name: 'object',
  is: (value): value is Record<string, string> => object.is(value) && Object.values(value).every(string.is),
}

/** A type: its name for error messages, and its test. */
type Shape = readonly [words: string, is: (value: unknown) => boolean]

const TEXT: Shape = ['a text', string.is]
const COUNT: Shape = ['a whole number from 0', value => integer.is(value) && value >= 0]
const HEADERS: Shape = ['an object of texts', strings.is]
const FAULTS_OBJECT: Shape = ['an object of faults', object.is]
const FLAG: Shape = ['true or false', boolean.is]
const STATUS: Shape = [
  'an HTTP status from 200 to 599',
  value => integer.is(value) && value >= 200 && value < 600,
]

const CONDITIONS: Readonly<Record<string, Shape>> = {
  endpoint: ["'complete' or 'messages'", value => value === 'complete' || value === 'messages'],
  model: TEXT,
  prompt: TEXT,
  stream: FLAG,
  attempt: [
    "a whole number from 1, or a range such as '1-2'",
    value => (number.is(value) || string.is(value)) && readRange(value) !== undefined,
  ],
}

/** Names and types of {@link Faults}. */
const FAULTS: Readonly<Record<string, Shape>> = {
  responseDelayMs: COUNT,
  delayMs: COUNT,
  chunkBytes: ['a whole number from 1', value => integer.is(value) && value >= 1],
  corruptAt: COUNT,
  cutAfterBytes: COUNT,
  endAfterBytes: COUNT,
  stallAfterBytes: COUNT,
}

const RULE: Readonly<Record<string, Shape>> = {
  when: ['an object of conditions', object.is],
  reply: ['a text or an object', value => string.is(value) || object.is(value)],
  error: TEXT,
  message: TEXT,
  status: ['an HTTP status from 400 to 599', value => integer.is(value) && value >= 400 && value < 600],
  headers: HEADERS,
  faults: FAULTS_OBJECT,
}

const ERROR: Shape = [
  'an object with type and message',
  value => object.is(value) && string.is(value.type) && string.is(value.message),
]

const REPLY: Readonly<Record<string, Shape>> = {
  text: TEXT,
  content: ['a list of content blocks', value => Array.isArray(value) && value.every(object.is)],
  deltas: ['a list of texts', value => Array.isArray(value) && value.every(string.is)],
  stopReason: TEXT,
  stopSequence: ['a text or null', value => value === null || string.is(value)],
  ignoreStops: FLAG,
  streamError: ERROR,
  afterDeltas: COUNT,
  error: ERROR,
  status: STATUS,
  body: ['a text', value => string.is(value) || value instanceof Uint8Array],
  contentType: TEXT,
  headers: HEADERS,
  faults: FAULTS_OBJECT,
}

/**
 * Validates rules from a file or from untyped code: a list of rules, or an object with the field `rules`.
 *
 * @throws TypeError that names the rule, the field and the accepted values.
 *
 * @example
 * const emulator = await startEmulator({ rules: readRules(JSON.parse(text)) })
 */
export function readRules(value: unknown): ScriptRule[] {
  const rules = object.is(value) && 'rules' in value ? value.rules : value
  if (!Array.isArray(rules))
    throw invalidScript('A script is a list of rules, or an object with the field rules.')
  return rules.map((rule: unknown, index) => {
    const path = `rules[${index}]`
    if (!isRule(rule, path)) throw invalidScript(`${path} must be an object.`)
    return rule
  })
}

function isRule(value: unknown, path: string): value is ScriptRule {
  if (!object.is(value)) return false
  check(value, RULE, path)
  if (object.is(value.when)) check(value.when, CONDITIONS, `${path}.when`)
  if (object.is(value.faults)) check(value.faults, FAULTS, `${path}.faults`)
  if (object.is(value.reply)) {
    check(value.reply, REPLY, `${path}.reply`)
    if (object.is(value.reply.faults)) check(value.reply.faults, FAULTS, `${path}.reply.faults`)
  }
  const fails = value.error !== undefined || value.status !== undefined
  if (fails && value.reply !== undefined)
    throw invalidScript(`${path} has a reply and a failure. Remove reply, or error and status.`)
  if (value.message !== undefined && !fails) throw invalidScript(`${path}.message needs error or status.`)
  return true
}

function check(value: Record<string, unknown>, shapes: Readonly<Record<string, Shape>>, path: string): void {
  for (const [name, field] of Object.entries(value)) {
    const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined
    if (shape === undefined) {
      const known = Object.keys(shapes).join(', ')
      throw invalidScript(
        `${path} has no field ${JSON.stringify(name.slice(0, 40))}. Its fields are ${known}.`,
      )
    }
    if (!shape[1](field)) throw invalidScript(`${path}.${name} must be ${shape[0]}.`)
  }
}

/** Request header that adds a fault to one request. */
export const FAULT_HEADER = 'x-emulator-fault'

/**
 * Parses the header {@link FAULT_HEADER}: `name=value` pairs, separated by commas. The names are `error`, `message`,
 * `status`, `attempt`, `retry-after` and those of {@link Faults}. Without `attempt`, the fault applies to the first
 * attempt.
 *
 * @throws TypeError for an unknown name or an invalid value.
 */
export function readFaultHeader(header: string): ScriptRule {
  const when: Record<string, unknown> = { attempt: 1 }
  const faults: Record<string, unknown> = {}
  const rule: Record<string, unknown> = { when }
  for (const pair of header.split(',')) {
    const [name = '', ...rest] = pair.split('=')
    const key = name.trim()
    const text = rest.join('=').trim()
    if (key === '') continue
    if (key === 'attempt') when.attempt = text
    else if (key === 'retry-after') rule.headers = { 'retry-after': text }
    else if (key === 'status') rule.status = Number(text)
    else if (key === 'error' || key === 'message') rule[key] = text
    else if (Object.hasOwn(FAULTS, key)) faults[key] = text === '' ? Number.NaN : Number(text)
    else {
      const known = ['error', 'message', 'status', 'attempt', 'retry-after', ...Object.keys(FAULTS)].join(
        ', ',
      )
      throw invalidScript(
        `${FAULT_HEADER} has no field ${JSON.stringify(key.slice(0, 40))}. Its fields are ${known}.`,
      )
    }
  }
  if (Object.keys(faults).length > 0) rule.faults = faults
  if (!isRule(rule, FAULT_HEADER)) throw invalidScript(`${FAULT_HEADER} is not a rule.`)
  return rule
}
