/** Half-open range of UTF-16 offsets: `source.slice(start, end)`. */
export interface Span {
  start: number
  end: number
}

/**
 * - `error`: the call cannot be made, or its answer is not what was asked for;
 * - `warning`: something the caller asked for was changed or left out;
 * - `info`: something was adapted with the same meaning.
 */
export type Severity = 'error' | 'warning' | 'info'

/** Something that was noticed or changed, and what can be done about it. A value, never a print. */
export interface Diagnostic {
  code: DiagnosticCode
  severity: Severity
  /** What is the case, in one or two sentences. Never holds text of the prompt. */
  message: string
  /** What to do about it. */
  fix: string
  /** Where in the prompt; absent when it is about the request or the reply. */
  span?: Span
}

/** Receives diagnostics as they arise. */
export type OnDiagnostic = (diagnostic: Diagnostic) => void

/** Every code there is. Each has a heading of the same name in `docs/diagnostics.md`. */
export type DiagnosticCode =
  // the prompt is not one that the old API took
  | 'missing-human-turn'
  | 'missing-assistant-turn'
  | 'no-user-text'
  // the prompt was understood, with a remark
  | 'marker-without-newlines'
  | 'empty-turn'
  | 'joined-turns'
  | 'blank-system'
  | 'system-as-user'
  | 'quoted-marker'
  // text that looks like a marker and is none
  | 'single-newline-marker'
  | 'crlf-marker'
  | 'indented-marker'
  | 'escaped-marker'
  | 'undefined-marker'
  | 'unknown-role-marker'
  | 'short-label'
  // text that was kept from opening a turn
  | 'neutralised-marker'
  // the request
  | 'retired-model'
  | 'unknown-model'
  | 'max-tokens-capped'
  | 'unset-sentinel'
  | 'sampling-dropped'
  | 'sampling-exclusive'
  | 'stop-enforced-here'
  | 'empty-stop-sequence'
  | 'prefill-trimmed'
  | 'prefill-refused'
  // the reply
  | 'foreign-stop-reason'
  | 'no-text'

interface Entry {
  severity: Severity
  /** `{name}` stands for a value given with the diagnostic. */
  message: string
  fix: string
}

/** The closed table: what each code says. Wording is for the person whose build broke this morning. */
export const DIAGNOSTICS: Readonly<Record<DiagnosticCode, Entry>> = {
  'missing-human-turn': {
    severity: 'error',
    // These two are the old server's sentences, from 2024-02 on: code that looks for them still finds them.
    message: 'prompt must start with "\n\nHuman:" turn after an optional system prompt',
    fix: 'Begin the conversation with HUMAN_PROMPT: two newlines and "Human:".',
  },
  'missing-assistant-turn': {
    severity: 'error',
    message: 'prompt must end with "\n\nAssistant:" turn',
    fix: 'End the prompt with AI_PROMPT (two newlines and "Assistant:"), or with the beginning of the answer after it.',
  },
  'no-user-text': {
    severity: 'error',
    message: 'prompt must have text in its first "\n\nHuman:" turn',
    fix: 'Give the Human turn the text it should hold: the Messages API refuses a conversation that the user does not begin.',
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
    fix: 'Nothing, if that is what the prompt means; otherwise put the other speaker’s turn between them.',
  },
  'blank-system': {
    severity: 'info',
    message: 'The text before the first turn is only whitespace and is not sent as a system prompt.',
    fix: 'Begin the prompt with HUMAN_PROMPT itself.',
  },
  'system-as-user': {
    severity: 'warning',
    message:
      'The first Human turn is blank, and the Messages API wants text from the user first. The text before it is sent as the user’s.',
    fix: 'Move the text before the first turn into the Human turn.',
  },
  'quoted-marker': {
    severity: 'warning',
    message: 'A {label} marker stands right after an opening quote or tag. It opens a turn all the same.',
    fix: 'If it is quoted text, keep it from being a marker: build the prompt with the prompt`…` tag, or use other labels such as "User:".',
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
    fix: 'Use "\\n\\n" before it if it begins a turn: prompt.replaceAll("\\r\\n", "\\n").',
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
      '"{label}:" stands after backslash-n, not after newlines, and is not a marker. The official SDK 0.61–0.137 exported its constants this way by mistake.',
    fix: 'Import HUMAN_PROMPT and AI_PROMPT from legacy-completions.',
  },
  'undefined-marker': {
    severity: 'warning',
    message:
      'The prompt starts with "undefined" and has no turn. The official SDK 1.x no longer exports HUMAN_PROMPT and AI_PROMPT.',
    fix: 'Import HUMAN_PROMPT and AI_PROMPT from legacy-completions.',
  },
  'unknown-role-marker': {
    severity: 'warning',
    message: '"{label}:" is not a marker; it is sent as text of the turn it stands in.',
    fix: 'A system prompt is the text before the first Human turn, without a marker of its own.',
  },
  'short-label': {
    severity: 'info',
    message: '"{label}:" is not a marker; it is sent as text of the turn it stands in.',
    fix: 'Use HUMAN_PROMPT and AI_PROMPT if it begins a turn; nothing, if it is an example dialogue.',
  },
  'neutralised-marker': {
    severity: 'warning',
    message: 'The text holds a {label} marker that would open a turn. A space was put before it.',
    fix: 'Remove the marker from the text if it was not meant to be there.',
  },
  'retired-model': {
    severity: 'warning',
    message:
      '{model} was retired on {date}; {replacement} is asked instead, the replacement its vendor names.',
    fix: 'Name a live model in the call{alternatives}.',
  },
  'unknown-model': {
    severity: 'info',
    message: '{model} is not in the model table; the request is sent as it is.',
    fix: 'Describe the model in the `models` option to have its limits known.',
  },
  'max-tokens-capped': {
    severity: 'info',
    message: 'max_tokens_to_sample {asked} is above what {model} can write; {sent} is sent.',
    fix: 'Nothing: the old API capped it silently. Ask for {sent} or fewer to be rid of this remark.',
  },
  'unset-sentinel': {
    severity: 'info',
    message: '{field}: -1 means "unset" in the old API, and the field is left out.',
    fix: 'Leave the field out.',
  },
  'sampling-dropped': {
    severity: 'warning',
    message: '{model} refuses {field} {value}; the field is left out and the model samples its own way.',
    fix: 'Leave the field out, or name a model that still takes it: {alternatives}.',
  },
  'sampling-exclusive': {
    severity: 'warning',
    message: '{model} takes temperature or top_p, not both; temperature is sent and top_p is left out.',
    fix: 'Send only one of the two.',
  },
  'stop-enforced-here': {
    severity: 'info',
    message:
      'The Messages API refuses stop sequences of only whitespace ({count} here). This library enforces them: the reply is streamed and cut at the first hit.',
    fix: 'Nothing is needed; a stop sequence with a visible character lets the server stop by itself.',
  },
  'empty-stop-sequence': {
    severity: 'warning',
    message: 'An empty stop sequence was left out: it names no text to stop at.',
    fix: 'Remove "" from stop_sequences.',
  },
  'prefill-trimmed': {
    severity: 'info',
    message:
      'The prompt ends in whitespace, which the Messages API refuses after an assistant turn. It is not sent, and not repeated in the completion.',
    fix: 'Nothing is needed; end the prompt without whitespace to be rid of this remark.',
  },
  'prefill-refused': {
    severity: 'warning',
    message: '{model} refuses a prompt whose last Assistant turn holds text (a prefill).',
    fix: 'Name a model that takes a prefill: {alternatives}.',
  },
  'foreign-stop-reason': {
    severity: 'warning',
    message:
      'The reply ended with stop_reason "{reason}", for which the old API had no word. It is kept as it is.',
    fix: '{advice}',
  },
  'no-text': {
    severity: 'error',
    message: 'The reply holds no text: {reason}.',
    fix: '{advice}',
  },
}

/** Builds a diagnostic from the table, filling the `{name}`s of its sentences. */
export function diagnostic(
  code: DiagnosticCode,
  values: Readonly<Record<string, string | number>> = {},
  span?: Span,
): Diagnostic {
  const { severity, message, fix } = DIAGNOSTICS[code]
  const fill = (sentence: string): string =>
    sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
  return { code, severity, message: fill(message), fix: fill(fix), ...(span && { span }) }
}
