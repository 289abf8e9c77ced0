import { messages as texts } from './error-texts.ts'
import { list, pydantic2, readFields, string } from './fields.ts'
import { invalid } from './problem.ts'
import type { Conversation } from './script.ts'

/** The turns of a Messages request, the open last assistant turn apart. */
export interface Turns extends Pick<Conversation, 'messages' | 'prefill'> {
  /** Whether the last message is an assistant's, even an empty one. */
  endsWithAssistant: boolean
}

/** Checks roles, order and content of `messages`. */
export function readTurns(values: readonly unknown[]): Turns {
  if (values.length === 0) throw invalid(texts.noMessages)
  const turns = values.map((value, index) => readTurn(value, index, index === values.length - 1))

  if (turns[0]?.role !== 'user') throw invalid(texts.firstMustBeUser)
  for (const [index, turn] of turns.entries())
    if (turn.role === turns[index + 1]?.role) throw invalid(texts.mustAlternate(turn.role))

  const last = turns.at(-1)
  if (last?.role !== 'assistant') return { messages: turns, endsWithAssistant: false }
  if (/\s$/.test(last.text)) throw invalid(texts.trailingWhitespace)
  return {
    messages: turns.slice(0, -1),
    ...(last.text === '' ? {} : { prefill: last.text }),
    endsWithAssistant: true,
  }
}

function readTurn(value: unknown, index: number, isLast: boolean): Conversation['messages'][number] {
  const read = readFields(value, pydantic2, `messages.${index}`)
  const role = read.required('role', string)
  const content = read.any('content')
  if (content === undefined) throw invalid(`messages.${index}.content: ${pydantic2.missing}`)
  read.nothingElse()
  if (role === 'system') throw invalid(texts.systemRole)
  if (role !== 'user' && role !== 'assistant') throw invalid(texts.unknownRole(index))

  if (content === '' || (list.is(content) && content.length === 0)) {
    if (isLast && role === 'assistant') return { role, text: '' }
    throw invalid(texts.emptyMessage(index))
  }
  const text = readContent(content, `messages.${index}.content`)
  return { role, text }
}

/** A text, or a list of blocks of which the text counts. */
function readContent(content: unknown, path: string): string {
  if (string.is(content)) {
    if (content.trim() === '') throw invalid(texts.blankTextBlock)
    return content
  }
  if (!list.is(content)) throw invalid(`${path}: ${pydantic2.wrong.list}`)
  return content.map((block, index) => readBlock(block, `${path}.${index}`)).join('')
}

/** The emulator reads text; blocks of thinking are let through, as in a reply that is sent back. */
function readBlock(block: unknown, path: string): string {
  const read = readFields(block, pydantic2, path)
  const type = read.required('type', string)
  if (type === 'thinking' || type === 'redacted_thinking') return ''
  if (type !== 'text') throw invalid(texts.unknownBlock(path, type))
  const text = read.required('text', string)
  read.nothingElse(['cache_control', 'citations'])
  if (text === '') throw invalid(texts.emptyTextBlock)
  if (text.trim() === '') throw invalid(texts.blankTextBlock)
  return text
}

/** `system`: a text, which may be empty, or a list of text blocks, which may not. */
export function readSystem(system: unknown): string | undefined {
  if (system === undefined || system === '') return undefined
  if (string.is(system)) return system
  if (!list.is(system)) throw invalid(`system: ${pydantic2.wrong.list}`)
  const blocks = system.map((block, index) => {
    const read = readFields(block, pydantic2, `system.${index}`)
    const type = read.required('type', string)
    if (type !== 'text') throw invalid(`system.${index}.type: Input should be 'text'`)
    const text = read.required('text', string)
    read.nothingElse(['cache_control', 'citations'])
    if (text === '') throw invalid(texts.emptySystemBlock)
    return text
  })
  return blocks.length === 0 ? undefined : blocks.join('')
}
