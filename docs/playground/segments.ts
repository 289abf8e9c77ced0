import { locateInSource, repairPrompt } from '../../src/repair/index.ts'
import { type Diagnostic, parsePrompt, type Span } from '../../src/transcript/index.ts'
import type { PromptMode } from '../../src/translate/index.ts'

/** A part of a prompt: a turn, the text before the first turn, or text that repair removed. */
export interface Segment {
  kind: 'system' | 'user' | 'assistant' | 'prefill' | 'removed'
  span: Span
  /** The words that open the turn. */
  marker: Span
}

/** The parts of a prompt. They tile it: each character is in exactly one of them. */
export function segmentsOf(source: string, reading: PromptMode): Segment[] {
  const { prompt, repairs } = reading === 'repair' ? repairPrompt(source) : { prompt: source, repairs: [] }
  const inSource = locateInSource(repairs)
  const { turns, system = '', prefill } = parsePrompt(prompt)
  const segments: Segment[] = []
  let done = 0
  const add = (kind: Segment['kind'], span: Span, marker: Span): void => {
    if (span.start > done) addRemoved(done, span.start)
    const start = Math.max(done, span.start)
    done = Math.max(start, span.end)
    const opened = Math.min(Math.max(start, marker.end), done)
    segments.push({ kind, span: { start, end: done }, marker: { start, end: opened } })
  }
  const addRemoved = (start: number, end: number): void => {
    segments.push({ kind: 'removed', span: { start, end }, marker: { start, end: start } })
    done = end
  }

  if (system !== '') {
    const span = inSource({ start: 0, end: system.length })
    add('system', span, { start: span.start, end: span.start })
  }
  for (const { role, span, marker } of turns) {
    const isPrefill = prefill !== undefined && span.end === prompt.length
    add(isPrefill ? 'prefill' : role, inSource(span), inSource(marker))
  }
  if (done < source.length) addRemoved(done, source.length)
  return segments
}

/** A piece of a segment whose characters have the same marker and diagnostics. */
export interface Piece {
  text: string
  isMarker: boolean
  /** The diagnostics that span it, by their index in the list. */
  marked: readonly number[]
  /** Those that begin here. */
  begins: readonly number[]
}

/** Splits a part of a prompt where its marker ends and where diagnostics begin and end. */
export function piecesOf(
  source: string,
  segment: Segment,
  diagnostics: readonly Diagnostic[],
  isLast: boolean,
): Piece[] {
  const { span, marker } = segment
  const spanned = diagnostics.flatMap(({ span: at }, index) =>
    at !== undefined && at.start <= span.end && at.end >= span.start ? [{ index, at }] : [],
  )
  const cuts = [marker.end, ...spanned.flatMap(({ at }) => [at.start, at.end])]
  const inside = cuts.filter(offset => offset > span.start && offset < span.end)
  const edges = [...new Set([span.start, ...inside, span.end])].sort((a, b) => a - b)
  // A diagnostic about something missing at the end is located after the last character.
  if (isLast) edges.push(span.end)

  return edges.slice(0, -1).flatMap((start, order) => {
    const end = edges[order + 1] ?? start
    const text = source.slice(start, end)
    const begins = spanned.filter(({ at }) => at.start === start && (start < end || isLast))
    if (text === '' && begins.length === 0) return []
    return {
      text,
      isMarker: end <= marker.end,
      marked: spanned
        .filter(({ at }) => at.start <= start && at.end >= end && start < end)
        .map(({ index }) => index),
      begins: begins.map(({ index }) => index),
    }
  })
}
