import type { LegacyCall } from '../../audit/index.ts'
import { type ArgumentStyle, argumentEdits } from '../arguments.ts'
import { CannotRewrite } from '../cannot-rewrite.ts'
import { statementOf } from '../definitions.ts'
import { type Edit, indentAt, indentUnit, lineStart } from '../edits.ts'
import { PYTHON_NOTATION } from '../notation.ts'
import { parameterObject } from '../parameter-object.ts'
import { type CallArgument, readCall } from '../request.ts'
import {
  type CallContext,
  noteComment,
  noteRequest,
  type RewriteOptions,
  type Rewriting,
  SAMPLING,
  type StreamBlock,
} from '../rewriting.ts'
import { callAt, kindOf, nodeAt, type SyntaxNode, type Tree } from '../tree.ts'
import { itemsOf } from '../value.ts'
import { firstGenerationEdits, firstGenerationMethod } from './first-generation.ts'
import { rewritePythonReply } from './reply.ts'
import { rewritePythonStream } from './stream.ts'

const VERSION = { 'anthropic-version': '2023-06-01' }

/** The syntax of an argument list. */
const ARGUMENTS: ArgumentStyle = {
  notation: PYTHON_NOTATION,
  // The SDK has no sampling parameters any more, but the API accepts them under an older version.
  sampling: (fields, quote, separator) =>
    [
      `extra_body=${PYTHON_NOTATION.record(fields, quote)}`,
      `extra_headers=${PYTHON_NOTATION.literal(VERSION, quote)}`,
    ].join(separator),
  smaller: (value, limit) => `min(${value}, ${limit})`,
}

/** Returns the syntax of a dictionary of arguments. */
function dictionaryStyle(quote: string): ArgumentStyle {
  const field = (name: string, value: string): string => `${PYTHON_NOTATION.quoted(name, quote)}: ${value}`
  return {
    ...ARGUMENTS,
    notation: { ...PYTHON_NOTATION, field },
    sampling: (fields, inner, separator) =>
      [
        field('extra_body', PYTHON_NOTATION.record(fields, inner)),
        field('extra_headers', PYTHON_NOTATION.literal(VERSION, inner)),
      ].join(separator),
  }
}

/** The request options, apart from the body, that the old and the new SDK share. */
const REQUEST_OPTIONS = /^(?:timeout|extra_headers|extra_query)$/

/**
 * Rewrites a call of `completions.create` as a call of `messages.create`, and the code that reads its response.
 *
 * @throws CannotRewrite if the result might not mean the same.
 */
export function rewritePythonCall(
  call: LegacyCall,
  context: CallContext,
  options: RewriteOptions,
): Rewriting {
  const { tree } = context
  const node = callAt(tree.root, call)
  const resource = call.receiver && nodeAt(tree.root, call.receiver)
  const list = node?.field('arguments')
  if (!node || !resource || !list) throw new CannotRewrite('call-unknown', call.method)
  const named = resourceEdits(call, node, resource, tree)
  const { given, lists, shared } = argumentsOf(list, node, context)
  const prompt = given.find(({ name }) => name === 'prompt')
  if (prompt === undefined) throw new CannotRewrite('arguments-unknown', list)
  const body = given.filter(one => !REQUEST_OPTIONS.test(one.name))
  const read = readCall(
    body,
    prompt.value,
    { ...context, call: node, notation: PYTHON_NOTATION },
    { model: options.model, today: options.today },
  )
  const isVersioned = SAMPLING.some(field => field in read.request)
  if (isVersioned && given.some(one => one.name === 'extra_headers'))
    throw new CannotRewrite('options-unknown', list)
  const isLong = read.request.stream === true && !read.isStreamAsked
  const written = lists.map(one =>
    argumentEdits(
      read,
      one,
      context,
      kindOf(one) === 'argument_list' ? ARGUMENTS : dictionaryStyle(read.quote),
    ),
  )
  const edits: Edit[] = [...named, ...read.written.edits, ...written.flatMap(one => one.edits)]
  const reply = read.isStreamAsked
    ? rewritePythonStream(node, read, context, options)
    : rewritePythonReply(node, read, context, options)
  const block = isLong ? streamBlock(node, tree) : undefined
  return {
    edits: [...edits, ...reply.edits, ...(isLong ? [{ ...call.methodSpan, text: 'stream' }] : [])],
    notes: [...noteRequest(read, call.start), ...noteComment(read, tree), ...reply.notes],
    reads: reply.reads,
    shared: [...shared, ...read.written.shared, ...reply.shared],
    block,
    ...(read.written.kept && { kept: read.written.kept }),
    imported: [...(read.written.imported ?? []), ...written.flatMap(one => one.imported)],
  }
}

/** Returns the edits that turn `client.completions.create` into `client.messages.create`. */
function resourceEdits(call: LegacyCall, node: SyntaxNode, resource: SyntaxNode, tree: Tree): Edit[] {
  const method = firstGenerationMethod(call.method)
  if (method !== undefined) return firstGenerationEdits(call, node, resource, tree)
  const name = kindOf(resource) === 'attribute' ? resource.field('attribute') : undefined
  if (name?.text() !== 'completions' || call.method !== 'create')
    throw new CannotRewrite('call-unknown', call.method)
  return [{ start: name.start, end: name.end, text: 'messages' }]
}

/** Returns the arguments of a call, including those of a dictionary that is unpacked into it. */
function argumentsOf(
  list: SyntaxNode,
  call: SyntaxNode,
  context: CallContext,
): { given: CallArgument[]; lists: SyntaxNode[]; shared: number[] } {
  const given: CallArgument[] = []
  const lists = [list]
  const shared: number[] = []
  for (const item of itemsOf(list)) {
    const [key, value] = [item.field('name'), item.field('value')]
    if (kindOf(item) === 'keyword_argument' && key && value) {
      given.push({ name: key.text(), node: item, value })
      continue
    }
    const spread =
      kindOf(item) === 'dictionary_splat' ? item.children().find(child => child.isNamed()) : undefined
    if (!spread) throw new CannotRewrite('arguments-unknown', item)
    const found = parameterObject(spread, call, context)
    lists.push(found.object)
    shared.push(...found.shared)
    for (const pair of itemsOf(found.object)) {
      const [name, held] = [pair.field('key') ?? pair.field('name'), pair.field('value')]
      if (!/^(?:pair|keyword_argument)$/.test(kindOf(pair)) || !name || !held)
        throw new CannotRewrite('arguments-unknown', pair)
      given.push({ name: name.text().replace(/^(['"])(.*)\1$/s, '$2'), node: pair, value: held })
    }
  }
  return { given, lists, shared }
}

/** Kinds of nodes that may run their content several times, or not at all, within one statement. */
const SOMETIMES =
  /^(?:lambda|conditional_expression|boolean_operator|list_comprehension|set_comprehension|dictionary_comprehension|generator_expression)$/

/**
 * Sends a request with a high token limit as a stream, as this package does, and lets the SDK collect it. The statement
 * moves into the `with` block that opens the stream.
 */
function streamBlock(call: SyntaxNode, tree: Tree): StreamBlock {
  const { source } = tree
  const statement = statementOf(call)
  const around = call.ancestors()
  const between = around.slice(0, around.indexOf(statement))
  const isSimple = /^(?:expression_statement|return_statement|assignment)$/.test(kindOf(statement))
  const from = lineStart(source, statement.start)
  const isAlone =
    source.slice(from, statement.start).trim() === '' &&
    /^[ \t]*(?:#[^\n]*)?(?:\n|$)/.test(source.slice(statement.end))
  if (!isSimple || !isAlone || between.some(one => SOMETIMES.test(kindOf(one))))
    throw new CannotRewrite('long-reply', statement)
  const isAwaited = kindOf(call.parent()) === 'await'
  const isTaken = /(?<![\w.])stream(?!\w)(?!\s*=[^=])/.test(source.replace(/\.stream\b/g, ''))
  return {
    start: statement.start,
    callStart: call.start,
    callEnd: call.end,
    opening: isAwaited ? 'async with ' : 'with ',
    inner: `\n${indentAt(source, statement.start)}${indentUnit(source)}`,
    stream: isTaken ? 'message_stream' : 'stream',
  }
}
