import type { Call } from './call.ts'
import { common, complete } from './error-texts.ts'
import {
  boolean,
  integer,
  list,
  number,
  object,
  pydantic1,
  readFields,
  readStrings,
  string,
} from './fields.ts'
import { findModel, RETIRED_MESSAGES_MODELS } from './known-models.ts'
import { findLegacyModel, type LegacyModel } from './legacy-models.ts'
import { readPrompt } from './legacy-prompt.ts'
import { writeCompletion } from './legacy-reply.ts'
import { invalid, Problem } from './problem.ts'
import type { AnswerReply, Conversation } from './script.ts'
import { countTokens } from './tokens.ts'

/** "No validation, but capped values per-model": the most the last legacy models wrote. */
const MAX_OUTPUT_TOKENS = 4096

/** Checks a request to `POST /v1/complete` and reads it. */
export function readCompleteCall(body: unknown, version: string): Call {
  const read = readFields(body, pydantic1)
  const modelId = read.required('model', string)
  const prompt = read.required('prompt', string)
  const maxTokens = read.required('max_tokens_to_sample', integer)
  const stops = readStrings(read.optional('stop_sequences', list) ?? [], 'stop_sequences', pydantic1)
  const temperature = read.optional('temperature', number)
  const topP = read.optional('top_p', number)
  const topK = read.optional('top_k', integer)
  const metadata = read.optional('metadata', object)
  const stream = read.optional('stream', boolean) ?? false
  read.nothingElse()

  if (prompt === '') throw invalid(complete.emptyPrompt)
  if (maxTokens < 1 || maxTokens > 1_000_000) throw invalid(complete.maxTokensRange)
  checkUnit('temperature', temperature)
  checkUnit('top_p', topP)
  if (topK !== undefined && (topK < -1 || topK > 1_000_000)) throw invalid(complete.topKRange)
  if (metadata !== undefined) checkMetadata(metadata)

  const model = legacyModel(modelId)
  const { bare, ...asked } = readPrompt(prompt)
  const tokens = countTokens(prompt)
  if (tokens > model.maxPromptTokens) throw invalid(common.promptTooLong(tokens, model.maxPromptTokens))

  const conversation: Conversation = { ...asked, model: model.id }
  return {
    conversation,
    // -1 was the early documentation's word for "not set".
    temperature: temperature === undefined || temperature === -1 ? 1 : temperature,
    stream,
    write: (reply: AnswerReply, means) =>
      writeCompletion(
        reply,
        { model: model.id, maxTokens: Math.min(maxTokens, MAX_OUTPUT_TOKENS), stops, bare, stream, version },
        means,
      ),
  }
}

function checkUnit(field: string, value: number | undefined): void {
  if (value !== undefined && value !== -1 && !(value >= 0 && value <= 1))
    throw invalid(complete.unsetOr0to1(field))
}

function checkMetadata(metadata: object): void {
  const read = readFields(metadata, pydantic1, 'metadata')
  const userId = read.optional('user_id', string)
  read.nothingElse()
  if (userId !== undefined && userId.length > 256) throw invalid(complete.userIdTooLong)
}

function legacyModel(id: string): LegacyModel {
  const model = findLegacyModel(id)
  if (model) return model
  if (findModel(id) || RETIRED_MESSAGES_MODELS.includes(id)) throw invalid(complete.unsupportedModel(id))
  throw new Problem('not_found_error', common.unknownModel(id))
}
