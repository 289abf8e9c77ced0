import { common, invalid, notImplemented, Problem, messages as texts } from './errors.ts'
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
  readOutputConfig,
  readThinking,
} from './messages-rules.ts'
import { findModel, type KnownModel } from './models.ts'
import type { Conversation } from './script.ts'

/** The API version that removed the sampling parameters for every model. */
const WITHOUT_SAMPLING = '2026-10-21'

/** Fields of the API, including beta fields, that do not affect the emulator's response. Source: the SDK 1.12.0. */
const IGNORED_FIELDS: readonly string[] = [
  'billing_policy',
  'cache_control',
  'compaction',
  'container',
  'context_management',
  'diagnostics',
  'fallback_credit_token',
  'fallbacks',
  'inference_geo',
  'mcp_servers',
  'service_tier',
  'speed',
  'thread',
  'user_profile_id',
]

/**
 * Validates a request to `POST /v1/messages`. Throws a Problem if it is invalid.
 *
 * @param today - The day for which models count as retired. None are by default.
 */
export function readMessagesCall(body: unknown, version: string, today?: string): Call {
  const read = readFields(body, pydantic2)
  const modelId = read.required('model', string)
  const values = read.required('messages', list)
  const maxTokens = read.required('max_tokens', integer)
  const system = readSystem(read.any('system'))
  const stops = readStrings(read.optional('stop_sequences', list) ?? [], 'stop_sequences', pydantic2)
  // `nothingElse` rejects fields that are not read here: "temperature: Extra inputs are not permitted".
  const sampled = version !== WITHOUT_SAMPLING
  const sampling = {
    temperature: sampled ? read.optional('temperature', number) : undefined,
    topP: sampled ? read.optional('top_p', number) : undefined,
    topK: sampled ? read.optional('top_k', integer) : undefined,
  }
  const metadata = read.optional('metadata', object)
  const stream = read.optional('stream', boolean) ?? false
  const thinking = readThinking(read.optional('thinking', object))
  const { effort, formatted } = readOutputConfig(read.optional('output_config', object))
  read.optional('tools', list)
  const toolChoice = readToolChoice(read.optional('tool_choice', object))
  const outputFormat = read.optional('output_format', object)
  read.nothingElse(IGNORED_FIELDS)

  // 0 is valid: it only fills the prompt cache and generates nothing.
  if (maxTokens < 0) throw invalid(texts.negativeMaxTokens)
  checkStops(stops)
  checkSamplingRanges(sampling)
  if (metadata !== undefined) checkMetadata(metadata)
  const { instructions, endsWithAssistant, attached, ...turns } = readTurns(values)

  const model = findModel(modelId, today)
  if (model === undefined) throw new Problem('not_found_error', common.unknownModel(modelId))
  if (maxTokens > model.maxTokens) throw invalid(texts.tooManyTokens(maxTokens, model.maxTokens, model.id))
  const thinks = decideThinking(thinking, effort, model, maxTokens)
  checkSampling(sampling, model, thinks)
  checkEnd(endsWithAssistant, thinks, model, values)
  if (instructions.length > 0 && !model.systemRole) throw invalid(texts.systemRole)

  const systemTexts = [...(system === undefined ? [] : [system]), ...instructions]
  const conversation: Conversation = {
    ...(systemTexts.length === 0 ? {} : { system: systemTexts.join('\n\n') }),
    ...turns,
    model: model.id,
  }
  const inputTokens = countInput(conversation)
  if (inputTokens > model.contextTokens) throw invalid(common.promptTooLong(inputTokens, model.contextTokens))

  return {
    conversation,
    attached,
    temperature: sampling.temperature ?? 1,
    stream,
    checkDefaultReply() {
      if (toolChoice === 'any' || toolChoice === 'tool')
        throw notImplemented(`\`tool_choice: {"type": "${toolChoice}"}\``, 'it does not call tools')
      if (formatted) throw notImplemented('`output_config.format`', 'it does not write structured output')
      if (outputFormat) throw notImplemented('`output_format`', 'it does not write structured output')
    },
    write: (reply, context) =>
      writeMessage(reply, { model: model.id, maxTokens, stops, thinks, inputTokens, stream }, context),
  }
}

/** Checks whether the model accepts a prefill, if the request has one. */
function checkEnd(
  endsWithAssistant: boolean,
  thinks: boolean,
  model: KnownModel,
  values: readonly unknown[],
): void {
  if (!endsWithAssistant) return
  if (!model.prefill) throw invalid(texts.noPrefill)
  if (thinks && !beginsWithThinking(values.at(-1)))
    throw invalid(texts.prefillWhileThinking(values.length - 1))
}

function beginsWithThinking(message: unknown): boolean {
  const content = object.is(message) ? message.content : undefined
  const first = list.is(content) ? content[0] : undefined
  return object.is(first) && (first.type === 'thinking' || first.type === 'redacted_thinking')
}

const TOOL_CHOICES: readonly string[] = ['any', 'auto', 'none', 'tool']

function readToolChoice(value: unknown): string | undefined {
  if (value === undefined) return undefined
  const type = readFields(value, pydantic2, 'tool_choice').required('type', string)
  if (!TOOL_CHOICES.includes(type)) throw invalid(texts.unknownTag('tool_choice', type, TOOL_CHOICES))
  return type
}

function checkStops(stops: readonly string[]): void {
  for (const stop of stops) {
    if (stop === '') throw invalid(texts.emptyStop)
    if (stop.trim() === '') throw invalid(texts.blankStop)
  }
}

function checkMetadata(metadata: object): void {
  const read = readFields(metadata, pydantic2, 'metadata')
  const userId = read.optional('user_id', string)
  read.nothingElse()
  if (userId !== undefined && userId.length > 256) throw invalid(texts.userIdTooLong)
}

function countInput({ system = '', messages, prefill = '' }: Conversation): number {
  return messages.reduce(
    (sum, { text }) => sum + countTokens(text),
    countTokens(system) + countTokens(prefill),
  )
}

/** The turns of a Messages request, without the prefill. */
export interface Turns extends Pick<Conversation, 'messages' | 'prefill'> {
  /** The texts of messages with the role `system`. */
  instructions: string[]
  /** Whether the last message is an assistant message, even an empty one. */
  endsWithAssistant: boolean
  /** Type of a block in the last user turn that is not text, such as `image`. */
  attached?: string | undefined
}

/** Validates roles, order and content of `messages`. The API joins consecutive turns of one role. */
function readTurns(values: readonly unknown[]): Turns {
  if (values.length === 0) throw invalid(texts.noMessages)
  const read = values.map((value, index) => readTurn(value, index, index === values.length - 1))
  if (read[0]?.role === 'assistant') throw invalid(texts.firstMustBeUser)
  for (const [index, { role }] of read.entries()) if (role === 'system') checkSystemPosition(index, read)

  const turns = read.filter((turn): turn is Turn & { role: 'user' | 'assistant' } => turn.role !== 'system')
  const instructions = read.filter(turn => turn.role === 'system' && turn.text !== '').map(turn => turn.text)
  const last = turns.at(-1)
  const attached = turns.findLast(turn => turn.role === 'user')?.attached
  if (last?.role !== 'assistant' || read.at(-1)?.role === 'system')
    return { messages: plain(turns), instructions, attached, endsWithAssistant: false }
  if (/\s$/.test(last.text)) throw invalid(texts.trailingWhitespace)
  return {
    messages: plain(turns.slice(0, -1)),
    ...(last.text === '' ? {} : { prefill: last.text }),
    instructions,
    attached,
    endsWithAssistant: true,
  }
}

const plain = (turns: readonly (Turn & { role: 'user' | 'assistant' })[]): Conversation['messages'] =>
  turns.map(({ role, text }) => ({ role, text }))

/**
 * Checks the position of a `system` message: after a user turn, and before an assistant turn or at the end
 * (documented).
 */
function checkSystemPosition(index: number, turns: readonly Turn[]): void {
  const before = turns.slice(0, index).findLast(turn => turn.role !== 'system')
  const after = turns.slice(index).find(turn => turn.role !== 'system')
  if (index === 0) throw invalid(texts.systemRole)
  if (before?.role !== 'user' || after?.role === 'user') throw invalid(texts.systemPosition(index))
}

interface Turn {
  role: 'user' | 'assistant' | 'system'
  text: string
  attached?: string | undefined
}

function readTurn(value: unknown, index: number, isLast: boolean): Turn {
  const read = readFields(value, pydantic2, `messages.${index}`)
  const role = read.required('role', string)
  const content = read.any('content')
  if (content === undefined || content === null)
    throw invalid(`messages.${index}.content: ${pydantic2.missing}`)
  read.nothingElse()
  if (role !== 'user' && role !== 'assistant' && role !== 'system') throw invalid(texts.unknownRole(index))

  if (content === '' || (list.is(content) && content.length === 0)) {
    if (isLast && role === 'assistant') return { role, text: '' }
    throw invalid(texts.emptyMessage(index))
  }
  return { role, ...readContent(content, `messages.${index}.content`) }
}

/** Returns the text of a message, and the type of its first block that is neither text nor thinking. */
function readContent(content: unknown, path: string): Omit<Turn, 'role'> {
  if (string.is(content)) {
    if (content.trim() === '') throw invalid(texts.blankTextBlock)
    return { text: content }
  }
  if (!list.is(content)) throw invalid(`${path}: ${pydantic2.wrong.list}`)
  const blocks = content.map((block, index) => readBlock(block, `${path}.${index}`))
  return {
    text: blocks.map(block => block.text).join(''),
    attached: blocks.find(block => block.attached !== undefined)?.attached,
  }
}

/** Block types of the API that the emulator accepts and ignores. Source: the SDK 1.12.0. */
const UNREAD_BLOCKS: readonly string[] = [
  'advisor_tool_result',
  'bash_code_execution_tool_result',
  'code_execution_tool_result',
  'compaction',
  'container_upload',
  'document',
  'fallback',
  'image',
  'mcp_tool_listing',
  'mcp_tool_result',
  'mcp_tool_use',
  'redacted_thinking',
  'search_result',
  'server_tool_use',
  'text_editor_code_execution_tool_result',
  'thinking',
  'tool_addition',
  'tool_removal',
  'tool_result',
  'tool_search_tool_result',
  'tool_use',
  'web_fetch_tool_result',
  'web_search_tool_result',
]

function readBlock(block: unknown, path: string): { text: string; attached?: string } {
  const read = readFields(block, pydantic2, path)
  const type = read.required('type', string)
  if (UNREAD_BLOCKS.includes(type))
    return type.endsWith('thinking') ? { text: '' } : { text: '', attached: type }
  if (type !== 'text') throw invalid(texts.unknownTag(path, type, [...UNREAD_BLOCKS, 'text'].sort()))
  const text = read.required('text', string)
  read.nothingElse(['cache_control', 'citations'])
  if (text === '') throw invalid(texts.emptyTextBlock)
  if (text.trim() === '') throw invalid(texts.blankTextBlock)
  return { text }
}

/** Reads `system`: a string, possibly empty, or a list of text blocks, which must not be empty. */
function readSystem(system: unknown): string | undefined {
  if (system === undefined || system === null || system === '') return undefined
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
