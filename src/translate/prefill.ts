import type { MessageParam } from '../wire.ts'
import { liveModels, type ModelAnswer, type ModelOverrides } from './models.ts'
import type { Remarks } from './policies.ts'

/** The beginning of the answer, which the reply may repeat and the completion does not. */
export interface Echo {
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
  unsentTail: string
  echo: Echo | undefined
}

/** How the beginning of the answer is sent, if there is one: as it is where the model takes it so. */
export function choosePrefill(
  messages: readonly MessageParam[],
  { id, row, isKnown }: ModelAnswer,
  models: ModelOverrides | undefined,
  remarks: Remarks,
): PrefillChoice {
  const last = messages.at(-1)
  const asIs: PrefillChoice = { messages: [...messages], unsentTail: '', echo: undefined }
  if (last?.role !== 'assistant') return asIs

  const text = last.content.trimEnd()
  const tail = last.content.slice(text.length)
  const isTrimmed = tail !== '' && remarks.adapts('prefill-trimmed')
  const begun = [...messages.slice(0, -1), { ...last, content: isTrimmed ? text : last.content }]
  const unsentTail = isTrimmed ? tail : ''
  if (row.prefill) {
    // The vendor's own models never repeat it; other servers may.
    return { messages: begun, unsentTail, echo: isKnown ? undefined : { text, isContinued: false } }
  }
  const alternatives = liveModels(({ prefill }) => prefill, models).join(', ')
  if (!remarks.adapts('prefill-continued', { model: id, alternatives })) return asIs
  if (/^[{[]|[{[]$/.test(text)) remarks.note('prefill-json', { model: id })
  const goOn: MessageParam = { role: 'user', content: continuation(text) }
  return { messages: [...begun, goOn], unsentTail, echo: { text, isContinued: true } }
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
