import { type Conversation, type Transcript, toMessages } from '../../transcript/index.ts'
import { isBlank } from '../../transcript/parse.ts'
import { type PromptMode, readPrompt } from '../../translate/prompt-mode.ts'
import { type Cut, cutFrom } from './cut.ts'
import { type LineConverter, type Outcome, Refusal, readPromptField, refusalOf } from './line.ts'
import { replaceMember } from './members.ts'
import { isReadAlike } from './read-alike.ts'

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
  const { json, isCut } = spell(conversation, transcript, prompt, () => cutFrom(line, member.value))
  const text = replaceMember(line, members, member, json)
  const isRespelled = !isCut || !isCanonical(transcript, conversation)
  return { outcome: { text, diagnostics, isRespelled, isCut }, transcript }
}

/** The members `system` and `messages`, as JSON. What stands in the line as it is to be sent is cut from there. */
function spell(
  { system, messages }: Conversation,
  { source, system: before, turns }: Transcript,
  prompt: string,
  open: () => Cut,
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
