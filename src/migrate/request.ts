import { APIError } from '../errors.ts'
import { type Translation, translateRequest } from '../translate/index.ts'
import { validateRequest } from '../translate/validate.ts'
import { CannotRewrite } from './cannot-rewrite.ts'
import { type MarkedPrompt, markPrompt } from './prompt.ts'
import type { SyntaxNode, Tree } from './tree.ts'
import { evaluate, isInert, type Value } from './value.ts'

/** An argument of the call, as the program has it. */
export interface CallArgument {
  name: string
  /** The whole of it: `name: value`, or a name that is both. */
  node: SyntaxNode
  value: SyntaxNode
}

/** What a call asks for, and what becomes of it: the one translation says so. */
export interface ReadCall extends Translation {
  arguments: readonly (CallArgument & { known: Value })[]
  prompt: MarkedPrompt
  /** Where the prompt is written. */
  promptNode: SyntaxNode
  isStreamAsked: boolean
}

/** Values that are no defaults, in the place of those that only the program knows. */
const STAND_IN: Readonly<Record<string, number>> = { temperature: 0.5, top_p: 0.5, top_k: 40 }
const SAMPLING: ReadonlySet<string> = new Set(Object.keys(STAND_IN))

/** `\n\nHuman:` ended every completion; it is not sent, see docs/decisions/0001. */
const BUILT_IN_STOP = '\n\nHuman:'

/**
 * Reads the arguments of a call, of which all must be known but the values within the prompt.
 *
 * @throws CannotRewrite when something is not, or the request would not mean the same.
 */
export function readCall(
  list: readonly CallArgument[],
  promptNode: SyntaxNode,
  tree: Tree,
  isStreaming = false,
): ReadCall {
  const prompt = markPrompt(promptNode, tree)
  const known = list.map(argument => ({ ...argument, known: evaluate(argument.value, tree) }))
  const legacy: Record<string, unknown> = { prompt: prompt.text, ...(isStreaming && { stream: true }) }
  for (const { name, known: value, value: node } of known) {
    if (name === 'prompt') continue
    if (value.isKnown) legacy[name] = value.value
    // Where the model takes none, what it is makes no difference; and a call within it is not left out.
    else if (SAMPLING.has(name) && isInert(node, tree)) legacy[name] = STAND_IN[name]
    else throw new CannotRewrite('argument-unknown', name)
  }
  const translation = translate(legacy)
  const { request, plan, diagnostics } = translation
  for (const { name, known: value } of known) {
    if (SAMPLING.has(name) && !value.isKnown && name in request)
      throw new CannotRewrite('argument-unknown', name)
  }
  const sent = request.stop_sequences ?? []
  if (plan.stopSequences.some(stop => stop !== BUILT_IN_STOP && !sent.includes(stop)))
    throw new CannotRewrite('stop-whitespace')
  if (plan.echo !== undefined) throw new CannotRewrite('prefill-refused', request.model)
  if (diagnostics.some(({ code }) => code === 'unknown-model'))
    throw new CannotRewrite('model-unknown', request.model)
  const told = diagnostics.map(one => ({ ...one, message: withSource(one.message, known) }))
  return {
    ...translation,
    diagnostics: told,
    arguments: known,
    prompt,
    promptNode,
    isStreamAsked: legacy.stream === true,
  }
}

/** What is told of a value that only the program knows names it as the program does. */
function withSource(message: string, known: ReadCall['arguments']): string {
  const unknown = known.filter(({ name, known: value }) => SAMPLING.has(name) && !value.isKnown)
  return unknown.reduce(
    (text, { name, value }) => text.replace(`${name} ${STAND_IN[name]}`, () => `${name} ${value.text()}`),
    message,
  )
}

function translate(legacy: Record<string, unknown>): Translation {
  try {
    return translateRequest(validateRequest(legacy))
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    const said = String(Object(Object(error.error).error).message)
    throw new CannotRewrite('request-refused', said.replace(/\. .*$/s, '').replaceAll('\n', '\\n'))
  }
}
