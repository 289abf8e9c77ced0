import { type Grammar, spanOf } from '../audit/languages/grammar.ts'
import { languageOf } from '../audit/languages/languages.ts'
import { GRAMMARS, type Parsers } from '../audit/languages/parsers.ts'
import type { SyntaxNode, SyntaxTree } from '../audit/languages/syntax-tree.ts'
import type { Span } from '../diagnostics/index.ts'
import type { Edit } from './edits.ts'

export type { SyntaxNode }

/** A source and its syntax tree. */
export interface Tree {
  source: string
  root: SyntaxNode
  grammar: Grammar
  /** Whether the file is in a language with type annotations, TypeScript. */
  isTyped: boolean
  /** Whether the parser skipped a part of the source because of a syntax error. */
  isBroken: boolean
  /** Finds the definition of a name that is imported from another file of the run. */
  imported?: (node: SyntaxNode) => ImportedDefinition | undefined
  /** Parses the source after edits, and frees this tree. Takes less time than parsing the whole source. */
  edited: (source: string, edits: readonly Edit[]) => Tree
  /** Frees the tree. Its nodes must not be used afterwards. */
  delete: () => void
}

/** A definition in another file. */
export interface ImportedDefinition {
  file: string
  tree: Tree
  /** The defined name. */
  name: SyntaxNode
  /** The value of the name, or the function. */
  value: SyntaxNode
  /** Whether the file can be changed together with the file that imports the name. */
  isEditable: boolean
}

/** The kinds of both languages that whole trees are searched for. One walk then finds the nodes of all of them. */
const SEARCHED: readonly string[] = [
  'assignment',
  'attribute',
  'call',
  'call_expression',
  'generic_type',
  'import_from_statement',
  'import_statement',
  'member_expression',
  'nested_type_identifier',
  'new_expression',
  'private_property_identifier',
  'property_identifier',
  'string',
  'template_string',
  'type_annotation',
]

/** Parses a file in a language that can be migrated; `undefined` for any other file. */
export function readTree(file: string, source: string, parsers: Parsers): Tree | undefined {
  const language = languageOf(file)
  if (language !== 'typescript' && language !== 'tsx' && language !== 'python') return undefined
  const grammar = GRAMMARS[language]
  const isTyped = /\.[cm]?tsx?$/.test(file)
  const treeOf = (text: string, syntax: SyntaxTree): Tree => ({
    source: text,
    root: syntax.root(),
    grammar,
    isTyped,
    isBroken: syntax.hasSyntaxError(),
    edited(changed, edits) {
      try {
        return treeOf(changed, parsers.parse(changed, grammar, SEARCHED, { tree: syntax, edits }))
      } finally {
        syntax.delete()
      }
    },
    delete: () => syntax.delete(),
  })
  return treeOf(source, parsers.parse(source, grammar, SEARCHED))
}

/** Returns all nodes of these kinds. */
export function nodesOf(root: SyntaxNode, ...kinds: readonly string[]): SyntaxNode[] {
  return root.findKinds(kinds)
}

/** Returns the largest node with exactly this span. */
export function nodeAt(root: SyntaxNode, { start, end }: Span): SyntaxNode | undefined {
  let node: SyntaxNode | undefined = root
  while (node !== undefined) {
    const span = spanOf(node)
    if (span.start === start && span.end === end) return node
    node = node.children().find(child => {
      const inner = spanOf(child)
      return inner.start <= start && end <= inner.end && inner.end > inner.start
    })
  }
  return undefined
}

/** Returns the call with exactly this span. A statement and a block that consist of the call have the same span. */
export function callAt(root: SyntaxNode, span: Span): SyntaxNode | undefined {
  let node = nodeAt(root, span)
  while (node !== undefined && /^(?:block|expression_statement)$/.test(kindOf(node)))
    node = node.child(0) ?? undefined
  return node
}

/** Returns the kind of a node; '' if there is no node. */
export const kindOf = (node: SyntaxNode | null | undefined): string => (node ? String(node.kind()) : '')

/** Returns whether both values are the same node. Two missing nodes are not the same. */
export const isSame = (a: SyntaxNode | null | undefined, b: SyntaxNode | null | undefined): boolean =>
  !!a && !!b && a.id() === b.id()

/** Returns the nearest ancestor of one of these kinds. */
export function above(node: SyntaxNode, ...kinds: readonly string[]): SyntaxNode | undefined {
  return node.ancestors().find(one => kinds.includes(kindOf(one)))
}

/** Returns the references to a variable in a tree. Excludes names of members, keys and arguments. */
export function references(root: SyntaxNode, name: string, grammar: Grammar): SyntaxNode[] {
  const kinds =
    grammar.language === 'python'
      ? ['identifier']
      : [
          'identifier',
          'shorthand_property_identifier',
          'shorthand_property_identifier_pattern',
          'type_identifier',
        ]
  return root.findNames([name], kinds).filter(node => grammar.language !== 'python' || isPythonName(node))
}

function isPythonName(node: SyntaxNode): boolean {
  const parent = node.parent()
  if (kindOf(parent) === 'attribute') return isSame(parent?.field('object'), node)
  return kindOf(parent) !== 'keyword_argument' || !isSame(parent?.field('name'), node)
}

/** Returns whether a name or a member is declared or assigned here. */
export function isTarget(node: SyntaxNode): boolean {
  const parent = node.parent()
  if (/^(?:variable_declarator|public_field_definition|field_definition)$/.test(kindOf(parent)))
    return isSame(parent?.field('name') ?? parent?.field('property'), node)
  const isAssignment = /assignment|^for_in_statement$|^for_statement$/.test(kindOf(parent))
  return isAssignment && isSame(parent?.field('left'), node)
}
