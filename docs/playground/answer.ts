import { curlOf, pythonOf, typescriptOf } from '../../src/cli/request-code.ts'
import { BadRequestError } from '../../src/errors.ts'
import type { Diagnostic } from '../../src/transcript/index.ts'
import { type ReplyPlan, type Translation, translateRequest } from '../../src/translate/index.ts'
import { type Input, readInput } from './input.ts'
import { type Segment, segmentsOf } from './segments.ts'
import type { State } from './state.ts'

/** All that is known of what was pasted. */
export interface Answer {
  input: Input
  segments: readonly Segment[]
  /** In order of place; what is about the call and not about a place comes last. */
  diagnostics: readonly Diagnostic[]
  /** What would be sent; absent where the call is refused. */
  translation?: Translation
  /** Why the call is refused, in the old server's words. */
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

/** The request in the form that was chosen. */
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

/** What is to be done to the reply, for the old program to get what it got: `completionFrom` does it. */
export function wayBack({
  style,
  stopSequences,
  leadingSpace,
  trimmedSuffix,
  echo,
  tokenBudget,
}: ReplyPlan): string[] {
  const sequences = stopSequences.map(sequence => JSON.stringify(sequence)).join(', ')
  return [
    ...(stopSequences.length > 0
      ? [`The text ends before the first of ${sequences}, whatever the server does.`]
      : []),
    ...(leadingSpace ? ['The text gets the space back that completions began with.'] : []),
    ...(trimmedSuffix === ''
      ? []
      : ['Whitespace that the prompt ended in and that was not sent is not repeated.']),
    ...(echo === undefined ? [] : ['What the reply repeats of the prefill is removed.']),
    ...(tokenBudget === undefined
      ? []
      : [`A text of more than ${tokenBudget} tokens ends with stop_reason "max_tokens", as it would have.`]),
    ...(style === 'legacy'
      ? ['stop_reason, stop, id and log_id are given the old API’s names and forms.']
      : []),
  ]
}

function byPlace(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const placeOf = ({ span }: Diagnostic): number => span?.start ?? Number.POSITIVE_INFINITY
  // Not by subtraction: of two without a place that would be no number.
  return [...diagnostics].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : placeOf(a) > placeOf(b) ? 1 : 0))
}

/** The sentence of a refusal, out of the body that an old server would have sent. */
function sentenceOf(error: BadRequestError): string {
  const body: { error?: { message?: string } } = Object(error.error)
  return body.error?.message ?? error.message
}
