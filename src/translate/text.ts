import type { ReplyPlan } from './request.ts'
import { matchStops, type StopMatcher } from './stop.ts'

/**
 * What happens to the text of a reply on its way back, in this order: whitespace that the prompt already ended
 * in is dropped, stop sequences are looked for, the legacy leading space is given back.
 *
 * Stops are looked for before the space is given back: it is ours, not the model's.
 */
export function reshapeText({ stopSequences, leadingSpace, unsentTail }: ReplyPlan): StopMatcher {
  const stops = matchStops(stopSequences)
  /** What of the unsent tail the reply may still repeat. */
  let tail = unsentTail
  let isFirst = true

  const dropTail = (piece: string): string => {
    let same = 0
    while (same < piece.length && same < tail.length && piece[same] === tail[same]) same++
    tail = same === piece.length ? tail.slice(same) : ''
    return piece.slice(same)
  }

  const lead = (text: string): string => {
    if (!isFirst || text === '') return text
    isFirst = false
    return leadingSpace && /^\S/.test(text) ? ` ${text}` : text
  }

  return {
    push(piece) {
      const { text, stop } = stops.push(tail === '' ? piece : dropTail(piece))
      return { text: lead(text), stop }
    },
    flush: () => lead(stops.flush()),
  }
}
