import { type Build, diagnosticsOf, type Entry, type RepairCode } from './diagnostic.ts'

/** The sentences of each code about a repair. */
export const REPAIR_DIAGNOSTICS: Readonly<Record<RepairCode, Entry>> = {
  // Changes to the prompt, and problems that could not be repaired.
  'repaired-escaped-marker': {
    severity: 'warning',
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
  'repaired-quotes': {
    severity: 'warning',
    message: 'The prompt has the quotes of a string literal around it.',
    adaptation: 'They are removed.',
    fix: 'Pass the string itself.',
  },
  'repaired-stop-sequence': {
    severity: 'warning',
    message:
      'A stop sequence is a marker spelled with backslash-n for its newlines, as the official SDK 0.61–0.137 exported its constants by mistake.',
    adaptation: 'It is given its two newlines.',
    fix: 'Import HUMAN_PROMPT and AI_PROMPT from legacy-completions.',
  },
  'repairable-prompt': {
    severity: 'info',
    message: "`prompts: 'repair'` accepts this prompt ({codes}).",
    fix: "Set `prompts: 'repair'`, or `--prompts repair` on the command line and for the proxy.",
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
}

/** Builds a diagnostic about a repair. */
export const repairDiagnostic: Build<RepairCode> = /* @__PURE__ */ diagnosticsOf(REPAIR_DIAGNOSTICS)
