import type { LegacyCall } from '../../audit/index.ts'
import type { Span } from '../../diagnostics/index.ts'
import { type ArgumentStyle, argumentEdits } from '../arguments.ts'
import { CannotRewrite } from '../cannot-rewrite.ts'
import type { Edit } from '../edits.ts'
import { JAVASCRIPT } from '../notation.ts'
import { parameterObject } from '../parameter-object.ts'
import { type CallArgument, type ReadCall, readCall } from '../request.ts'
import {
  type CallContext,
  noteComment,
  noteRequest,
  type RewriteOptions,
  type Rewriting,
  SAMPLING,
} from '../rewriting.ts'
import type { SyntaxNode } from '../tree.ts'
import { callAt, kindOf, nodeAt } from '../tree.ts'
import { itemsOf } from '../value.ts'
import type { ClientsIn } from './clients.ts'
import { firstGenerationEdits, isFirstGeneration } from './first-generation.ts'
import { rewriteReply } from './reply.ts'
import { rewriteStream } from './stream.ts'

const STYLE: ArgumentStyle = {
  notation: JAVASCRIPT,
  // The types of the SDK have no sampling parameters, but the API accepts them under an older version.
  sampling: fields => `...${JAVASCRIPT.record(fields, "'")}`,
  smaller: (value, limit) => `Math.min(${value}, ${limit})`,
}

/** The request options, apart from the body, that the old and the new SDK share. */
const REQUEST_OPTIONS = /^(?:signal|timeout|maxRetries|headers|idempotencyKey)$/
/**
 * Options that only the clients of this package have. They change the request, so a native call would send another one.
 */
const TRANSLATION_OPTIONS =
  /\b(?:style|prompts|models|today|thinkingReserve|apiVersion|sampling|prefill|maxTokens|thinking|retiredModel|stopSequences|endpoint|onDiagnostic|diagnosticsPer|compare)\b\s*[:,}]/

/** Facts about the file of a call that are computed once per file. */
export interface JavaScriptFile extends CallContext {
  clients: ClientsIn
  /** Names of clients that are imported from a file that constructs them. */
  given: ReadonlySet<string>
  /** The offsets of the calls on clients before 0.5. They can only be rewritten together. */
  firstGeneration: readonly number[]
}

/**
 * Rewrites a call of `completions.create` as a call of `messages.create`, and the code that reads its response.
 *
 * @throws CannotRewrite if the result might not mean the same.
 */
export function rewriteJavaScriptCall(
  call: LegacyCall,
  file: JavaScriptFile,
  options: RewriteOptions,
): Rewriting {
  const { tree } = file
  const node = callAt(tree.root, call)
  const resource = call.receiver && nodeAt(tree.root, call.receiver)
  if (!node || !resource) throw new CannotRewrite('call-unknown', call.method)
  const isFirst = isFirstGeneration(call.method)
  // The new class has another name, so the import has to change with the call.
  if (isFirst && options.skip?.has('imports')) throw new CannotRewrite('first-generation', resource)
  const named = isFirst ? firstGenerationEdits(call, resource, tree) : resourceEdits(call, resource, file)
  const { lists, read, shared, typeEdits } = readArguments(node, call, file, options)
  const isStreamed = read.isStreamAsked || call.method === 'stream'

  const isKept = SAMPLING.some(field => field in read.request)
  const isLong = read.request.stream === true && !isStreamed
  const written = lists.map(list => argumentEdits(read, list, file, STYLE))
  const edits: Edit[] = [
    ...named,
    ...typeEdits,
    ...read.written.edits,
    ...written.flatMap(one => one.edits),
    ...(isKept ? [versionOption(node, read)] : []),
    ...(isLong ? finalMessage(node) : []),
  ]
  const reply = isStreamed
    ? rewriteStream(node, read, file, options)
    : rewriteReply(node, read, file, options)
  return {
    edits: [
      ...edits.filter(edit => !isLong || !isSameSpan(edit, call.methodSpan)),
      ...reply.edits,
      ...(isLong ? [{ ...call.methodSpan, text: isFirst ? 'messages.stream' : 'stream' }] : []),
    ],
    notes: [...noteRequest(read, call.start), ...noteComment(read, tree), ...reply.notes],
    reads: reply.reads,
    ...(read.written.kept && { kept: read.written.kept }),
    imported: [...(read.written.imported ?? []), ...written.flatMap(one => one.imported)],
    shared: [...shared, ...read.written.shared, ...reply.shared, ...(isFirst ? file.firstGeneration : [])],
  }
}

const isSameSpan = (a: Span, b: Span): boolean => a.start === b.start && a.end === b.end

/** Returns the edits that turn `client.completions` into `client.messages`. */
function resourceEdits(call: LegacyCall, resource: SyntaxNode, file: JavaScriptFile): Edit[] {
  const name = resource.field('property')
  if (name?.text() !== 'completions' || !/^(?:create|stream)$/.test(call.method))
    throw new CannotRewrite('call-unknown', call.method)
  checkClient(resource.field('object') ?? resource, file)
  return [{ start: name.start, end: name.end, text: 'messages' }]
}

function checkClient(node: SyntaxNode, { clients, given, tree }: JavaScriptFile): void {
  // `withOptions` returns a client of the same kind.
  const client = node.text().replace(/\.withOptions\([\s\S]*\)$/, '')
  const last = client.replace(/[!?]$/, '').split('.').at(-1)?.replace(/^#/, '') ?? ''
  const isMadeHere = clients.made.has(last) || /^\(?\s*new\b/.test(client)
  // A client declared with the class of this package has no messages, and the code that passes it in is elsewhere.
  const isOurs = /["']legacy-completions["']/.test(tree.source)
  const isTyped = clients.names.has(last) && !isOurs
  if (!isMadeHere && !isTyped && !given.has(client)) throw new CannotRewrite('client-elsewhere', node)
  for (const construction of clients.constructions) {
    const wrapper = construction.parent()
    const hasOptions = kindOf(wrapper) === 'arguments' && itemsOf(wrapper ?? construction).length > 1
    const own = construction.field('arguments')?.text() ?? ''
    if (hasOptions || (isOurs && TRANSLATION_OPTIONS.test(own)))
      throw new CannotRewrite('client-options', construction)
  }
}

function readArguments(
  node: SyntaxNode,
  call: LegacyCall,
  file: JavaScriptFile,
  { model, today }: RewriteOptions,
): { lists: SyntaxNode[]; read: ReadCall; shared: number[]; typeEdits: Edit[] } {
  const list = node.field('arguments') ?? node
  const [first, options, ...more] = itemsOf(list)
  if (!first || more.length > 0) throw new CannotRewrite('arguments-unknown', list)
  if (options !== undefined) {
    const isKnown =
      kindOf(options) === 'object' &&
      itemsOf(options).every(item => REQUEST_OPTIONS.test(item.field('key')?.text() ?? item.text()))
    if (!isKnown) throw new CannotRewrite('options-unknown', options)
  }
  const { object, shared, edits: typeEdits } = parameterObject(first, node, file)
  const lists = [object]
  const given = itemsOf(object).flatMap((item): CallArgument[] => {
    if (kindOf(item) !== 'spread_element') return [argumentOf(item)]
    const spread = item.children().find(child => child.isNamed())
    if (!spread) throw new CannotRewrite('arguments-unknown', item)
    const found = parameterObject(spread, node, file)
    lists.push(found.object)
    shared.push(...found.shared)
    typeEdits.push(...found.edits)
    return itemsOf(found.object).map(argumentOf)
  })
  const prompt = given.find(({ name }) => name === 'prompt')
  if (prompt === undefined) throw new CannotRewrite('arguments-unknown', first)
  const names = new Set(given.map(({ name }) => name))
  // If a name occurs twice, the last value counts, and this code does not track the order of the spread objects.
  if (names.size < given.length) throw new CannotRewrite('arguments-unknown', first)
  const context = { ...file, call: node, notation: JAVASCRIPT }
  return {
    lists,
    shared,
    typeEdits,
    read: readCall(given, prompt.value, context, { isStreaming: call.method === 'stream', model, today }),
  }
}

function argumentOf(item: SyntaxNode): CallArgument {
  if (kindOf(item) === 'shorthand_property_identifier') return { name: item.text(), node: item, value: item }
  const [key, value] = [item.field('key'), item.field('value')]
  if (kindOf(item) !== 'pair' || !key || !value) throw new CannotRewrite('arguments-unknown', item)
  return { name: key.text().replace(/^(['"])(.*)\1$/s, '$2'), node: item, value }
}

function versionOption(node: SyntaxNode, { headers, quote }: ReadCall): Edit {
  const [first, options] = itemsOf(node.field('arguments') ?? node)
  if (!first || options) throw new CannotRewrite('options-unknown', options ?? node)
  const { end } = first
  return {
    start: end,
    end,
    text: `, ${JAVASCRIPT.record({ headers: quotedHeaders(headers, quote) }, quote)}`,
  }
}

function quotedHeaders(headers: Readonly<Record<string, string>>, quote: string): string {
  const fields = Object.entries(headers).map(
    ([name, value]) => `${JAVASCRIPT.quoted(name, quote)}: ${JAVASCRIPT.quoted(value, quote)}`,
  )
  return `{ ${fields.join(', ')} }`
}

/** Sends a request with a high token limit as a stream, as this package does, and collects it with `finalMessage()`. */
function finalMessage(node: SyntaxNode): Edit[] {
  // Replaces the last character, so that code which is inserted behind the call comes after it.
  return [{ start: node.end - 1, end: node.end, text: ').finalMessage()' }]
}
