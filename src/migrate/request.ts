import { APIError } from '../errors.ts'
import { type Translation, translateRequest } from '../translate/index.ts'
import { validateRequest } from '../translate/validate.ts'
import { CannotRewrite, shortCode } from './cannot-rewrite.ts'
import { isOpenEnded, type MarkedPrompt, markPrompt, type WrittenPrompt } from './prompt.ts'
import { quoteOf } from './prompt-source.ts'
import { nodesOf, type SyntaxNode, type Tree } from './tree.ts'
import { evaluate, isInert, type Value } from './value.ts'
import { type PromptContext, writePrompt } from './write-prompt.ts'

/** An argument of the call, as the program has it. */
export interface CallArgument {
  name: string
  /** The whole of it: `name: value`, or a name that is both. */
  node: SyntaxNode
  value: SyntaxNode
}

/** What a call asks for, and the request that the translation makes of it. */
export interface ReadCall extends Translation {
  arguments: readonly (CallArgument & { known: Value })[]
  /** The quotes that the call is written with. */
  quote: string
  written: WrittenPrompt
  isStreamAsked: boolean
  /** The limit of tokens, where only the program knows it. */
  limit: SyntaxNode | undefined
}

/** Values that are no defaults, in the place of those that only the program knows. */
const STAND_IN: Readonly<Record<string, number>> = { temperature: 0.5, top_p: 0.5, top_k: 40 }
const SAMPLING: ReadonlySet<string> = new Set(Object.keys(STAND_IN))
/** A limit that no model has, and one that none needs to be asked for in another way. */
const [NO_LIMIT, SMALL_LIMIT] = [10_000_000, 300]

/** `\n\nHuman:` ended every completion; it is not sent, see docs/decisions/0001. */
const BUILT_IN_STOP = '\n\nHuman:'

/**
 * Reads the arguments of a call, of which all must be known except the values within the prompt, the limit of tokens,
 * and sampling parameters that the model does not accept.
 *
 * @throws CannotRewrite when something is not, or the request would not mean the same.
 */
export function readCall(
  list: readonly CallArgument[],
  promptNode: SyntaxNode,
  context: PromptContext,
  { isStreaming = false, model }: { isStreaming?: boolean; model?: string | undefined } = {},
): ReadCall {
  const { tree } = context
  const prompt = markPrompt(promptNode, tree)
  const known = list.map(argument => ({ ...argument, known: evaluate(argument.value, tree) }))
  const legacy: Record<string, unknown> = { prompt: prompt.text, ...(isStreaming && { stream: true }) }
  let limit: SyntaxNode | undefined
  for (const { name, known: value, value: node } of known) {
    if (name === 'prompt') continue
    if (value.isKnown) legacy[name] = value.value
    // Where the model takes none, what it is makes no difference; and a call within it is not left out.
    else if (SAMPLING.has(name) && isInert(node, tree)) legacy[name] = STAND_IN[name]
    else if (name === 'max_tokens_to_sample') {
      limit = node
      legacy[name] = NO_LIMIT
    } else throw unknownArgument(name, node)
  }
  if (model !== undefined && typeof legacy.model === 'string') legacy.model = model
  const translation = translate(legacy, prompt)
  const { request, plan, diagnostics } = translation
  for (const { name, known: value, value: node } of known) {
    if (SAMPLING.has(name) && !value.isKnown && name in request) throw unknownArgument(name, node)
  }
  if (limit !== undefined) {
    const small = translate({ ...legacy, max_tokens_to_sample: SMALL_LIMIT }, prompt).request
    if (small.max_tokens !== SMALL_LIMIT) throw new CannotRewrite('argument-unknown', limit)
  }
  const sent = request.stop_sequences ?? []
  if (plan.stopSequences.some(stop => stop !== BUILT_IN_STOP && !sent.includes(stop)))
    throw new CannotRewrite('stop-whitespace')
  if (plan.echo !== undefined) throw new CannotRewrite('prefill-refused', request.model)
  if (diagnostics.some(({ code }) => code === 'unknown-model'))
    throw new CannotRewrite('model-unknown', request.model)
  const requests = prompt.paths.map(({ text }, index) =>
    index === 0 ? request : translate({ ...legacy, prompt: text }, prompt).request,
  )
  const told = diagnostics
    .filter(({ code }) => limit === undefined || code !== 'max-tokens-capped')
    .map(one => ({ ...one, message: withSource(one.message, known) }))
  return {
    ...translation,
    diagnostics: told,
    arguments: known,
    quote: quoteNear(promptNode, tree),
    written: writePrompt(prompt, requests, context),
    isStreamAsked: legacy.stream === true,
    limit,
  }
}

function unknownArgument(name: string, value: SyntaxNode): CannotRewrite {
  const code = value.text()
  return new CannotRewrite('argument-unknown', code === name ? code : `${name} is ${shortCode(code)}`, value)
}

/** The quote of the first literal in an expression, or else that of most literals of its file. */
function quoteNear(node: SyntaxNode, tree: Tree): string {
  for (const text of nodesOf(node, ...tree.grammar.texts)) {
    const quote = /^[a-z]*(['"])/i.exec(text.text())?.[1]
    if (quote !== undefined) return quote
  }
  return quoteOf(tree)
}

/** What is told of a value that only the program knows names it as the program does. */
function withSource(message: string, known: ReadCall['arguments']): string {
  const unknown = known.filter(({ name, known: value }) => SAMPLING.has(name) && !value.isKnown)
  return unknown.reduce(
    (text, { name, value }) => text.replace(`${name}: ${STAND_IN[name]}`, () => `${name}: ${value.text()}`),
    message,
  )
}

function translate(legacy: Record<string, unknown>, prompt: MarkedPrompt): Translation {
  try {
    return translateRequest(validateRequest(legacy))
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    const said = String(Object(Object(error.error).error).message)
    // What the value at the end of a prompt holds may be what the old API asked for.
    if (/^prompt\b/.test(said) && isOpenEnded(prompt))
      throw new CannotRewrite('prompt-unknown', prompt.model.node)
    throw new CannotRewrite('request-refused', said.replace(/\. .*$/s, '').replaceAll('\n', '\\n'))
  }
}
