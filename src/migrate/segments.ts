import { promptOf } from '../audit/detect/prompt-text.ts'
import type { Placeholder, Segment, TextSegment } from '../audit/legacy-use.ts'
import { AI_PROMPT, HUMAN_PROMPT } from '../transcript/index.ts'
import { CannotRewrite } from './cannot-rewrite.ts'
import { isOurs, isTheirs, modulesOf } from './javascript/modules.ts'
import type { SyntaxNode } from './tree.ts'
import { kindOf, nodeAt, nodesOf, references, type Tree } from './tree.ts'

/**
 * What a text is put together of. What merely has the name of a constant is a placeholder like any other.
 *
 * @throws CannotRewrite when a literal has an escape that the languages read differently.
 */
export function segmentsOf(node: SyntaxNode, tree: Tree): Segment[] {
  const { segments } = promptOf(node, tree.source, tree.grammar)
  return segments.map(segment => {
    if (segment.type === 'placeholder') return aliased(segment, tree)
    const { start, end, constant, offsets } = segment
    const written = tree.source.slice(start, end)
    if (constant === undefined) {
      // Without places of its own, a text was read as it is written.
      const odd = tree.grammar.language === 'python' ? ODD_IN_PYTHON : ODD_IN_JAVASCRIPT
      if (offsets !== undefined && odd.test(written)) throw new CannotRewrite('text-escape')
      return segment
    }
    if (isTheirConstant(segment, written, tree)) return segment
    return { type: 'placeholder', code: written, start, end }
  })
}

/** `import { HUMAN_PROMPT as HUMAN }`, and then `HUMAN`. */
function aliased(segment: Placeholder, tree: Tree): Segment {
  if (tree.grammar.language === 'python' || !/^[\w$]+$/.test(segment.code)) return segment
  const bindings = modulesOf(tree).flatMap(use => use.bindings)
  const imported = bindings.find(({ local }) => local === segment.code)?.imported
  const text = imported === 'HUMAN_PROMPT' ? HUMAN_PROMPT : imported === 'AI_PROMPT' ? AI_PROMPT : undefined
  if (text === undefined) return segment
  const { code: constant, start, end } = segment
  return { type: 'text', text, constant, start, end }
}

const BEFORE = String.raw`(?<!\\)(?:\\\\)*\\`
/** `\\1`, `\\d` (which is `d`), and a joined line, whose blanks are a part of the text. */
const ODD_IN_JAVASCRIPT = new RegExp(String.raw`${BEFORE}(?:[1-9]|0\d|[ac-eg-mo-qswyzA-Z_]|\n[ \t])`)
/** `\\101`, `\\a`, `\\N{…}`, `\\.` (which is both), and a joined line. */
const ODD_IN_PYTHON = new RegExp(String.raw`${BEFORE}(?:[1-9]|0\d|a|N\{|[^\w\s\\'"]|\n[ \t])`)

/** Whether a name is that of the SDK's constant, and not of one that a program has of its own. */
function isTheirConstant({ start, end, constant = '' }: TextSegment, written: string, tree: Tree): boolean {
  const isMember = written !== constant
  const root = /^[\w$]+/.exec(written)?.[0] ?? ''
  if (tree.grammar.language === 'python') {
    if (isMember) return /anthropic|client|claude/i.test(root)
    const imports = nodesOf(tree.root, 'import_from_statement').map(statement => statement.text())
    return imports.some(
      text => /^from\s+anthropic\b/.test(text) && new RegExp(`\\b${constant}\\b`).test(text),
    )
  }
  const bindings = modulesOf(tree)
    .filter(use => isTheirs(use) || isOurs(use))
    .flatMap(use => use.bindings)
  if (isMember) return bindings.some(({ local }) => local === root)
  const isImported = bindings.some(({ local, imported }) => local === constant && imported === constant)
  const isOwn = references(tree.root, constant, tree.grammar).some(
    node =>
      kindOf(node.parent()) === 'variable_declarator' && node.parent()?.field('name')?.id() === node.id(),
  )
  return isImported && !isOwn && nodeAt(tree.root, { start, end }) !== undefined
}
