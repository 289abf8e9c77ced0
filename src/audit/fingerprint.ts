import type { LegacyUse } from './legacy-use.ts'

/**
 * Names a use by what it is and not by where: the file, the rule, the text of its line, and which of the same it is.
 * Lines may be moved and indented anew without changing it.
 */
export function fingerprints(uses: readonly LegacyUse[]): string[] {
  const counts = new Map<string, number>()
  return uses.map(({ file, code, excerpt }) => {
    const name = hash(`${file}\n${code}\n${excerpt.trim().replace(/\s+/g, ' ')}`)
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return `${name}/${count}`
  })
}

/** FNV-1a in two halves: enough to tell lines apart, and nothing more is asked of it. */
function hash(text: string): string {
  return `${fnv1a(text, 0x811c9dc5)}${fnv1a(text, 0x01000193)}`
}

function fnv1a(text: string, seed: number): string {
  let sum = seed
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193)
  return (sum >>> 0).toString(16).padStart(8, '0')
}
