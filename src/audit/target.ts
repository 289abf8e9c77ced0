import { CALL_DIAGNOSTICS } from '../diagnostics/call.ts'
import { APIError } from '../errors.ts'
import { parsePrompt } from '../transcript/index.ts'
import { type CompletionRequest, translateRequest } from '../translate/index.ts'
import type { LegacyCall } from './legacy-use.ts'
import { render } from './prompt-text.ts'
import type { Remark } from './remark.ts'

/** For a call whose prompt is not known: nothing is said of the prompt then. */
const ANY_PROMPT = '\n\nHuman: {prompt}\n\nAssistant:'
const ANY_LIMIT = 256
const NUMBERS = ['temperature', 'top_p', 'top_k', 'max_tokens_to_sample'] as const

/**
 * What will happen to a call on the model it is to move to. The translation itself is asked, with what the call says
 * literally; what only the program knows is left out.
 */
export function remarksOnTarget(call: LegacyCall, target: string, source: string): Remark[] {
  return diagnose(requestOf(call, target, source))
    .map(({ code, severity, message, fix }) => ({
      code,
      severity,
      message,
      fix,
      span: placeOf(call, code, message),
    }))
    .sort((a, b) => a.span.start - b.span.start)
}

function diagnose(
  request: CompletionRequest,
): { code: Remark['code']; severity: Remark['severity']; message: string; fix: string }[] {
  try {
    return translateRequest(request).diagnostics.filter(({ code }) => Object.hasOwn(CALL_DIAGNOSTICS, code))
  } catch (error) {
    // A literal that no server ever took, such as a negative limit, is not the target's doing.
    if (APIError.isInstance(error)) return []
    throw error
  }
}

function requestOf(call: LegacyCall, target: string, source: string): CompletionRequest {
  const text = call.prompt && render(call.prompt).text
  const isPrompt =
    text !== undefined && parsePrompt(text).diagnostics.every(({ severity }) => severity !== 'error')
  const request: CompletionRequest = {
    model: target,
    prompt: isPrompt ? text : ANY_PROMPT,
    max_tokens_to_sample: ANY_LIMIT,
  }
  for (const field of NUMBERS) {
    const argument = call.arguments.find(({ name }) => name === field)
    const value =
      argument && Number(source.slice(argument.value.start, argument.value.end).replaceAll('_', ''))
    if (value !== undefined && Number.isFinite(value)) request[field] = value
  }
  return request
}

/** The argument that a remark is about, where it is about one. */
function placeOf(call: LegacyCall, code: Remark['code'], message: string): Remark['span'] {
  const field = /prefill/.test(code)
    ? 'prompt'
    : /\b(?:temperature|top_p|top_k|max_tokens_to_sample)\b/.exec(message)?.[0]
  const argument = call.arguments.find(({ name }) => name === field)
  return argument ? { start: argument.start, end: argument.end } : call.methodSpan
}
