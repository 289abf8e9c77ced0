import type { RepairCode, Span } from '../diagnostics/diagnostic.ts'
import { isBlank } from '../transcript/parse.ts'
import { AI_PROMPT } from '../transcript/scan.ts'
import { labelsAnswersOtherwise, type Marker, opensAndCloses, readMarkers } from './dialects.ts'
import type { Repair } from './edits.ts'

const cut = (code: RepairCode, start: number, end: number, replacement = ''): Repair => ({
  code,
  span: { start, end },
  replacement,
})

/**
 * What is changed in a prompt whose markers are known. Each rule knows one thing that a builder of prompts did; those
 * that touch what the old server took want exactly that builder's shape.
 */
const RULES: readonly ((text: string, markers: readonly Marker[]) => Repair[])[] = [
  liftCommaJoined,
  liftAdmin,
  (_, markers) => spellMarkers(markers),
  closeOpenEnd,
]

/** The changes to a prompt without what is wrapped around it, in order of place, not overlapping. */
export function repairTurns(text: string, markers: readonly Marker[]): Repair[] {
  const repairs = RULES.flatMap(rule => rule(text, markers))
  // Sorting keeps the order of the rules where two begin together: a marker that is taken away needs no spelling.
  repairs.sort((a, b) => a.span.start - b.span.start)
  let end = 0
  return repairs.filter(({ span }) => {
    const isFree = span.start >= end
    if (isFree) end = span.end
    return isFree
  })
}

/** A label that was taken for a marker gets the two newlines of one. */
export function spellMarkers(markers: readonly Marker[]): Repair[] {
  return markers.flatMap(({ code, start, label }) => (code ? [cut(code, start, label, '\n\n')] : []))
}

/**
 * A prompt that ends in the user's words was to be answered. Not so where it ends in `undefined`, which is a marker
 * whose text was lost, where it was written for another vendor's model and has answers under another label, nor where its
 * first marker may itself be quoted: in the middle of a text, with an answer on a next line behind it.
 */
function closeOpenEnd(text: string, markers: readonly Marker[]): Repair[] {
  if (markers[0]?.role !== 'user' || markers.at(-1)?.role !== 'user') return []
  if (text.trimEnd().endsWith('undefined')) return []
  if (markers.every(({ role }) => role === 'user') && labelsAnswersOtherwise(text)) return []
  if (isQuotedHistory(text, markers[0])) return []
  return [cut('repaired-missing-assistant', text.length, text.length, AI_PROMPT)]
}

const ANSWER_ON_NEXT_LINE = /(?<!\n|\n\r)\n[ \t]*Assistant:/

function isQuotedHistory(text: string, { code, start, end }: Marker): boolean {
  return code === undefined && !isBlank(text.slice(0, start)) && ANSWER_ON_NEXT_LINE.test(text.slice(end))
}

/**
 * The Vercel AI SDK 2–3 wrote `messages.map(toTurn) + AI_PROMPT`, which joins the turns by commas, and wrote a system
 * message as an Assistant turn.
 *
 * Its whole shape is asked for, since the old server took such prompts: nothing before the first marker, a space after
 * each, a comma before each but the one it appended, which is the very end. A single comma is no evidence, as a text
 * may well end in one (`Dear Claude,`), unless an Assistant turn comes first: that, the old server refused.
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
  const commas = joints.map(({ start }) => cut('repaired-comma-join', start - 1, start))
  if (!isSystemLost) return commas
  const isLiftable = canStandFirst(text.slice(first.end, markers[1]?.start))
  return isLiftable ? [cut('repaired-lost-system', first.start, first.end), ...commas] : []
}

const OPEN = '<admin>'
const CLOSE = '</admin>'

/** LiteLLM and LangChain wrote a system message as a Human turn in `<admin>` tags, before the user's own. */
function liftAdmin(text: string, markers: readonly Marker[]): Repair[] {
  if (markers[0]?.start !== 0) return []
  const repairs: Repair[] = []
  for (const [index, { role, start, end }] of markers.entries()) {
    const next = markers[index + 1]
    // Without a turn of the user behind it, the text is all that was asked.
    if (role !== 'user' || next?.role !== 'user') break
    const isTagged = text.startsWith(OPEN, end) && text.endsWith(CLOSE, next.start)
    const lifted = text.slice(end + OPEN.length, next.start - CLOSE.length)
    if (!isTagged || isBlank(lifted) || /<\/?admin>/.test(lifted) || !canStandFirst(lifted)) break
    repairs.push(
      cut('repaired-admin-system', start, end + OPEN.length, index === 0 ? '' : '\n\n'),
      cut('repaired-admin-system', next.start - CLOSE.length, next.start),
    )
  }
  return repairs
}

/** Whether a text stays the text it is without the marker before it: some labels are markers where they come first. */
function canStandFirst(text: string): boolean {
  return !/^\n{0,2}(?:Human|Assistant):/.test(text)
}

/**
 * The prompt inside another, where a tool (Portkey, promptfoo, LlamaIndex) put markers around a prompt that had its own.
 * What stands between the outer two has to be a whole prompt, open at its end as well, so that an answer begun by the
 * user (`Assistant: x`, then `Assistant:`) is none, nor two turns of one speaker at one end only.
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
  // Only real markers may have a system text before them: a dialogue to be continued looks like the others.
  const hasLabels = inner.some(({ code }) => code !== undefined)
  if (hasLabels && !/^\s*(?:Human:|\\n)/.test(inside)) return
  if (inner.some(({ code }) => code === 'repaired-inline-marker')) return
  return { start: first.end, end: last.start }
}
