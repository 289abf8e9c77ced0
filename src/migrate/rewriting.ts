import { HUMAN_PROMPT } from '../transcript/index.ts'
import type { Note } from './diagnostic.ts'
import type { Edit, FileEdits } from './edits.ts'
import type { IsNamedElsewhere } from './program.ts'
import type { TextRead } from './reply-uses.ts'
import type { ReadCall } from './request.ts'
import type { MigrateRuleName } from './rules.ts'
import type { SyntaxNode, Tree } from './tree.ts'

/** The options of a migration that concern a single call. */
export interface RewriteOptions {
  skip?: ReadonlySet<MigrateRuleName> | undefined
  leadingSpace?: 'drop' | 'keep' | undefined
  /** The id of the model for rewritten calls, instead of the recommended replacement of a retired one. */
  model?: string | undefined
  /** The day for which models count as retired. */
  today?: string | undefined
}

/** The surroundings of a call. */
export interface CallContext {
  tree: Tree
  /** Returns whether a node is one of the calls that are being rewritten. */
  isLegacyCall: (node: SyntaxNode) => boolean
  isNamedElsewhere: IsNamedElsewhere
}

/** The edits that rewrite a call, and the notes about them. */
export interface Rewriting {
  edits: Edit[]
  notes: Note[]
  /** The expressions that read the text of its response. */
  reads: TextRead[]
  /** Offsets of other calls that can only be rewritten together with this one. */
  shared: number[]
  /** The edits that keep the prompts of other calls as they are, if such a call is left. */
  kept?: readonly { call: number; edit: Edit | undefined }[]
  /** The edits in files that define constants and functions of its prompt. */
  imported?: readonly FileEdits[]
  /** Moves the statement of the call into the block that opens a stream. */
  block?: StreamBlock | undefined
}

/** `with client.messages.stream(…) as stream:` around a statement. */
export interface StreamBlock {
  /** The offset of the statement that contains the call. */
  start: number
  /** The offset of the call. */
  callStart: number
  callEnd: number
  opening: string
  /** The line break and the indentation before the moved statement. */
  inner: string
  stream: string
}

/** Sampling parameters that the SDKs no longer declare. The API accepts them under an older version. */
export const SAMPLING: readonly string[] = ['temperature', 'top_p', 'top_k']

/** Diagnostics of the translation that are reported for a rewritten call, once each. */
const REPORTED: ReadonlySet<string> = new Set([
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

/** Returns the notes about a rewritten request: diagnostics of the translation, and changed behavior. */
export function noteRequest({ diagnostics, request }: ReadCall, at: number): Note[] {
  const isVersioned = SAMPLING.some(field => field in request)
  return [
    ...diagnostics
      .filter(({ code }) => REPORTED.has(code))
      .map(({ code, message }) => ({
        code,
        at,
        message: message.replaceAll('\n', '\\n').replace(/\.$/, ''),
      })),
    ...(isVersioned ? [{ code: 'sampling-version', at } as const] : []),
    ...(request.stop_sequences?.includes(HUMAN_PROMPT) ? [] : [{ code: 'built-in-stop', at } as const]),
  ]
}

/** Reports a comment next to the model that mentions a model, if the call now has another one. */
export function noteComment({ arguments: list, request }: ReadCall, { source }: Tree): Note[] {
  const model = list.find(({ name }) => name === 'model')
  if (model === undefined || (model.known.isKnown && model.known.value === request.model)) return []
  const { node } =
    model.known.isKnown && model.known.constant ? { node: model.known.constant.definition } : model
  const rest = /^[^\n]*/.exec(source.slice(node.end))?.[0] ?? ''
  return /(?:#|\/\/|\/\*).*claude/i.test(rest) ? [{ code: 'model-comment', at: node.start }] : []
}

/** Returns the note for a text that no longer begins with a space. Every such change is reported. */
export const noteSpace = (at: number): Note => ({ code: 'leading-space', at })

/** Returns the stop reasons of a message that correspond to `stop_sequence` or `max_tokens` of a completion. */
export function stopWords(word: string, { request }: ReadCall): string[] {
  if (word === 'max_tokens') return [word, 'model_context_window_exceeded']
  return request.stop_sequences === undefined ? ['end_turn'] : ['end_turn', word]
}
