import type { SgNode } from '@ast-grep/napi'
import type { Span } from '../diagnostics/index.ts'
import { findCalls } from './calls.ts'
import { frameworkClasses } from './frameworks.ts'
import { type Grammar, spanOf } from './grammar.ts'
import { promptOf } from './prompt-text.ts'
import type { NameToken, Reading, Token } from './reading.ts'
import { COMMENT_WORDS, NAME_WORDS, TEXT_WORDS } from './words.ts'

const FRAMEWORKS = /langchain|llama_index/
const CALLS = /complet|client|max_tokens_to_sample/i

/** The engine of the native search is told by this to take letters in any case. */
const IN_ANY_CASE = '(?i)'

/** Reads a source by its syntax tree. */
export function readTree(source: string, root: SgNode, grammar: Grammar): Reading {
  // Each search of the tree costs more than one of the text, so there are few, and the text is asked first.
  const search = (wanted: readonly Wanted[]): SgNode[] =>
    root.findAll({
      rule: {
        any: wanted.map(({ kinds, words }) => ({
          any: kinds.map(kind => ({ kind })),
          ...(words !== undefined && { regex: IN_ANY_CASE + words }),
        })),
      },
    })
  const named = (names: readonly string[]): NameToken[] => {
    const present = names.filter(name => /^[\w$]+$/.test(name) && source.includes(name))
    if (present.length === 0) return []
    const pattern = `^(${present.map(name => name.replaceAll('$', '\\$')).join('|')})$`
    return root
      .findAll({ rule: { any: grammar.names.map(kind => ({ kind })), regex: pattern } })
      .map(nameToken)
  }

  const isText = new Set(grammar.texts)
  const nodes = search([
    { kinds: grammar.texts, words: TEXT_WORDS },
    { kinds: grammar.names, words: NAME_WORDS },
    { kinds: ['comment'], words: COMMENT_WORDS },
  ])
  const tokens: Token[] = []
  const seeds: SgNode[] = []
  for (const node of nodes) {
    const kind = String(node.kind())
    const text = node.text()
    if (kind === 'comment') tokens.push({ type: 'comment', text, ...spanOf(node) })
    else if (isText.has(kind)) tokens.push(...textTokens(node, source, grammar))
    else tokens.push({ type: 'name', name: text, ...spanOf(node) })
    const isSeed = isText.has(kind) ? /Human:|Assistant:/.test(text) : /^(?:HUMAN|AI)_PROMPT$/.test(text)
    if (isSeed) seeds.push(node)
  }
  tokens.sort((a, b) => a.start - b.start || a.end - b.end)

  const imports = FRAMEWORKS.test(source) ? search([{ kinds: grammar.imports }]) : []
  const calls = CALLS.test(source) ? search([{ kinds: grammar.calls, words: CALLS.source }]) : []
  const classes = imports
    .map(node => ({ span: spanOf(node), names: frameworkClasses(node.text()) }))
    .filter(({ names }) => names.length > 0)
  return {
    tokens,
    hasTree: true,
    named,
    scopes: tokens.length > 0 ? search([{ kinds: grammar.functions }]).map(spanOf) : [],
    ...findCalls(source, calls, grammar),
    prompts: distinct(seeds.map(seed => wholeExpression(seed, grammar))).map(node =>
      promptOf(node, source, grammar),
    ),
    frameworks: [
      ...classes.map(({ span }) => span),
      ...named(classes.flatMap(({ names }) => names)).filter(({ end }) => source.startsWith('(', end)),
    ],
  }
}

/** Nodes of these kinds, with these words in them. */
interface Wanted {
  kinds: readonly string[]
  words?: string
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
