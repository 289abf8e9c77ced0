import type { Span } from '../diagnostics/diagnostic.ts'
import { isBlank } from '../transcript/parse.ts'
import { AI_PROMPT } from '../transcript/scan.ts'
import { labelsAnswersOtherwise, type Marker, opensAndCloses, readMarkers } from './dialects.ts'
import { type Repair, replace } from './edits.ts'

/**
 * The changes to a prompt whose markers are known. Each rule handles the output of one kind of prompt builder. Rules
 * for prompts that the old server accepted require exactly the form that the builder writes.
 */
const RULES: readonly ((text: string, markers: readonly Marker[]) => Repair[])[] = [
  liftCommaJoined,
  liftAdmin,
  (_, markers) => spellMarkers(markers),
  closeOpenEnd,
]

/** Returns the changes to a prompt without wrapping, in order of their offsets, not overlapping. */
export function repairTurns(text: string, markers: readonly Marker[]): Repair[] {
  const repairs = RULES.flatMap(rule => rule(text, markers))
  // The sort is stable, so at equal offsets the earlier rule wins: a marker that is removed needs no respelling.
  repairs.sort((a, b) => a.span.start - b.span.start)
  let end = 0
  return repairs.filter(({ span }) => {
    const isFree = span.start >= end
    if (isFree) end = span.end
    return isFree
  })
}

/** Gives each label that counts as a marker its two newlines. */
export function spellMarkers(markers: readonly Marker[]): Repair[] {
  return markers.flatMap(({ code, start, label }) => (code ? [replace(code, start, label, '\n\n')] : []))
}

/**
 * Appends the missing `\n\nAssistant:` to a prompt that ends in a Human turn. Three cases are left alone: the prompt
 * ends in `undefined`, which is a marker whose value was lost; its responses have another vendor's label; or its first
 * marker may be quoted, because text precedes it and an `Assistant:` follows after a single newline.
 */
function closeOpenEnd(text: string, markers: readonly Marker[]): Repair[] {
  if (markers[0]?.role !== 'user' || markers.at(-1)?.role !== 'user') return []
  if (text.trimEnd().endsWith('undefined')) return []
  if (markers.every(({ role }) => role === 'user') && labelsAnswersOtherwise(text)) return []
  if (isQuotedHistory(text, markers[0])) return []
  return [replace('repaired-missing-assistant', text.length, text.length, AI_PROMPT)]
}

const ANSWER_ON_NEXT_LINE = /(?<!\n|\n\r)\n[ \t]*Assistant:/

function isQuotedHistory(text: string, { code, start, end }: Marker): boolean {
  return code === undefined && !isBlank(text.slice(0, start)) && ANSWER_ON_NEXT_LINE.test(text.slice(end))
}

/**
 * Removes the commas between turns. The Vercel AI SDK 2–3 wrote `messages.map(toTurn) + AI_PROMPT`, which joins the
 * turns by commas, and wrote a system message as an Assistant turn.
 *
 * The complete form is required, because the old server accepted such prompts: nothing before the first marker, a space
 * after each, a comma before each except the appended one, which is the very end. A single comma is not enough
 * evidence, because a text may end in one (`Dear Claude,`), unless an Assistant turn comes first, which the old server
 * rejected.
 */
function liftCommaJoined(text: string, markers: readonly Marker[]): Repair[] {
  const [first] = markers
  const last = markers.at(-1)
  const joints = markers.slice(1, -1)
  if (first?.start !== 0 || last === undefined) return []
  const isSystemLost = first.role === 'assistant'
  const isAppended = text.endsWith(AI_PROMPT) && last.end === text.length && text[last.start - 1] !== ','
  const isJoined = joints.every(({ start }) => text[start - 1] === ',')
  const isSpaced = markers.slice(0, -1).every(({ end }) => text[end - 1] === ' ')
  if (!isAppended || !isJoined || !isSpaced || joints.length < (isSystemLost ? 1 : 2)) return []
  const commas = joints.map(({ start }) => replace('repaired-comma-join', start - 1, start))
  if (!isSystemLost) return commas
  const isLiftable = canStandFirst(text.slice(first.end, markers[1]?.start))
  return isLiftable ? [replace('repaired-lost-system', first.start, first.end), ...commas] : []
}

const OPEN = '<admin>'
const CLOSE = '</admin>'

/**
 * Extracts system messages. LiteLLM and LangChain wrote them as Human turns in `<admin>` tags before the user's turn.
 */
function liftAdmin(text: string, markers: readonly Marker[]): Repair[] {
  if (markers[0]?.start !== 0) return []
  const repairs: Repair[] = []
  for (const [index, { role, start, end }] of markers.entries()) {
    const next = markers[index + 1]
    // Without a user turn after it, the tagged text is the user's own.
    if (role !== 'user' || next?.role !== 'user') break
    const isTagged = text.startsWith(OPEN, end) && text.endsWith(CLOSE, next.start)
    const lifted = text.slice(end + OPEN.length, next.start - CLOSE.length)
    if (!isTagged || isBlank(lifted) || /<\/?admin>/.test(lifted) || !canStandFirst(lifted)) break
    repairs.push(
      replace('repaired-admin-system', start, end + OPEN.length, index === 0 ? '' : '\n\n'),
      replace('repaired-admin-system', next.start - CLOSE.length, next.start),
    )
  }
  return repairs
}

/** Whether a text would still be text at the start of a prompt, where some labels count as markers. */
function canStandFirst(text: string): boolean {
  return !/^\n{0,2}(?:Human|Assistant):/.test(text)
}

/**
 * Finds a prompt inside another: tools such as Portkey, promptfoo and LlamaIndex added markers around a prompt that
 * already had its own. The text between the outer markers has to be a complete prompt with an open end. This excludes a
 * prefill (`Assistant: x`, then `Assistant:`) and two adjacent turns of one role at only one end.
 */
export function findWrapped(text: string): Span | undefined {
  const markers = readMarkers(text)
  const [first] = markers
  const last = markers.at(-1)
  if (first?.start !== 0 || last === undefined || !opensAndCloses(markers) || !isBlank(text.slice(last.end)))
    return
  const inside = text.slice(first.end, last.start)
  const inner = readMarkers(inside)
  const end = inner.at(-1)
  if (end === undefined || !opensAndCloses(inner) || !isBlank(inside.slice(end.end))) return
  // A system text may only precede real markers. With other labels, such a text may be a dialogue to be continued.
  const hasLabels = inner.some(({ code }) => code !== undefined)
  if (hasLabels && !/^\s*(?:Human:|\\n)/.test(inside)) return
  if (inner.some(({ code }) => code === 'repaired-inline-marker')) return
  return { start: first.end, end: last.start }
}
