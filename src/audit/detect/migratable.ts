import type { Span } from '../../diagnostics/index.ts'
import type { LegacyCall, Match } from '../legacy-use.ts'
import { RULES } from '../rules.ts'

/** Returns whether `migrate` rewrites a match or moves it to this package. */
export type IsMigratable = (use: Match) => boolean

const IMPORTS = /@anthropic-ai\/|legacy-completions|^[ \t]*(?:import|from)[ \t]+anthropic\b/m
const CLIENT_METHODS = /^(?:complete|completeStream)$/

/**
 * Returns a test for the uses in a source that `migrate` can handle: imports, and the parts of calls that it
 * recognises.
 */
export function migratableIn(file: string, source: string, matches: readonly Match[]): IsMigratable {
  const isPython = file.endsWith('.py')
  if (!isPython && !/\.[cm]?[jt]sx?$/.test(file)) return () => false
  const calls = matches.flatMap(({ call }) => (call && isKnown(call, source, isPython) ? [call] : []))
  const isWithin = ({ start, end }: Span): boolean =>
    calls.some(call => call.start <= start && end <= call.end) ||
    // The prompt is in a variable that is assigned before the call.
    calls.some(call => isGivenTo(call, source.slice(Math.max(0, start - 120), start)))
  const isImporting = IMPORTS.test(source)
  return use => {
    const { code, isComment, call } = use
    if (!RULES[code].isMigratable || isComment) return false
    switch (code) {
      case 'legacy-call':
        return call !== undefined && calls.includes(call)
      case 'legacy-client':
      case 'legacy-type':
        // The shim has no Python version to import them from.
        return isImporting && !isPython
      case 'legacy-constant':
        if (calls.some(({ prompt }) => prompt && prompt.start <= use.start && use.end <= prompt.end))
          return true
        // A marker written out as text stays as it is, and so does a constant that the program defines.
        if (
          !/_PROMPT$/.test(source.slice(use.start, use.end)) ||
          /^\s*=[^=]/.test(source.slice(use.end, use.end + 8))
        )
          return false
        // In Python, the import is removed with the last call that uses it.
        return isImporting && (!isPython || calls.length > 0)
      case 'legacy-reply':
      case 'retired-model':
        // Responses and model names are not part of the call expression.
        return calls.length > 0
      default:
        return isWithin(use)
    }
  }
}

/** Returns whether a text that ends in `name = (` assigns the variable that is the prompt of a call. */
function isGivenTo({ prompt }: LegacyCall, before: string): boolean {
  const [segment, ...more] = prompt?.segments ?? []
  if (segment?.type !== 'placeholder' || more.length > 0 || !/^[\w$]+$/.test(segment.code)) return false
  return new RegExp(
    `(?<![\\w$])${segment.code.replaceAll('$', '\\$')}\\s*=\\s*\\(?\\s*[frbu]?["'\`]*$`,
    'i',
  ).test(before)
}

function isKnown({ method, receiver }: LegacyCall, source: string, isPython: boolean): boolean {
  const on = receiver === undefined ? '' : source.slice(receiver.start, receiver.end)
  if (/\bcompletions$/.test(on)) return method === 'create' || (!isPython && method === 'stream')
  return !isPython && CLIENT_METHODS.test(method) && on !== ''
}
