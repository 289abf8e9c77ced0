import { APIError } from '../../errors.ts'
import {
  type Conversation,
  type ConversationMessage,
  renderPrompt,
  type Transcript,
  toMessages,
} from '../../transcript/index.ts'
import { isBlank } from '../../transcript/parse.ts'
import { type TranslateOptions, type Translation, translateRequest } from '../../translate/index.ts'
import { type PromptMode, readPrompt } from '../../translate/prompt-mode.ts'
import type { CompletionRequest } from '../../wire.ts'
import { type JsonSlicer, membersOf, replaceMember, sliceJsonString } from './json-members.ts'
import {
  isObject,
  type LineConverter,
  type Outcome,
  Refusal,
  readPromptField,
  readRecord,
  refusalOf,
} from './line.ts'

/** What lines are converted to, and how. Plain data, which threads can be handed and files can hold. */
export interface Settings {
  to: 'messages' | 'request' | 'prompt'
  /** The field of the prompt. */
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
 * Replaces the prompt of a record by `system` and `messages`, in its place. Everything else stays byte for byte what it
 * was: numbers that JavaScript could not hold, the order of members, spaces.
 */
export function toMessagesConverter(field: string, reading?: PromptMode): LineConverter {
  return {
    line: line => convert(line, field, reading).outcome,
    bytes(line) {
      // An escape that stands for one character would be taken for a byte.
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
    if (name === field || !Object.hasOwn(record, name)) continue
    return { outcome: new Refusal(`It already has a field "${name}".`, 'Give that field another name.') }
  }
  const { transcript, diagnostics } = readPrompt(prompt, reading)
  const refused = refusalOf(diagnostics)
  if (refused !== undefined) return { outcome: refused }
  const conversation = toMessages(transcript)
  const { json, isCut } = spell(conversation, transcript, prompt, () => sliceJsonString(line, member.value))
  const text = replaceMember(line, members, member, json)
  const isRespelled = !isCut || !isCanonical(transcript, conversation)
  return { outcome: { text, diagnostics, isRespelled, isCut }, transcript }
}

/** The members `system` and `messages`, as JSON. What stands in the line as it is to be sent is cut from there. */
function spell(
  { system, messages }: Conversation,
  { source, system: before, turns }: Transcript,
  prompt: string,
  open: () => JsonSlicer,
): { json: string; isCut: boolean } {
  const spoken = turns.filter(({ text }) => !isBlank(text))
  // Of a repaired prompt, the offsets are not those of the line. Where turns were joined, or the system text made the
  // user's, a message is no turn.
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

/** Whether `renderPrompt` writes a conversation as it was written. */
function isCanonical({ system, turns }: Transcript, conversation: Conversation): boolean {
  const last = turns.at(-1)
  const isOpen = last?.role === 'assistant' && last.text === '' && last.marker.end === last.span.end
  const spoken = isOpen ? turns.slice(0, -1) : turns
  return (
    system === conversation.system &&
    spoken.length === conversation.messages.length &&
    spoken.every(({ role, marker }) => marker.end - marker.start === LENGTH_OF_MARKER[role]) &&
    // It leaves a prompt open, with the marker alone, where the user spoke last.
    (!isOpen ||
      (spoken.at(-1)?.role === 'user' &&
        last.marker.end - last.marker.start === LENGTH_OF_MARKER.assistant - 1))
  )
}

/** With the space that follows the colon. */
const LENGTH_OF_MARKER = { user: '\n\nHuman: '.length, assistant: '\n\nAssistant: '.length } as const

/**
 * Whether a transcript that was read from UTF-8, each byte made a character, is the one of the text itself, but for its
 * offsets. Where that is not plain to see, it counts as not.
 *
 * Markers are ASCII, and in UTF-8 no byte of another character is. Beyond ASCII the grammar knows only blanks, of which
 * a whole turn may consist, and the quotation marks that a marker may stand right behind.
 */
export function isReadAlike({ source, system = '', turns }: Transcript): boolean {
  return (
    beginsAlike(system) &&
    turns.every(({ text, marker }) => beginsAlike(text) && endsAlike(source.slice(0, marker.start)))
  )
}

/** A text that is all ASCII, or does not begin with a blank, is blank in neither reading or in both. */
function beginsAlike(text: string): boolean {
  const first = text.charCodeAt(0)
  if (first > 32 && first < 127) return true
  return /^[\0-\x7f]*$/.test(text) || !isBlank(decode(text.slice(0, LONGEST_CHARACTER)).charAt(0))
}

/** What ends in a quotation mark or a tag may be a quotation in one reading alone. */
function endsAlike(text: string): boolean {
  const end = text.slice(-LONGEST_CHARACTER)
  if (/^$|[\0-\x7f]$/.test(end)) return !/["'`<>]$/.test(end)
  const last = decode(/[\xc2-\xf4][\x80-\xbf]*$/.exec(end)?.[0] ?? '')
  return /^[^\p{Pi}\p{Pf}\p{Ps}]$/u.test(last)
}

/** In bytes. */
const LONGEST_CHARACTER = 4

const decode = (bytes: string): string => Buffer.from(bytes, 'latin1').toString()

/** Replaces `system` and `messages` of a record by the prompt that says the same. */
export function toPromptConverter(field: string): LineConverter {
  return {
    line(line) {
      const record = readRecord(line)
      if (record instanceof Refusal) return record
      const conversation = readConversation(record)
      if (conversation instanceof Refusal) return conversation
      if (Object.hasOwn(record, field))
        return new Refusal(`It already has a field "${field}".`, 'Name another field with --field.')
      const prompt = promptOf(conversation)
      if (prompt instanceof Refusal) return prompt
      const members = membersOf(line)
      const named = members.filter(({ name }) => name === 'system' || name === 'messages')
      const [first] = named
      if (first === undefined || new Set(named.map(({ name }) => name)).size < named.length)
        return new Refusal('It has "system" or "messages" more than once.', 'Keep the one that counts.')
      const member = `${JSON.stringify(field)}:${JSON.stringify(prompt)}`
      const removed = new Set(['system', 'messages'])
      return { text: replaceMember(line, members, first, member, removed), diagnostics: [] }
    },
  }
}

/** The conversation of a Messages request, as far as it is one that a prompt can hold. */
export function readConversation(record: Readonly<Record<string, unknown>>): Conversation | Refusal {
  const { system, messages } = record
  if (system !== undefined && typeof system !== 'string')
    return new Refusal('Its "system" is not text.', 'A prompt can hold a system prompt of one text.')
  if (!Array.isArray(messages))
    return new Refusal('It has no list of "messages".', 'Write what the Messages API takes.')
  if (!messages.every(isTextMessage))
    return new Refusal(
      'One of its messages is more than a role and a text.',
      'A prompt can hold messages of { role: "user" | "assistant", content: "…" }.',
    )
  return { ...(system !== undefined && { system }), messages }
}

/** The prompt of a conversation; none where a text would open a turn, for it would not be read as it was written. */
export function promptOf(conversation: Conversation): string | Refusal {
  try {
    return renderPrompt(conversation)
  } catch {
    return new Refusal(
      'A text in it holds a marker that would open a turn.',
      'Remove the marker from the text.',
    )
  }
}

function isTextMessage(message: unknown): message is ConversationMessage {
  if (!isObject(message)) return false
  const { role, content, ...others } = message
  const isKnown = role === 'user' || role === 'assistant'
  return isKnown && typeof content === 'string' && Object.keys(others).length === 0
}

/** What a call takes beside its prompt, where the record does not say it. */
export interface RequestDefaults {
  model: string | undefined
  maxTokens: number | undefined
}

/** The parameters of the old API beside the prompt; what else a record holds is its own. */
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
 * Replaces the prompt of a record, and the other parameters of the old API that it has, by `request`: the body for
 * POST /v1/messages. Everything else stays as it is.
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
      if (field !== 'request' && Object.hasOwn(record, 'request'))
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

/** The translation of a call whose parameters a record holds. */
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
    // What the record holds is unknown: the translation checks it, and names what is missing.
    const legacy = Object.assign({}, { model, max_tokens_to_sample: maxTokens }, given, { prompt })
    return translateRequest(legacy as CompletionRequest, options)
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    const { message }: { message?: unknown } = Object(Object(error.error).error)
    return new Refusal(String(message), 'Mend the record, or choose another policy.')
  }
}

/** A record's own `metadata` is something else than the old API's, which held a `user_id` and nothing more. */
function isParameter(record: Readonly<Record<string, unknown>>, name: string): boolean {
  if (!Object.hasOwn(record, name)) return false
  return name !== 'metadata' || Object.keys(Object(record.metadata)).every(key => key === 'user_id')
}
