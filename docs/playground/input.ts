import { validateRequest } from '../../src/translate/validate.ts'
import type { CompletionRequest } from '../../src/wire.ts'

/** What a text was taken for, and what it says. */
export interface Input {
  /** A prompt as it stands, one written as a JSON string, or a whole request in JSON. */
  kind: 'prompt' | 'string' | 'request'
  /** The prompt as text; empty where there is none to show. */
  prompt: string
  /** The request to translate. @throws BadRequestError where the old server would have refused its form. */
  request(model: string): CompletionRequest
  /** Why it is not taken for the request that it looks like. */
  notJson?: string
}

/** What a prompt alone does not say. */
const MODEL = 'claude-2.1'
const MAX_TOKENS = 256

/** Reads what was pasted: a request in JSON, a prompt as a JSON string, or else a prompt as it stands. */
export function readInput(text: string): Input {
  if (!/^\s*[{"]/.test(text)) return { kind: 'prompt', ...ofPrompt(text) }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const notJson = error instanceof Error ? error.message : String(error)
    // A prompt may begin with a quotation mark or a brace; only one that names the field was meant as a request.
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

/** A text as a request in JSON, in which the other parameters can be written. */
export function asRequest(text: string, model: string): string {
  return JSON.stringify(readInput(text).request(model), null, 2)
}
