import { HUMAN_PROMPT } from '../transcript/index.ts'
import type { Edit } from './edits.ts'
import type { Note } from './remark.ts'
import type { TextRead } from './reply-uses.ts'
import type { ReadCall } from './request.ts'
import type { MigrateRuleName } from './rules.ts'
import type { SyntaxNode, Tree } from './tree.ts'

export interface RewriteOptions {
  skip?: ReadonlySet<MigrateRuleName> | undefined
  leadingSpace?: 'drop' | 'keep' | undefined
  /** The model that rewritten calls name in place of a retired one. */
  model?: string | undefined
}

/** What has to be known around a call. */
export interface CallContext {
  tree: Tree
  /** Whether a call is one of those that are being rewritten. */
  isLegacyCall: (node: SyntaxNode) => boolean
  /** Whether another file of the program has this word in it. */
  isNamedElsewhere: (name: string) => boolean
}

/** A call in its new form, and what is to be known of it. */
export interface Rewriting {
  edits: Edit[]
  notes: Note[]
  /** Where the text of its reply is read. */
  reads: TextRead[]
  /** Other calls, by their offsets, that can only be rewritten together with this one. */
  shared: number[]
  /** Puts the statement of the call below the line that opens a stream. */
  block?: StreamBlock | undefined
}

/** `with client.messages.stream(…) as stream:` and the statement below it. */
export interface StreamBlock {
  /** The statement that the call is a part of. */
  start: number
  /** The call. */
  callStart: number
  callEnd: number
  opening: string
  /** The line break and the indentation of the statement. */
  inner: string
  stream: string
}

/** The sampling parameters that the SDKs no longer name; the API accepts them under an older version. */
export const SAMPLING: readonly string[] = ['temperature', 'top_p', 'top_k']

/** What the translation says of a request, once each. */
const TOLD: ReadonlySet<string> = new Set([
  'retired-model',
  'sampling-dropped',
  'sampling-exclusive',
  'max-tokens-capped',
  'thinking-off',
  'thinking-reserve',
  'prefill-trimmed',
  'empty-turn',
  'joined-turns',
  'system-as-user',
])

export function noteRequest({ diagnostics, request }: ReadCall, at: number): Note[] {
  const isVersioned = SAMPLING.some(field => field in request)
  return [
    ...diagnostics
      .filter(({ code }) => TOLD.has(code))
      .map(({ code, message }) => ({
        code,
        at,
        message: message.replaceAll('\n', '\\n').replace(/\.$/, ''),
      })),
    ...(isVersioned ? [{ code: 'sampling-version', at } as const] : []),
    ...(request.stop_sequences?.includes(HUMAN_PROMPT) ? [] : [{ code: 'built-in-stop', at } as const]),
  ]
}

/** Names a comment next to the model that speaks of a model, where the call now has another. */
export function noteComment({ arguments: list, request }: ReadCall, { source }: Tree): Note[] {
  const model = list.find(({ name }) => name === 'model')
  if (model === undefined || (model.known.isKnown && model.known.value === request.model)) return []
  const { node } =
    model.known.isKnown && model.known.constant ? { node: model.known.constant.definition } : model
  const rest = /^[^\n]*/.exec(source.slice(node.end))?.[0] ?? ''
  return /(?:#|\/\/|\/\*).*claude/i.test(rest) ? [{ code: 'model-comment', at: node.start }] : []
}

/** That a text no longer begins with a space is never changed without being said. */
export const noteSpace = (at: number): Note => ({ code: 'leading-space', at })

/** What a message says where a completion said `stop_sequence` or `max_tokens`. */
export function stopWords(word: string, { request }: ReadCall): string[] {
  if (word === 'max_tokens') return [word, 'model_context_window_exceeded']
  return request.stop_sequences === undefined ? ['end_turn'] : ['end_turn', word]
}
