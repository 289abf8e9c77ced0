import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts'

/** Who speaks in a turn: `'user'` after `\n\nHuman:`, `'assistant'` after `\n\nAssistant:`. */
export type Role = 'user' | 'assistant'

/** One turn of a transcript: a marker and the text up to the next one. */
export interface Turn {
  role: Role
  /** The exact text after the marker, including whitespace. */
  text: string
  /** The span of marker and text. */
  span: Span
  /** The span of the marker: `\n\nHuman:` or `\n\nAssistant:` with the one space that may follow it. */
  marker: Span
}

/** A parsed prompt. Lossless: `system` and the spans of the turns cover `source` without gap or overlap. */
export interface Transcript {
  source: string
  /** The exact text before the first turn; absent when the prompt begins with a turn. */
  system?: string
  turns: Turn[]
  /** The text of a last Assistant turn that is not blank: the beginning of the completion. */
  prefill?: string
  /** In the order of their offsets in the prompt. */
  diagnostics: Diagnostic[]
}

/** One message of a conversation, in the format of the Messages API. */
export interface ConversationMessage {
  role: Role
  content: string
}

/** A conversation in the format of the Messages API. */
export interface Conversation {
  system?: string | undefined
  messages: ConversationMessage[]
}
