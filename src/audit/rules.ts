import type { DiagnosticCode, Severity, Span } from '../diagnostics/index.ts'

/** The part of the legacy interface that a use belongs to. */
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
  | 'tokens'
  | 'type'

/** The definition of one kind of finding. */
export interface Rule {
  kind: UseKind
  severity: Severity
  title: string
  /** The problem and its consequence. */
  message: string
  fix: string
  /** Whether `legacy-completions migrate` can fix it, if the surrounding code allows it. */
  isMigratable: boolean
}

/** The codes of findings. */
export type RuleCode =
  | 'legacy-call'
  | 'legacy-client'
  | 'legacy-constant'
  | 'legacy-count-tokens'
  | 'legacy-endpoint'
  | 'legacy-framework'
  | 'legacy-invoke'
  | 'legacy-parameter'
  | 'legacy-prompt'
  | 'legacy-reply'
  | 'legacy-sdk'
  | 'legacy-type'
  | 'legacy-version'
  | 'old-sdk'
  | 'retired-messages-model'
  | 'retired-model'

/** Every code that the audit reports. The texts address the person whose build just broke. */
export const RULES: Readonly<Record<RuleCode, Rule>> = {
  'legacy-call': {
    kind: 'call',
    severity: 'error',
    title: 'Call of the Text Completions API',
    message: 'This calls the Text Completions API, which no live model serves.',
    fix: 'Import the client from legacy-completions, or wrap the official one in withCompletions, or rewrite the call as messages.create.',
    isMigratable: true,
  },
  'legacy-client': {
    kind: 'client',
    severity: 'error',
    title: 'Client of the first SDK generation',
    message: 'This client supports only the Text Completions API.',
    fix: 'Import Client from legacy-completions/v0, or construct Anthropic and rewrite its calls.',
    isMigratable: true,
  },
  'legacy-constant': {
    kind: 'constant',
    severity: 'warning',
    title: 'Marker constant',
    message:
      'The official SDKs 1.x have no HUMAN_PROMPT and AI_PROMPT: they are undefined or an import error.',
    fix: 'Import them from legacy-completions, or write the turns as messages.',
    isMigratable: true,
  },
  'legacy-count-tokens': {
    kind: 'tokens',
    severity: 'error',
    title: 'Local token counting',
    message: 'The official SDKs removed count_tokens and get_tokenizer from the client.',
    fix: 'Call messages.count_tokens with the messages of the request.',
    isMigratable: false,
  },
  'legacy-endpoint': {
    kind: 'endpoint',
    severity: 'error',
    title: 'Address of the Text Completions API',
    message: 'The API rejects requests to /v1/complete for every live model.',
    fix: 'Send them to `legacy-completions serve`, which has this route, or to /v1/messages as messages.',
    isMigratable: false,
  },
  'legacy-framework': {
    kind: 'framework',
    severity: 'warning',
    title: 'Framework class for Text Completions',
    message: 'This class of a framework sends its prompts to the Text Completions API.',
    fix: 'Use the framework’s chat class for Claude, or point its base URL to `legacy-completions serve`.',
    isMigratable: false,
  },
  'legacy-invoke': {
    kind: 'call',
    severity: 'error',
    title: 'Bedrock call with a Text Completions body',
    message: 'This sends a Text Completions body to Amazon Bedrock, where no live model accepts it.',
    fix: 'Set the endpoint of the AWS client to `legacy-completions serve`, or send a Messages body.',
    isMigratable: false,
  },
  'legacy-parameter': {
    kind: 'parameter',
    severity: 'warning',
    title: 'Parameter of Text Completions',
    message: 'max_tokens_to_sample is a parameter of Text Completions. The Messages API rejects it.',
    fix: 'Write max_tokens in a Messages request.',
    isMigratable: true,
  },
  'legacy-prompt': {
    kind: 'prompt',
    severity: 'warning',
    title: 'Prompt in the legacy format',
    message:
      'This text marks turns with "\\n\\nHuman:" and "\\n\\nAssistant:", which have no meaning in the Messages API.',
    fix: 'Write the turns as messages, or keep the text and send it through legacy-completions.',
    isMigratable: true,
  },
  'legacy-reply': {
    kind: 'reply',
    severity: 'warning',
    title: 'Response of Text Completions',
    message: 'This reads a field that a Messages response does not have, or has with other values.',
    fix: 'Read the text blocks in content, and stop_reason "end_turn" or stop_sequence.',
    isMigratable: true,
  },
  'legacy-sdk': {
    kind: 'dependency',
    severity: 'error',
    title: 'SDK that supports only Text Completions',
    message: 'These versions of the SDK have no Messages API.',
    fix: 'Upgrade to a current version. legacy-completions keeps the legacy calls running.',
    isMigratable: false,
  },
  'legacy-type': {
    kind: 'type',
    severity: 'info',
    title: 'Type of Text Completions',
    message: 'The official SDKs 1.x do not have this type.',
    fix: 'Import the type from legacy-completions, or use the Messages type.',
    isMigratable: true,
  },
  'legacy-version': {
    kind: 'endpoint',
    severity: 'warning',
    title: 'First version of the API',
    message: 'With anthropic-version 2023-01-01 a stream has the whole text so far in each event.',
    fix: 'Send 2023-06-01 and append the chunks. `legacy-completions serve` supports both versions.',
    isMigratable: false,
  },
  'old-sdk': {
    kind: 'dependency',
    severity: 'info',
    title: 'SDK from before Text Completions was removed',
    message: 'SDK 1.0 and later have no Text Completions, which code next to this manifest still uses.',
    fix: 'Pin it below 1.0 until that code is migrated, or run the code on legacy-completions.',
    isMigratable: false,
  },
  'retired-messages-model': {
    kind: 'model',
    severity: 'warning',
    title: 'Retired model of the Messages API',
    message: 'This model is retired: the API rejects calls to it.',
    fix: 'Name a live model.',
    isMigratable: false,
  },
  'retired-model': {
    kind: 'model',
    severity: 'warning',
    title: 'Retired model of Text Completions',
    message: 'This model is retired: the API rejects calls to it.',
    fix: 'Name a live model, and send it messages.',
    isMigratable: true,
  },
}

/** The languages that have an entry point of this package. All others use the proxy. */
export type Host = 'javascript' | 'python' | 'other'

/** Fixes that differ by language. All others are in the table. */
const FIXES: Partial<Record<RuleCode, Partial<Record<Host, string>>>> = {
  'legacy-call': {
    python:
      'Keep it with the file that `npx legacy-completions python` writes and `legacy-completions serve`, or rewrite it as messages.create.',
    other: 'Send it to `legacy-completions serve`, or rewrite it as a Messages request.',
  },
  'legacy-client': {
    python:
      'Pass the address of `legacy-completions serve` to it as api_url, or construct Anthropic and rewrite its calls.',
    other: 'Point its base URL to `legacy-completions serve`, or rewrite its calls.',
  },
  'legacy-constant': {
    python:
      'Import them from the file that `npx legacy-completions python` writes, or write the turns as messages.',
    other: 'Write the turns as messages, or send the prompt to `legacy-completions serve`.',
  },
  'legacy-framework': {
    javascript:
      'Use the framework’s chat class for Claude. A class for the Anthropic API also works with overrides in package.json that put legacy-completions in the place of the SDK.',
    python:
      'Use the framework’s chat class for Claude, or point its base URL or AWS endpoint to `legacy-completions serve`. With anthropic 1.0 and later, also call install() of the file that `npx legacy-completions python` writes.',
  },
  'legacy-invoke': {
    javascript:
      'Add the middleware of legacy-completions/bedrock to the client of the AWS SDK v3, or set the endpoint of another client to `legacy-completions serve`, or send a Messages body.',
  },
  'legacy-prompt': {
    python: 'Write the turns as messages, or keep the text and send it to `legacy-completions serve`.',
    other: 'Write the turns as messages, or keep the text and send it to `legacy-completions serve`.',
  },
  'legacy-type': {
    python:
      'Import the type from the file that `npx legacy-completions python` writes, or use the Messages type.',
    other: 'Use the Messages type of the SDK.',
  },
}

/** Returns the fix for a use in code of one language. It names only entry points that this language has. */
export const fixFor = (code: RuleCode, host: Host): string => FIXES[code]?.[host] ?? RULES[code].fix

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

/** The severity and the texts of those checks. */
export const LINT_MESSAGES: Readonly<Record<LintCode, Pick<LintMessage, 'severity' | 'message' | 'fix'>>> = {
  'open-interpolation': {
    severity: 'info',
    message: 'A value is inserted into the prompt unchanged. A marker in the value would open a turn.',
    fix: 'Send the value as a message. In JavaScript, the prompt`…` tag of legacy-completions also keeps it from opening a turn.',
  },
  prefill: {
    severity: 'warning',
    message: 'The prompt ends in the beginning of the answer (a prefill), which newer models reject.',
    fix: 'Run the audit with --target to see the translated request, or ask for the format in the user’s turn.',
  },
  'system-text': {
    severity: 'info',
    message: 'The text before the first Human turn is a system prompt.',
    fix: 'Send it as the system field of a Messages request.',
  },
  'trailing-whitespace': {
    severity: 'info',
    message: 'The prompt ends in whitespace, which the Messages API rejects at the end of an assistant turn.',
    fix: 'End the prompt in "\\n\\nAssistant:" itself.',
  },
}

/** Returns the message of a check, for a span of the source. */
export const lintMessage = (code: LintCode, span: Span): LintMessage => ({
  code,
  ...LINT_MESSAGES[code],
  span,
})
