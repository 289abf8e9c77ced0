import type { Span } from '../../diagnostics/index.ts'
import { AI_PROMPT, HUMAN_PROMPT } from '../../transcript/index.ts'
import { type Grammar, spanOf } from '../languages/grammar.ts'
import { sourceOffset } from '../languages/source-tokens.ts'
import type { SyntaxNode } from '../languages/syntax-tree.ts'
import type { PromptText, Segment } from '../legacy-use.ts'

/** What the constants stand for. */
const VALUES: Readonly<Record<string, string>> = { HUMAN_PROMPT, AI_PROMPT }

/** The segments of an expression that joins texts; anything else is one placeholder. */
export function promptOf(node: SyntaxNode, source: string, grammar: Grammar): PromptText {
  return { ...spanOf(node), segments: segmentsOf(node, source, grammar) }
}

function segmentsOf(node: SyntaxNode, source: string, grammar: Grammar): Segment[] {
  if (grammar.texts.includes(String(node.kind()))) {
    return grammar
      .literal(node, source)
      .flatMap(segment => ('type' in segment ? [segment] : segmentsOf(segment, source, grammar)))
  }
  const code = node.text()
  const parts = grammar.joined(node)?.flatMap(part => segmentsOf(part, source, grammar))
  if (parts?.some(({ type }) => type === 'text')) return parts
  // A sum without a text in it may as well be one of numbers.
  if (parts !== undefined && parts.length !== 1) return [{ type: 'placeholder', code, ...spanOf(node) }]
  if (parts !== undefined) return parts
  const constant = (grammar.member(node)?.property ?? node).text()
  const text = VALUES[constant]
  if (text !== undefined) return [{ type: 'text', text, constant, ...spanOf(node) }]
  return [{ type: 'placeholder', code, ...spanOf(node) }]
}

/** The text that a prompt comes to, its placeholders shown by name, and where each offset of that text stands in the source. */
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
    const part = parts.find(({ end }) => offset < end) ?? parts.at(-1)
    if (part === undefined) return prompt.start
    const { segment, start } = part
    const isLiteral = segment.type === 'text' && segment.constant === undefined
    return isLiteral ? sourceOffset(segment, offset - start) : offset < part.end ? segment.start : segment.end
  }
  const toSource = ({ start, end }: Span): Span => {
    const from = at(start)
    const last = parts.find(part => end <= part.end)
    const isWhole =
      last !== undefined && (last.segment.type === 'placeholder' || last.segment.constant !== undefined)
    const to = isWhole && end > last.start ? last.segment.end : at(end)
    return { start: from, end: Math.max(from, to) }
  }
  return { text, toSource, placeholders }
}

/** Short enough to read, and without what would look like a turn. */
function placeholderName(code: string): string {
  const name = code.replace(/\s+/g, ' ').replace(/[{}:]/g, '')
  return name.length > 40 ? `${name.slice(0, 39)}…` : name
}
