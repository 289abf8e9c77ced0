import { currentDay } from '../../core/call-plan.ts'
import { remedyFor, wordFor } from '../../diagnostics/remedies.ts'
import { APIError } from '../../errors.ts'
import {
  type Conversation,
  type ConversationMessage,
  parsePrompt,
  renderPrompt,
  type Transcript,
  toMessages,
} from '../../transcript/index.ts'
import { isBlank } from '../../transcript/parse.ts'
import { type TranslateOptions, type Translation, translateRequest } from '../../translate/index.ts'
import { type PromptMode, readPrompt, wellFormed } from '../../translate/prompt-mode.ts'
import { promptRepair } from '../../translate/repair-prompt.ts'
import type { CompletionRequest } from '../../wire.ts'
import { type JsonSlicer, membersOf, replaceMember, sliceJsonString } from './json-members.ts'
import {
  isObject,
  isRepairable,
  type LineConverter,
  type Outcome,
  REPAIR,
  Refusal,
  readPromptField,
  readRecord,
  refusalOf,
} from './line.ts'
import { locateDiagnostics } from './prompt-report.ts'

/** Target and options of a conversion. Plain data, which worker threads and the checkpoint receive. */
export interface Settings {
  to: 'messages' | 'request' | 'prompt'
  /** Name of the field that holds the prompt. */
  field: string
  defaults: RequestDefaults
  translation: TranslateOptions
}

export function converterOf({ to, field, defaults, translation }: Settings): LineConverter {
  switch (to) {
    case 'messages':
      return toMessagesConverter(field, translation.prompts)
    case 'prompt':
      return toPromptConverter(field)
    default:
      return toRequestConverter(field, defaults, translation)
  }
}

/**
 * Replaces the prompt of a record with `system` and `messages` at the same position. Copies everything else byte for
 * byte: numbers beyond JavaScript's precision, the order of members, whitespace.
 */
export function toMessagesConverter(field: string, reading?: PromptMode): LineConverter {
  return {
    line: line => convert(line, field, reading).outcome,
    bytes(line) {
      // Each character here is one byte, so the value of a `\u` escape would be misread as a byte.
      if (reading === 'repair' || line.includes('\\u')) return undefined
      const { outcome, transcript } = convert(line, field, reading)
      const isSure = !(outcome instanceof Refusal) && outcome.isCut === true && transcript !== undefined
      return isSure && isReadAlike(transcript) ? outcome : undefined
    },
  }
}

function convert(
  line: string,
  field: string,
  reading: PromptMode | undefined,
): { outcome: Outcome; transcript?: Transcript } {
  const read = readPromptField(line, field)
  if (read instanceof Refusal) return { outcome: read }
  const { record, prompt, members, member } = read
  for (const name of ['system', 'messages']) {
    if (name === member.name || !Object.hasOwn(record, name)) continue
    return { outcome: new Refusal(`It already has a field "${name}".`, 'Give that field another name.') }
  }
  const { transcript, diagnostics } = readPrompt(prompt, reading, promptRepair)
  const refused = refusalOf(prompt, diagnostics, reading)
  if (refused !== undefined) return { outcome: refused }
  const conversation = toMessages(transcript)
  const { json, isCut } = spell(conversation, transcript, prompt, () => sliceJsonString(line, member.value))
  const text = replaceMember(line, members, member, json)
  const isRespelled = !isCut || !isCanonical(transcript, conversation)
  return { outcome: { text, diagnostics, isRespelled, isCut }, transcript }
}

/**
 * Writes the members `system` and `messages` as JSON. Copies their text from the line if every message is an unchanged
 * turn of it.
 */
function spell(
  { system, messages }: Conversation,
  { source, system: before, turns }: Transcript,
  prompt: string,
  open: () => JsonSlicer,
): { json: string; isCut: boolean } {
  const spoken = turns.filter(({ text }) => !isBlank(text))
  // After a repair, offsets do not match the line. After joining turns or moving the system text to a user turn,
  // messages do not match turns.
  const isCut =
    source === prompt &&
    spoken.length === messages.length &&
    messages.every(({ content }, index) => spoken[index]?.text === content) &&
    (system === undefined || system === before)
  const cut = isCut ? open() : undefined
  const quoted = (text: string, start: number, end: number): string =>
    cut ? `"${cut(start, end)}"` : JSON.stringify(text)

  let json = system === undefined ? '' : `"system":${quoted(system, 0, system.length)},`
  json += '"messages":['
  for (const [index, { role, content }] of messages.entries()) {
    const turn = spoken[index]
    const text = quoted(content, turn?.marker.end ?? 0, turn?.span.end ?? 0)
    json += `${index === 0 ? '' : ','}{"role":"${role}","content":${text}}`
  }
  return { json: `${json}]`, isCut }
}

/** Returns whether `renderPrompt` would reproduce the prompt exactly. */
function isCanonical({ system, turns }: Transcript, conversation: Conversation): boolean {
  const last = turns.at(-1)
  const isOpen = last?.role === 'assistant' && last.text === '' && last.marker.end === last.span.end
  const spoken = isOpen ? turns.slice(0, -1) : turns
  return (
    system === conversation.system &&
    spoken.length === conversation.messages.length &&
    spoken.every(({ role, marker }) => marker.end - marker.start === LENGTH_OF_MARKER[role]) &&
    // `renderPrompt` leaves a prompt open, with a bare `\n\nAssistant:`, only after a user turn.
    (!isOpen ||
      (spoken.at(-1)?.role === 'user' &&
        last.marker.end - last.marker.start === LENGTH_OF_MARKER.assistant - 1))
  )
}

/** Lengths include the space after the colon. */
const LENGTH_OF_MARKER = { user: '\n\nHuman: '.length, assistant: '\n\nAssistant: '.length } as const

/**
 * Returns whether a transcript parsed from undecoded UTF-8 bytes, one character per byte, equals that of the decoded
 * text except for its offsets. Returns `false` in doubtful cases.
 *
 * Markers are ASCII, and no byte of a multi-byte UTF-8 character is ASCII. The only other characters that affect
 * parsing are blanks, which may make up a whole turn, and quotation marks, which may precede a marker.
 */
function isReadAlike({ source, system = '', turns }: Transcript): boolean {
  return (
    beginsAlike(system) &&
    turns.every(({ text, marker }) => beginsAlike(text) && endsAlike(source.slice(0, marker.start)))
  )
}

/**
 * Returns whether both readings agree on whether the text is blank: it is ASCII, or its first character is not a blank.
 */
function beginsAlike(text: string): boolean {
  const first = text.charCodeAt(0)
  if (first > 32 && first < 127) return true
  return /^[\0-\x7f]*$/.test(text) || !isBlank(decode(text.slice(0, LONGEST_CHARACTER)).charAt(0))
}

/**
 * Returns whether both readings agree that the marker after this text is not quoted. A quotation mark or a tag at the
 * end makes that doubtful.
 */
function endsAlike(text: string): boolean {
  const end = text.slice(-LONGEST_CHARACTER)
  if (/^$|[\0-\x7f]$/.test(end)) return !/["'`<>]$/.test(end)
  const last = decode(/[\xc2-\xf4][\x80-\xbf]*$/.exec(end)?.[0] ?? '')
  return /^[^\p{Pi}\p{Pf}\p{Ps}]$/u.test(last)
}

/** Longest UTF-8 character, in bytes. */
const LONGEST_CHARACTER = 4

const decode = (bytes: string): string => Buffer.from(bytes, 'latin1').toString()

/** Replaces `system` and `messages` of a record with the equivalent prompt. */
export function toPromptConverter(field: string): LineConverter {
  return {
    line(line) {
      const record = readRecord(line)
      if (record instanceof Refusal) return record
      const conversation = readConversation(record)
      if (conversation instanceof Refusal) return conversation
      if (Object.hasOwn(record, field))
        return new Refusal(`It already has a field "${field}".`, 'Name another field with --field.')
      const members = membersOf(line)
      const named = members.filter(({ name }) => name === 'system' || name === 'messages')
      const [first] = named
      if (first === undefined || new Set(named.map(({ name }) => name)).size < named.length)
        return new Refusal('It has "system" or "messages" more than once.', 'Keep the one that counts.')
      const prompt = promptOf(conversation)
      if (prompt instanceof Refusal) return prompt
      const member = `${JSON.stringify(field)}:${JSON.stringify(prompt)}`
      const removed = new Set(['system', 'messages'])
      return { text: replaceMember(line, members, first, member, removed), diagnostics: [] }
    },
  }
}

/** Returns the conversation of a Messages request, or a Refusal if a prompt cannot express it. */
export function readConversation(record: Readonly<Record<string, unknown>>): Conversation | Refusal {
  const system = record.system === undefined ? undefined : textOf(record.system, 'Its "system"')
  if (system instanceof Refusal) return system
  if (!Array.isArray(record.messages))
    return new Refusal('It has no list of "messages".', 'Write what the Messages API accepts.')
  const messages: ConversationMessage[] = []
  for (const [index, message] of record.messages.entries()) {
    const name = `Message ${index + 1}`
    if (!isObject(message)) return new Refusal(`${name} is not an object.`, MESSAGES)
    const { role, content, ...others } = message
    const [other] = Object.keys(others)
    if (role !== 'user' && role !== 'assistant')
      return new Refusal(`${name} has a role other than user and assistant.`, MESSAGES)
    if (other !== undefined) return new Refusal(`${name} has a field ${quoted(other)}.`, MESSAGES)
    const text = textOf(content, name)
    if (text instanceof Refusal) return text
    messages.push({ role, content: text })
  }
  return { ...(system !== undefined && { system }), messages }
}

const REMOVE_MARKER = 'Remove the marker from the text.'
const MESSAGES = 'A prompt can hold messages with the role "user" or "assistant", and text.'
const quoted = (name: string): string => JSON.stringify(name.slice(0, 40))

/** Returns the text of `content`: a string, or text blocks without other fields. */
function textOf(content: unknown, name: string): string | Refusal {
  if (typeof content === 'string') return content
  if (!Array.isArray(content) || content.length === 0) return new Refusal(`${name} has no text.`, MESSAGES)
  let text = ''
  for (const block of content) {
    const { type, text: own, ...others } = isObject(block) ? block : {}
    if (type !== 'text' || typeof own !== 'string')
      return new Refusal(`${name} has a block of type ${quoted(String(type))}.`, MESSAGES)
    const [other] = Object.keys(others)
    if (other !== undefined)
      return new Refusal(`${name} has a block with a field ${quoted(other)}.`, MESSAGES)
    text += own
  }
  return text
}

/** Returns the prompt of a conversation, or a Refusal if parsing it would not give the same conversation. */
export function promptOf(conversation: Conversation): string | Refusal {
  let prompt: string
  try {
    prompt = renderPrompt(conversation)
  } catch {
    return new Refusal('A text in it holds a marker that would open a turn.', REMOVE_MARKER)
  }
  if (wellFormed(prompt, 'prompt').diagnostics.length > 0)
    return new Refusal('A text in it has half of a surrogate pair.', 'Cut the text between characters.')
  const errors = parsePrompt(prompt).diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return prompt
  return new Refusal(
    `Its prompt would be rejected: ${errors.map(({ message }) => message).join(', ')}.`,
    'Begin the messages with a user message, and give each message text.',
  )
}

/** Default parameters for records without their own. */
export interface RequestDefaults {
  model: string | undefined
  maxTokens: number | undefined
}

/** Parameters of the legacy API, without the prompt. All other fields of a record are the user's own. */
const PARAMETERS: readonly string[] = [
  'model',
  'max_tokens_to_sample',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'metadata',
  'stream',
]

/**
 * Replaces the prompt and the other legacy parameters of a record with `request`, the body for POST /v1/messages. Keeps
 * everything else.
 */
export function toRequestConverter(
  field: string,
  defaults: RequestDefaults,
  options: TranslateOptions,
): LineConverter {
  return {
    line(line) {
      const read = readPromptField(line, field)
      if (read instanceof Refusal) return read
      const { record, prompt, members, member } = read
      if (member.name !== 'request' && Object.hasOwn(record, 'request'))
        return new Refusal('It already has a field "request".', 'Give that field another name.')
      const translation = translated(record, prompt, defaults, options)
      if (translation instanceof Refusal) return translation
      const { request, diagnostics } = translation
      const removed = new Set(PARAMETERS.filter(name => isParameter(record, name)))
      const json = `"request":${JSON.stringify(request)}`
      return { text: replaceMember(line, members, member, json, removed), diagnostics }
    },
  }
}

/** Translates a record that holds the parameters of a legacy call. */
export function translated(
  record: Readonly<Record<string, unknown>>,
  prompt: string,
  { model, maxTokens }: RequestDefaults,
  options: TranslateOptions,
): Translation | Refusal {
  const given = Object.fromEntries(
    PARAMETERS.filter(name => isParameter(record, name)).map(name => [name, record[name]]),
  )
  try {
    // The types of the record's values are not known. The translation validates them and names missing fields.
    const legacy = Object.assign({}, { model, max_tokens_to_sample: maxTokens }, given, { prompt })
    return translateRequest(legacy as CompletionRequest, { today: currentDay(), ...options })
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    const { message }: { message?: unknown } = Object(Object(error.error).error)
    const { diagnostics = [], remedy } = error
    const faults = diagnostics.filter(({ severity }) => severity === 'error')
    const fix =
      remedy ??
      (faults.map(fault => remedyFor(fault, 'command')).join(' ') ||
        'Correct the record, or choose another policy.')
    const isPromptFault = faults.length > 0 && isRepairable(prompt, options.prompts)
    return new Refusal(
      wordFor(String(message), 'command'),
      isPromptFault ? `${fix} ${REPAIR}` : fix,
      locateDiagnostics(prompt, diagnostics),
    )
  }
}

/**
 * Returns whether a field is a parameter of the legacy API. `metadata` is one only if it has no field other than
 * `user_id`; otherwise it is the user's own.
 */
function isParameter(record: Readonly<Record<string, unknown>>, name: string): boolean {
  if (!Object.hasOwn(record, name)) return false
  return name !== 'metadata' || Object.keys(Object(record.metadata)).every(key => key === 'user_id')
}
