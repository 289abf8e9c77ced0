import { listOf, quoted } from '../diagnostics/diagnostic.ts'
import type { MessageParam } from '../wire.ts'
import { liveModels, type ModelOptions, type ResolvedModel } from './models.ts'
import type { DiagnosticCollector } from './policies.ts'

/** A prefill that the response may repeat and the completion must not. */
export interface PrefillEcho {
  /** The prefill as it was sent: without the whitespace at its end. */
  text: string
  /**
   * Whether the model was asked to continue it in one more turn. It may then repeat only a part of it, and does not begin
   * with the space that would have followed.
   */
  isContinued: boolean
}

export interface PrefillChoice {
  messages: MessageParam[]
  /** Whether the completion continues text of the prompt. */
  isPrefilled: boolean
  /** Whitespace from the end of the prompt that was not sent. */
  trimmedSuffix: string
  echo: PrefillEcho | undefined
}

/**
 * Decides whether there is a prefill, and how it is sent. The prompt has one where the last message is the assistant's: in
 * `…Assistant: Sure\n\nAssistant:` it is `Sure`, because a blank turn is not sent.
 */
export function choosePrefill(
  messages: readonly MessageParam[],
  { id, row, isKnown }: ResolvedModel,
  lookup: ModelOptions,
  collector: DiagnosticCollector,
): PrefillChoice {
  const last = messages.at(-1)
  const isPrefilled = last?.role === 'assistant'
  const asIs: PrefillChoice = { messages: [...messages], isPrefilled, trimmedSuffix: '', echo: undefined }
  if (!isPrefilled) return asIs

  const text = last.content.trimEnd()
  const suffix = last.content.slice(text.length)
  const isTrimmed = suffix !== '' && collector.adapts('prefill-trimmed')
  const begun = [...messages.slice(0, -1), { ...last, content: isTrimmed ? text : last.content }]
  const trimmedSuffix = isTrimmed ? suffix : ''
  if (row.prefill) {
    // Anthropic's own models never repeat it; other servers may.
    const echo = isKnown ? undefined : { text, isContinued: false }
    return { messages: begun, isPrefilled, trimmedSuffix, echo }
  }
  const others = liveModels(({ prefill }) => prefill, lookup)
  const alternative =
    others.length === 0
      ? 'No current model accepts a prefill.'
      : `${listOf(quoted(others))} still ${others.length === 1 ? 'accepts' : 'accept'} a prefill; no newer model does.`
  if (!collector.adapts('prefill-continued', { model: id, alternative })) return asIs
  if (/^[{[]|[{[]$/.test(text)) collector.report('prefill-json', { model: id })
  const instruction: MessageParam = { role: 'user', content: continuation(text) }
  return {
    messages: [...begun, instruction],
    isPrefilled,
    trimmedSuffix,
    echo: { text, isContinued: true },
  }
}

/** How much of the answer so far the instruction quotes: enough to find the end of the turn before it. */
const LONGEST_QUOTE = 200

/**
 * Writes the instruction that the vendor recommends in place of a prefill (platform.claude.com/docs, api/errors, "prefill
 * not supported", read 2026-10-10), and what an old program relies on.
 */
function continuation(begun: string): string {
  // Not in the middle of a character.
  const end = begun.slice(-LONGEST_QUOTE).replace(/^[\uDC00-\uDFFF]/, '')
  let tag = 'end'
  // A text that has the tag itself must not end the quotation.
  for (let number = 2; end.includes(`</${tag}>`); number++) tag = `end${number}`
  return (
    `Your previous response was interrupted. It ended with the text between <${tag}> and </${tag}>:\n` +
    `<${tag}>${end}</${tag}>\n` +
    'Continue from where you left off. Begin with the very next character. ' +
    'Do not repeat any of it, and do not mention the interruption.'
  )
}

/** Removes from the beginning of a text what it repeats of the prefill. */
export interface EchoFilter {
  /** Takes the next piece, and holds back what may still be a repetition. */
  push(piece: string): string
  /** Returns what is held back, once the text has ended. */
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
