import type { Span } from '../../diagnostics/index.ts'
import { AI_PROMPT, HUMAN_PROMPT } from '../../transcript/index.ts'
import { type Grammar, spanOf } from '../languages/grammar.ts'
import { sourceOffset } from '../languages/source-tokens.ts'
import type { SyntaxNode } from '../languages/syntax-tree.ts'
import type { PromptText, Segment } from '../legacy-use.ts'
import { lastAtMost } from './span-index.ts'

/** The values of the marker constants. */
const VALUES: Readonly<Record<string, string>> = { HUMAN_PROMPT, AI_PROMPT }

/** Returns the segments of an expression that joins texts. Any other expression is one placeholder. */
export function promptOf(node: SyntaxNode, source: string, grammar: Grammar): PromptText {
  return { ...spanOf(node), segments: segmentsOf(node, source, grammar) }
}

/** Iterates instead of recursing: an expression that joins 20,000 texts is 20,000 levels deep. */
function segmentsOf(node: SyntaxNode, source: string, grammar: Grammar): Segment[] {
  const withText = new Set<number>()
  markJoined(node, grammar, withText)
  const segments: Segment[] = []
  const waiting: (SyntaxNode | Segment)[] = [node]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ('type' in next) segments.push(next)
    else if (grammar.texts.includes(next.kind())) {
      const parts = grammar.literal(next, source)
      for (const part of parts) if (!('type' in part)) markJoined(part, grammar, withText)
      for (const part of parts.reverse()) waiting.push(part)
    } else {
      const parts = grammar.joined(next)
      const isOpened = parts !== undefined && (parts.length === 1 || withText.has(next.id()))
      if (isOpened) for (const part of parts.reverse()) waiting.push(part)
      else segments.push(segmentOf(next, grammar))
    }
  }
  return segments
}

function segmentOf(node: SyntaxNode, grammar: Grammar): Segment {
  const constant = constantOf(node, grammar)
  const text = constant && VALUES[constant]
  if (constant !== undefined && text !== undefined) return { type: 'text', text, constant, ...spanOf(node) }
  return { type: 'placeholder', code: node.text(), ...spanOf(node) }
}

/** Returns the name of a marker constant, alone or as a member (`anthropic.HUMAN_PROMPT`). */
function constantOf(node: SyntaxNode, grammar: Grammar): string | undefined {
  // Limits the cost: comparing the text of many long expressions would take time in proportion to their length.
  if (node.end - node.start > MAX_CONSTANT) return undefined
  const name = (grammar.member(node)?.property ?? node).text()
  return Object.hasOwn(VALUES, name) ? name : undefined
}

const MAX_CONSTANT = 100

/** Collects the ids of the sums that contain a text. A sum without one may add numbers. */
function markJoined(node: SyntaxNode, grammar: Grammar, found: Set<number>): void {
  const waiting: { node: SyntaxNode; parts: readonly SyntaxNode[]; next: number }[] = []
  const hasText = (one: SyntaxNode): boolean =>
    grammar.texts.includes(one.kind()) || found.has(one.id()) || constantOf(one, grammar) !== undefined
  const enter = (one: SyntaxNode): void => {
    const parts = grammar.texts.includes(one.kind()) ? undefined : grammar.joined(one)
    if (parts !== undefined) waiting.push({ node: one, parts, next: 0 })
  }
  enter(node)
  for (let top = waiting.at(-1); top !== undefined; top = waiting.at(-1)) {
    const part = top.parts[top.next++]
    if (part !== undefined) enter(part)
    else {
      if (top.parts.some(hasText)) found.add(top.node.id())
      waiting.pop()
    }
  }
}

/**
 * Renders a prompt as text, with each placeholder shown by name, and returns a map from offsets of that text to the
 * source.
 */
export function render(prompt: PromptText): {
  text: string
  toSource: (span: Span) => Span
  placeholders: Span[]
} {
  let text = ''
  const placeholders: Span[] = []
  const parts = prompt.segments.map(segment => {
    const start = text.length
    text += segment.type === 'text' ? segment.text : `{${placeholderName(segment.code)}}`
    if (segment.type === 'placeholder') placeholders.push({ start, end: text.length })
    return { segment, start, end: text.length }
  })
  const at = (offset: number): number => {
    const part = parts[lastAtMost(parts.length, index => parts[index]?.start ?? 0, offset)] ?? parts.at(-1)
    if (part === undefined) return prompt.start
    const { segment, start } = part
    const isLiteral = segment.type === 'text' && segment.constant === undefined
    return isLiteral ? sourceOffset(segment, offset - start) : offset < part.end ? segment.start : segment.end
  }
  const toSource = ({ start, end }: Span): Span => {
    const from = at(start)
    const last = parts[lastAtMost(parts.length, index => parts[index]?.start ?? 0, end - 1)]
    const isWhole =
      last !== undefined && (last.segment.type === 'placeholder' || last.segment.constant !== undefined)
    const to = isWhole && end > last.start ? last.segment.end : at(end)
    return { start: from, end: Math.max(from, to) }
  }
  return { text, toSource, placeholders }
}

/** Returns a short name for a placeholder. It never contains anything that would be parsed as a turn. */
function placeholderName(code: string): string {
  const name = code.replace(/\s+/g, ' ').replace(/[{}:]/g, '')
  return name.length > 40 ? `${name.slice(0, 39)}…` : name
}
