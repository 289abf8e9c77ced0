import { type Conversation, type ConversationMessage, renderPrompt } from '../../transcript/index.ts'
import { isObject, type LineConverter, Refusal, readRecord } from './line.ts'
import { membersOf, replaceMember } from './members.ts'

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
