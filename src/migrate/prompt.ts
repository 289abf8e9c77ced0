import { spanOf } from '../audit/languages/grammar.ts'
import { sourceOffset } from '../audit/languages/source-tokens.ts'
import type { Placeholder, Segment, TextSegment } from '../audit/legacy-use.ts'
import { parsePrompt } from '../transcript/index.ts'
import { CannotRewrite } from './cannot-rewrite.ts'
import type { Part } from './notation.ts'
import { segmentsOf } from './segments.ts'
import type { SyntaxNode } from './tree.ts'
import { kindOf, nodeAt, type Tree } from './tree.ts'
import { evaluate } from './value.ts'

/** A prompt whose placeholders are marked by characters that no prompt has, so that the translation carries them along. */
export interface MarkedPrompt {
  text: string
  /** What of it a text of the translated request is made of. */
  partsOf: (translated: string) => Part[]
  /** The quotes that the prompt is written in. */
  quote: string
}

/** Characters for private use: a placeholder is one of each around its number. */
const [OPEN, CLOSE] = ['\uE0A0', '\uE0A1']
const HOLE = new RegExp(`${OPEN}(\\d+)${CLOSE}`)

/** Names of what most likely holds whole turns, and code that joins several. */
const OF_TURNS =
  /history|conversation|transcript|dialogue?s?\b|turns|messages|chat_?log|HUMAN_PROMPT|AI_PROMPT|\.join\(|Human:|Assistant:/i

/** The text of a message, as replies are read once they are rewritten. */
const OUR_JOIN =
  /\.content\.map\(block => \(block\.type === (['"])text\1 \? block\.text : \1\1\)\)\.join\(\1\1\)|(['"])\2\.join\(block\.text for block in [^'"]*? if block\.type == \2text\2\)/gs

/** Reads a prompt expression. What its placeholders hold is taken for text of the turn that they stand in. */
export function markPrompt(node: SyntaxNode, tree: Tree): MarkedPrompt {
  const segments = withConstants(segmentsOf(node, tree), tree)
  if (segments.some(({ type }) => type === 'text') === false) throw new CannotRewrite('prompt-unknown')
  const placeholders: Placeholder[] = []
  let text = ''
  const units: { segment: TextSegment; from: number }[] = []
  for (const segment of segments) {
    if (segment.type === 'text') {
      if (segment.text.includes(OPEN)) throw new CannotRewrite('prompt-unknown')
      units.push({ segment, from: text.length })
      text += segment.text
    } else {
      text += `${OPEN}${placeholders.length}${CLOSE}`
      placeholders.push(segment)
    }
  }
  refuseDoubtful(text, placeholders)
  let cursor = 0
  const partsOf = (translated: string): Part[] => {
    const at = text.indexOf(translated, cursor)
    if (at === -1) throw new CannotRewrite('prompt-joined')
    cursor = at + translated.length
    const isMultiline = units.some(({ segment, from }) => {
      const end = from + segment.text.length
      return [...range(Math.max(at, from), Math.min(cursor, end))].some(
        unit =>
          text[unit] === '\n' &&
          segment.constant === undefined &&
          tree.source[sourceOffset(segment, unit - from)] === '\n',
      )
    })
    return translated.split(HOLE).flatMap((stretch, index): Part[] => {
      const placeholder = index % 2 === 1 ? placeholders[Number(stretch)] : undefined
      if (placeholder !== undefined) return [placeholderPart(placeholder, tree)]
      return stretch === '' ? [] : [{ type: 'text', text: stretch, isMultiline }]
    })
  }
  return { text, partsOf, quote: quoteOf(node, tree) }
}

function* range(start: number, end: number): Generator<number> {
  for (let at = start; at < end; at++) yield at
}

/** A name that stands for a text with a marker in it is that text: `const HUMAN = '\n\nHuman:'`. */
function withConstants(segments: readonly Segment[], tree: Tree): Segment[] {
  return segments.map(segment => {
    if (segment.type === 'text' || !/^[\w$]+$/.test(segment.code)) return segment
    const node = nodeAt(tree.root, segment)
    const value = node === undefined ? undefined : evaluate(node, tree)
    const text = value?.isKnown && typeof value.value === 'string' ? value.value : ''
    const isMarker = /\n\n(?:Human|Assistant):/.test(text)
    return isMarker
      ? { type: 'text', text, constant: segment.code, start: segment.start, end: segment.end }
      : segment
  })
}

function refuseDoubtful(text: string, placeholders: readonly Placeholder[]): void {
  const joins = placeholders.find(({ code }) => OF_TURNS.test(code.replace(OUR_JOIN, '')))
  if (joins !== undefined) throw new CannotRewrite('prompt-of-turns', short(joins.code))
  const { system = '', turns } = parsePrompt(text)
  const blank = (part: string): boolean => part.replaceAll(new RegExp(HOLE, 'g'), '').trim() === ''
  if (system.includes(OPEN) && blank(system)) throw new CannotRewrite('prompt-before-turns')
  const last = turns.at(-1)
  if (last?.role === 'assistant' && last.text.trimEnd().endsWith(CLOSE))
    throw new CannotRewrite('prefill-open')
}

function placeholderPart({ start, end, code }: Placeholder, tree: Tree): Part {
  if (tree.grammar.language !== 'python') return { type: 'placeholder', code, isInterpolated: false }
  const around = nodeAt(tree.root, { start, end })
    ?.ancestors()
    .find(node => kindOf(node) === 'interpolation')
  const isOwn = around !== undefined && /^\{\s*$/.test(tree.source.slice(spanOf(around).start, start))
  return isOwn
    ? { type: 'placeholder', code: around.text(), isInterpolated: true }
    : { type: 'placeholder', code, isInterpolated: false }
}

/** The quote of the first literal in an expression, or else of its file. */
function quoteOf(node: SyntaxNode, { source, root, grammar }: Tree): string {
  const kinds = grammar.texts
  const texts = [...node.findKinds(kinds), ...root.findKinds(kinds)]
  for (const text of texts) {
    const quote = /^[a-z]*(['"])/i.exec(source.slice(spanOf(text).start, spanOf(text).start + 4))?.[1]
    if (quote !== undefined) return quote
  }
  return grammar.language === 'python' ? '"' : "'"
}

const short = (code: string): string => {
  const line = code.replace(/\s+/g, ' ')
  return line.length > 40 ? `${line.slice(0, 39)}…` : line
}
