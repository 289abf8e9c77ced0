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

/** The sentences of each code about a request or its response. */
export const CALL_DIAGNOSTICS: Readonly<Record<CallCode, Entry>> = {
  'retired-model': {
    severity: 'warning',
    message: '`{model}` {retirement}.',
    adaptation: 'Using the replacement that its vendor recommends, `{sent}`.',
    fix: 'Name a live model in the call, or another replacement in the `models` option.',
    policy: 'retiredModel',
  },
  'retiring-model': {
    severity: 'info',
    message:
      '`{model}` will be retired on {date}. From that day on, calls go to the replacement that its vendor recommends: {replacement}.',
    fix: 'Name a model that stays in the call, or in the `models` option.',
  },
  'unknown-model': {
    severity: 'info',
    message: '`{model}` is not in the model table. {assumption}',
    fix: 'Describe the model in the `models` option, or read it from the server with `refreshModels`.',
  },
  'model-id-whitespace': {
    severity: 'warning',
    message: 'The model id {model} has whitespace around it. It was removed.',
    fix: 'Remove the whitespace where the id is set, such as a line end in an environment variable.',
  },
  'max-tokens-capped': {
    severity: 'info',
    message: '`max_tokens_to_sample: {asked}` is more than `{model}` can write.',
    adaptation: 'It was lowered to {sent}, as the old API did.',
    fix: 'Set {cap} or fewer.',
    policy: 'maxTokens',
  },
  'unset-sentinel': {
    severity: 'info',
    message: '{fields} with the value -1 means "not set" in the old API. It was dropped.',
    fix: 'Remove it from the call.',
  },
  'sampling-dropped': {
    severity: 'warning',
    message: '{refuser} does not accept {fields}.',
    adaptation: '{dropped}.',
    fix: 'Remove {pronoun} from the call, or {alternative}.',
    policy: 'sampling',
  },
  'sampling-exclusive': {
    severity: 'warning',
    message: '`{model}` accepts either `{kept}` or `{dropped}`, not both.',
    adaptation: '`{dropped}` was dropped.',
    fix: 'Send only one of the two.',
    policy: 'sampling',
  },
  'stop-enforced-here': {
    severity: 'info',
    message: 'The Messages API rejects stop sequences of only whitespace ({count} in this call).',
    adaptation: 'legacy-completions enforces them: it streams the response and stops at the first match.',
    fix: 'Use a stop sequence with a visible character, which the server can enforce.',
    policy: 'stopSequences',
  },
  'empty-stop-sequence': {
    severity: 'warning',
    message: 'The Messages API rejects an empty stop sequence.',
    adaptation: 'It was dropped.',
    fix: 'Remove "" from stop_sequences.',
    policy: 'stopSequences',
  },
  'stop-in-prefill': {
    severity: 'info',
    message:
      'A stop sequence occurs in the prefill ({count} in this call), which the model may repeat. legacy-completions enforces it after the repeated text.',
    fix: 'No change is needed.',
  },
  'ill-formed-text': {
    severity: 'warning',
    message:
      '{field} has half of a surrogate pair ({unit}), which is not a valid character. It was replaced by U+FFFD.',
    fix: 'Cut the text between characters, for example with Array.from, not between UTF-16 units.',
  },
  'prefill-trimmed': {
    severity: 'info',
    message: 'The prompt ends in whitespace, which the Messages API rejects at the end of a prefill.',
    adaptation: 'It was removed, and is not repeated in the completion.',
    fix: 'Remove the whitespace from the end of the prompt.',
    policy: 'prefill',
  },
  'prefill-continued': {
    severity: 'warning',
    message: '`{model}` does not accept a prefill: {place}.',
    adaptation:
      'The text was sent as an assistant turn, followed by a user turn that asks the model to continue it. What the model repeats of it is removed from the response.',
    fix: 'Ask for the wanted form in the prompt, or use structured outputs of the Messages API. {alternative}',
    policy: 'prefill',
  },
  'prefill-json': {
    severity: 'info',
    message:
      'The prefill begins JSON text. `{model}` was asked to continue it, and may write text around it.',
    fix: 'Call the Messages API with structured outputs (output_config.format) where the response must be JSON.',
  },
  'thinking-off': {
    severity: 'info',
    message:
      '`{model}` thinks before it answers by default, and its thinking counts toward max_tokens_to_sample. Thinking was turned off: `thinking.type: "{off}"`.',
    fix: "Set `thinking: 'pass'` to let it think, and raise max_tokens_to_sample by the tokens that thinking may use.",
  },
  'thinking-reserve': {
    severity: 'warning',
    message:
      '`{model}` always thinks before it answers, and its thinking counts toward max_tokens_to_sample.',
    adaptation:
      'max_tokens was raised from {asked} to {sent}{effort}, so that enough tokens are left for the text.',
    fix: 'Name a model whose thinking can be turned off: {alternatives}. Or set `thinkingReserve`.',
    policy: 'thinking',
  },
  'foreign-stop-reason': {
    severity: 'warning',
    message:
      'The response ended with stop_reason "{reason}", which the old API did not have. The value was kept.',
    fix: '{advice}',
  },
  'no-text': {
    severity: 'error',
    message: 'The response has no text: {reason}.',
    fix: '{advice}',
  },
  'budget-overrun': {
    severity: 'warning',
    message:
      'The response has {written} tokens of text, more than max_tokens_to_sample ({asked}): thinking did not use up the reserve. The text was kept, and stop_reason is "max_tokens".',
    fix: 'Raise max_tokens_to_sample to the length of a whole answer, or lower `thinkingReserve`.',
  },
}

const build = /* @__PURE__ */ diagnosticsOf(CALL_DIAGNOSTICS)

/** Builds the diagnostic of an adaptation. Its fix names the option that controls the adaptation. */
export const callDiagnostic: Build<CallCode> = (code, values, span) => {
  const made = build(code, values, span)
  const { policy } = CALL_DIAGNOSTICS[code]
  if (policy !== undefined) {
    made.fix += ` Option \`${policy}\`: 'error' rejects such a call, 'pass' sends it unchanged.`
  }
  return made
}

/** Builds the diagnostic of a problem that the user's policy rejects instead of adapting. */
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
