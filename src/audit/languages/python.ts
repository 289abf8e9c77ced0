import type { Segment, TextSegment } from '../legacy-use.ts'
import { climb, type Grammar, type NamedArgument, spanOf } from './grammar.ts'
import { readLiteral, sourceOffset } from './source-tokens.ts'
import type { SyntaxNode } from './syntax-tree.ts'

/** The kinds of nodes whose value is that of the expression in them. */
export const PASSED: ReadonlySet<string> = new Set(['await', 'parenthesized_expression'])

export const PYTHON: Grammar = {
  language: 'python',
  functions: ['function_definition', 'lambda'],
  names: ['identifier'],
  texts: ['string'],
  calls: ['call'],
  joints: ['binary_operator', 'interpolation', 'string', 'concatenated_string', 'parenthesized_expression'],
  imports: ['import_statement', 'import_from_statement'],
  joined,
  literal,
  callee: call => call.field('function') ?? undefined,
  member,
  namedArguments,
  receiver,
}

function joined(node: SyntaxNode): SyntaxNode[] | undefined {
  const kind = node.kind()
  if (kind === 'parenthesized_expression' || kind === 'concatenated_string') {
    return node.children().filter(child => child.isNamed() && child.kind() !== 'comment')
  }
  if (kind !== 'binary_operator' || node.field('operator')?.text() !== '+') return undefined
  const [left, right] = [node.field('left'), node.field('right')]
  return left && right ? [left, right] : undefined
}

function literal(node: SyntaxNode, source: string): (Segment | SyntaxNode)[] {
  const children = node.children()
  const opening = children[0]
  const prefix = opening?.text() ?? ''
  const read = (start: number, stop: number): Segment => {
    const segment = readLiteral(source, start, stop, /r/i.test(prefix))
    return /f/i.test(prefix) ? withBraces(segment) : segment
  }
  const segments: (Segment | SyntaxNode)[] = []
  let at = opening?.range().end.index ?? node.range().start.index
  const end = children.at(-1)?.range().start.index ?? at
  for (const child of children) {
    if (child.kind() !== 'interpolation') continue
    const placeholder = spanOf(child)
    if (placeholder.start > at) segments.push(read(at, placeholder.start))
    const value = child.field('expression') ?? child.children().find(inner => inner.isNamed())
    if (value) segments.push(value)
    at = placeholder.end
  }
  if (end > at) segments.push(read(at, end))
  return segments
}

/** Decodes doubled braces: in an f-string, `{{` is one brace. */
function withBraces(segment: TextSegment): TextSegment {
  if (!/[{}]{2}/.test(segment.text)) return segment
  let text = ''
  const offsets: number[] = []
  for (let unit = 0; unit < segment.text.length; unit++) {
    const character = segment.text[unit] ?? ''
    text += character
    offsets.push(sourceOffset(segment, unit))
    if (/[{}]/.test(character) && segment.text[unit + 1] === character) unit++
  }
  return { ...segment, text, offsets }
}

function member(node: SyntaxNode): { object: SyntaxNode; property: SyntaxNode } | undefined {
  const [object, property] = [node.field('object'), node.field('attribute')]
  return node.kind() === 'attribute' && object && property ? { object, property } : undefined
}

function namedArguments(call: SyntaxNode): ReturnType<Grammar['namedArguments']> {
  const list = call.field('arguments')
  if (!list) return { argument: undefined, list: [] }
  return { argument: spanOf(list), list: list.children().flatMap(argumentOf) }
}

function argumentOf(argument: SyntaxNode): NamedArgument[] {
  const [name, value] = [argument.field('name'), argument.field('value')]
  if (argument.kind() !== 'keyword_argument' || !name || !value) return []
  return [{ ...spanOf(argument), name: name.text(), key: spanOf(name), value: spanOf(value), node: value }]
}

function receiver(call: SyntaxNode): SyntaxNode | undefined {
  const above = climb(call, PASSED).parent()
  return above?.kind() === 'assignment' ? (above.field('left') ?? undefined) : undefined
}
