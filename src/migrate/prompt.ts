import { parsePrompt } from '../transcript/index.ts'
import { CannotRewrite } from './cannot-rewrite.ts'
import type { Edit, FileEdits } from './edits.ts'
import { modelOf } from './prompt-model.ts'
import { type Leaf, type Model, pathsOf } from './prompt-parts.ts'
import { ownReferences, scopeOf } from './scope.ts'
import { kindOf, type SyntaxNode, type Tree } from './tree.ts'
import { evaluate } from './value.ts'

/** One path on which a prompt may be built. Its values are marked by characters that no prompt has. */
export interface MarkedPath {
  text: string
  /** The range of each part in the text. */
  parts: readonly { leaf: Leaf; from: number; to: number }[]
}

/** A prompt with its turns, as far as the code shows them. */
export interface MarkedPrompt {
  model: Model
  paths: readonly MarkedPath[]
  /** The text of the first path, which is translated. */
  text: string
}

/** The code for the texts of a request, and the edits outside of the call. */
export interface WrittenPrompt {
  /** The `system` and `messages` arguments: code, or names of variables that hold them. */
  system?: string
  messages: readonly { role: string; content: string }[] | string
  edits: readonly Edit[]
  /** The edits in other files. */
  imported?: readonly FileEdits[]
  /** For uses of a changed text in other calls: the edits that keep the prompts of these calls as they are. */
  kept?: readonly { call: number; edit: Edit | undefined }[]
  /** Offsets of other calls that share a changed variable, and so must be rewritten too. */
  shared: readonly number[]
}

/** Private-use characters. A value is written as its number between the two. */
const OPEN = '\uE0A0'
const CLOSE = '\uE0A1'
const PLACEHOLDER = new RegExp(`${OPEN}(\\d+)${CLOSE}`, 'g')

/** Names of variables that most likely hold whole turns. */
const OF_TURNS = /history|conversation|turns\b|messages|chat_?log/i
/** Names that may mean turns, or only a text that a turn quotes. */
const LIKE_TURNS = /transcript|dialogue?s?\b|\.join\(/i
/** Code that certainly builds turns. */
const TURNS = /HUMAN_PROMPT|AI_PROMPT|Human:|Assistant:/
/** The number of words around a value from which it counts as a part of its turn. */
const FEW_WORDS = 3

/**
 * Reads a prompt expression. Treats a value as text of the turn around it.
 *
 * @throws CannotRewrite if no turn is visible, or if a value seems to hold whole turns.
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

const isBlank = (text: string): boolean => text.replaceAll(PLACEHOLDER, '').trim() === ''

function checkValues({ text, parts }: MarkedPath, tree: Tree): void {
  // A constant whose value is known is judged by its value, whatever its name.
  const isText = (value: SyntaxNode): boolean => {
    // Names of another file mean other values there.
    if (value.ancestors().at(-1) !== tree.root) return false
    const known = evaluate(value, tree)
    return known.isKnown && typeof known.value === 'string' && !/\n\n(?:Human|Assistant):/.test(known.value)
  }
  const leafAt = (value: string | undefined): SyntaxNode | undefined => parts[Number(value)]?.leaf.node
  const { system = '', turns } = parsePrompt(text)
  for (const turn of turns) {
    for (const match of turn.text.matchAll(PLACEHOLDER)) {
      const value = leafAt(match[1])
      const code = value?.text() ?? ''
      const words = turn.text.replaceAll(PLACEHOLDER, ' ').match(/\p{L}+/gu)?.length ?? 0
      const isIntroduced = /[:>"'`]\s*$/.test(turn.text.slice(0, match.index).replaceAll(PLACEHOLDER, ' '))
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

/** Removes the code that reads the text of a message: its `join` does not join turns. */
function withoutReplies(code: string): string {
  return code.replace(
    /\.content\.map\(block => \(block\.type === (['"])text\1 \? block\.text : \1\1\)\)\.join\(\1\1\)|(['"])\2\.join\(block\.text for block in [^'"]*? if block\.type == \2text\2\)/gs,
    '',
  )
}

/**
 * Returns whether the prompt begins or ends in a value. The code then does not show whether the old API accepted it.
 */
export function isOpenEnded({ paths }: MarkedPrompt): boolean {
  return paths.some(({ text }) => text.trimStart().startsWith(OPEN) || text.trimEnd().endsWith(CLOSE))
}

/** Returns the ranges of a marked text that the texts of a request come from, in order. */
export function stretchesOf(path: MarkedPath, texts: readonly string[]): { from: number; to: number }[] {
  let cursor = 0
  return texts.map(wanted => {
    const from = path.text.indexOf(wanted, cursor)
    if (from === -1) throw new CannotRewrite('prompt-joined')
    cursor = from + wanted.length
    return { from, to: cursor }
  })
}

/** Returns the range of each part that lies within a range of the text. */
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

/** Returns the call that has an expression as its prompt, directly or through an object of parameters. */
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

/** Returns the call that a list or an object of arguments belongs to. */
function callWith(list: SyntaxNode | null, tree: Tree): SyntaxNode | undefined {
  const parent = list?.parent()
  const kind = kindOf(parent)
  if (/^(?:call|call_expression)$/.test(kind))
    return parent?.field('function')?.text() === 'dict' ? callWith(parent, tree) : (parent ?? undefined)
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
