import type { Span } from '../../diagnostics/index.ts'
import { type Grammar, type NamedArgument, spanOf } from '../languages/grammar.ts'
import type { SyntaxNode } from '../languages/syntax-tree.ts'
import type { LegacyCall } from '../legacy-use.ts'
import { isPromptText, TOKEN_LIMIT } from './patterns.ts'
import { promptOf, render } from './prompt-text.ts'

/**
 * The completions resource of the official SDKs since 0.5 (TypeScript) and 0.3 (Python), with its raw and streaming
 * variants.
 */
const RESOURCE = /\.completions(?:\.with_\w+|\.with(?:Raw|Streaming)Response)?$/
const RESOURCE_METHODS = new Set(['create', 'stream'])
/** The methods of the first generation of the official SDKs, which are on the client itself. */
const CLIENT_METHODS = new Set([
  'complete',
  'completeStream',
  'completion',
  'completion_stream',
  'acompletion',
  'acompletion_stream',
])
/** Functions that take the same arguments but only copy, print or compare them. They are not calls of the API. */
const NO_CALLS =
  /^(?:stringify|dumps|assign|dict|update|merge|extend|freeze|toEqual|toStrictEqual|toMatchObject|toHaveBeenCalledWith|objectContaining|assert\w*|expect|log|info|debug|print)$/
const CLIENT = /^(?:Async)?Client$/

/** Variables and fields that hold a client: `client = new Anthropic(…)`, `self.c = anthropic.Client(…)`. */
const BINDING =
  /(?<![\w$.])([\w$.]+)\s*(?::[^=\n]+)?=\s*(?:await\s+)?(?:(?:legacy_completions\.)?with_completions\(\s*)?(?:new\s+)?(?:[\w$]+\.)*?(?:(?:Async)?Anthropic\w*|(?<=anthropic\.)(?:Async)?Client)\s*\(/g
const IMPORTS_OURS =
  /@anthropic-ai\/(?:sdk|(?!claude-)[a-z\d-]+-sdk)|legacy-completions|^[ \t]*(?:import|from)\s+(?:anthropic|anthropic_bedrock|legacy_completions)\b/m
const IMPORTS_OTHERS =
  /from\s+['"](?:openai|cohere-ai|groq-sdk)['"]|^[ \t]*(?:import|from)\s+(?:openai|cohere|groq|litellm)\b/m

/** Returns whether a file imports an SDK from Anthropic. */
export const importsSdk = (source: string): boolean => IMPORTS_OURS.test(source)

/** Returns the names of the variables and fields that hold clients. */
export function clientNames(source: string): Set<string> {
  return new Set([...source.matchAll(BINDING)].map(match => lastName(match[1] ?? '')))
}

/** Facts about a file that decide whose calls its ambiguous calls are. */
interface Clues {
  clients: ReadonlySet<string>
  isOursAlone: boolean
}

/** Finds the calls of the legacy interface, and the constructors of first-generation clients. */
export function findCalls(
  source: string,
  nodes: readonly SyntaxNode[],
  grammar: Grammar,
): { calls: LegacyCall[]; clients: Span[] } {
  if (nodes.length === 0) return { calls: [], clients: [] }
  const isOurs = IMPORTS_OURS.test(source)
  const clues: Clues = {
    clients: clientNames(source),
    isOursAlone: isOurs && !IMPORTS_OTHERS.test(source),
  }
  const importsClient =
    /import\s[^;]*\bClient\b[^;]*['"]@anthropic-ai\/sdk['"]|\bClient\b[^;\n]*require\(['"]@anthropic-ai\/sdk/.test(
      source,
    )
  const calls: LegacyCall[] = []
  const clients: Span[] = []
  for (const node of nodes) {
    const callee = grammar.callee(node)
    if (callee === undefined) continue
    const { object, property } = grammar.member(callee) ?? { object: undefined, property: callee }
    const method = property.text()
    if (CLIENT.test(method) && (object ? object.text() === 'anthropic' : importsClient))
      clients.push(spanOf(callee))
    const call = describe(node, object, property, source, grammar)
    if (isLegacy(call, node, object?.text() ?? '', source, clues)) calls.push(call)
  }
  return { calls, clients }
}

const lastName = (path: string): string => path.slice(path.lastIndexOf('.') + 1)

function isLegacy(
  call: LegacyCall,
  node: SyntaxNode,
  receiver: string,
  source: string,
  clues: Clues,
): boolean {
  const { method } = call
  if (NO_CALLS.test(method) || node.kind() === 'new_expression' || /\bchat\.completions$/.test(receiver))
    return false
  // A function with both arguments is the call or a wrapper of it. A class is excluded: it is only constructed with
  // them.
  const isRequest = call.prompt !== undefined && call.arguments.some(({ name }) => TOKEN_LIMIT.test(name))
  if (isRequest && !/^[A-Z]/.test(method)) return true
  const isResource = RESOURCE_METHODS.has(method) && RESOURCE.test(`.${receiver}`)
  if (!isResource && !CLIENT_METHODS.has(method)) return false
  if (call.arguments.some(({ name }) => TOKEN_LIMIT.test(name))) return true
  if (call.prompt !== undefined && isPromptText(render(call.prompt).text)) return true
  const client = receiver.replace(RESOURCE, '')
  if (/anthropic|claude/i.test(client) && client !== '') return isResource || IMPORTS_OURS.test(source)
  return clues.clients.has(lastName(client)) || (isResource && clues.isOursAlone)
}

function describe(
  node: SyntaxNode,
  object: SyntaxNode | undefined,
  property: SyntaxNode,
  source: string,
  grammar: Grammar,
): LegacyCall {
  const { argument, list } = grammar.namedArguments(node)
  const prompt = list.find(({ name }) => name === 'prompt')
  const reply = grammar.receiver(node)
  return {
    ...spanOf(node),
    method: property.text(),
    methodSpan: spanOf(property),
    receiver: object && spanOf(object),
    argument,
    arguments: list.map(plain),
    prompt: prompt && promptOf(prompt.node, source, grammar),
    reply: reply && { name: reply.text(), span: spanOf(reply) },
  }
}

const plain = ({ name, key, value, start, end }: NamedArgument): LegacyCall['arguments'][number] => ({
  name,
  key,
  value,
  start,
  end,
})
