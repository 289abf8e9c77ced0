/**
 * The grammar of the old prompts: text in, turns out, and back. Pure, without dependencies.
 *
 * Withheld: the scanner, whose callbacks are an implementation matter.
 *
 * @module
 */
export type { Diagnostic, DiagnosticCode, OnDiagnostic, Severity, Span } from '../diagnostics/diagnostic.ts'
export { locateInSource, type Repair } from './edits.ts'
export { parsePrompt } from './parse.ts'
export { lineColumn, type Position } from './position.ts'
export { type RenderOptions, renderPrompt, renderSource, toMessages } from './render.ts'
export { type RepairedPrompt, repairPrompt, repairStopSequences } from './repair.ts'
export { AI_PROMPT, HUMAN_PROMPT } from './scan.ts'
export { prompt } from './template.ts'
export type { Conversation, ConversationMessage, Role, Transcript, Turn } from './types.ts'
