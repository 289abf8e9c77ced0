import type { Span } from '../../diagnostics/index.ts'
import { findCalls } from '../detect/calls.ts'
import { frameworkClasses } from '../detect/packages.ts'
import { COMMENT_PATTERN, NAME_PATTERN, TEXT_PATTERN } from '../detect/patterns.ts'
import { promptOf } from '../detect/prompt-text.ts'
import { type Grammar, spanOf } from './grammar.ts'
import type { NameToken, SourceTokens, Token } from './source-tokens.ts'
import type { SyntaxNode } from './syntax-tree.ts'

const FRAMEWORKS = /langchain|llama_index/
const CALLS = /complet|client|max_tokens_to_sample/i

/** Matches the text at which nodes are looked up. A separate test for each kind of node then decides. */
const ANYWHERE =
  /claude|v1\/complete|max_?tokens?_?to_?sample|human|assistant|ai:|_prompt|json:|complet|anthropic\.com(?![a-z])|2023-01-01|count_?tokens|get_?tokenizer|stop_?reason|log_?id|(?<![\w$])stop(?![\w$])|prompt|invoke_?model/gi
const NAMES = new RegExp(NAME_PATTERN, 'i')
const TEXTS = new RegExp(TEXT_PATTERN, 'i')
const COMMENTS = new RegExp(COMMENT_PATTERN, 'i')

/** Reads a source through its syntax tree. */
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
    // A text that is a whole statement is a docstring.
    const isComment =
      kind === 'comment' || (isText.has(kind) && node.parent()?.kind() === 'expression_statement')
    if (isComment) {
      tokens.push({ type: 'comment', text, ...spanOf(node) })
      continue
    }
    if (isText.has(kind)) tokens.push(...textTokens(node, source, grammar))
    else tokens.push({ type: 'name', name: text, ...spanOf(node) })
    const isSeed = isText.has(kind) ? /Human:|Assistant:/.test(text) : /^(?:HUMAN|AI)_PROMPT$/.test(text)
    if (isSeed) seeds.push(node)
  }
  tokens.sort((a, b) => a.start - b.start || a.end - b.end)

  const imports = FRAMEWORKS.test(source) ? root.findKinds(grammar.imports) : []
  const isCall = new Map(grammar.calls.map(kind => [kind, () => true] as const))
  const calls = root.findMatches(new RegExp(CALLS, 'gi'), isCall)
  const classes = imports
    .map(node => ({ span: spanOf(node), names: frameworkClasses(node.text(), source) }))
    .filter(({ names }) => names.length > 0)
  return {
    tokens,
    hasTree: true,
    named,
    scopes: tokens.length > 0 ? root.findKinds(grammar.functions).map(spanOf) : [],
    ...findCalls(source, calls, grammar),
    prompts: wholeExpressions(seeds, grammar).map(node => promptOf(node, source, grammar)),
    frameworks: frameworksIn(source, classes, named),
  }
}

const nameToken = (node: SyntaxNode): NameToken => ({ type: 'name', name: node.text(), ...spanOf(node) })

/** Returns the text parts of a literal: one token if it has no placeholders. */
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

/** Returns the imports and constructors of framework classes, except those that name a model of another vendor. */
function frameworksIn(
  source: string,
  classes: readonly { span: Span; names: readonly string[] }[],
  named: SourceTokens['named'],
): Span[] {
  const made = named(classes.flatMap(({ names }) => names)).filter(({ end }) => source.startsWith('(', end))
  const own = made.filter(({ end }) => !namesOtherModel(source.slice(end, end + 600)))
  const isLeft = (name: string): boolean =>
    !made.some(one => one.name === name) || own.some(one => one.name === name)
  return [...classes.filter(({ names }) => names.some(isLeft)).map(({ span }) => span), ...own]
}

/** Returns whether a call names a model of another vendor: the class for Bedrock serves many vendors. */
function namesOtherModel(call: string): boolean {
  const end = call.indexOf(')')
  const given = end === -1 ? call : call.slice(0, end)
  return (
    /['"](?:[a-z]{2,6}\.)?(?:ai21|amazon|cohere|meta|mistral|stability|deepseek|writer)\.[\w.:-]+['"]/.test(
      given,
    ) && !/anthropic|claude/i.test(given)
  )
}

/** Returns the largest expressions of joined texts around the seeds, without duplicates. */
function wholeExpressions(seeds: readonly SyntaxNode[], grammar: Grammar): SyntaxNode[] {
  const joints = new Set(grammar.joints)
  const tops = new Map<number, SyntaxNode | null>()
  const found = new Map<string, SyntaxNode>()
  for (const seed of seeds) {
    const member = seed.parent()
    // `anthropic.HUMAN_PROMPT` counts like the bare constant.
    const isMember = member !== null && grammar.member(member)?.property === seed
    const start = isMember ? member : seed
    const climbed: SyntaxNode[] = []
    let top = start
    for (let at = start; ; ) {
      // Another part of the same expression was climbed from here already.
      const known = tops.get(at.id())
      if (known !== undefined) {
        top = known ?? top
        break
      }
      climbed.push(at)
      const above = at.parent()
      if (above === null || !joints.has(above.kind())) break
      if (grammar.joined(above) !== undefined || grammar.texts.includes(above.kind())) top = above
      at = above
    }
    const last = climbed.indexOf(top)
    for (const [index, node] of climbed.entries())
      tops.set(node.id(), last === -1 || index <= last ? top : null)
    found.set(`${top.start}:${top.end}`, top)
  }
  return [...found.values()]
}
