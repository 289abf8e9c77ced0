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
  // what was changed in a prompt, or noticed, where it was to be repaired
  | 'repaired-escaped-marker'
  | 'repaired-crlf-marker'
  | 'repaired-indented-marker'
  | 'repaired-single-newline-marker'
  | 'repaired-inline-marker'
  | 'repaired-missing-assistant'
  | 'repaired-comma-join'
  | 'repaired-lost-system'
  | 'repaired-admin-system'
  | 'repaired-double-wrap'
  | 'repaired-stop-sequence'
  | 'hidden-prefill'
  | 'mid-sentence-marker'
  | 'unrepairable-prompt'
  // the request
  | 'retired-model'
  | 'retiring-model'
  | 'unknown-model'
  | 'max-tokens-capped'
  | 'unset-sentinel'
  | 'sampling-dropped'
  | 'sampling-exclusive'
  | 'stop-enforced-here'
  | 'empty-stop-sequence'
  | 'prefill-trimmed'
  | 'prefill-continued'
  | 'prefill-json'
  | 'thinking-off'
  | 'thinking-reserve'
  // the reply
  | 'foreign-stop-reason'
  | 'no-text'
  | 'budget-overrun'

/** The options that say what becomes of something the target refuses. */
export type PolicyName = 'sampling' | 'prefill' | 'maxTokens' | 'thinking' | 'retiredModel' | 'stopSequences'

interface Entry {
  severity: Severity
  /** What is the case. `{name}` stands for a value given with the diagnostic. */
  message: string
  /** What was done about it, where something was. */
  adaptation?: string
  fix: string
  /** The option that decides whether it is done. */
  policy?: PolicyName
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
  // What was changed in a prompt, or noticed, where it was to be repaired.
  'repaired-escaped-marker': {
    severity: 'info',
    message:
      'A marker is spelled with backslash-n for its newlines, as the official SDK 0.61–0.137 exported its constants by mistake.',
    adaptation: 'It is given its two newlines.',
    fix: 'Import HUMAN_PROMPT and AI_PROMPT from legacy-completions.',
  },
  'repaired-crlf-marker': {
    severity: 'info',
    message: 'A marker stands after CRLF line ends.',
    adaptation: 'It is given its two newlines.',
    fix: 'Write prompts with LF line ends: prompt.replaceAll("\\r\\n", "\\n").',
  },
  'repaired-indented-marker': {
    severity: 'warning',
    message: 'A label stands behind indentation, in a prompt that is none without it.',
    adaptation: 'It is taken for a marker and given its two newlines.',
    fix: 'Take the indentation out of the prompt, or write HUMAN_PROMPT and AI_PROMPT in the label’s place.',
  },
  'repaired-single-newline-marker': {
    severity: 'warning',
    message: 'A label stands after a single newline, in a prompt that is none without it.',
    adaptation: 'It is taken for a marker and given its two newlines.',
    fix: 'Put two newlines before it, or write HUMAN_PROMPT and AI_PROMPT in the label’s place.',
  },
  'repaired-inline-marker': {
    severity: 'warning',
    message: 'The prompt ends in "Assistant:", which stands in the middle of a line.',
    adaptation: 'It is taken for a marker and given its two newlines.',
    fix: 'End the prompt with AI_PROMPT.',
  },
  'repaired-missing-assistant': {
    severity: 'info',
    message: 'The prompt ends in a Human turn.',
    adaptation: '"\n\nAssistant:" is put at its end.',
    fix: 'End the prompt with AI_PROMPT.',
  },
  'repaired-comma-join': {
    severity: 'warning',
    message:
      'A comma stands before every marker but the last, as experimental_buildAnthropicPrompt of the Vercel AI SDK 2–3 joined the turns.',
    adaptation: 'This comma is removed.',
    fix: 'Build the prompt with renderPrompt, or join the turns with "".',
  },
  'repaired-lost-system': {
    severity: 'warning',
    message:
      'The first turn is the Assistant’s, as experimental_buildAnthropicPrompt of the Vercel AI SDK 2–3 wrote a system message.',
    adaptation: 'Its marker is removed, which makes the text the system prompt.',
    fix: 'Build the prompt with renderPrompt, or put the system prompt before HUMAN_PROMPT.',
  },
  'repaired-admin-system': {
    severity: 'warning',
    message: 'A first Human turn in <admin> tags is how LiteLLM and LangChain wrote a system message.',
    adaptation: 'Marker and tags are removed, which makes the text the system prompt.',
    fix: 'Put the system prompt before HUMAN_PROMPT, without a marker or tags of its own.',
  },
  'repaired-double-wrap': {
    severity: 'warning',
    message:
      'The prompt holds a whole prompt: a tool that puts markers around a text (Portkey, promptfoo, LlamaIndex) was given one that had them.',
    adaptation: 'The outer marker is removed.',
    fix: 'Give such a tool the text without markers, or send the prompt without the tool.',
  },
  'repaired-stop-sequence': {
    severity: 'info',
    message:
      'A stop sequence is a marker spelled with backslash-n for its newlines, as the official SDK 0.61–0.137 exported its constants by mistake.',
    adaptation: 'It is given its two newlines.',
    fix: 'Import HUMAN_PROMPT and AI_PROMPT from legacy-completions.',
  },
  'hidden-prefill': {
    severity: 'info',
    message:
      'The prompt ends in the beginning of an answer that LangChain put behind prompts by itself; it is a prefill, and is kept.',
    fix: 'Remove it if the answer need not go on from it: newer models refuse a prefill.',
  },
  'mid-sentence-marker': {
    severity: 'warning',
    message:
      'A {label} marker stands in the middle of a sentence, as where langchain-aws put two newlines before the word in any text. It opens a turn all the same.',
    fix: 'Send the prompt without that tool if it is only a word of the text.',
  },
  'unrepairable-prompt': {
    severity: 'error',
    message: 'The prompt is not understood and was left as it is: {reason}.',
    fix: '{advice}',
  },
  'retired-model': {
    severity: 'warning',
    message: '{model} was retired on {date}; its vendor names {replacement} in its place.',
    adaptation: '{sent} is asked instead.',
    fix: 'Name a live model in the call, or another replacement in the `models` option.',
    policy: 'retiredModel',
  },
  'retiring-model': {
    severity: 'info',
    message: '{model} will be retired on {date}; its vendor names {replacement} in its place.',
    fix: 'Name a model that stays in the call, or in the `models` option.',
  },
  'unknown-model': {
    severity: 'info',
    message: '{model} is not in the model table. {assumption}',
    fix: 'Describe the model in the `models` option, or read it from the server with refreshModels.',
  },
  'max-tokens-capped': {
    severity: 'info',
    message: 'max_tokens_to_sample {asked} is above what {model} can write.',
    adaptation: '{sent} is sent, as the old API capped it silently.',
    fix: 'Ask for {cap} or fewer.',
    policy: 'maxTokens',
  },
  'unset-sentinel': {
    severity: 'info',
    message: '{field}: -1 means "unset" in the old API, and the field is left out.',
    fix: 'Leave the field out.',
  },
  'sampling-dropped': {
    severity: 'warning',
    message: '{refuser} refuses {field} {value}.',
    adaptation: 'The field is left out and the model samples its own way.',
    fix: 'Leave the field out, or {alternative}.',
    policy: 'sampling',
  },
  'sampling-exclusive': {
    severity: 'warning',
    message: '{model} takes {kept} or {dropped}, not both.',
    adaptation: '{kept} is sent and {dropped} is left out.',
    fix: 'Send only one of the two.',
    policy: 'sampling',
  },
  'stop-enforced-here': {
    severity: 'info',
    message: 'The Messages API refuses stop sequences of only whitespace ({count} here).',
    adaptation: 'They are enforced here: the reply is streamed and cut at the first hit.',
    fix: 'Give a stop sequence a visible character, and the server stops by itself.',
    policy: 'stopSequences',
  },
  'empty-stop-sequence': {
    severity: 'warning',
    message: 'An empty stop sequence names no text to stop at.',
    adaptation: 'It is left out.',
    fix: 'Remove "" from stop_sequences.',
    policy: 'stopSequences',
  },
  'prefill-trimmed': {
    severity: 'info',
    message: 'The prompt ends in whitespace, which the Messages API refuses after an assistant turn.',
    adaptation: 'It is not sent, and not repeated in the completion.',
    fix: 'End the prompt without whitespace.',
    policy: 'prefill',
  },
  'prefill-continued': {
    severity: 'warning',
    message: '{model} refuses a prompt whose last Assistant turn holds text (a prefill).',
    adaptation:
      'It is asked, in one more user turn, to continue that text; what it repeats of it is removed from the reply.',
    fix: 'Name a model that takes a prefill: {alternatives}.',
    policy: 'prefill',
  },
  'prefill-json': {
    severity: 'info',
    message:
      'The prefill opens a JSON text, to have JSON and nothing else follow, and {model} only continues it on request.',
    fix: 'Call the Messages API with structured outputs (output_config.format) where the reply must be JSON.',
  },
  'thinking-off': {
    severity: 'info',
    message:
      '{model} thinks before it answers unless told not to, and its thinking would use up max_tokens_to_sample. thinking.type "{off}" is sent, so that it answers at once.',
    fix: "Set thinking: 'pass' to let it think; raise max_tokens_to_sample by as much as that may take.",
  },
  'thinking-reserve': {
    severity: 'warning',
    message: '{model} always thinks before it answers, and its thinking counts as output.',
    adaptation:
      'max_tokens {sent} is sent for max_tokens_to_sample {asked}, so that its thinking{effort} leaves room for the text.',
    fix: 'Name a model that need not think: {alternatives}; or choose another thinkingReserve.',
    policy: 'thinking',
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
  'budget-overrun': {
    severity: 'warning',
    message:
      'The reply has {written} tokens of text where max_tokens_to_sample was {asked}: the reserve for thinking left room for more. Nothing is cut, and stop_reason is "max_tokens" as it would have been.',
    fix: 'Raise max_tokens_to_sample to what a whole answer takes, or choose a smaller thinkingReserve.',
  },
}

/** The values that fill the `{name}`s of an entry's sentences. */
export type Values = Readonly<Record<string, string | number>>

/** Builds a diagnostic from the table: what is the case, what was done about it, and what to do instead. */
export function diagnostic(code: DiagnosticCode, values: Values = {}, span?: Span): Diagnostic {
  const { severity, message, adaptation, fix, policy } = DIAGNOSTICS[code]
  const whole = adaptation === undefined ? message : `${message} ${adaptation}`
  const otherwise = policy && ` Option ${policy}: 'error' refuses such a call, 'pass' sends it as it is.`
  return {
    code,
    severity,
    message: fill(whole, values),
    fix: fill(fix, values) + (otherwise ?? ''),
    ...(span && { span }),
  }
}

/** The same where the user's policy is to refuse it: nothing was done about it. */
export function refusal(code: DiagnosticCode, values: Values = {}): Diagnostic {
  const { message, fix } = DIAGNOSTICS[code]
  return { code, severity: 'error', message: fill(message, values), fix: fill(fix, values) }
}

function fill(sentence: string, values: Values): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}
