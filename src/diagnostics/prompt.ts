import {
  type Build,
  type Diagnostic,
  diagnosticsOf,
  type Entry,
  type PromptCode,
  type Span,
} from './diagnostic.ts'

/** The sentences of each code about a prompt. */
export const PROMPT_DIAGNOSTICS: Readonly<Record<PromptCode, Entry>> = {
  // Both sentences are the old server's, from 2024-02 on: existing code looks for them.
  'missing-human-turn': {
    severity: 'error',
    message: 'prompt must start with "\n\nHuman:" turn after an optional system prompt',
    fix: 'Begin the conversation with HUMAN_PROMPT.',
  },
  'missing-assistant-turn': {
    severity: 'error',
    message: 'prompt must end with "\n\nAssistant:" turn',
    fix: 'End the prompt with AI_PROMPT, or with AI_PROMPT and the beginning of the answer.',
  },
  'no-user-text': {
    severity: 'warning',
    message: 'The first Human turn has no text, and the Messages API requires some. "." is sent.',
    fix: 'Write the text of the Human turn.',
  },
  'marker-without-newlines': {
    severity: 'info',
    message: 'The prompt starts with "Human:" without two newlines. It opens a turn, as on the old server.',
    fix: 'Begin the prompt with HUMAN_PROMPT, which has them.',
  },
  'empty-turn': {
    severity: 'info',
    message: 'A {label} turn has no text. The Messages API rejects empty turns, so it is dropped.',
    fix: 'Remove the marker, or write the text of the turn.',
  },
  'joined-turns': {
    severity: 'info',
    message: 'Two {label} turns follow each other. They are sent as one, joined by a blank line.',
    fix: 'Put the other speaker’s turn between them, if one is missing.',
  },
  'blank-system': {
    severity: 'info',
    message: 'The text before the first turn is only whitespace. It is not sent as a system prompt.',
    fix: 'Begin the prompt with HUMAN_PROMPT itself.',
  },
  'system-as-user': {
    severity: 'warning',
    message:
      'The first Human turn has no text, and the Messages API requires some. The text before it is sent as the user’s.',
    fix: 'Move the text before the first turn into the Human turn.',
  },
  'quoted-marker': {
    severity: 'warning',
    message:
      'A {label} marker directly follows an opening quote or tag. It opens a turn, as on the old server.',
    fix: 'If it is quoted text, build the prompt with the prompt`…` tag, or use other labels such as "User:".',
  },
  'single-newline-marker': {
    severity: 'warning',
    message: '"{label}:" after a single newline does not open a turn. It is sent as text.',
    fix: 'Put two newlines before it if it begins a turn.',
  },
  'crlf-marker': {
    severity: 'warning',
    message: '"{label}:" after CRLF line ends does not open a turn. It is sent as text.',
    fix: 'Put two newlines before it if it begins a turn: prompt.replaceAll("\\r\\n", "\\n").',
  },
  'indented-marker': {
    severity: 'warning',
    message: '"{label}:" after whitespace at the start of a line does not open a turn. It is sent as text.',
    fix: 'Remove the indentation if it begins a turn.',
  },
  'escaped-marker': {
    severity: 'warning',
    message:
      '"{label}:" after a backslash and an n does not open a turn. The official SDK 0.61–0.137 exported its constants this way by mistake.',
    fix: 'Import HUMAN_PROMPT and AI_PROMPT from legacy-completions.',
  },
  'undefined-marker': {
    severity: 'warning',
    message: 'The prompt starts with "undefined" in place of a Human turn.',
    fix: 'Import HUMAN_PROMPT and AI_PROMPT from legacy-completions. The official SDK 1.x does not export them.',
  },
  'unknown-role-marker': {
    severity: 'warning',
    message: '"{label}:" does not open a turn. It is sent as text.',
    fix: 'A system prompt is the text before the first Human turn, without a marker.',
  },
  'short-label': {
    severity: 'info',
    message: '"{label}:" does not open a turn. It is sent as text.',
    fix: 'Use HUMAN_PROMPT and AI_PROMPT if it begins a turn.',
  },
  'near-miss-label': {
    severity: 'warning',
    message: 'A label that resembles "{label}:" does not open a turn. It is sent as text.',
    fix: 'Write HUMAN_PROMPT and AI_PROMPT if it begins a turn: two newlines, the word as "Human" or "Assistant", and ":" directly behind it.',
  },
  'neutralised-marker': {
    severity: 'warning',
    message: 'The text has a {label} marker that would open a turn. A space was put before it.',
    fix: 'Remove the marker from the text if it does not belong there.',
  },
}

const build: Build<PromptCode> = /* @__PURE__ */ diagnosticsOf(PROMPT_DIAGNOSTICS)

/** What was built so far, by code and label. There are a few labels. */
const BUILT: Partial<Record<PromptCode, Record<string, Diagnostic>>> = {}

/**
 * Builds a diagnostic about a label of a prompt. A prompt may cause one for each turn, so they share their sentences: with
 * new sentences for each, a prompt of diagnostics takes half as long again.
 */
export function promptDiagnostic(code: PromptCode, label: string, span: Span): Diagnostic {
  BUILT[code] ??= {}
  const byLabel = BUILT[code]
  byLabel[label] ??= build(code, { label })
  const { severity, message, fix, url } = byLabel[label]
  return { code, severity, message, fix, url, span }
}
