import { parsePrompt } from '../transcript/index.ts'
import { CannotRewrite } from './cannot-rewrite.ts'
import type { Edit } from './edits.ts'
import { modelOf } from './prompt-model.ts'
import { type Leaf, type Model, pathsOf } from './prompt-parts.ts'
import { ownReferences, scopeOf } from './scope.ts'
import { kindOf, type SyntaxNode, type Tree } from './tree.ts'
import { evaluate } from './value.ts'

/** One way in which a prompt may be put together, its values marked by characters that no prompt has. */
export interface MarkedPath {
  text: string
  /** Where each part is in the text. */
  parts: readonly { leaf: Leaf; from: number; to: number }[]
}

/** A prompt as far as its turns can be seen. */
export interface MarkedPrompt {
  model: Model
  paths: readonly MarkedPath[]
  /** The text of the first path, for the translation. */
  text: string
}

/** The code of a request's texts, and what else of the file changes for it. */
export interface WrittenPrompt {
  /** `system` and `messages`, or names that hold them. */
  system?: string
  messages: readonly { role: string; content: string }[] | string
  edits: readonly Edit[]
  /** Other calls that have to be rewritten, too, because they share a variable that changes. */
  shared: readonly number[]
}

/** Characters for private use: a value is one of each around its number. */
const OPEN = '\uE0A0'
const CLOSE = '\uE0A1'
const HOLE = new RegExp(`${OPEN}(\\d+)${CLOSE}`, 'g')

/** Names of what most likely holds whole turns. */
const OF_TURNS = /history|conversation|turns\b|messages|chat_?log/i
/** Names that may as well be those of a text that a turn is about. */
const LIKE_TURNS = /transcript|dialogue?s?\b|\.join\(/i
/** Code that has turns in it for certain. */
const TURNS = /HUMAN_PROMPT|AI_PROMPT|Human:|Assistant:/
/** The words that a turn has to have around a value for the value to be a part of it. */
const FEW_WORDS = 3

/**
 * Reads a prompt expression. A value is taken for text of the turn that it is in.
 *
 * @throws CannotRewrite when no turn of it can be seen, or a value seems to hold whole turns.
 */
export function markPrompt(node: SyntaxNode, tree: Tree): MarkedPrompt {
  const model = modelOf(node, tree)
  const paths = pathsOf(model).map(mark)
  const [first] = paths
  if (first === undefined || paths.some(({ parts }) => parts.every(({ leaf }) => leaf.type === 'value')))
    throw new CannotRewrite('prompt-unknown', node)
  for (const path of paths) checkValues(path, tree)
  return { model, paths, text: first.text }
}

function mark(leaves: readonly Leaf[]): MarkedPath {
  let text = ''
  const parts = leaves.map((leaf, index) => {
    const from = text.length
    if (leaf.text.includes(OPEN)) throw new CannotRewrite('prompt-unknown', leaf.node)
    text += leaf.type === 'value' ? `${OPEN}${index}${CLOSE}` : leaf.text
    return { leaf, from, to: text.length }
  })
  return { text, parts }
}

const isBlank = (text: string): boolean => text.replaceAll(HOLE, '').trim() === ''

function checkValues({ text, parts }: MarkedPath, tree: Tree): void {
  // A constant that can be read holds what it holds, whatever its name is.
  const isText = (value: SyntaxNode): boolean => {
    const known = evaluate(value, tree)
    return known.isKnown && typeof known.value === 'string' && !/\n\n(?:Human|Assistant):/.test(known.value)
  }
  const leafAt = (value: string | undefined): SyntaxNode | undefined => parts[Number(value)]?.leaf.node
  const { system = '', turns } = parsePrompt(text)
  for (const turn of turns) {
    for (const match of turn.text.matchAll(HOLE)) {
      const value = leafAt(match[1])
      const code = value?.text() ?? ''
      const words = turn.text.replaceAll(HOLE, ' ').match(/\p{L}+/gu)?.length ?? 0
      const isIntroduced = /[:>"'`]\s*$/.test(turn.text.slice(0, match.index).replaceAll(HOLE, ' '))
      const isDoubtful =
        TURNS.test(code) ||
        (OF_TURNS.test(withoutReplies(code)) && (words < FEW_WORDS || !isIntroduced)) ||
        (LIKE_TURNS.test(withoutReplies(code)) && words < FEW_WORDS)
      if (isDoubtful && value && !isText(value)) throw new CannotRewrite('prompt-of-turns', value)
    }
  }
  const [, value] = /\uE0A0(\d+)\uE0A1/.exec(system) ?? []
  const before = leafAt(value)
  if (
    before &&
    !isText(before) &&
    (isBlank(system) || OF_TURNS.test(before.text()) || TURNS.test(before.text()))
  )
    throw new CannotRewrite('prompt-before-turns', before)
  const last = turns.at(-1)
  if (last?.role === 'assistant') {
    const [, open] = /\uE0A0(\d+)\uE0A1\s*$/.exec(last.text) ?? []
    const begun = leafAt(open)
    if (begun) throw new CannotRewrite('prefill-open', begun)
  }
}

/** The text of a message, as reads of a reply are written, joins no turns. */
function withoutReplies(code: string): string {
  return code.replace(
    /\.content\.map\(block => \(block\.type === (['"])text\1 \? block\.text : \1\1\)\)\.join\(\1\1\)|(['"])\2\.join\(block\.text for block in [^'"]*? if block\.type == \2text\2\)/gs,
    '',
  )
}

/** Whether the prompt begins or ends in a value, so that nobody can say what the old API did with it. */
export function isOpenEnded({ paths }: MarkedPrompt): boolean {
  return paths.some(({ text }) => text.trimStart().startsWith(OPEN) || text.trimEnd().endsWith(CLOSE))
}

/** The stretches of a marked text that the texts of a request come from, in order. */
export function stretchesOf(path: MarkedPath, texts: readonly string[]): { from: number; to: number }[] {
  let cursor = 0
  return texts.map(wanted => {
    const from = path.text.indexOf(wanted, cursor)
    if (from === -1) throw new CannotRewrite('prompt-joined')
    cursor = from + wanted.length
    return { from, to: cursor }
  })
}

/** What of each part a stretch covers. */
export function keptIn(
  path: MarkedPath,
  { from, to }: { from: number; to: number },
): Map<Leaf, readonly [number, number]> {
  const kept = new Map<Leaf, readonly [number, number]>()
  for (const { leaf, from: start, to: end } of path.parts) {
    if (end <= from || start >= to) continue
    if (leaf.type === 'value') kept.set(leaf, [0, 0])
    else kept.set(leaf, [Math.max(from, start) - start, Math.min(to, end) - start])
  }
  return kept
}

/** Whether a part of the prompt is behind a name or a function. */
export function namedIn(model: Model): Extract<Model, { type: 'variable' | 'helper' }>[] {
  const found = new Set<Extract<Model, { type: 'variable' | 'helper' }>>()
  const look = (one: Model): void => {
    switch (one.type) {
      case 'leaf':
        return
      case 'literal':
        for (const inner of one.inner.values()) look(inner)
        return
      case 'sum':
      case 'list':
        one.operands.forEach(look)
        return
      case 'inner':
        look(one.inner)
        return
      case 'format':
        look(one.template)
        return
      case 'choice':
        one.options.forEach(look)
        return
      default:
        if (found.has(one)) return
        found.add(one)
        for (const option of one.options) {
          look(option.model)
          if ('base' in option && option.base) look(option.base)
        }
    }
  }
  look(model)
  return [...found]
}

/** The call that takes an expression as its prompt, in place or by way of an object of parameters. */
export function promptArgumentOf(node: SyntaxNode, tree: Tree): SyntaxNode | undefined {
  for (let at: SyntaxNode | null = node; at !== null; at = at.parent()) {
    const kind = kindOf(at)
    const name =
      kind === 'shorthand_property_identifier' ? at.text() : (at.field('key') ?? at.field('name'))?.text()
    const isArgument = /^(?:pair|keyword_argument|shorthand_property_identifier)$/.test(kind)
    if (isArgument && name?.replace(/['"]/g, '') === 'prompt') return callWith(at.parent(), tree)
    if (/_statement$|_declaration$|_definition$/.test(kind)) return undefined
  }
  return undefined
}

/** The call that has a list or an object of arguments. */
function callWith(list: SyntaxNode | null, tree: Tree): SyntaxNode | undefined {
  const parent = list?.parent()
  const kind = kindOf(parent)
  if (/^(?:call|call_expression)$/.test(kind)) return parent ?? undefined
  if (/^(?:arguments|argument_list|dictionary_splat|spread_element)$/.test(kind))
    return callWith(parent ?? null, tree)
  const name = kind === 'variable_declarator' ? parent?.field('name') : parent?.field('left')
  if (
    !/^(?:variable_declarator|assignment|assignment_expression)$/.test(kind) ||
    kindOf(name) !== 'identifier' ||
    !name
  )
    return undefined
  for (const use of ownReferences(scopeOf(name, tree), name.text(), tree)) {
    const spread = use.parent()
    if (/^(?:arguments|argument_list)$/.test(kindOf(spread))) return spread?.parent() ?? undefined
    if (/^(?:dictionary_splat|spread_element)$/.test(kindOf(spread))) {
      const holder = spread?.parent()
      const inner = kindOf(holder) === 'object' ? holder?.parent() : holder
      if (/^(?:arguments|argument_list)$/.test(kindOf(inner))) return inner?.parent() ?? undefined
    }
  }
  return undefined
}
