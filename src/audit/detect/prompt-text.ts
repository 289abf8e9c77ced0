import type { Span } from '../../diagnostics/index.ts'
import { AI_PROMPT, HUMAN_PROMPT } from '../../transcript/index.ts'
import { type Grammar, spanOf } from '../languages/grammar.ts'
import { sourceOffset } from '../languages/source-tokens.ts'
import type { SyntaxNode } from '../languages/syntax-tree.ts'
import type { Piece, PromptText } from '../legacy-use.ts'

/** What the constants stand for. */
const VALUES: Readonly<Record<string, string>> = { HUMAN_PROMPT, AI_PROMPT }

/** The pieces of an expression that joins texts; anything else is one hole. */
export function promptOf(node: SyntaxNode, source: string, grammar: Grammar): PromptText {
  return { ...spanOf(node), pieces: piecesOf(node, source, grammar) }
}

function piecesOf(node: SyntaxNode, source: string, grammar: Grammar): Piece[] {
  if (grammar.texts.includes(String(node.kind()))) {
    return grammar
      .literal(node, source)
      .flatMap(piece => ('type' in piece ? [piece] : piecesOf(piece, source, grammar)))
  }
  const code = node.text()
  const parts = grammar.joined(node)?.flatMap(part => piecesOf(part, source, grammar))
  if (parts?.some(({ type }) => type === 'text')) return parts
  // A sum without a text in it may as well be one of numbers.
  if (parts !== undefined && parts.length !== 1) return [{ type: 'hole', code, ...spanOf(node) }]
  if (parts !== undefined) return parts
  const constant = (grammar.member(node)?.property ?? node).text()
  const text = VALUES[constant]
  if (text !== undefined) return [{ type: 'text', text, constant, ...spanOf(node) }]
  return [{ type: 'hole', code, ...spanOf(node) }]
}

/** The text that a prompt comes to, its holes shown by name, and where each offset of that text stands in the source. */
export function render(prompt: PromptText): { text: string; toSource: (span: Span) => Span; holes: Span[] } {
  let text = ''
  const holes: Span[] = []
  const parts = prompt.pieces.map(piece => {
    const start = text.length
    text += piece.type === 'text' ? piece.text : `{${holeName(piece.code)}}`
    if (piece.type === 'hole') holes.push({ start, end: text.length })
    return { piece, start, end: text.length }
  })
  const at = (offset: number): number => {
    const part = parts.find(({ end }) => offset < end) ?? parts.at(-1)
    if (part === undefined) return prompt.start
    const { piece, start } = part
    const isLiteral = piece.type === 'text' && piece.constant === undefined
    return isLiteral ? sourceOffset(piece, offset - start) : offset < part.end ? piece.start : piece.end
  }
  const toSource = ({ start, end }: Span): Span => {
    const from = at(start)
    const last = parts.find(part => end <= part.end)
    const isWhole = last !== undefined && (last.piece.type === 'hole' || last.piece.constant !== undefined)
    const to = isWhole && end > last.start ? last.piece.end : at(end)
    return { start: from, end: Math.max(from, to) }
  }
  return { text, toSource, holes }
}

/** Short enough to read, and without what would look like a turn. */
function holeName(code: string): string {
  const name = code.replace(/\s+/g, ' ').replace(/[{}:]/g, '')
  return name.length > 40 ? `${name.slice(0, 39)}…` : name
}
