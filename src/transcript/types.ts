import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts'

export type Role = 'user' | 'assistant'

/** One turn of a transcript: a marker and the text up to the next one. */
export interface Turn {
  role: Role
  /** The text exactly as it stands after the marker, whitespace included. */
  text: string
  /** Marker and text. */
  span: Span
  /** The marker alone: `\n\nHuman:` or `\n\nAssistant:` with the one space that may follow it. */
  marker: Span
}

/** A parsed prompt. Lossless: `system` and the turns' spans tile `source` without gap or overlap. */
export interface Transcript {
  source: string
  /** The text before the first turn, exactly as it stands; absent when there is none. */
  system?: string
  turns: Turn[]
  /** The text of a last Assistant turn that is not blank: the beginning of the answer. */
  prefill?: string
  /** In the order of their place in the prompt. */
  diagnostics: Diagnostic[]
}

/** One message of a conversation, as the Messages API has it. */
export interface ConversationMessage {
  role: Role
  content: string
}

/** What a transcript says, in the form the Messages API takes. */
export interface Conversation {
  system?: string | undefined
  messages: ConversationMessage[]
}
