import type { LegacyCall, LegacyUse } from '../audit/index.ts'
import type { Span } from '../diagnostics/index.ts'
import { CannotRewrite, shortCode } from './cannot-rewrite.ts'
import { doneEdit, todoEdit } from './comments.ts'
import type { Note, OwnNote } from './diagnostic.ts'
import { type Edit, EditSet, type FileEdits } from './edits.ts'
import { rewriteJavaScriptCall } from './javascript/call.ts'
import { clientsIn } from './javascript/clients.ts'
import { isFirstGeneration } from './javascript/first-generation.ts'
import { modulesOf } from './javascript/modules.ts'
import type { IsNamedElsewhere } from './program.ts'
import { rewritePythonCall } from './python/call.ts'
import { textEdits } from './reply-text.ts'
import type { CallContext, RewriteOptions, Rewriting } from './rewriting.ts'
import type { MigrateRuleName } from './rules.ts'
import { callAt, nodeAt, type SyntaxNode, type Tree } from './tree.ts'

/** The results for the calls of one file. */
export interface RewrittenCalls {
  edits: readonly Edit[]
  notes: readonly Note[]
  /** The edits in other files that the rewritten calls need. */
  imported: readonly FileEdits[]
  left: readonly LegacyUse[]
  rewritten: readonly LegacyUse[]
  /** Whether calls are nested in rewritten calls. They need another round on the new text. */
  isUnfinished: boolean
}

/** Facts about a file that its syntax tree does not contain. */
export interface FileContext {
  /** Names of clients that are imported from a file that constructs them. */
  given: ReadonlySet<string>
  isNamedElsewhere: IsNamedElsewhere
  /** The reason why no call of the file can be rewritten, if there is one. */
  refusal: CannotRewrite | undefined
}

interface Attempt {
  use: LegacyUse
  node: SyntaxNode
  result: Rewriting | CannotRewrite
}

/** Rewrites the calls of a file one by one. A call that cannot be rewritten gets a comment with the reason. */
export function rewriteCalls(
  uses: readonly LegacyUse[],
  tree: Tree,
  file: FileContext,
  options: RewriteOptions,
): RewrittenCalls {
  const found = uses.flatMap(use => {
    const node = use.call && callAt(tree.root, use.call)
    return use.call === undefined || node === undefined ? [] : [{ use, node, call: use.call }]
  })
  const isSkipped = (call: LegacyCall): boolean => options.skip?.has(ruleOf(call, tree)) === true
  const wanted = found.filter(({ call }) => !isSkipped(call))
  const rewrite = rewriterOf(wanted, tree, file, options)
  const attempts = wanted.map(
    ({ use, node, call }): Attempt => ({ use, node, result: attempt(() => checked(rewrite(call), tree)) }),
  )
  dropNested(attempts)
  dropShared(attempts)

  const done = attempts.flatMap(({ use, node, result }) =>
    result instanceof CannotRewrite ? [] : [{ use, node, result }],
  )
  const text = textEdits(
    done.map(({ result }) => result),
    tree,
  )
  const edits = new EditSet()
  edits.add(text.shared)
  const rewritten: LegacyUse[] = []
  const imported: FileEdits[] = []
  const notes: Note[] = []
  let isUnfinished = false
  const isLeft = new Set(
    attempts.flatMap(({ node, result }) => (result instanceof CannotRewrite ? [node.start] : [])),
  )
  done.forEach(({ use, node, result }, index) => {
    const kept = result.shared.flatMap(start => (isLeft.has(start) ? (keptPrompt(result, start) ?? []) : []))
    if (!edits.add([...(text.edits[index] ?? []), ...kept, ...doneEdit(node, tree)])) {
      isUnfinished = true
      return
    }
    rewritten.push(use)
    imported.push(...(result.imported ?? []))
    notes.push(...result.notes)
  })
  const left = found.filter(({ call }) => isSkipped(call)).map(({ use }) => use)
  for (const { use, node, result } of attempts) {
    if (!(result instanceof CannotRewrite)) continue
    const note = noteOf(result, use, node, tree)
    notes.push(note)
    left.push(use)
    if (!options.skip?.has('comments')) edits.add(todoEdit(note, node, tree))
  }
  return { edits: edits.all, notes, imported, left, rewritten, isUnfinished }
}

function attempt(rewrite: () => Rewriting): Rewriting | CannotRewrite {
  try {
    return rewrite()
  } catch (error) {
    if (error instanceof CannotRewrite) return error
    throw error
  }
}

/**
 * Returns a rewriting whose edits are apart from each other.
 *
 * @throws CannotRewrite if the prompt of the call contains its own reply, as in a loop that continues a conversation.
 */
function checked(rewriting: Rewriting, { root }: Tree): Rewriting {
  const edits = new EditSet()
  const add = (edit: Edit, { start, end }: Span): void => {
    if (!edits.add([edit])) throw new CannotRewrite('prompt-of-turns', nodeAt(root, { start, end }))
  }
  for (const edit of rewriting.edits) add(edit, edit)
  for (const read of rewriting.reads) add({ start: read.objectEnd, end: read.end, text: '' }, read)
  return rewriting
}

/**
 * Leaves every call that changes another file and is nested in a call, or has a nested one. The two are rewritten one
 * after the other, and the second would not see the change.
 */
function dropNested(attempts: Attempt[]): void {
  const isWithin = (inner: SyntaxNode, outer: SyntaxNode): boolean =>
    inner !== outer && outer.start <= inner.start && inner.end <= outer.end
  for (const one of attempts) {
    if (one.result instanceof CannotRewrite || !one.result.imported?.length) continue
    const other = attempts.find(({ node }) => isWithin(node, one.node) || isWithin(one.node, node))
    if (other !== undefined) one.result = new CannotRewrite('call-shared', other.node)
  }
}

/** Returns the edits that keep the prompt of a call that is left; `undefined` if it cannot be kept. */
function keptPrompt(result: Rewriting | CannotRewrite, start: number): Edit[] | undefined {
  if (result instanceof CannotRewrite) return undefined
  const own = result.kept?.filter(({ call }) => call === start) ?? []
  const edits = own.flatMap(({ edit }) => edit ?? [])
  const isKnown = own.length > 0 && edits.length === own.length
  return isKnown && result.shared.filter(other => other === start).length === own.length ? edits : undefined
}

/**
 * Leaves every call that shares a variable with a call that is left: such calls are rewritten together or not at all.
 */
function dropShared(attempts: Attempt[]): void {
  const byStart = new Map(attempts.map(one => [one.node.start, one]))
  for (let isChanged = true; isChanged; ) {
    isChanged = false
    for (const one of attempts) {
      if (one.result instanceof CannotRewrite) continue
      const blocking = one.result.shared.find(
        start =>
          (byStart.get(start)?.result ?? new CannotRewrite('call-shared')) instanceof CannotRewrite &&
          (!byStart.has(start) || keptPrompt(one.result, start) === undefined),
      )
      if (blocking === undefined) continue
      one.result = new CannotRewrite('call-shared', byStart.get(blocking)?.node)
      isChanged = true
    }
  }
}

/** The arguments that a code without a location of its own is about. */
const SUBJECTS: readonly (readonly [codes: RegExp, argument: string])[] = [
  [/^(?:prompt|prefill|text|request)-/, 'prompt'],
  [/^model-/, 'model'],
  [/^stop-whitespace$/, 'stop_sequences'],
]

/** Returns the note for a call that was left. It always names an expression and its line. */
function noteOf({ code, detail, at }: CannotRewrite, use: LegacyUse, call: SyntaxNode, tree: Tree): OwnNote {
  if (at !== undefined && detail !== undefined) return { code, at: use.start, detail, cause: at }
  const argument = SUBJECTS.find(([codes]) => codes.test(code))?.[1]
  const span = use.call?.arguments.find(({ name }) => name === argument)?.value
  const subject = (span && nodeAt(tree.root, span)) ?? call
  const expression = shortCode(subject.text())
  const text = detail === undefined || detail === expression ? expression : `${detail}, ${expression}`
  return { code, at: use.start, detail: text, cause: subject.start }
}

/** Returns the rule that covers a call, by its arguments and its method. */
function ruleOf({ method, arguments: list }: LegacyCall, { source }: Tree): MigrateRuleName {
  const stream = list.find(({ name }) => name === 'stream')?.value
  const isStreamed = stream !== undefined && /^true$/i.test(source.slice(stream.start, stream.end))
  return isStreamed || method === 'stream' ? 'streams' : 'calls'
}

function rewriterOf(
  calls: readonly { node: SyntaxNode; call: LegacyCall }[],
  tree: Tree,
  { given, isNamedElsewhere, refusal }: FileContext,
  options: RewriteOptions,
): (call: LegacyCall) => Rewriting {
  if (refusal !== undefined)
    return () => {
      throw refusal
    }
  const starts = new Map(calls.map(({ node }) => [node.start, node]))
  const context: CallContext = {
    tree,
    isNamedElsewhere,
    isLegacyCall: node => starts.get(node.start) === node,
  }
  if (tree.grammar.language === 'python') return call => rewritePythonCall(call, context, options)
  const firstGeneration = calls
    .filter(({ call }) => isFirstGeneration(call.method))
    .map(({ node }) => node.start)
  const file = { ...context, clients: clientsIn(tree, modulesOf(tree)), given, firstGeneration }
  return call => rewriteJavaScriptCall(call, file, options)
}
