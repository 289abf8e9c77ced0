import type { PrefillEcho } from './prefill.ts'
import { dropEcho } from './prefill.ts'
import type { ReplyPlan } from './request.ts'
import { matchStops, type StopResult } from './stop.ts'

/** The way of a text that comes in pieces. */
export interface TextPath {
  push(piece: string): StopResult
  /** What was held back, once the text is known to have ended: it may hold a stop as well. */
  flush(): StopResult
}

/**
 * What happens to the text of a reply on its way back, in this order: a character that came in two halves is put together,
 * for a server may cut by UTF-16 units and no terminal can show a half; what it repeats of the prefill is dropped, then
 * whitespace that the prompt already ended in; stop sequences are looked for; the legacy leading space is given back.
 *
 * Stops are looked for before the space is given back: it is ours, not the model's.
 */
export function reshapeText(plan: ReplyPlan, echo: PrefillEcho | undefined): TextPath {
  const { stopSequences, leadingSpace, trimmedSuffix, style } = plan
  const stops = matchStops(stopSequences)
  const givesSpace = style === 'legacy' && trimmedSuffix === '' && echo?.isContinued === true
  const afterEcho = echo && dropEcho(echo, givesSpace)
  /** The whitespace that the prompt already ends in, until it is known what the response repeats of it. */
  let suffix = trimmedSuffix
  /** Whitespace at the beginning of the response, held back until then. */
  let blanks = ''
  let isFirst = true
  /** The first half of a character whose second half is still to come. */
  let half = ''

  const wholeCharacters = (piece: string): string => {
    const text = half + piece
    half = isFirstHalf(text.charCodeAt(text.length - 1)) ? text.slice(-1) : ''
    return half === '' ? text : text.slice(0, -1)
  }

  const dropSuffix = (piece: string, isEnd: boolean): string => {
    blanks += piece
    if (!isEnd && blanks.length < suffix.length && !/\S/.test(blanks)) return ''
    const rest = blanks.slice(repeatedLength(suffix, blanks))
    suffix = ''
    return rest
  }

  const lead = (text: string): string => {
    if (!isFirst || text === '') return text
    isFirst = false
    return leadingSpace && /^\S/.test(text) ? ` ${text}` : text
  }

  const look = (piece: string, isEnd: boolean): StopResult => {
    const { text, stop } = stops.push(suffix === '' ? piece : dropSuffix(piece, isEnd))
    return { text: lead(text), stop }
  }

  return {
    push(piece) {
      const whole = wholeCharacters(piece)
      return look(afterEcho === undefined ? whole : afterEcho.push(whole), false)
    },
    flush() {
      const rest = half
      half = ''
      const { text, stop } = look(
        afterEcho === undefined ? rest : afterEcho.push(rest) + afterEcho.flush(),
        true,
      )
      return stop === null ? { text: text + lead(stops.flush()), stop } : { text, stop }
    },
  }
}

/** An end of the whitespace that is longer than this is not looked for, so that a flood of blanks costs its length. */
const LONGEST_END = 256

/**
 * How many characters at the beginning of a text repeat whitespace that precedes it: the longest end of that whitespace
 * that the text begins with, or as much of its beginning.
 */
function repeatedLength(suffix: string, text: string): number {
  let same = 0
  while (same < suffix.length && suffix[same] === text[same]) same++
  for (let length = Math.min(suffix.length, LONGEST_END); length > same; length--) {
    if (text.startsWith(suffix.slice(-length))) return length
  }
  return same
}

/** Whether a UTF-16 unit is the first of two. */
const isFirstHalf = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
