import type { Span } from '../../diagnostics/index.ts'
import { findCalls } from '../detect/calls.ts'
import { frameworkClasses } from '../detect/packages.ts'
import { COMMENT_WORDS, NAME_WORDS, TEXT_WORDS } from '../detect/patterns.ts'
import { promptOf } from '../detect/prompt-text.ts'
import { type Grammar, spanOf } from './grammar.ts'
import type { NameToken, SourceTokens, Token } from './source-tokens.ts'
import type { SyntaxNode } from './syntax-tree.ts'

const FRAMEWORKS = /langchain|llama_index/
const CALLS = /complet|client|max_tokens_to_sample/i

/** Where the text of a source is looked up in its tree; what is there is then tested by its kind. */
const ANYWHERE =
  /claude|v1\/complete|max_?tokens?_?to_?sample|human|assistant|ai:|_prompt|json:|complet|stop_?reason|log_?id|(?<![\w$])stop(?![\w$])|prompt|invoke_?model/gi
const NAMES = new RegExp(NAME_WORDS, 'i')
const TEXTS = new RegExp(TEXT_WORDS, 'i')
const COMMENTS = new RegExp(COMMENT_WORDS, 'i')

/** Reads a source by its syntax tree. */
export function readTree(source: string, root: SyntaxNode, grammar: Grammar): SourceTokens {
  const named = (names: readonly string[]): NameToken[] => {
    const present = names.filter(name => /^[\w$]+$/.test(name) && source.includes(name))
    return root.findNames(present, grammar.names).map(nameToken)
  }

  const isText = new Set(grammar.texts)
  const tests = new Map<string, (text: string) => boolean>([
    ...grammar.texts.map(kind => [kind, (text: string) => TEXTS.test(text)] as const),
    ...grammar.names.map(kind => [kind, (text: string) => NAMES.test(text)] as const),
    ['comment', text => COMMENTS.test(text)],
  ])
  const tokens: Token[] = []
  const seeds: SyntaxNode[] = []
  for (const node of root.findMatches(ANYWHERE, tests)) {
    const kind = node.kind()
    const text = node.text()
    if (kind === 'comment') tokens.push({ type: 'comment', text, ...spanOf(node) })
    else if (isText.has(kind)) tokens.push(...textTokens(node, source, grammar))
    else tokens.push({ type: 'name', name: text, ...spanOf(node) })
    const isSeed = isText.has(kind) ? /Human:|Assistant:/.test(text) : /^(?:HUMAN|AI)_PROMPT$/.test(text)
    if (isSeed) seeds.push(node)
  }
  tokens.sort((a, b) => a.start - b.start || a.end - b.end)

  const imports = FRAMEWORKS.test(source) ? root.findKinds(grammar.imports) : []
  const isCall = new Map(grammar.calls.map(kind => [kind, () => true] as const))
  const calls = root.findMatches(new RegExp(CALLS, 'gi'), isCall)
  const classes = imports
    .map(node => ({ span: spanOf(node), names: frameworkClasses(node.text()) }))
    .filter(({ names }) => names.length > 0)
  return {
    tokens,
    hasTree: true,
    named,
    scopes: tokens.length > 0 ? root.findKinds(grammar.functions).map(spanOf) : [],
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

const nameToken = (node: SyntaxNode): NameToken => ({ type: 'name', name: node.text(), ...spanOf(node) })

/** The stretches of text in a literal; one token for a literal without placeholders. */
function textTokens(node: SyntaxNode, source: string, grammar: Grammar): Token[] {
  const span = spanOf(node)
  const segments = grammar.literal(node, source)
  const isWhole = segments.length === 1
  return segments.flatMap((segment): Token[] =>
    'type' in segment && segment.type === 'text'
      ? [{ type: 'text', segment, ...(isWhole ? span : { start: segment.start, end: segment.end }) }]
      : [],
  )
}

/** The largest expression of joined texts around a part of one. */
function wholeExpression(seed: SyntaxNode, grammar: Grammar): SyntaxNode {
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

function distinct(nodes: readonly SyntaxNode[]): SyntaxNode[] {
  const seen = new Map<string, SyntaxNode>()
  for (const node of nodes) {
    const { start, end }: Span = spanOf(node)
    seen.set(`${start}:${end}`, node)
  }
  return [...seen.values()]
}
