import type { MessageParam } from '../wire.ts'
import { liveModels, type ModelOverrides, type ResolvedModel } from './models.ts'
import type { DiagnosticCollector } from './policies.ts'

/** The beginning of the answer, which the reply may repeat and the completion does not. */
export interface PrefillEcho {
  /** What was sent of it: without the whitespace it ended in. */
  text: string
  /**
   * Whether the model was asked to continue it in one more turn: then it may repeat a part of it, too, and begins its
   * turn without the space that would have followed.
   */
  isContinued: boolean
}

export interface PrefillChoice {
  messages: MessageParam[]
  /** Whitespace that ended the prompt and was not sent. */
  trimmedSuffix: string
  echo: PrefillEcho | undefined
}

/** How the beginning of the answer is sent, if there is one: as it is where the model takes it so. */
export function choosePrefill(
  messages: readonly MessageParam[],
  { id, row, isKnown }: ResolvedModel,
  models: ModelOverrides | undefined,
  collector: DiagnosticCollector,
): PrefillChoice {
  const last = messages.at(-1)
  const asIs: PrefillChoice = { messages: [...messages], trimmedSuffix: '', echo: undefined }
  if (last?.role !== 'assistant') return asIs

  const text = last.content.trimEnd()
  const tail = last.content.slice(text.length)
  const isTrimmed = tail !== '' && collector.adapts('prefill-trimmed')
  const begun = [...messages.slice(0, -1), { ...last, content: isTrimmed ? text : last.content }]
  const trimmedSuffix = isTrimmed ? tail : ''
  if (row.prefill) {
    // The vendor's own models never repeat it; other servers may.
    return { messages: begun, trimmedSuffix, echo: isKnown ? undefined : { text, isContinued: false } }
  }
  const alternatives = liveModels(({ prefill }) => prefill, models).join(', ')
  if (!collector.adapts('prefill-continued', { model: id, alternatives })) return asIs
  if (/^[{[]|[{[]$/.test(text)) collector.report('prefill-json', { model: id })
  const goOn: MessageParam = { role: 'user', content: continuation(text) }
  return { messages: [...begun, goOn], trimmedSuffix, echo: { text, isContinued: true } }
}

/** How much of the answer so far the instruction quotes: enough to find the place, in the turn before it. */
const LONGEST_QUOTE = 200

/**
 * The instruction that the vendor recommends where a prefill was used to continue an interrupted answer
 * (platform.claude.com/docs, api/errors, "prefill not supported", read 2026-10-10), and what an old program relies on.
 */
function continuation(begun: string): string {
  // Not in the middle of a character.
  const end = begun.slice(-LONGEST_QUOTE).replace(/^[\uDC00-\uDFFF]/, '')
  return (
    `Your previous response was interrupted and ended with "${end}". Continue from where you left off. ` +
    'Begin with what comes right after it: repeat nothing of it, and say nothing about the interruption.'
  )
}

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
export function dropEcho({ text: prefill, isContinued }: PrefillEcho, givesSpace: boolean): EchoFilter {
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
