import type { LegacyCall } from '../../audit/index.ts'
import { spanOf } from '../../audit/languages/grammar.ts'
import { type ArgumentStyle, argumentEdits } from '../arguments.ts'
import { CannotRewrite } from '../cannot-rewrite.ts'
import type { Edit } from '../edits.ts'
import { JAVASCRIPT } from '../notation.ts'
import { promptExpression } from '../prompt-variable.ts'
import type { Note } from '../remark.ts'
import { type CallArgument, type ReadCall, readCall } from '../request.ts'
import { noteRequest, type RewriteOptions, type Rewriting, SAMPLING } from '../rewriting.ts'
import type { SyntaxNode } from '../tree.ts'
import { kindOf, nodeAt, type Tree } from '../tree.ts'
import { itemsOf } from '../value.ts'
import type { ClientsIn } from './clients.ts'
import { rewriteReply } from './reply.ts'
import { rewriteStream } from './stream.ts'

const STYLE: ArgumentStyle = {
  notation: JAVASCRIPT,
  // The types leave them out; the API takes them under an older version.
  sampling: fields => `...${JAVASCRIPT.record(fields, "'")}`,
}

/** What a request may be told of beside its body, in the old SDK and in the new one. */
const REQUEST_OPTIONS = /^(?:signal|timeout|maxRetries|headers|idempotencyKey)$/
/** What only clients of this package are told, and what would make another request of the same call. */
const DOOR_OPTIONS =
  /\b(?:style|prompts|models|thinkingReserve|apiVersion|sampling|prefill|maxTokens|thinking|retiredModel|stopSequences|endpoint|onDiagnostic)\b\s*[:,}]/

/** What of the file a call is in has been found out already. */
export interface JavaScriptFile {
  tree: Tree
  clients: ClientsIn
  /** Names of clients that come from a file that makes them. */
  given: ReadonlySet<string>
}

/**
 * A call of `completions.create` as one of `messages.create`, and what reads its reply.
 *
 * @throws CannotRewrite when it cannot be shown to mean the same.
 */
export function rewriteJavaScriptCall(
  call: LegacyCall,
  file: JavaScriptFile,
  options: RewriteOptions,
): Rewriting {
  const { tree } = file
  const node = nodeAt(tree.root, call)
  const resource = call.receiver && nodeAt(tree.root, call.receiver)
  const name = resource?.field('property')
  if (resource && /^complete(?:Stream)?$/.test(call.method)) throw new CannotRewrite('first-generation')
  if (
    !node ||
    !resource ||
    !name ||
    name.text() !== 'completions' ||
    !/^(?:create|stream)$/.test(call.method)
  )
    throw new CannotRewrite('call-unknown', call.method)
  checkClient(resource.field('object')?.text() ?? '', file)
  const { object, moved, read } = readArguments(node, call, tree)
  const isStreamed = read.isStreamAsked || call.method === 'stream'

  const isKept = SAMPLING.some(field => field in read.request)
  const isLong = read.request.stream === true && !isStreamed
  const edits: Edit[] = [
    { ...spanOf(name), text: 'messages' },
    ...moved,
    ...argumentEdits(read, object, tree, STYLE),
    ...(isKept ? [versionOption(node, object, read)] : []),
    ...(isLong ? finalMessage(call, node) : []),
  ]
  const reply = isStreamed
    ? rewriteStream(node, read, tree, options)
    : rewriteReply(node, read, tree, options)
  const notes: Note[] = [...noteRequest(read, call.start), ...reply.notes]
  return { edits: [...edits, ...reply.edits], notes }
}

function checkClient(client: string, { clients, given, tree }: JavaScriptFile): void {
  const last = client.replace(/[!?]$/, '').split('.').at(-1)?.replace(/^#/, '') ?? ''
  const isMadeHere = clients.made.has(last) || /^\(?\s*new\b/.test(client)
  // Who hands in a client of this package's own class hands in one without messages.
  const isOurs = /["']legacy-completions["']/.test(tree.source)
  const isTyped = clients.names.has(last) && !isOurs
  if (!isMadeHere && !isTyped && !given.has(client)) throw new CannotRewrite('client-elsewhere')
  for (const construction of clients.constructions) {
    const wrapper = construction.parent()
    const isTold = kindOf(wrapper) === 'arguments' && itemsOf(wrapper ?? construction).length > 1
    const own = construction.field('arguments')?.text() ?? ''
    if (isTold || (isOurs && DOOR_OPTIONS.test(own))) throw new CannotRewrite('client-options')
  }
}

function readArguments(
  node: SyntaxNode,
  call: LegacyCall,
  tree: Tree,
): { object: SyntaxNode; moved: readonly Edit[]; read: ReadCall } {
  const [object, options, ...more] = itemsOf(node.field('arguments') ?? node)
  if (!object || kindOf(object) !== 'object' || more.length > 0) throw new CannotRewrite('arguments-unknown')
  if (options !== undefined) {
    const isKnown =
      kindOf(options) === 'object' &&
      itemsOf(options).every(item => REQUEST_OPTIONS.test(item.field('key')?.text() ?? item.text()))
    if (!isKnown) throw new CannotRewrite('options-unknown')
  }
  const list = itemsOf(object).map((item): CallArgument => {
    if (kindOf(item) === 'shorthand_property_identifier')
      return { name: item.text(), node: item, value: item }
    const [key, value] = [item.field('key'), item.field('value')]
    if (kindOf(item) !== 'pair' || !key || !value) throw new CannotRewrite('arguments-unknown')
    return { name: key.text().replace(/^(['"])(.*)\1$/s, '$2'), node: item, value }
  })
  const prompt = list.find(({ name }) => name === 'prompt')
  if (prompt === undefined) throw new CannotRewrite('arguments-unknown')
  const isStream = call.method === 'stream'
  const { node: expression, edits } = promptExpression(prompt.value, node, tree)
  return { object, moved: edits, read: readCall(list, expression, tree, isStream) }
}

function versionOption(node: SyntaxNode, object: SyntaxNode, { headers, prompt }: ReadCall): Edit {
  if (itemsOf(node.field('arguments') ?? node).length > 1) throw new CannotRewrite('options-unknown')
  const { end } = spanOf(object)
  return {
    start: end,
    end,
    text: `, ${JAVASCRIPT.record({ headers: quotedHeaders(headers, prompt.quote) }, prompt.quote)}`,
  }
}

function quotedHeaders(headers: Readonly<Record<string, string>>, quote: string): string {
  const fields = Object.entries(headers).map(
    ([name, value]) => `${JAVASCRIPT.quoted(name, quote)}: ${JAVASCRIPT.quoted(value, quote)}`,
  )
  return `{ ${fields.join(', ')} }`
}

/** A long reply is read as a stream, as the shim reads it, and put together by the SDK. */
function finalMessage(call: LegacyCall, node: SyntaxNode): Edit[] {
  const { end } = spanOf(node)
  return [
    { ...call.methodSpan, text: 'stream' },
    { start: end, end, text: '.finalMessage()' },
  ]
}
