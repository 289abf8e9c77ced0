import type { MessagesRequest } from '../wire.ts'
import { CannotRewrite } from './cannot-rewrite.ts'
import { type Edit, indentAt, removal } from './edits.ts'
import { hasName } from './name-patterns.ts'
import { JAVASCRIPT, PYTHON_NOTATION } from './notation.ts'
import { keptIn, type MarkedPath, type MarkedPrompt, stretchesOf, type WrittenPrompt } from './prompt.ts'
import { hasMarker, isMarkerConstant, type Leaf, type Model, namedIn, pathsOf } from './prompt-parts.ts'
import { type Kept, quoteOf, sourceOf } from './prompt-source.ts'
import {
  isInside,
  type Named,
  type PromptContext,
  promptExpression,
  type SharedUse,
  sharedBy,
} from './prompt-variable.ts'
import { above, isSame, kindOf, nodesOf, type SyntaxNode, type Tree } from './tree.ts'
import { isInert } from './value.ts'

type Requests = readonly Pick<MessagesRequest, 'system' | 'messages'>[]

/** Writes the texts of a request from the code of its prompt. There is one request for each path. */
export function writePrompt(prompt: MarkedPrompt, requests: Requests, context: PromptContext): WrittenPrompt {
  const { model, paths } = prompt
  const { tree } = context
  const texts = requests.map(textsOf)
  const all = namedIn(model)
  // A variable that begins as a marker and is extended later holds the text of the prompt.
  const extended = new Set(
    all.flatMap(one => (one.type === 'variable' ? one.options.map(({ base }) => base) : [])),
  )
  const named = all.filter(one => extended.has(one) || !isMarkerConstant(one))
  const isOneTurn = requests.every(({ system, messages }) => system === undefined && messages.length === 1)
  const stretches = paths.map((path, index) => stretchesOf(path, texts[index] ?? []))
  const [first, stretch] = [paths[0], stretches[0]]
  if (first === undefined || stretch === undefined) throw new CannotRewrite('prompt-unknown')

  if (named.length > 0 && isOneTurn) {
    const kept = mergeKept(
      paths.map((path, index) => keptIn(path, stretches[index]?.[0] ?? { from: 0, to: 0 })),
    )
    const shared = kept && sharedBy(named, context)
    if (kept !== undefined && shared !== undefined) {
      const content = sourceOf(model, leaf => kept.get(leaf), tree, 'keep')
      const keptOf: Kept = leaf => kept.get(leaf)
      const own = named.filter(({ imported }) => imported === undefined)
      const edits = own.flatMap(one => editsOfNamed(one, keptOf, tree))
      const imported = named.flatMap(one =>
        one.imported === undefined
          ? []
          : [{ file: one.imported.file, edits: editsOfNamed(one, keptOf, one.imported.tree) }],
      )
      return {
        messages: [{ role: 'user', content: content?.code ?? '""' }],
        edits,
        shared: shared.map(({ call }) => call),
        imported,
        kept: markedAgain(shared, paths, stretches, tree),
      }
    }
  }
  if (paths.length > 1) throw new CannotRewrite('prompt-variable', model.node)
  if (named.every(isConstant)) {
    const codes = stretch.map(one => codeOf(model, keptIn(first, one), tree, 'inline'))
    return { ...request(requests[0], codes), edits: [], shared: [] }
  }
  const moved = movable(model, context)
  if (moved !== undefined) {
    const codes = stretch.map(one => codeOf(moved.model, keptIn(first, one), tree, 'inline'))
    return { ...request(requests[0], codes), edits: moved.edits, shared: [] }
  }
  return writeNextTo(prompt, requests[0], stretch, context)
}

/**
 * Returns the edits that write the markers around the uses of a text in other calls, which may have to be left. A use
 * that cannot be edited is `undefined`.
 */
function markedAgain(
  shared: readonly SharedUse[],
  paths: readonly MarkedPath[],
  stretches: readonly (readonly { from: number; to: number }[])[],
  tree: Tree,
): { call: number; edit: Edit | undefined }[] {
  const ends = paths.map(({ text }, index) => {
    const { from = 0, to = 0 } = stretches[index]?.[0] ?? {}
    return { head: text.slice(0, from), tail: text.slice(to) }
  })
  const [first] = ends
  const isOne = ends.every(({ head, tail }) => head === first?.head && tail === first.tail)
  const leaves = paths.flatMap(({ parts }) => parts.map(({ leaf }) => leaf))
  return shared.map(({ call, use, named }) => {
    const held = new Set(named.options.flatMap(({ model }) => pathsOf(model).flat()))
    const isWhole =
      leaves.every(leaf => held.has(leaf)) && !named.options.some(one => 'base' in one && one.base)
    if (first === undefined || !isOne || !isWhole || /[\uE0A0\uE0A1]/.test(first.head + first.tail))
      return { call, edit: undefined }
    return { call, edit: editOfUse(use, named, first, tree) }
  })
}

function editOfUse(
  use: SyntaxNode,
  named: Named,
  { head, tail }: { head: string; tail: string },
  tree: Tree,
): Edit | undefined {
  const holder = use.parent()
  const isCallee = isSame(holder?.field('function'), use)
  if ((named.type === 'helper') !== isCallee || above(use, 'interpolation') !== undefined) return undefined
  const node = isCallee && holder ? holder : use
  const notation = tree.grammar.language === 'python' ? PYTHON_NOTATION : JAVASCRIPT
  const quote = quoteOf(tree)
  const name = kindOf(use) === 'shorthand_property_identifier' ? `${use.text()}: ` : ''
  const text = `${name}(${notation.quoted(head, quote)} + ${node.text()} + ${notation.quoted(tail, quote)})`
  return { start: node.start, end: node.end, text }
}

/** Moves the value of a variable into the call, if only this call uses the variable. */
function movable(
  model: Model,
  { call, tree }: PromptContext,
): { model: Model; edits: readonly Edit[] } | undefined {
  const [option] = model.type === 'variable' ? model.options : []
  if (model.type !== 'variable' || option === undefined || option.base) return undefined
  if (!namedIn(option.model).every(isConstant)) return undefined
  const { node, edits } = promptExpression(model.node, call, tree)
  return isSame(node, model.node) ? undefined : { model: option.model, edits }
}

function codeOf(
  model: Model,
  kept: ReadonlyMap<Leaf, readonly [number, number]>,
  tree: Tree,
  names: 'keep' | 'inline',
): string {
  const code = sourceOf(model, leaf => kept.get(leaf), tree, names)
  if (code === undefined) throw new CannotRewrite('prompt-unknown', model.node)
  return code.code
}

function textsOf({ system, messages }: Requests[number]): string[] {
  const all = [...(system === undefined ? [] : [system]), ...messages.map(({ content }) => content)]
  return all.map(text => {
    if (typeof text !== 'string') throw new CannotRewrite('prompt-unknown')
    return text
  })
}

function request(
  of: Requests[number] | undefined,
  codes: readonly string[],
): Pick<WrittenPrompt, 'system' | 'messages'> {
  const rest = [...codes]
  const system = of?.system === undefined ? undefined : rest.shift()
  const messages = (of?.messages ?? []).map(({ role }, index) => ({ role, content: rest[index] ?? '""' }))
  return { messages, ...(system !== undefined && { system }) }
}

/** Combines the kept ranges of all paths; `undefined` if two paths keep different ranges of a part. */
function mergeKept(
  maps: readonly ReadonlyMap<Leaf, readonly [number, number]>[],
): Map<Leaf, readonly [number, number]> | undefined {
  const all = new Map<Leaf, readonly [number, number]>()
  for (const map of maps) {
    for (const [leaf, range] of map) {
      const before = all.get(leaf)
      if (before !== undefined && (before[0] !== range[0] || before[1] !== range[1])) return undefined
      all.set(leaf, range)
    }
  }
  return all
}

/** Returns whether a name holds only literal text, so that its text can be written anywhere. */
function isConstant(named: Named): boolean {
  if (named.type === 'helper' || named.options.length !== 1) return false
  const isText = (model: Model): boolean => {
    switch (model.type) {
      case 'leaf':
        return model.leaf.type !== 'value'
      case 'literal':
        return model.leaves.every(leaf => leaf.type !== 'value' || leaf.holder === undefined)
      case 'sum':
        return model.operands.every(isText)
      case 'inner':
        return isText(model.inner)
      case 'variable':
        return isConstant(model)
      default:
        return false
    }
  }
  return named.options.every(option => !option.base && isText(option.model))
}

/**
 * Returns the edits that keep only the given parts in the values of a variable, or in the values that a function
 * returns.
 */
function editsOfNamed(named: Named, kept: Kept, tree: Tree): Edit[] {
  if (named.type === 'helper')
    return named.options.flatMap(({ value, model }) => {
      const code = sourceOf(model, kept, tree, 'keep')?.code ?? '""'
      return code === value.text() ? [] : [{ start: value.start, end: value.end, text: code }]
    })
  return named.options.flatMap(({ definition, model }): Edit[] => {
    const { value, kind, node, statement } = definition
    if (value === undefined || isWhole(model, kept)) return []
    const code = sourceOf(model, kept, tree, 'keep')?.code
    const isNothing = code === undefined && kind === 'added'
    if (isNothing || (kind === 'value' && code === node.text())) return removeStatement(statement, node, tree)
    return code === value.text() ? [] : [{ start: value.start, end: value.end, text: code ?? '""' }]
  })
}

/** Returns whether all of a part is kept, so that its code stays as it is. */
function isWhole(model: Model, kept: Kept): boolean {
  if (hasMarker(model)) return false
  return pathsOf(model).every(path =>
    path.every(leaf => {
      const range = kept(leaf)
      return (
        range !== undefined && (leaf.type === 'value' || (range[0] === 0 && range[1] === leaf.text.length))
      )
    }),
  )
}

function removeStatement(statement: SyntaxNode, name: SyntaxNode, { source, grammar }: Tree): Edit[] {
  // The body of `if (is) prompt += text` has no braces: without it, the condition would guard the next statement.
  const own = name.ancestors().find(one => /_statement$|_declaration$/.test(kindOf(one)))
  if (own !== undefined && !isSame(own, statement)) throw new CannotRewrite('prompt-variable', own)
  const siblings =
    statement
      .parent()
      ?.children()
      .filter(one => one.isNamed() && kindOf(one) !== 'comment') ?? []
  const isNeeded =
    grammar.language === 'python' && siblings.length === 1 && kindOf(statement.parent()) === 'block'
  return [
    isNeeded ? { start: statement.start, end: statement.end, text: 'pass' } : removal(source, statement),
  ]
}

/** Declares the texts in new variables next to the variable of the prompt, which keeps its value. */
function writeNextTo(
  { model, paths }: MarkedPrompt,
  of: Requests[number] | undefined,
  stretches: readonly { from: number; to: number }[],
  { call, tree, notation }: PromptContext,
): WrittenPrompt {
  const quote = quoteOf(tree)
  const [path] = paths
  const [option] = model.type === 'variable' ? model.options : []
  const isPlain =
    model.type === 'variable' &&
    model.imported === undefined &&
    model.options.length === 1 &&
    option !== undefined &&
    !option.base
  if (!isPlain || path === undefined || of === undefined)
    throw new CannotRewrite('prompt-variable', model.node)
  const { definition, model: inner } = option
  const { value, statement, node } = definition
  const isAlone =
    value !== undefined &&
    kindOf(node) === 'identifier' &&
    nodesOf(statement, 'assignment', 'variable_declarator', 'assignment_expression').length === 1
  const block = statement.parent()
  const isSeen = tree.grammar.language === 'python' || (block !== null && isInside(call, block))
  if (!isAlone || !isSeen || value === undefined || above(statement, 'class_definition') === block?.parent())
    throw new CannotRewrite('prompt-variable', model.node)
  const indent = indentAt(tree.source, statement.start)
  const semicolon = statement.text().endsWith(';') ? ';' : ''
  const declare = (name: string, code: string): string =>
    tree.grammar.language === 'python' ? `${name} = ${code}` : `const ${name} = ${code}${semicolon}`
  const codes = stretches.map(one => codeOf(inner, keptIn(path, one), tree, 'inline'))
  const [content, stretch] = [codes[0], stretches[0]]
  const isFree = (name: string): boolean => !hasName(tree.source, name)
  if (codes.length === 1 && content !== undefined && stretch !== undefined) {
    const [head, tail] = [path.text.slice(0, stretch.from), path.text.slice(stretch.to)]
    const name = notation.name(node.text(), 'content')
    if (/[\uE0A0\uE0A1]/.test(head + tail) || !isFree(name))
      throw new CannotRewrite('prompt-variable', model.node)
    return {
      messages: [{ role: 'user', content: name }],
      edits: [
        { start: statement.start, end: statement.start, text: `${declare(name, content)}\n${indent}` },
        { start: value.start, end: value.end, text: notation.around(head, name, tail, quote) },
      ],
      shared: [],
    }
  }
  const parts = request(of, codes)
  const [messagesName, systemName] = [
    notation.name(node.text(), 'messages'),
    notation.name(node.text(), 'system'),
  ]
  if (
    !isInert(value, tree) ||
    !isFree(messagesName) ||
    !isFree(systemName) ||
    typeof parts.messages === 'string'
  )
    throw new CannotRewrite('prompt-variable', model.node)
  const list = parts.messages.map(({ role, content: text }) =>
    notation.record(
      { role: notation.quoted(role, quote) + (tree.isTyped ? ' as const' : ''), content: text },
      quote,
    ),
  )
  const lines = [
    ...(parts.system === undefined ? [] : [declare(systemName, parts.system)]),
    declare(messagesName, `[${list.join(', ')}]`),
  ]
  const text = lines.map(line => `\n${indent}${line}`).join('')
  return {
    messages: messagesName,
    ...(parts.system !== undefined && { system: systemName }),
    edits: [{ start: statement.end, end: statement.end, text }],
    shared: [],
  }
}
