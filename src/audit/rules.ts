import type { DiagnosticCode, Severity, Span } from '../diagnostics/index.ts'

/** What part of the old interface a use is of. */
export type UseKind =
  | 'call'
  | 'client'
  | 'constant'
  | 'dependency'
  | 'endpoint'
  | 'framework'
  | 'model'
  | 'parameter'
  | 'prompt'
  | 'reply'
  | 'type'

/** One thing that is looked for. */
export interface Rule {
  kind: UseKind
  severity: Severity
  title: string
  /** What is the case, and what will happen. */
  message: string
  fix: string
  /** Whether `legacy-completions migrate` does it, where the code around it allows it. */
  isMigratable: boolean
}

export type RuleCode =
  | 'legacy-call'
  | 'legacy-client'
  | 'legacy-constant'
  | 'legacy-endpoint'
  | 'legacy-framework'
  | 'legacy-parameter'
  | 'legacy-prompt'
  | 'legacy-reply'
  | 'legacy-sdk'
  | 'legacy-type'
  | 'old-sdk'
  | 'retired-messages-model'
  | 'retired-model'

/** The closed table of what the audit finds. Wording is for the person whose build broke this morning. */
export const RULES: Readonly<Record<RuleCode, Rule>> = {
  'legacy-call': {
    kind: 'call',
    severity: 'error',
    title: 'Call of the Text Completions API',
    message: 'This calls the Text Completions API, which no live model serves.',
    fix: 'Call it through legacy-completions, or rewrite it as messages.create.',
    isMigratable: true,
  },
  'legacy-client': {
    kind: 'client',
    severity: 'error',
    title: 'Client of the first SDK generation',
    message: 'This client knows only the Text Completions API.',
    fix: 'Import Client from legacy-completions/v0, or construct Anthropic and rewrite its calls.',
    isMigratable: true,
  },
  'legacy-constant': {
    kind: 'constant',
    severity: 'warning',
    title: 'Marker constant',
    message:
      'HUMAN_PROMPT and AI_PROMPT are gone from the official SDKs 1.x, where they come to undefined or an import error.',
    fix: 'Import them from legacy-completions, or write the turns as messages.',
    isMigratable: true,
  },
  'legacy-endpoint': {
    kind: 'endpoint',
    severity: 'error',
    title: 'Address of the Text Completions API',
    message: 'Requests to /v1/complete are refused for every live model.',
    fix: 'Send them to a legacy-completions serve of your own, or to /v1/messages in its own shape.',
    isMigratable: false,
  },
  'legacy-framework': {
    kind: 'framework',
    severity: 'warning',
    title: 'Framework class over Text Completions',
    message: 'This class of a framework sends its prompts to the Text Completions API.',
    fix: 'Use the framework’s chat class for Claude, from its current integration package.',
    isMigratable: false,
  },
  'legacy-parameter': {
    kind: 'parameter',
    severity: 'warning',
    title: 'Parameter of Text Completions',
    message: 'max_tokens_to_sample is a field of Text Completions; the Messages API refuses it.',
    fix: 'Write max_tokens in a Messages request.',
    isMigratable: true,
  },
  'legacy-prompt': {
    kind: 'prompt',
    severity: 'warning',
    title: 'Prompt in the old format',
    message:
      'This text marks turns by "\n\nHuman:" and "\n\nAssistant:", which mean nothing to the Messages API.',
    fix: 'Write the turns as messages, or keep the text and send it through legacy-completions.',
    isMigratable: true,
  },
  'legacy-reply': {
    kind: 'reply',
    severity: 'warning',
    title: 'Reply of Text Completions',
    message: 'This reads a field that a Messages reply does not have, or has with other values.',
    fix: 'Read the text blocks in content, and stop_reason "end_turn" or stop_sequence.',
    isMigratable: true,
  },
  'legacy-sdk': {
    kind: 'dependency',
    severity: 'error',
    title: 'SDK that knows only Text Completions',
    message: 'These versions of the SDK have no Messages API.',
    fix: 'Move to a current version; legacy-completions keeps the old calls running.',
    isMigratable: false,
  },
  'legacy-type': {
    kind: 'type',
    severity: 'info',
    title: 'Type of Text Completions',
    message: 'This type is gone from the official SDKs 1.x.',
    fix: 'Import the type from legacy-completions, or name the Messages one.',
    isMigratable: true,
  },
  'old-sdk': {
    kind: 'dependency',
    severity: 'info',
    title: 'SDK from before Text Completions was removed',
    message: 'From 1.0 on the SDK has no Text Completions, which code beside this manifest still uses.',
    fix: 'Pin it below 1.0 until that code is migrated, or run the code on legacy-completions.',
    isMigratable: false,
  },
  'retired-messages-model': {
    kind: 'model',
    severity: 'warning',
    title: 'Retired model of the Messages API',
    message: 'This model no longer answers.',
    fix: 'Name a live model.',
    isMigratable: false,
  },
  'retired-model': {
    kind: 'model',
    severity: 'warning',
    title: 'Retired model of Text Completions',
    message: 'This model no longer answers.',
    fix: 'Name a live model, and send it messages.',
    isMigratable: true,
  },
}

/** Checks of a prompt, in addition to the diagnostics of the transcript parser. */
export type LintCode = 'open-interpolation' | 'prefill' | 'system-text' | 'trailing-whitespace'

/** A message about a prompt or a call, at its location in the source file. */
export interface LintMessage {
  code: LintCode | DiagnosticCode
  severity: Severity
  message: string
  fix: string
  span: Span
}

/** The messages of those checks. */
export const LINT_MESSAGES: Readonly<Record<LintCode, Pick<LintMessage, 'severity' | 'message' | 'fix'>>> = {
  'open-interpolation': {
    severity: 'info',
    message: 'A value is put into the prompt as it is. If it holds a marker, it opens a turn of its own.',
    fix: 'Build the prompt with the prompt`…` tag of legacy-completions, or send the value as a message.',
  },
  prefill: {
    severity: 'warning',
    message: 'The prompt ends in the beginning of the answer (a prefill), which newer models refuse.',
    fix: 'See what becomes of it with --target, or ask for the form of the answer in the user’s turn.',
  },
  'system-text': {
    severity: 'info',
    message: 'The text before the first Human turn is a system prompt.',
    fix: 'Send it as the system field of a Messages request.',
  },
  'trailing-whitespace': {
    severity: 'info',
    message: 'The prompt ends in whitespace, which the Messages API refuses after an assistant turn.',
    fix: 'End the prompt in "\n\nAssistant:" itself.',
  },
}

export const lintMessage = (code: LintCode, span: Span): LintMessage => ({
  code,
  ...LINT_MESSAGES[code],
  span,
})
