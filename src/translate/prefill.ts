import { listOf, quoted } from '../diagnostics/diagnostic.ts'
import type { MessageParam } from '../wire.ts'
import { liveModels, type ModelOptions, type ResolvedModel } from './models.ts'
import type { DiagnosticCollector } from './policies.ts'

/** A prefill that the response may repeat but the completion must not. */
export interface PrefillEcho {
  /** The prefill as it was sent, without trailing whitespace. */
  text: string
  /**
   * Whether an additional user turn asked the model to continue it. The model may then repeat only a part of it, and
   * does not begin with the space that would follow it.
   */
  isContinued: boolean
}

/** The messages to send, and how to treat the prefill in the response. */
export interface PrefillChoice {
  messages: MessageParam[]
  /** Whether the completion continues text of the prompt. */
  isPrefilled: boolean
  /** Trailing whitespace of the prompt that was not sent. */
  trimmedSuffix: string
  echo: PrefillEcho | undefined
}

/**
 * Decides whether the prompt has a prefill and how to send it. It has one if the last message is the assistant's: in
 * `…Assistant: Sure\n\nAssistant:` the prefill is `Sure`, because blank turns are not sent.
 *
 * @param place Where the caller wrote the prefill, for the diagnostic.
 */
export function choosePrefill(
  messages: readonly MessageParam[],
  { id, row, isKnown }: ResolvedModel,
  lookup: ModelOptions,
  collector: DiagnosticCollector,
  place = 'text after the last "\n\nAssistant:"',
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
  if (!collector.adapts('prefill-continued', { model: id, place, alternative })) return asIs
  if (/^[{[]|[{[]$/.test(text)) collector.report('prefill-json', { model: id })
  const instruction: MessageParam = { role: 'user', content: continuation(text) }
  return {
    messages: [...begun, instruction],
    isPrefilled,
    trimmedSuffix,
    echo: { text, isContinued: true },
  }
}

/** Characters of the prefill that the instruction quotes: enough for the model to find where to continue. */
const LONGEST_QUOTE = 200

/**
 * Writes the instruction that the vendor recommends instead of a prefill (platform.claude.com/docs, api/errors,
 * "prefill not supported", read 2026-10-10), and adds what old programs rely on: the text continues with the next
 * character.
 */
function continuation(begun: string): string {
  // Do not start with the second half of a surrogate pair.
  const end = begun.slice(-LONGEST_QUOTE).replace(/^[\uDC00-\uDFFF]/, '')
  let tag = 'end'
  // Choose a tag that the quoted text does not contain, so that the text cannot end the quotation.
  for (let number = 2; end.includes(`</${tag}>`); number++) tag = `end${number}`
  return (
    `Your previous response was interrupted. It ended with the text between <${tag}> and </${tag}>:\n` +
    `<${tag}>${end}</${tag}>\n` +
    'Continue from where you left off. Begin with the very next character. ' +
    'Do not repeat any of it, and do not mention the interruption.'
  )
}

/** Whether a model may write a stop sequence while it repeats the prefill. The server must not stop it there. */
export function isInEcho(sequence: string, echo: PrefillEcho | undefined): boolean {
  return sequence !== '' && echo?.isContinued === true && echo.text.includes(sequence)
}

/** Removes a repetition of the prefill from the beginning of a text. */
export interface EchoFilter {
  /** Takes the next chunk; holds back text that may still be a repetition. */
  push(piece: string): string
  /** Returns the text held back, at the end of the response. */
  flush(): string
}

/** A shorter repetition, in visible characters, that begins in the middle of a line may be a coincidence. */
const SHORTEST_IN_LINE = 12

const VISIBLE = /\S/

/**
 * Creates a filter that drops the longest repetition: of the whole prefill, or, if an additional turn asked for the
 * continuation, of its last lines or words. In that case whitespace is not compared, because a model that repeats JSON
 * may format it differently.
 *
 * The output is the whole text or everything after the repetition. A new turn does not begin with a space; with
 * `givesSpace` the output does, if two words would otherwise run together.
 */
export function dropEcho({ text: prefill, isContinued }: PrefillEcho, givesSpace: boolean): EchoFilter {
  const said = isContinued ? prefill.replace(/\s+/g, '') : prefill
  /** Offsets in `said` where a repetition may begin that matches the text so far; the longest repetition first. */
  let candidates = isContinued ? beginnings(prefill) : [0]
  let held = ''
  /** The number of characters of `held` that were compared, and how many of them were significant. */
  let at = 0
  let seen = 0
  /** The offset in `held` where the longest complete repetition ends. */
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
      // All candidates match so far, so the shortest one is complete first.
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
 * Returns where a repetition may begin, in visible characters: at the start, at the start of a line, at a last word
 * that begins with punctuation, such as `(` or `<answer>`, or at any word with enough text after it to rule out a
 * coincidence.
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

/** Letters and digits of scripts that separate words by spaces. */
const WORD = String.raw`(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}])[\p{L}\p{N}]`
const WORD_ENDS = new RegExp(`${WORD}$|[,;:.!?]$`, 'u')
const WORD_BEGINS = new RegExp(`^${WORD}`, 'u')

/** Whether two texts would run together although the continuation of a real prefill would begin with a space. */
function wantsSpace(before: string, after: string): boolean {
  return WORD_ENDS.test(before.slice(-2)) && WORD_BEGINS.test(after)
}
