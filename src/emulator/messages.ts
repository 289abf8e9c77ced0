import { common, invalid, Problem, messages as texts } from './errors.ts'
import {
  boolean,
  integer,
  list,
  number,
  object,
  pydantic2,
  readFields,
  readStrings,
  string,
} from './fields.ts'
import { type Call, countTokens } from './generate.ts'
import { writeMessage } from './messages-response.ts'
import {
  checkSampling,
  checkSamplingRanges,
  decideThinking,
  readEffort,
  readThinking,
} from './messages-rules.ts'
import { findModel } from './models.ts'
import type { Conversation } from './script.ts'

/** The API version that removed the sampling parameters for every model. */
const WITHOUT_SAMPLING = '2026-10-21'

/** Validates a request to `POST /v1/messages`. Throws a Problem if it is invalid. */
export function readMessagesCall(body: unknown, version: string): Call {
  const read = readFields(body, pydantic2)
  const modelId = read.required('model', string)
  const values = read.required('messages', list)
  const maxTokens = read.required('max_tokens', integer)
  const system = readSystem(read.any('system'))
  const stops = readStrings(read.optional('stop_sequences', list) ?? [], 'stop_sequences', pydantic2)
  // `nothingElse` rejects the fields that are not read here: "temperature: Extra inputs are not permitted".
  const sampled = version !== WITHOUT_SAMPLING
  const sampling = {
    temperature: sampled ? read.optional('temperature', number) : undefined,
    topP: sampled ? read.optional('top_p', number) : undefined,
    topK: sampled ? read.optional('top_k', integer) : undefined,
  }
  const metadata = read.optional('metadata', object)
  const stream = read.optional('stream', boolean) ?? false
  const thinking = readThinking(read.optional('thinking', object))
  const effort = readEffort(read.optional('output_config', object))
  read.nothingElse()

  // 0 is valid: it warms a prompt cache and generates nothing.
  if (maxTokens < 0) throw invalid(texts.negativeMaxTokens)
  checkStops(stops)
  checkSamplingRanges(sampling)
  if (metadata !== undefined) checkMetadata(metadata)
  const { endsWithAssistant, ...turns } = readTurns(values)

  const model = findModel(modelId)
  if (model === undefined) throw new Problem('not_found_error', common.unknownModel(modelId))
  if (maxTokens > model.maxTokens) throw invalid(texts.tooManyTokens(maxTokens, model.maxTokens, model.id))
  const thinks = decideThinking(thinking, effort, model, maxTokens)
  checkSampling(sampling, model, thinks)
  if (endsWithAssistant && !model.prefill) throw invalid(texts.noPrefill)
  if (endsWithAssistant && thinks) throw invalid(texts.prefillWhileThinking(values.length - 1))

  const conversation: Conversation = {
    ...(system === undefined ? {} : { system }),
    ...turns,
    model: model.id,
  }
  const inputTokens = countInput(conversation)
  if (inputTokens > model.contextTokens) throw invalid(common.promptTooLong(inputTokens, model.contextTokens))

  return {
    conversation,
    temperature: sampling.temperature ?? 1,
    stream,
    write: (reply, context) =>
      writeMessage(reply, { model: model.id, maxTokens, stops, thinks, inputTokens, stream }, context),
  }
}

function checkStops(stops: readonly string[]): void {
  for (const stop of stops) {
    if (stop === '') throw invalid(texts.emptyStop)
    if (stop.trim() === '') throw invalid(texts.blankStop)
  }
}

function checkMetadata(metadata: object): void {
  const read = readFields(metadata, pydantic2, 'metadata')
  const userId = read.any('user_id')
  read.nothingElse()
  if (userId === undefined || userId === null) return
  if (!string.is(userId)) throw invalid(`metadata.user_id: ${pydantic2.wrong.string}`)
  if (userId.length > 256) throw invalid(texts.userIdTooLong)
}

function countInput({ system = '', messages, prefill = '' }: Conversation): number {
  return messages.reduce(
    (sum, { text }) => sum + countTokens(text),
    countTokens(system) + countTokens(prefill),
  )
}

/** The turns of a Messages request, without the prefill. */
export interface Turns extends Pick<Conversation, 'messages' | 'prefill'> {
  /** Whether the last message is an assistant message, even an empty one. */
  endsWithAssistant: boolean
}

/** Validates roles, order and content of `messages`. */
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

/** Reads the text of a message: a string or the text of its blocks. */
function readContent(content: unknown, path: string): string {
  if (string.is(content)) {
    if (content.trim() === '') throw invalid(texts.blankTextBlock)
    return content
  }
  if (!list.is(content)) throw invalid(`${path}: ${pydantic2.wrong.list}`)
  return content.map((block, index) => readBlock(block, `${path}.${index}`)).join('')
}

/** Reads the text of one block. Accepts thinking blocks, which a client sends back with a response. */
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

/** Reads `system`: a string, which may be empty, or a list of text blocks, which must not be empty. */
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
