/**
 * The grammar of the old prompts: text in, turns out, and back. Pure, without dependencies.
 *
 * Withheld: the scanner, whose callbacks are an implementation matter. What understands broken prompts is at
 * `legacy-completions/repair`, for it is as large as all the rest.
 *
 * @module
 */
export type { Diagnostic, DiagnosticCode, OnDiagnostic, Severity, Span } from '../diagnostics/diagnostic.ts'
export { parsePrompt } from './parse.ts'
export { lineColumn, lineIndex, type Position } from './position.ts'
export { type RenderOptions, renderPrompt, renderSource, toMessages } from './render.ts'
export { AI_PROMPT, HUMAN_PROMPT } from './scan.ts'
export { prompt } from './template.ts'
export type { Conversation, ConversationMessage, Role, Transcript, Turn } from './types.ts'
