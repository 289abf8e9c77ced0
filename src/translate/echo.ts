import type { Echo } from './prefill.ts'

/** Takes from the beginning of a text what it repeats of the prefill. */
export interface EchoFilter {
  /** Takes the next piece. What may still be a repetition is held back. */
  push(piece: string): string
  /** Hands out what is held back, once the text has ended. */
  flush(): string
}

/** A repetition of fewer visible characters than this may be chance, where it begins in the middle of a line. */
const SHORTEST_IN_LINE = 12

const VISIBLE = /\S/

/**
 * Finds the longest repetition: of the whole prefill, or, where the model was asked to go on, of its last lines or
 * words. Whitespace is not compared then: a model that repeats JSON may space it its own way.
 *
 * What is handed out is either all of the text or all that follows the repetition. A new turn does not begin with a
 * space, as a continued one did; with `givesSpace` it gets one where two words would run together.
 */
export function dropEcho({ text: prefill, isContinued }: Echo, givesSpace: boolean): EchoFilter {
  const said = isContinued ? prefill.replace(/\s+/g, '') : prefill
  /** Where in `said` a repetition may begin that the text so far still agrees with, the longest one first. */
  let candidates = isContinued ? beginnings(prefill) : [0]
  let held = ''
  /** How much of `held` was compared, and how many characters of it counted. */
  let at = 0
  let seen = 0
  /** Where the longest repetition that is complete ends in `held`. */
  let end: number | undefined
  let isDecided = said === ''

  const decide = (): string => {
    isDecided = true
    if (end !== undefined) return held.slice(end)
    return givesSpace && wantsSpace(prefill, held) ? ` ${held}` : held
  }

  const compare = (): void => {
    for (; at < held.length && candidates.length > 0; at++) {
      const unit = held[at] ?? ''
      if (isContinued && !VISIBLE.test(unit)) continue
      candidates = candidates.filter(from => said[from + seen] === unit)
      seen++
      // All that are left agree with the text, so the shortest of them is complete first.
      const shortest = candidates.at(-1)
      if (shortest === undefined || shortest + seen < said.length) continue
      end = at + 1
      candidates.pop()
    }
  }

  return {
    push(piece) {
      if (isDecided) return piece
      held += piece
      compare()
      return candidates.length === 0 ? decide() : ''
    },
    flush: () => (isDecided ? '' : decide()),
  }
}

/**
 * Where a repetition may begin, counted in visible characters: at the start, at a line, at a last word that begins with
 * a sign, such as `(` or `<answer>`, or at any word with enough behind it that it cannot be chance.
 */
function beginnings(prefill: string): number[] {
  const total = prefill.replace(/\s+/g, '').length
  const places: number[] = []
  let seen = 0
  for (const [, space = '', word = ''] of prefill.matchAll(/(\s*)(\S+)/g)) {
    const left = total - seen
    const isLast = left === word.length
    const opens = isLast && /^[^\p{L}\p{N}]/u.test(word)
    if (seen === 0 || space.includes('\n') || opens || left >= SHORTEST_IN_LINE) places.push(seen)
    seen += word.length
  }
  return places
}

/** Letters and digits of the scripts that put spaces between words. */
const WORD = String.raw`(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}])[\p{L}\p{N}]`
const WORD_ENDS = new RegExp(`${WORD}$|[,;:.!?]$`, 'u')
const WORD_BEGINS = new RegExp(`^${WORD}`, 'u')

/** Whether two texts would run together that a prefill's own continuation would have begun with a space. */
function wantsSpace(before: string, after: string): boolean {
  return WORD_ENDS.test(before.slice(-2)) && WORD_BEGINS.test(after)
}
