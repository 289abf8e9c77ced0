import type { CompletionRequest } from '../wire.ts'

/** The path of the legacy endpoint, under whatever base. */
export const LEGACY_PATH: RegExp = /\/v1\/complete$/

/** What the legacy endpoint says to a body that is no JSON; JSON is UTF-8 (RFC 8259, section 8.1). */
export const NOT_JSON = 'The request body is not valid JSON'

/** The request in a body, whatever its fields are; nothing where the body is no JSON, or no text to begin with. */
export function parseRequest(text: string | undefined): CompletionRequest | undefined {
  try {
    return text === undefined ? undefined : Object(JSON.parse(text))
  } catch {
    return undefined
  }
}
