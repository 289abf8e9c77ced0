import { type Edit, indentUnit } from './edits.ts'
import { endOfCode } from './embedded.ts'
import { isOurs, isTheirs, modulesOf } from './javascript/modules.ts'
import { hasName } from './name-patterns.ts'
import type { TextRead } from './reply-uses.ts'
import type { Rewriting } from './rewriting.ts'
import { kindOf, type Tree } from './tree.ts'

/** How the text of a message is read in a file: by an inline expression, or by the function `helper`. */
interface TextStyle {
  helper: string | undefined
  isPython: boolean
}

const NAMES = { python: 'completion_text', javascript: 'completionText' } as const

/**
 * Returns the edits of the rewritten calls of a file. Reads the text of a message inline if the file reads it once, and
 * through one shared function if it reads it several times.
 */
export function textEdits(rewritings: readonly Rewriting[], tree: Tree): { edits: Edit[][]; shared: Edit[] } {
  const isPython = tree.grammar.language === 'python'
  const name = isPython ? NAMES.python : NAMES.javascript
  const isDefined = new RegExp(`\\b(?:def|function)\\s+${name}\\(`).test(tree.source)
  const isTaken = !isDefined && hasName(tree.source, name)
  const reads = rewritings.flatMap(one => one.reads)
  const definition = isTaken ? undefined : definitionOf(name, tree)
  const isShared = isDefined || (reads.length > 1 && definition !== undefined)
  const style: TextStyle = { helper: isShared ? name : undefined, isPython }
  const edits = rewritings.map(one => editsOf(one, style, tree))
  return { edits, shared: isShared && !isDefined && definition ? [definition] : [] }
}

/** Returns the code before and after a message that reads its text. */
function around(read: TextRead, { helper, isPython }: TextStyle): { before: string; behind: string } {
  const { quote, isOptional, isSpaced, isParenthesized, closing = '' } = read
  const empty = quote + quote
  if (isPython)
    return helper === undefined
      ? {
          before: `${empty}.join(block.text for block in `,
          behind: `.content if block.type == ${quote}text${quote})`,
        }
      : isParenthesized
        ? { before: helper, behind: '' }
        : { before: `${helper}(`, behind: ')' }
  const space = isSpaced ? `.replace(/^(?=\\S)/, ${quote} ${quote})` : ''
  if (helper !== undefined && isParenthesized) return { before: helper, behind: space }
  if (helper !== undefined && !isOptional) return { before: `${helper}(`, behind: `${closing})${space}` }
  const join = `.content.map(block => (block.type === ${quote}text${quote} ? block.text : ${empty})).join(${empty})`
  return { before: '', behind: `${closing}${isOptional ? '?' : ''}${join}${space}` }
}

/** Returns the edits of one call. Skips an insertion before a message if its text is empty. */
function editsOf({ edits, reads, block }: Rewriting, style: TextStyle, tree: Tree): Edit[] {
  const all = [...edits]
  const moved: { at: number; text: string }[] = []
  for (const read of reads) {
    const { before, behind } = around(read, style)
    all.push({ start: read.objectEnd, end: read.end, text: behind })
    if (before === '') continue
    // Text inserted into a statement that moves into the stream block has to move with it.
    if (block !== undefined && read.start >= block.start && read.start <= block.callStart)
      moved.push({ at: read.start, text: before })
    else all.push({ start: read.start, end: read.start, text: before })
  }
  if (block === undefined) return all
  const { start, callStart, callEnd, opening, inner, stream } = block
  let head = ''
  let at = start
  for (const { at: offset, text } of moved.sort((a, b) => a.at - b.at)) {
    head += tree.source.slice(at, offset) + text
    at = offset
  }
  head += tree.source.slice(at, callStart)
  all.push(
    { start, end: callStart, text: opening },
    { start: callEnd, end: callEnd, text: ` as ${stream}:${inner}${head}${stream}.get_final_message()` },
  )
  return all
}

/**
 * Returns the edit that defines the function that reads the text of a message; `undefined` if the file has no suitable
 * position.
 */
function definitionOf(name: string, tree: Tree): Edit | undefined {
  return tree.grammar.language === 'python' ? pythonDefinition(name, tree) : javaScriptDefinition(name, tree)
}

function pythonDefinition(name: string, { root, source }: Tree): Edit | undefined {
  const statements = root.children().filter(one => one.isNamed())
  const isImport = /^(?:import_statement|import_from_statement|future_import_statement)$/
  // An import in the middle of a file may be after the first use, so only the imports at the top count.
  const end = statements.findIndex(
    one => !isImport.test(kindOf(one)) && kindOf(one) !== 'comment' && !/^(?:[a-z]*["'])/i.test(one.text()),
  )
  const last = statements
    .slice(0, end === -1 ? undefined : end)
    .filter(one => isImport.test(kindOf(one)))
    .at(-1)
  if (last === undefined) return undefined
  const unit = indentUnit(source)
  const text = `\n\n\ndef ${name}(message):\n${unit}return "".join(block.text for block in message.content if block.type == "text")\n`
  const rest = source.slice(last.end)
  const line = /^[^\n]*\n?/.exec(rest)?.[0] ?? ''
  const blank = /^\n*/.exec(rest.slice(line.length))?.[0].length ?? 0
  const at = last.end + line.length
  // PEP 8: two blank lines follow a function.
  return {
    start: at,
    end: at,
    text: (line.endsWith('\n') ? text.slice(1) : text) + '\n'.repeat(Math.max(0, 2 - blank)),
  }
}

function javaScriptDefinition(name: string, tree: Tree): Edit | undefined {
  const { source } = tree
  const { isTyped } = tree
  const local = modulesOf(tree)
    .filter(use => isTheirs(use) || isOurs(use))
    .flatMap(use => use.bindings)
    .find(({ imported }) => /^(?:default|Anthropic)$/.test(imported))?.local
  if (isTyped && local === undefined) return undefined
  const semicolon = /;[ \t]*$/m.test(source) ? ';' : ''
  const single = source.split("'").length >= source.split('"').length
  const quote = single ? "'" : '"'
  const unit = indentUnit(source)
  const type = isTyped ? [`: ${local}.Message`, ': string'] : ['', '']
  const body = `message.content.map(block => (block.type === ${quote}text${quote} ? block.text : ${quote}${quote})).join(${quote}${quote})`
  const end = endOfCode(source)
  const text = `\n\nfunction ${name}(message${type[0]})${type[1]} {\n${unit}return ${body}${semicolon}\n}`
  return { start: end, end, text }
}
