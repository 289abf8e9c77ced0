import type { Call } from './call.ts'
import { common, messages as texts } from './error-texts.ts'
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
import { findModel } from './known-models.ts'
import { readSystem, readTurns } from './messages-content.ts'
import { writeMessage } from './messages-reply.ts'
import {
  checkSampling,
  checkSamplingRanges,
  decideThinking,
  readEffort,
  readThinking,
} from './messages-rules.ts'
import { invalid, Problem } from './problem.ts'
import type { Conversation } from './script.ts'
import { countTokens } from './tokens.ts'

/** The version on which the sampling parameters are gone for every model. */
const WITHOUT_SAMPLING = '2026-10-21'

/** Checks a request to `POST /v1/messages` and reads it. */
export function readMessagesCall(body: unknown, version: string): Call {
  const read = readFields(body, pydantic2)
  const modelId = read.required('model', string)
  const values = read.required('messages', list)
  const maxTokens = read.required('max_tokens', integer)
  const system = readSystem(read.any('system'))
  const stops = readStrings(read.optional('stop_sequences', list) ?? [], 'stop_sequences', pydantic2)
  // A field that is not read here counts as unknown below: "temperature: Extra inputs are not permitted".
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

  // 0 is legal: it warms a prompt cache and generates nothing.
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
    write: (reply, means) =>
      writeMessage(reply, { model: model.id, maxTokens, stops, thinks, inputTokens, stream }, means),
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
  // Documented as nullable, alone among these fields.
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
