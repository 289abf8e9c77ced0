import type { LegacyCall } from '../../audit/index.ts'
import { CannotRewrite } from '../cannot-rewrite.ts'
import type { Edit } from '../edits.ts'
import { kindOf, nodesOf, type SyntaxNode, type Tree } from '../tree.ts'
import { itemsOf } from '../value.ts'

const METHODS = /^a?complet(?:e|ion)(?:_stream)?$/

/** Returns the method of a client of the first generation, 0.2, where a name is one. */
export function firstGenerationMethod(method: string): string | undefined {
  return METHODS.test(method) ? method : undefined
}

/** `client.completion(…)` as `client.messages.create(…)`, and the client that makes it possible. */
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
  // A client is either of the two kinds: methods of the other kind would no longer be there.
  const others = new RegExp(`(?<![\\w.])${name.replaceAll('.', '\\.')}\\.(\\w+)`, 'g')
  for (const [, used = ''] of tree.source.matchAll(others))
    if (used !== method && used !== 'messages' && METHODS.test(used))
      throw new CannotRewrite('first-generation', only)
  return [{ ...methodSpan, text: 'messages.create' }, ...clientEdits(only, isAsync)]
}

/** `anthropic.Client(key)` as `anthropic.Anthropic(api_key=key)`. */
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
