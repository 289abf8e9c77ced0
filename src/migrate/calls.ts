import type { LegacyCall, LegacyUse } from '../audit/index.ts'
import { CannotRewrite } from './cannot-rewrite.ts'
import { doneEdit, todoEdit } from './comments.ts'
import type { Edit } from './edits.ts'
import { rewriteJavaScriptCall } from './javascript/call.ts'
import { clientsIn } from './javascript/clients.ts'
import { modulesOf } from './javascript/modules.ts'
import { rewritePythonCall } from './python/call.ts'
import type { Note } from './remark.ts'
import type { RewriteOptions, Rewriting } from './rewriting.ts'
import type { MigrateRuleName } from './rules.ts'
import { nodeAt, type Tree } from './tree.ts'

/** What came of the calls of one file. */
export interface RewrittenCalls {
  edits: readonly Edit[]
  notes: readonly Note[]
  left: readonly LegacyUse[]
  rewritten: readonly LegacyUse[]
  /** Whether some stand within what was rewritten, and are to be looked at again. */
  isUnfinished: boolean
}

/** Rewrites the calls of a file one by one. Each that cannot be gets a comment that says why. */
export function rewriteCalls(
  uses: readonly LegacyUse[],
  tree: Tree,
  given: ReadonlySet<string>,
  options: RewriteOptions,
): RewrittenCalls {
  const rewrite = rewriterOf(tree, given, options)
  let isUnfinished = false
  const edits: Edit[] = []
  const notes: Note[] = []
  const [left, rewritten]: [LegacyUse[], LegacyUse[]] = [[], []]
  for (const use of uses) {
    const { call } = use
    const node = call && nodeAt(tree.root, call)
    if (call === undefined || node === undefined) continue
    if (options.skip?.has(ruleOf(call, tree))) {
      left.push(use)
      continue
    }
    try {
      const rewriting = rewrite(call)
      const more = rewriting.edits.filter(edit => !edits.some(one => isSame(one, edit)))
      if (more.some(edit => edits.some(one => meets(one, edit)))) {
        isUnfinished = true
        continue
      }
      edits.push(...more, ...doneEdit(node, tree))
      notes.push(...rewriting.notes)
      rewritten.push(use)
    } catch (error) {
      if (!(error instanceof CannotRewrite)) throw error
      const { code, detail } = error
      const note: Note = { code, at: use.start, ...(detail !== undefined && { detail }) }
      notes.push(note)
      left.push(use)
      if (!options.skip?.has('comments')) edits.push(...todoEdit(note, node, tree))
    }
  }
  return { edits, notes, left, rewritten, isUnfinished }
}

/** The rule that a call falls under, by what it says of itself. */
function ruleOf({ method, arguments: list }: LegacyCall, { source }: Tree): MigrateRuleName {
  const stream = list.find(({ name }) => name === 'stream')?.value
  const isStreamed = stream !== undefined && /^true$/i.test(source.slice(stream.start, stream.end))
  return isStreamed || method === 'stream' ? 'streams' : 'calls'
}

function rewriterOf(
  tree: Tree,
  given: ReadonlySet<string>,
  options: RewriteOptions,
): (call: LegacyCall) => Rewriting {
  if (tree.grammar.language === 'python') return call => rewritePythonCall(call, tree, options)
  const file = { tree, clients: clientsIn(tree, modulesOf(tree)), given }
  return call => rewriteJavaScriptCall(call, file, options)
}

const isSame = (a: Edit, b: Edit): boolean => a.start === b.start && a.end === b.end && a.text === b.text

const meets = (a: Edit, b: Edit): boolean => a.start < b.end && b.start < a.end
