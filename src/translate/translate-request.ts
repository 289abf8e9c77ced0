import type { CompletionRequest } from '../wire.ts'
import { promptRepair } from './repair-prompt.ts'
import { type TranslateOptions, type Translation, translate } from './request.ts'
import { checkTranslation } from './validate.ts'

/**
 * Translates a legacy request to a Messages request. Returns the diagnostics of all changes and a plan for converting
 * the response, too. Pure.
 *
 * @throws BadRequestError, with the old server's message, for a request that the old server rejected.
 * @throws TypeError for an option whose value is not one of those listed.
 * @example
 * const { request, headers, plan } = translateRequest({
 *   model: 'claude-2.1',
 *   prompt: '\n\nHuman: Hi\n\nAssistant:',
 *   max_tokens_to_sample: 256,
 * })
 * // request: { model: 'claude-opus-4-8', max_tokens: 256, messages: [{ role: 'user', content: 'Hi' }] }
 */
export function translateRequest(legacy: CompletionRequest, options: TranslateOptions = {}): Translation {
  checkTranslation(options)
  return translate(legacy, options, promptRepair)
}
