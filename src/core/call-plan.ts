import type { OnDiagnostic } from '../diagnostics/diagnostic.ts'
import {
  completionFrom,
  type Diagnostic,
  type Endpoint,
  type TranslateOptions,
  translateRequest,
} from '../translate/index.ts'
import type { CompletionRequest } from '../wire.ts'
import { legacyGrammar, messagesGrammar, type ReplyGrammar } from './response-decoder.ts'

/** A call made ready for one of the two endpoints. */
export interface Outgoing {
  path: '/v1/messages' | '/v1/complete'
  headers: { 'anthropic-version': string }
  body: object
  /** Whether a stream is asked for: it may be though the caller wants a whole reply. */
  isStreamed: boolean
  grammar: ReplyGrammar
  /** What was noticed and changed in the request. */
  diagnostics: readonly Diagnostic[]
}

/** @throws BadRequestError for what cannot be translated; the legacy endpoint itself is sent everything. */
export function prepare(
  legacy: CompletionRequest,
  endpoint: Endpoint,
  translation: TranslateOptions,
  onDiagnostic: OnDiagnostic,
  readMessage: typeof completionFrom = completionFrom,
): Outgoing {
  if (endpoint === 'complete') {
    return {
      path: '/v1/complete',
      // The later versions are of the Messages API.
      headers: { 'anthropic-version': translation.apiVersion === '2023-01-01' ? '2023-01-01' : '2023-06-01' },
      body: legacy,
      isStreamed: legacy.stream === true,
      grammar: legacyGrammar(legacy.model),
      diagnostics: [],
    }
  }
  const { request, headers, diagnostics, plan } = translateRequest(legacy, translation)
  return {
    path: '/v1/messages',
    headers,
    body: request,
    isStreamed: request.stream === true,
    grammar: messagesGrammar(plan, onDiagnostic, readMessage),
    diagnostics,
  }
}
