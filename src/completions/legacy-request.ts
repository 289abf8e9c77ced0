import type { CompletionRequest } from '../wire.ts'

/** The path of the legacy endpoint, under whatever base. */
export const LEGACY_PATH: RegExp = /\/v1\/complete$/

/** The request in a body, whatever its fields are; nothing where the body is no JSON. */
export function parseRequest(text: string): CompletionRequest | undefined {
  try {
    return Object(JSON.parse(text))
  } catch {
    return undefined
  }
}
