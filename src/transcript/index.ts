/**
 * The grammar of the old prompts: parses text into turns and renders turns as text. Pure, without dependencies.
 *
 * Not exported: the scanner, an implementation detail. The repair of broken prompts is a separate entry point,
 * `legacy-completions/repair`, because it is as large as everything here.
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
