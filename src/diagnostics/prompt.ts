import { type Build, diagnosticsOf, type Entry, type PromptCode } from './diagnostic.ts'

/** What each code says. Wording is for the person whose build broke this morning. */
export const PROMPT_DIAGNOSTICS: Readonly<Record<PromptCode, Entry>> = {
  // These two are the old server's sentences, from 2024-02 on: code that looks for them still finds them.
  'missing-human-turn': {
    severity: 'error',
    message: 'prompt must start with "\n\nHuman:" turn after an optional system prompt',
    fix: 'Begin the conversation with HUMAN_PROMPT.',
  },
  'missing-assistant-turn': {
    severity: 'error',
    message: 'prompt must end with "\n\nAssistant:" turn',
    fix: 'End the prompt with AI_PROMPT, or with the beginning of the answer after it.',
  },
  'no-user-text': {
    severity: 'error',
    message: 'prompt must have text in its first "\n\nHuman:" turn',
    fix: 'Give the Human turn the text it should hold: the Messages API wants the user to begin.',
  },
  'marker-without-newlines': {
    severity: 'info',
    message:
      'The prompt starts with "Human:" without its two newlines; it is read as a turn, as the old server did.',
    fix: 'Begin the prompt with HUMAN_PROMPT, which has them.',
  },
  'empty-turn': {
    severity: 'info',
    message: 'A {label} turn holds no text. The Messages API refuses empty turns, so it is left out.',
    fix: 'Remove the marker, or give the turn its text.',
  },
  'joined-turns': {
    severity: 'info',
    message: 'Two {label} turns follow each other. They are sent as one, joined by a blank line.',
    fix: 'Put the other speaker’s turn between them, if one is missing.',
  },
  'blank-system': {
    severity: 'info',
    message: 'The text before the first turn is only whitespace and is not sent as a system prompt.',
    fix: 'Begin the prompt with HUMAN_PROMPT itself.',
  },
  'system-as-user': {
    severity: 'warning',
    message:
      'The first Human turn is blank, and the Messages API wants the user to begin. The text before it is sent as the user’s.',
    fix: 'Move the text before the first turn into the Human turn.',
  },
  'quoted-marker': {
    severity: 'warning',
    message: 'A {label} marker stands right after an opening quote or tag. It opens a turn all the same.',
    fix: 'If it is quoted text, build the prompt with the prompt`…` tag, or use other labels such as "User:".',
  },
  'single-newline-marker': {
    severity: 'warning',
    message:
      '"{label}:" after a single newline is not a marker; it is sent as text of the turn it stands in.',
    fix: 'Put two newlines before it if it begins a turn.',
  },
  'crlf-marker': {
    severity: 'warning',
    message: '"{label}:" after CRLF line ends is not a marker; it is sent as text of the turn it stands in.',
    fix: 'Put two newlines before it if it begins a turn: prompt.replaceAll("\\r\\n", "\\n").',
  },
  'indented-marker': {
    severity: 'warning',
    message:
      '"{label}:" after whitespace at the start of a line is not a marker; it is sent as text of the turn it stands in.',
    fix: 'Remove the indentation if it begins a turn.',
  },
  'escaped-marker': {
    severity: 'warning',
    message:
      '"{label}:" stands after backslash-n and is not a marker. The official SDK 0.61–0.137 exported its constants this way by mistake.',
    fix: "Import HUMAN_PROMPT and AI_PROMPT from legacy-completions. With prompts: 'repair' such markers are understood.",
  },
  'undefined-marker': {
    severity: 'warning',
    message: 'The prompt starts with "undefined" where a Human turn should begin.',
    fix: 'Import HUMAN_PROMPT and AI_PROMPT from legacy-completions. The official SDK 1.x no longer exports them; they are undefined there.',
  },
  'unknown-role-marker': {
    severity: 'warning',
    message: '"{label}:" is not a marker; it is sent as text of the turn it stands in.',
    fix: 'A system prompt is the text before the first Human turn, without a marker.',
  },
  'short-label': {
    severity: 'info',
    message: '"{label}:" is not a marker; it is sent as text of the turn it stands in.',
    fix: 'Use HUMAN_PROMPT and AI_PROMPT if it begins a turn.',
  },
  'neutralised-marker': {
    severity: 'warning',
    message: 'The text holds a {label} marker that would open a turn. A space was put before it.',
    fix: 'Remove the marker from the text if it was not meant to be there.',
  },
}

export const promptDiagnostic: Build<PromptCode> = /* @__PURE__ */ diagnosticsOf(PROMPT_DIAGNOSTICS)
