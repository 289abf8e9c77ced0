import type { LegacyUse } from './legacy-use.ts'

/** A comment that says why a use is to stay, for the whole file or one line; for some rules or for all. */
const IGNORE =
  /legacy-completions-ignore(-file)?(?:[ \t]+([\w-]+(?:[ \t]*,[ \t]*[\w-]+)*))?[ \t]*(?::[ \t]*(.*))?/g

interface Ignore {
  /** The line it is for, from 1; `undefined` for the whole file. */
  line: number | undefined
  codes: readonly string[]
}

export interface Ignored {
  kept: LegacyUse[]
  ignored: LegacyUse[]
  /** The lines of comments that give no reason, and so ignore nothing. */
  unreasoned: number[]
}

/** Leaves out the uses that comments in their file ask to. */
export function applyIgnores(text: string, uses: readonly LegacyUse[]): Ignored {
  const { ignores, unreasoned } = readIgnores(text)
  const isIgnored = ({ line, code }: LegacyUse): boolean =>
    ignores.some(one => (one.line ?? line) === line && (one.codes.length === 0 || one.codes.includes(code)))
  return {
    kept: uses.filter(use => !isIgnored(use)),
    ignored: uses.filter(isIgnored),
    unreasoned,
  }
}

function readIgnores(text: string): { ignores: Ignore[]; unreasoned: number[] } {
  const ignores: Ignore[] = []
  const unreasoned: number[] = []
  if (!text.includes('legacy-completions-ignore')) return { ignores, unreasoned }
  for (const [index, line] of text.split('\n').entries()) {
    for (const match of line.matchAll(IGNORE)) {
      const [, isFile, codes = '', reason = ''] = match
      const given = reason.replace(/(?:\*\/|-->|#>|["',\s])+$/, '')
      if (given === '') {
        unreasoned.push(index + 1)
        continue
      }
      // Alone in its line, it is for the next one.
      const isAlone = /^[\s/*#;<!-]*$/.test(line.slice(0, match.index))
      ignores.push({
        line: isFile === undefined ? index + (isAlone ? 2 : 1) : undefined,
        codes: codes.split(/[ \t]*,[ \t]*/).filter(code => code !== ''),
      })
    }
  }
  return { ignores, unreasoned }
}
