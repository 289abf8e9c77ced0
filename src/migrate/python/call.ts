import type { LegacyCall } from '../../audit/index.ts'
import { spanOf } from '../../audit/languages/grammar.ts'
import { type ArgumentStyle, argumentEdits } from '../arguments.ts'
import { CannotRewrite } from '../cannot-rewrite.ts'
import type { Edit } from '../edits.ts'
import { PYTHON_NOTATION } from '../notation.ts'
import { promptExpression } from '../prompt-variable.ts'
import { type CallArgument, readCall } from '../request.ts'
import { noteRequest, type RewriteOptions, type Rewriting, SAMPLING } from '../rewriting.ts'
import type { SyntaxNode } from '../tree.ts'
import { kindOf, nodeAt, type Tree } from '../tree.ts'
import { itemsOf } from '../value.ts'
import { rewritePythonReply } from './reply.ts'
import { rewritePythonStream } from './stream.ts'

const STYLE: ArgumentStyle = {
  notation: PYTHON_NOTATION,
  // The SDK no longer names them; the API takes them under an older version.
  sampling: (fields, quote, separator) =>
    [
      `extra_body=${PYTHON_NOTATION.record(fields, quote)}`,
      `extra_headers=${PYTHON_NOTATION.literal({ 'anthropic-version': '2023-06-01' }, quote)}`,
    ].join(separator),
}

/** What a request is told beside its body, in the old SDK and in the new one. */
const REQUEST_OPTIONS = /^(?:timeout|extra_headers|extra_query)$/

/**
 * A call of `completions.create` as one of `messages.create`, and what reads its reply.
 *
 * @throws CannotRewrite when it cannot be shown to mean the same.
 */
export function rewritePythonCall(call: LegacyCall, tree: Tree, options: RewriteOptions): Rewriting {
  const node = nodeAt(tree.root, call)
  const resource = call.receiver && nodeAt(tree.root, call.receiver)
  const name = kindOf(resource) === 'attribute' ? resource?.field('attribute') : undefined
  if (resource && /^a?complet(?:e|ion)(?:_stream)?$/.test(call.method))
    throw new CannotRewrite('first-generation')
  if (!node || !name || name.text() !== 'completions' || call.method !== 'create')
    throw new CannotRewrite('call-unknown', call.method)
  const list = node.field('arguments')
  if (!list) throw new CannotRewrite('arguments-unknown')
  const given = itemsOf(list).map((item): CallArgument => {
    const [key, value] = [item.field('name'), item.field('value')]
    if (kindOf(item) !== 'keyword_argument' || !key || !value) throw new CannotRewrite('arguments-unknown')
    return { name: key.text(), node: item, value }
  })
  const { node: expression, edits: moved } = promptExpression(promptIn(given), node, tree)
  const read = readCall(
    given.filter(one => !REQUEST_OPTIONS.test(one.name)),
    expression,
    tree,
  )
  const isVersioned = SAMPLING.some(field => field in read.request)
  if (isVersioned && given.some(one => one.name === 'extra_headers'))
    throw new CannotRewrite('options-unknown')
  if (read.request.stream === true && !read.isStreamAsked) throw new CannotRewrite('long-reply')
  const edits: Edit[] = [
    { ...spanOf(name), text: 'messages' },
    ...moved,
    ...argumentEdits(read, list, tree, STYLE),
  ]
  const reply = read.isStreamAsked
    ? rewritePythonStream(node, read, tree, options)
    : rewritePythonReply(node, read, tree, options)
  return { edits: [...edits, ...reply.edits], notes: [...noteRequest(read, call.start), ...reply.notes] }
}

function promptIn(given: readonly CallArgument[]): SyntaxNode {
  const prompt = given.find(({ name }) => name === 'prompt')
  if (prompt === undefined) throw new CannotRewrite('arguments-unknown')
  return prompt.value
}
