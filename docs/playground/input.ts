import { validateRequest } from '../../src/translate/validate.ts'
import type { CompletionRequest } from '../../src/wire.ts'

/** The pasted text, and how it was read. */
export interface Input {
  /** A plain prompt, a prompt in a JSON string, or a whole request in JSON. */
  kind: 'prompt' | 'string' | 'request'
  /** The prompt as text; empty if the input has no prompt. */
  prompt: string
  /** The request to translate. @throws BadRequestError where the old server would have rejected its form. */
  request(model: string): CompletionRequest
  /** Why a text that looks like a request is not read as one. */
  notJson?: string
}

/** The parameters of a request that is only a prompt. */
const MODEL = 'claude-2.1'
const MAX_TOKENS = 256

/** Reads the pasted text: a request in JSON, a prompt in a JSON string, or a plain prompt. */
export function readInput(text: string): Input {
  if (!/^\s*[{"]/.test(text)) return { kind: 'prompt', ...ofPrompt(text) }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const notJson = error instanceof Error ? error.message : String(error)
    // A prompt may begin with a quotation mark or a brace; only a text with the field "prompt" was meant as a request.
    return { kind: 'prompt', ...ofPrompt(text), ...(/^\s*\{.*"prompt"/s.test(text) && { notJson }) }
  }
  if (typeof value === 'string') return { kind: 'string', ...ofPrompt(value) }
  if (typeof value !== 'object' || value === null || !('prompt' in value))
    return { kind: 'prompt', ...ofPrompt(text) }
  const { prompt } = value
  return {
    kind: 'request',
    prompt: typeof prompt === 'string' ? prompt : '',
    request: model => validateRequest(model === '' ? value : { ...value, model }),
  }
}

function ofPrompt(prompt: string): Pick<Input, 'prompt' | 'request'> {
  const request: Input['request'] = model => ({
    model: model || MODEL,
    max_tokens_to_sample: MAX_TOKENS,
    prompt,
  })
  return { prompt, request }
}

/** Writes a text as a request in JSON, so that other parameters can be added. */
export function asRequest(text: string, model: string): string {
  return JSON.stringify(readInput(text).request(model), null, 2)
}
