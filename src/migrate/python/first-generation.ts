import type { LegacyCall } from '../../audit/index.ts'
import { CannotRewrite } from '../cannot-rewrite.ts'
import type { Edit } from '../edits.ts'
import { escapePattern } from '../name-patterns.ts'
import { kindOf, nodesOf, type SyntaxNode, type Tree } from '../tree.ts'
import { itemsOf } from '../value.ts'

const METHODS = /^a?complet(?:e|ion)(?:_stream)?$/

/** Returns the method name if it belongs to the clients of the first generation, 0.2. */
export function firstGenerationMethod(method: string): string | undefined {
  return METHODS.test(method) ? method : undefined
}

/**
 * Returns the edits that turn `client.completion(…)` into `client.messages.create(…)`, and update the construction of
 * its client.
 */
export function firstGenerationEdits(
  { method, methodSpan }: LegacyCall,
  call: SyntaxNode,
  client: SyntaxNode,
  tree: Tree,
): Edit[] {
  if (method !== 'completion' && method !== 'acompletion')
    throw new CannotRewrite('first-generation', call.field('function') ?? call)
  const isAsync = method === 'acompletion'
  const clients = nodesOf(tree.root, 'call').filter(one =>
    /^(?:anthropic\.)?Client$/.test(one.field('function')?.text() ?? ''),
  )
  const name = client.text()
  const own = clients.filter(one => {
    const left = one.parent()?.field('left')
    return kindOf(one.parent()) === 'assignment' && left?.text() === name
  })
  const [only] = own
  if (only === undefined || own.length > 1) throw new CannotRewrite('first-generation', client)
  // The new client is either synchronous or asynchronous, so the other kind of methods would be missing.
  const others = new RegExp(`(?<![\\w.])${escapePattern(name)}\\.(\\w+)`, 'g')
  for (const [, used = ''] of tree.source.matchAll(others))
    if (used !== method && used !== 'messages' && METHODS.test(used))
      throw new CannotRewrite('first-generation', only)
  return [{ ...methodSpan, text: 'messages.create' }, ...clientEdits(only, isAsync)]
}

/** Returns the edits that turn `anthropic.Client(key)` into `anthropic.Anthropic(api_key=key)`. */
function clientEdits(construction: SyntaxNode, isAsync: boolean): Edit[] {
  const callee = construction.field('function')
  const list = construction.field('arguments')
  const property = callee?.field('attribute')
  if (!callee || !list || !property) throw new CannotRewrite('first-generation', construction)
  const edits: Edit[] = [
    { start: property.start, end: property.end, text: isAsync ? 'AsyncAnthropic' : 'Anthropic' },
  ]
  itemsOf(list).forEach((item, index) => {
    const name = item.field('name')
    if (kindOf(item) === 'keyword_argument' && name) {
      const known: Readonly<Record<string, string>> = {
        api_key: 'api_key',
        api_url: 'base_url',
        default_request_timeout: 'timeout',
      }
      const now = known[name.text()]
      if (now === undefined) throw new CannotRewrite('first-generation', item)
      if (now !== name.text()) edits.push({ start: name.start, end: name.end, text: now })
    } else if (index === 0) edits.push({ start: item.start, end: item.start, text: 'api_key=' })
    else throw new CannotRewrite('first-generation', item)
  })
  return edits
}
