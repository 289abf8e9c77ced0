import { curlOf, pythonOf, typescriptOf } from '../../src/cli/request-code.ts'
import { BadRequestError } from '../../src/errors.ts'
import type { Diagnostic } from '../../src/transcript/index.ts'
import { type ReplyPlan, type Translation, translateRequest } from '../../src/translate/index.ts'
import type { CompletionRequest } from '../../src/wire.ts'
import { type Input, readInput } from './input.ts'
import { type Segment, segmentsOf } from './segments.ts'
import type { State } from './state.ts'

/** The translation of the pasted text. */
export interface Answer {
  input: Input
  segments: readonly Segment[]
  /** In order of location; those about the whole call come last. */
  diagnostics: readonly Diagnostic[]
  /** The translated request; absent if the call is rejected. */
  translation?: Translation
  /** Why the call is rejected, in the old server's words. */
  refusal?: string
}

export function answerTo(state: State): Answer {
  const input = readInput(state.text)
  const segments = input.prompt === '' ? [] : segmentsOf(input.prompt, state.prompts)
  try {
    const translation = translateRequest(input.request(state.model), state)
    return { input, segments, diagnostics: byPlace(translation.diagnostics), translation }
  } catch (error) {
    if (!BadRequestError.isInstance(error)) throw error
    return { input, segments, diagnostics: byPlace(error.diagnostics ?? []), refusal: sentenceOf(error) }
  }
}

/** The request in the selected form. */
export function writtenAs(form: State['form'], { request, headers }: Translation): string {
  const version = headers['anthropic-version']
  switch (form) {
    case 'json':
      return JSON.stringify(request, null, 2)
    case 'curl':
      return curlOf(request, version)
    case 'typescript':
      return typescriptOf(request, version)
    case 'python':
      return pythonOf(request, version)
  }
}

/** The legacy request that the input stands for; `undefined` where it is not one. */
export function legacyRequest({ request }: Input, model: string): CompletionRequest | undefined {
  try {
    return request(model)
  } catch {
    return undefined
  }
}

/** How `completionFrom` converts the response, so that the old program gets what it expects. */
export function responseSteps({
  style,
  stopSequences,
  leadingSpace,
  trimmedSuffix,
  echo,
  tokenBudget,
}: ReplyPlan): string[] {
  const sequences = stopSequences.map(sequence => JSON.stringify(sequence)).join(', ')
  return [
    ...(stopSequences.length > 0 ? [`The text ends before the first of ${sequences}.`] : []),
    ...(leadingSpace ? ['The text begins with a space, as completions did.'] : []),
    ...(trimmedSuffix === ''
      ? []
      : ['Whitespace at the end of the prompt was not sent, and is not repeated in the text.']),
    ...(echo === undefined ? [] : ['If the response repeats the prefill, the repetition is removed.']),
    ...(tokenBudget === undefined
      ? []
      : [`A text of more than ${tokenBudget} tokens ends with stop_reason "max_tokens".`]),
    ...(style === 'legacy'
      ? ['stop_reason, stop, id and log_id have the names and forms of the old API.']
      : []),
  ]
}

function byPlace(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const placeOf = ({ span }: Diagnostic): number => span?.start ?? Number.POSITIVE_INFINITY
  // Infinity - Infinity is NaN, so compare instead of subtracting.
  return [...diagnostics].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : placeOf(a) > placeOf(b) ? 1 : 0))
}

/** The message in the error body that the old server would have sent. */
function sentenceOf(error: BadRequestError): string {
  const body: { error?: { message?: string } } = Object(error.error)
  return body.error?.message ?? error.message
}
