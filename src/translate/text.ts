import { dropEcho } from './echo.ts'
import type { Echo } from './prefill.ts'
import type { ReplyPlan } from './request.ts'
import { matchStops, type StopResult } from './stop.ts'

/** The way of a text that comes in pieces. */
export interface TextPath {
  push(piece: string): StopResult
  /** What was held back, once the text is known to have ended: it may hold a stop as well. */
  flush(): StopResult
}

/**
 * What happens to the text of a reply on its way back, in this order: what it repeats of the prefill is dropped, then
 * whitespace that the prompt already ended in; stop sequences are looked for; the legacy leading space is given back.
 *
 * Stops are looked for before the space is given back: it is ours, not the model's.
 */
export function reshapeText(plan: ReplyPlan, echo: Echo | undefined): TextPath {
  const { stopSequences, leadingSpace, unsentTail, style } = plan
  const stops = matchStops(stopSequences)
  const givesSpace = style === 'legacy' && unsentTail === '' && echo?.isContinued === true
  const afterEcho = echo && dropEcho(echo, givesSpace)
  /** What of the unsent tail the reply may still repeat. */
  let tail = unsentTail
  let isFirst = true

  const dropTail = (piece: string): string => {
    let same = 0
    while (same < piece.length && same < tail.length && piece[same] === tail[same]) same++
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
    push: piece => look(afterEcho === undefined ? piece : afterEcho.push(piece)),
    flush() {
      const { text, stop } = look(afterEcho?.flush() ?? '')
      return stop === null ? { text: text + lead(stops.flush()), stop } : { text, stop }
    },
  }
}
