import { common } from './error-texts.ts'
import { invalid, Problem } from './problem.ts'

/** The versions there have been. */
const VERSIONS: readonly string[] = ['2023-01-01', '2023-06-01', '2026-10-21']

/** What every request is asked for first: a key that is accepted, then a version. Returns the version. */
export function checkHeaders(headers: Headers, apiKeys: readonly string[] | undefined): string {
  // If both are sent, x-api-key counts.
  const key = headers.get('x-api-key') || /^Bearer\s+(\S+)/i.exec(headers.get('authorization') ?? '')?.[1]
  if (!key) throw new Problem('authentication_error', common.keyMissing)
  const accepted = apiKeys ? apiKeys.includes(key) : !key.startsWith('invalid')
  if (!accepted) throw new Problem('authentication_error', common.keyInvalid)

  const version = headers.get('anthropic-version')
  if (!version) throw invalid(common.versionMissing)
  if (!VERSIONS.includes(version)) throw invalid(common.versionInvalid(version))
  return version
}

/** Parses a request body as the servers' JSON parser does: half a surrogate pair is refused. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (isBroken(key) || (typeof value === 'string' && isBroken(value))) throw invalid(common.loneSurrogate)
      return value
    })
  } catch (error) {
    throw error instanceof Problem ? error : invalid(common.notJson)
  }
}

/** Holds half a surrogate pair. */
const isBroken = (text: string): boolean => /\p{Surrogate}/u.test(text)
