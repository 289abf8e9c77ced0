import { APIError } from '../errors.ts'
import { type Translation, translateRequest } from '../translate/index.ts'
import { validateRequest } from '../translate/validate.ts'
import { CannotRewrite, shortCode } from './cannot-rewrite.ts'
import { isOpenEnded, type MarkedPrompt, markPrompt, type WrittenPrompt } from './prompt.ts'
import { quoteOf } from './prompt-source.ts'
import type { PromptContext } from './prompt-variable.ts'
import { nodesOf, type SyntaxNode, type Tree } from './tree.ts'
import { evaluate, isInert, type Value } from './value.ts'
import { writePrompt } from './write-prompt.ts'

/** An argument of the call, as written in the program. */
export interface CallArgument {
  name: string
  /** The whole argument: `name: value`, or a shorthand name. */
  node: SyntaxNode
  value: SyntaxNode
}

/** The arguments of a call, and the request that the translation makes of them. */
export interface ReadCall extends Translation {
  arguments: readonly (CallArgument & { known: Value })[]
  /** The quote character that the call uses. */
  quote: string
  written: WrittenPrompt
  isStreamAsked: boolean
  /** The expression of the token limit, if its value is known only at run time. */
  limit: SyntaxNode | undefined
}

/**
 * Values for sampling parameters that are known only at run time. They are not the defaults: dropping a default changes
 * nothing, so the translation would not report it.
 */
const STAND_IN: Readonly<Record<string, number>> = { temperature: 0.5, top_p: 0.5, top_k: 40 }
const SAMPLING: ReadonlySet<string> = new Set(Object.keys(STAND_IN))
/** One limit above that of every model, and one that every model accepts. */
const [NO_LIMIT, SMALL_LIMIT] = [10_000_000, 300]

/** `\n\nHuman:` ended every completion of the old API. Rewritten calls do not send it; see docs/decisions/0001. */
const BUILT_IN_STOP = '\n\nHuman:'

interface ReadOptions {
  isStreaming?: boolean
  model?: string | undefined
  today?: string | undefined
}

/**
 * Reads the arguments of a call. All of them must be known, except values within the prompt, the token limit, and
 * sampling parameters that the model does not accept.
 *
 * @throws CannotRewrite if another argument is unknown, or if the request would not mean the same.
 */
export function readCall(
  list: readonly CallArgument[],
  promptNode: SyntaxNode,
  context: PromptContext,
  { isStreaming = false, model, today }: ReadOptions = {},
): ReadCall {
  const { tree } = context
  const prompt = markPrompt(promptNode, tree)
  const known = list.map(argument => ({ ...argument, known: evaluate(argument.value, tree) }))
  const legacy: Record<string, unknown> = { prompt: prompt.text, ...(isStreaming && { stream: true }) }
  let limit: SyntaxNode | undefined
  for (const { name, known: value, value: node } of known) {
    if (name === 'prompt') continue
    if (value.isKnown) legacy[name] = value.value
    // If the model does not accept the parameter, its value does not matter. A value that calls a function cannot be
    // dropped.
    else if (SAMPLING.has(name) && isInert(node, tree)) legacy[name] = STAND_IN[name]
    else if (name === 'max_tokens_to_sample') {
      limit = node
      legacy[name] = NO_LIMIT
    } else throw unknownArgument(name, node)
  }
  if (model !== undefined && typeof legacy.model === 'string') legacy.model = model
  const translation = translate(legacy, prompt, today)
  const { request, plan, diagnostics } = translation
  for (const { name, known: value, value: node } of known) {
    if (SAMPLING.has(name) && !value.isKnown && name in request) throw unknownArgument(name, node)
  }
  if (limit !== undefined) {
    const small = translate({ ...legacy, max_tokens_to_sample: SMALL_LIMIT }, prompt, today).request
    if (small.max_tokens !== SMALL_LIMIT) throw new CannotRewrite('argument-unknown', limit)
  }
  const sent = request.stop_sequences ?? []
  if (plan.stopSequences.some(stop => stop !== BUILT_IN_STOP && !sent.includes(stop)))
    throw new CannotRewrite('stop-whitespace')
  if (plan.echo !== undefined) throw new CannotRewrite('prefill-refused', request.model)
  if (diagnostics.some(({ code }) => code === 'unknown-model'))
    throw new CannotRewrite('model-unknown', request.model)
  const requests = prompt.paths.map(({ text }, index) =>
    index === 0 ? request : translate({ ...legacy, prompt: text }, prompt, today).request,
  )
  const reported = diagnostics
    .filter(({ code }) => limit === undefined || code !== 'max-tokens-capped')
    .map(one => ({ ...one, message: withSource(one.message, known) }))
  return {
    ...translation,
    diagnostics: reported,
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

/** Returns the quote of the first literal in an expression, or the most common quote of the file. */
function quoteNear(node: SyntaxNode, tree: Tree): string {
  for (const text of nodesOf(node, ...tree.grammar.texts)) {
    const quote = /^[a-z]*(['"])/i.exec(text.text())?.[1]
    if (quote !== undefined) return quote
  }
  return quoteOf(tree)
}

/** Replaces stand-in values in a message with the expressions of the program. */
function withSource(message: string, known: ReadCall['arguments']): string {
  const unknown = known.filter(({ name, known: value }) => SAMPLING.has(name) && !value.isKnown)
  return unknown.reduce(
    (text, { name, value }) => text.replace(`${name}: ${STAND_IN[name]}`, () => `${name}: ${value.text()}`),
    message,
  )
}

function translate(
  legacy: Record<string, unknown>,
  prompt: MarkedPrompt,
  today: string | undefined,
): Translation {
  try {
    return translateRequest(validateRequest(legacy), { today })
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    const said = String(Object(Object(error.error).error).message)
    // A value at either end of the prompt may contain the markers that the old API requires.
    if (/^prompt\b/.test(said) && isOpenEnded(prompt))
      throw new CannotRewrite('prompt-unknown', prompt.model.node)
    throw new CannotRewrite('request-refused', said.replace(/\. .*$/s, '').replaceAll('\n', '\\n'))
  }
}
