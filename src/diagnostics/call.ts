import {
  type Build,
  type CallCode,
  type Diagnostic,
  diagnosticsOf,
  diagnosticUrl,
  type Entry,
  fill,
  type Values,
} from './diagnostic.ts'

/** What each code says. Wording is for the person whose build broke this morning. */
export const CALL_DIAGNOSTICS: Readonly<Record<CallCode, Entry>> = {
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
  'stop-in-prefill': {
    severity: 'info',
    message:
      'A stop sequence stands in the prefill ({count} here), which the model may repeat and must not be stopped in. It is enforced here, behind what is repeated.',
    fix: 'Nothing is needed; name a model that takes a prefill, and the server stops by itself.',
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

const build = /* @__PURE__ */ diagnosticsOf(CALL_DIAGNOSTICS)

/** What was done about something that the target refuses, and the option that decides whether it is. */
export const callDiagnostic: Build<CallCode> = (code, values, span) => {
  const made = build(code, values, span)
  const { policy } = CALL_DIAGNOSTICS[code]
  if (policy !== undefined)
    made.fix += ` Option ${policy}: 'error' refuses such a call, 'pass' sends it as it is.`
  return made
}

/** The same where the user's policy is to refuse it: nothing was done about it. */
export function callRefusal(code: CallCode, values: Values = {}): Diagnostic {
  const { message, fix } = CALL_DIAGNOSTICS[code]
  return {
    code,
    severity: 'error',
    message: fill(message, values),
    fix: fill(fix, values),
    url: diagnosticUrl(code),
  }
}
