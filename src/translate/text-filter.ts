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
  /** What of the unsent tail the reply may still repeat. */
  let tail = trimmedSuffix
  let isFirst = true
  /** The first half of a character whose second half is still to come. */
  let half = ''

  const wholeCharacters = (piece: string): string => {
    const text = half + piece
    half = isFirstHalf(text.charCodeAt(text.length - 1)) ? text.slice(-1) : ''
    return half === '' ? text : text.slice(0, -1)
  }

  const dropTail = (piece: string): string => {
    let same = 0
    while (same < tail.length && piece[same] === tail[same]) same++
    // Of nothing, nothing is known yet.
    tail = same === piece.length ? tail.slice(same) : ''
    return piece.slice(same)
  }

  const lead = (text: string): string => {
    if (!isFirst || text === '') return text
    isFirst = false
    return leadingSpace && /^\S/.test(text) ? ` ${text}` : text
  }

  const look = (piece: string): StopResult => {
    const { text, stop } = stops.push(tail === '' ? piece : dropTail(piece))
    return { text: lead(text), stop }
  }

  return {
    push(piece) {
      const whole = wholeCharacters(piece)
      return look(afterEcho === undefined ? whole : afterEcho.push(whole))
    },
    flush() {
      const rest = half
      half = ''
      const { text, stop } = look(afterEcho === undefined ? rest : afterEcho.push(rest) + afterEcho.flush())
      return stop === null ? { text: text + lead(stops.flush()), stop } : { text, stop }
    },
  }
}

/** Whether a UTF-16 unit is the first of two. */
const isFirstHalf = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
