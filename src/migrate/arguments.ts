import { spanOf } from '../audit/languages/grammar.ts'
import { CannotRewrite } from './cannot-rewrite.ts'
import { type Edit, type FileEdits, indentAt, indentUnit, lineStart } from './edits.ts'
import { usesOfImported } from './imported-names.ts'
import type { Notation } from './notation.ts'
import type { ReadCall } from './request.ts'
import type { CallContext } from './rewriting.ts'
import { kindOf, type SyntaxNode, type Tree } from './tree.ts'
import { isArgument, isOnlyFor, itemsOf } from './value.ts'

/** The syntax for the arguments of a call in one language. */
export interface ArgumentStyle {
  notation: Notation
  /** Writes sampling parameters in a form that the types of the SDK allow. */
  sampling: (fields: Readonly<Record<string, string>>, quote: string, separator: string) => string
  /** Writes an expression for the smaller of a value and a number. */
  smaller: (value: string, limit: number) => string
}

const SAMPLING: ReadonlySet<string> = new Set(['temperature', 'top_p', 'top_k'])

/**
 * Returns the edits that turn the arguments of a completion into those of a message. Each edit changes one argument
 * where it is.
 */
export function argumentEdits(
  call: ReadCall,
  list: SyntaxNode,
  { tree, isNamedElsewhere }: CallContext,
  style: ArgumentStyle,
): { edits: Edit[]; imported: FileEdits[] } {
  const { request } = call
  const { notation } = style
  const { quote } = call
  const items = itemsOf(list)
  const separator = separatorOf(items, tree.source)
  const edits: Edit[] = []
  const imported: FileEdits[] = []
  const texts = new Map<number, string | null>()
  const kept = call.arguments.filter(({ name }) => SAMPLING.has(name) && name in request)
  const field = (name: string, value: string): string => notation.field(name, value)
  const literal = (value: unknown): string => notation.literal(value, quote)

  for (const { name, node, value, known } of call.arguments) {
    if (node.start < list.start || node.end > list.end) continue
    const id = spanOf(node).start
    const source = value.text()
    const given = known.isKnown ? known.value : undefined
    if (name === 'model' && request.model !== given) {
      if (known.isKnown && known.constant !== undefined) {
        const { definition, imported: other } = known.constant
        const uses = other && usesOfImported(other, value, tree, isNamedElsewhere)
        const isOnly = other
          ? uses?.every(use => isArgument(use, 'model'))
          : isOnlyFor('model', known.constant, tree)
        if (isOnly !== true) throw new CannotRewrite('model-shared', value)
        const own = definition.text()[0] === '"' ? '"' : "'"
        const edit = { ...spanOf(definition), text: notation.quoted(request.model, own) }
        if (other) imported.push({ file: other.file, edits: [edit] })
        else edits.push(edit)
      } else texts.set(id, field(name, notation.quoted(request.model, source.startsWith('"') ? '"' : quote)))
    } else if (name === 'max_tokens_to_sample') {
      const tokens =
        call.limit !== undefined
          ? style.smaller(call.limit.text(), request.max_tokens)
          : request.max_tokens === given
            ? source
            : String(request.max_tokens)
      const added = (['thinking', 'output_config'] as const).flatMap(extra =>
        request[extra] === undefined ? [] : [field(extra, literal(request[extra]))],
      )
      texts.set(id, [field('max_tokens', tokens), ...added].join(separator))
    } else if (name === 'prompt') {
      texts.set(id, promptFields(call, items, tree, notation).join(separator))
    } else if (name === 'stop_sequences') {
      const isSame = JSON.stringify(request.stop_sequences) === JSON.stringify(given)
      if (request.stop_sequences === undefined) texts.set(id, null)
      else if (!isSame || /_PROMPT\b/.test(source))
        texts.set(id, field(name, literal(request.stop_sequences)))
    } else if (SAMPLING.has(name)) {
      const fields = Object.fromEntries(kept.map(one => [one.name, one.value.text()]))
      texts.set(id, name === kept[0]?.name ? style.sampling(fields, quote, separator) : null)
    } else if ((name === 'stream' && !call.isStreamAsked) || !(name in request)) texts.set(id, null)
  }
  return { edits: [...edits, ...itemEdits(items, texts, tree.source)], imported }
}

/** Writes the `system` and `messages` arguments from the code of the prompt. */
function promptFields(
  { written, quote }: ReadCall,
  items: readonly SyntaxNode[],
  tree: Tree,
  notation: Notation,
): string[] {
  // The system text comes first in the prompt, so it comes first here.
  const system = written.system === undefined ? [] : [notation.field('system', written.system)]
  if (typeof written.messages === 'string') return [...system, notation.field('messages', written.messages)]
  // Outside of the call expression, TypeScript widens the type of `role` to string.
  const isWide = tree.isTyped && kindOf(items[0]?.parent()?.parent()) !== 'arguments'
  const messages = written.messages.map(({ role, content }) =>
    notation.record({ role: notation.quoted(role, quote) + (isWide ? ' as const' : ''), content }, quote),
  )
  if (messages.length === 1 || !isOnOwnLines(items, tree.source))
    return [...system, notation.field('messages', `[${messages.join(', ')}]`)]
  const indent = indentAt(tree.source, spanOf(items[0] ?? tree.root).start)
  const unit = indentUnit(tree.source)
  const lines = messages.map(message => `${indent}${unit}${message},\n`)
  return [...system, notation.field('messages', `[\n${lines.join('')}${indent}]`)]
}

function isOnOwnLines(items: readonly SyntaxNode[], source: string): boolean {
  return items.length > 0 && items.every(item => /(?:^|\n)[ \t]*$/.test(source.slice(0, spanOf(item).start)))
}

function separatorOf(items: readonly SyntaxNode[], source: string): string {
  const [first] = items
  return first && isOnOwnLines(items, source) ? `,\n${indentAt(source, spanOf(first).start)}` : ', '
}

/** Returns the edits for the items of a list: each item is kept, replaced, or removed with its comma or its line. */
function itemEdits(
  items: readonly SyntaxNode[],
  texts: ReadonlyMap<number, string | null>,
  source: string,
): Edit[] {
  const edits: Edit[] = []
  for (let index = 0; index < items.length; index++) {
    const node = items[index]
    if (node === undefined) continue
    const { start, end } = spanOf(node)
    const text = texts.get(start)
    if (typeof text === 'string') edits.push({ start, end, text })
    if (text !== null) continue
    const line = ownLines(source, start, end)
    if (line !== undefined) {
      edits.push({ ...line, text: '' })
      continue
    }
    // Adjacent removed items share the commas between them, so they are removed together.
    let last = index
    while (texts.get(startOf(items[last + 1])) === null) last++
    const [before, behind, ending] = [items[index - 1], items[last + 1], items[last]]
    if (behind !== undefined) edits.push({ start, end: startOf(behind), text: '' })
    else edits.push({ start: before ? spanOf(before).end : start, end: spanOf(ending ?? node).end, text: '' })
    index = last
  }
  return edits
}

const startOf = (node: SyntaxNode | undefined): number => (node ? spanOf(node).start : -1)

/**
 * Returns the lines that contain only this item, with its comma and its trailing comment; `undefined` if the item
 * shares a line.
 */
function ownLines(source: string, start: number, end: number): { start: number; end: number } | undefined {
  const from = lineStart(source, start)
  const rest = /^,?[ \t]*(?:(?:\/\/|#)[^\n]*)?\n/.exec(source.slice(end))
  if (rest === null || source.slice(from, start).trim() !== '') return undefined
  return { start: from, end: end + rest[0].length }
}
