import type { LegacyCall } from '../../audit/index.ts'
import { CannotRewrite } from '../cannot-rewrite.ts'
import type { Edit } from '../edits.ts'
import { kindOf, nodesOf, type SyntaxNode, type Tree } from '../tree.ts'
import { itemsOf } from '../value.ts'
import { isOurs, isTheirs, modulesOf } from './modules.ts'

const METHODS = /^complete(?:Stream)?$/
const SDK = '@anthropic-ai/sdk'

/** Returns whether a method belongs to the clients before 0.5. */
export const isFirstGeneration = (method: string): boolean => METHODS.test(method)

/**
 * Returns the edits that turn `new Client(key).complete(…)` into `new Anthropic({ apiKey: key }).messages.create(…)`.
 */
export function firstGenerationEdits(
  { method, methodSpan }: LegacyCall,
  client: SyntaxNode,
  tree: Tree,
): Edit[] {
  // `completeStream` passes the whole text so far to its callback, and not only the new part.
  if (method !== 'complete') throw new CannotRewrite('first-generation', client.parent() ?? client)
  const uses = modulesOf(tree).filter(use => isTheirs(use) || isOurs(use))
  const home = uses.find(use => use.bindings.some(({ imported }) => imported === 'Client'))
  const binding = home?.bindings.find(({ imported }) => imported === 'Client')
  if (!home || !binding || home.form === 'other') throw new CannotRewrite('first-generation', client)
  if (/(?<![\w$.])Anthropic(?![\w$])/.test(tree.source)) throw new CannotRewrite('first-generation', client)
  const constructions = nodesOf(tree.root, 'new_expression').filter(
    one => one.field('constructor')?.text() === binding.local,
  )
  const specifiers = nodesOf(
    home.statement,
    'import_specifier',
    'shorthand_property_identifier_pattern',
    'pair_pattern',
  )
  const specifier = specifiers.find(one => (one.field('name') ?? one.field('key') ?? one).text() === 'Client')
  if (constructions.length === 0 || !specifier) throw new CannotRewrite('first-generation', client)
  return [
    { ...methodSpan, text: 'messages.create' },
    { start: specifier.start, end: specifier.end, text: 'Anthropic' },
    ...(home.module === SDK ? [] : [{ ...home.span, text: SDK }]),
    ...constructions.flatMap(clientEdits),
  ]
}

function clientEdits(construction: SyntaxNode): Edit[] {
  const name = construction.field('constructor')
  const list = construction.field('arguments')
  const [key, options, ...more] = list ? itemsOf(list) : []
  if (!name || !list || !key || more.length > 0) throw new CannotRewrite('first-generation', construction)
  const url = options && kindOf(options) === 'object' ? itemsOf(options) : []
  const [only, ...others] = url
  const isUrl = only?.field('key')?.text() === 'apiUrl' && others.length === 0
  if (options && !isUrl) throw new CannotRewrite('first-generation', options)
  const fields = [`apiKey: ${key.text()}`, ...(only ? [`baseURL: ${only.field('value')?.text()}`] : [])]
  const text = fields[0] === 'apiKey: apiKey' ? ['apiKey', ...fields.slice(1)] : fields
  return [
    { start: name.start, end: name.end, text: 'Anthropic' },
    { start: list.start, end: list.end, text: `({ ${text.join(', ')} })` },
  ]
}
