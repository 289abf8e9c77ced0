import type { SgNode } from '@ast-grep/napi'
import type { Span } from '../diagnostics/index.ts'
import { findCalls } from './calls.ts'
import { frameworkClasses } from './frameworks.ts'
import { type Grammar, spanOf } from './grammar.ts'
import { promptOf } from './prompt-text.ts'
import type { NameToken, Reading, Token } from './reading.ts'
import { COMMENT_WORDS, NAME_WORDS, TEXT_WORDS } from './words.ts'

/** The engine of the native search is told by this to take letters in any case. */
const IN_ANY_CASE = '(?i)'

/** Reads a source by its syntax tree. */
export function readTree(source: string, root: SgNode, grammar: Grammar): Reading {
  const ofKinds = (kinds: readonly string[], regex?: string): SgNode[] =>
    kinds.length === 0
      ? []
      : root.findAll({ rule: { any: kinds.map(kind => ({ kind })), ...(regex !== undefined && { regex }) } })

  const named = (names: readonly string[]): NameToken[] => {
    const wanted = names.filter(name => /^[\w$]+$/.test(name) && source.includes(name))
    if (wanted.length === 0) return []
    const pattern = `^(${wanted.map(name => name.replaceAll('$', '\\$')).join('|')})$`
    return ofKinds(grammar.names, pattern).map(nameToken)
  }

  const literals = ofKinds(grammar.texts, IN_ANY_CASE + TEXT_WORDS)
  const names = ofKinds(grammar.names, IN_ANY_CASE + NAME_WORDS)
  const tokens: Token[] = [
    ...literals.flatMap(node => textTokens(node, source, grammar)),
    ...names.map(nameToken),
    ...ofKinds(['comment'], IN_ANY_CASE + COMMENT_WORDS).map(
      (node): Token => ({ type: 'comment', text: node.text(), ...spanOf(node) }),
    ),
  ]
  tokens.sort((a, b) => a.start - b.start || a.end - b.end)

  const markers = names.filter(node => /^(?:HUMAN|AI)_PROMPT$/.test(node.text()))
  const seeds = [...literals.filter(node => /Human:|Assistant:/.test(node.text())), ...markers]
  const imports = ofKinds(grammar.imports)
  const classes = imports.map(node => ({ span: spanOf(node), names: frameworkClasses(node.text()) }))
  const frameworks = classes.filter(({ names }) => names.length > 0)
  return {
    tokens,
    hasTree: true,
    named,
    scopes: ofKinds(grammar.functions).map(spanOf),
    ...findCalls(source, ofKinds(grammar.calls, '(?i)complet|client|max_tokens_to_sample'), grammar),
    prompts: distinct(seeds.map(seed => wholeExpression(seed, grammar))).map(node =>
      promptOf(node, source, grammar),
    ),
    frameworks: [
      ...frameworks.map(({ span }) => span),
      ...named(frameworks.flatMap(({ names }) => names)).filter(({ end }) => source.startsWith('(', end)),
    ],
  }
}

const nameToken = (node: SgNode): NameToken => ({ type: 'name', name: node.text(), ...spanOf(node) })

/** The stretches of text in a literal; one token for a literal without holes. */
function textTokens(node: SgNode, source: string, grammar: Grammar): Token[] {
  const span = spanOf(node)
  const pieces = grammar.literal(node, source)
  const isWhole = pieces.length === 1
  return pieces.flatMap((piece): Token[] =>
    'type' in piece && piece.type === 'text'
      ? [{ type: 'text', piece, ...(isWhole ? span : { start: piece.start, end: piece.end }) }]
      : [],
  )
}

/** The largest expression of joined texts around a part of one. */
function wholeExpression(seed: SgNode, grammar: Grammar): SgNode {
  let top = seed
  let at = seed
  for (let above = at.parent(); above !== null; above = above.parent()) {
    const isJoint = grammar.joints.includes(String(above.kind()))
    // `anthropic.HUMAN_PROMPT` is as good as the bare constant.
    if (!isJoint && !(grammar.member(above)?.property.text() === seed.text() && at === seed)) break
    if (grammar.joined(above) !== undefined || grammar.texts.includes(String(above.kind())) || !isJoint)
      top = above
    at = above
  }
  return top
}

function distinct(nodes: readonly SgNode[]): SgNode[] {
  const seen = new Map<string, SgNode>()
  for (const node of nodes) {
    const { start, end }: Span = spanOf(node)
    seen.set(`${start}:${end}`, node)
  }
  return [...seen.values()]
}
