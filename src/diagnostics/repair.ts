import { type Build, diagnosticsOf, type Entry, type RepairCode } from './diagnostic.ts'

/** The sentences of each code about a repair. */
export const REPAIR_DIAGNOSTICS: Readonly<Record<RepairCode, Entry>> = {
  // Changes to the prompt, and problems that could not be repaired.
  'repaired-escaped-marker': {
    severity: 'warning',
    message:
      'A marker is spelled with backslash-n for its newlines, as the official SDK 0.61–0.137 exported its constants by mistake.',
    adaptation: 'The two newlines were restored.',
    fix: 'Import HUMAN_PROMPT and AI_PROMPT from legacy-completions.',
  },
  'repaired-crlf-marker': {
    severity: 'info',
    message: 'A marker follows CRLF line ends.',
    adaptation: 'The two newlines were restored.',
    fix: 'Write prompts with LF line ends: prompt.replaceAll("\\r\\n", "\\n").',
  },
  'repaired-indented-marker': {
    severity: 'warning',
    message: 'A label is indented, and the prompt has no valid turn without it.',
    adaptation: 'The label was read as a marker, with two newlines.',
    fix: 'Remove the indentation from the prompt, or write HUMAN_PROMPT and AI_PROMPT instead of the label.',
  },
  'repaired-single-newline-marker': {
    severity: 'warning',
    message: 'A label follows a single newline, and the prompt has no valid turn without it.',
    adaptation: 'The label was read as a marker, with two newlines.',
    fix: 'Put two newlines before it, or write HUMAN_PROMPT and AI_PROMPT instead of the label.',
  },
  'repaired-inline-marker': {
    severity: 'warning',
    message: 'The prompt ends in "Assistant:" in the middle of a line.',
    adaptation: 'The label was read as a marker, with two newlines.',
    fix: 'End the prompt with AI_PROMPT.',
  },
  'repaired-missing-assistant': {
    severity: 'info',
    message: 'The prompt ends in a Human turn.',
    adaptation: '"\n\nAssistant:" was appended.',
    fix: 'End the prompt with AI_PROMPT.',
  },
  'repaired-comma-join': {
    severity: 'warning',
    message:
      'A comma precedes every marker except the last: experimental_buildAnthropicPrompt of the Vercel AI SDK 2–3 joined the turns this way.',
    adaptation: 'This comma was removed.',
    fix: 'Build the prompt with renderPrompt, or join the turns with "".',
  },
  'repaired-lost-system': {
    severity: 'warning',
    message:
      'The first turn is an Assistant turn: experimental_buildAnthropicPrompt of the Vercel AI SDK 2–3 wrote system messages this way.',
    adaptation: 'Its marker was removed, which makes the text the system prompt.',
    fix: 'Build the prompt with renderPrompt, or put the system prompt before HUMAN_PROMPT.',
  },
  'repaired-admin-system': {
    severity: 'warning',
    message: 'The first Human turn is in <admin> tags: LiteLLM and LangChain wrote system messages this way.',
    adaptation: 'The marker and the tags were removed, which makes the text the system prompt.',
    fix: 'Put the system prompt before HUMAN_PROMPT, without a marker or tags of its own.',
  },
  'repaired-double-wrap': {
    severity: 'warning',
    message:
      'The prompt contains a whole prompt: a tool that adds markers (Portkey, promptfoo, LlamaIndex) received a text that already had them.',
    adaptation: 'The outer marker was removed.',
    fix: 'Pass the text without markers to the tool, or send the prompt without the tool.',
  },
  'repaired-quotes': {
    severity: 'warning',
    message: 'The prompt is wrapped in the quotes of a string literal.',
    adaptation: 'They were removed.',
    fix: 'Pass the string itself.',
  },
  'repaired-literal': {
    severity: 'warning',
    message:
      'The prompt is the source of a string, such as JSON or a literal of a program, with its escapes.',
    adaptation: 'The escapes are replaced by the characters that they stand for.',
    fix: 'Pass the string itself, as JSON.parse or the program reads it.',
  },
  'repaired-stop-sequence': {
    severity: 'warning',
    message:
      'A stop sequence is a marker spelled with backslash-n for its newlines, as the official SDK 0.61–0.137 exported its constants by mistake.',
    adaptation: 'The two newlines were restored.',
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
      'The prompt ends in the beginning of an answer that LangChain appended to every prompt. It was kept as a prefill.',
    fix: 'Remove it unless the answer has to continue it: newer models reject a prefill.',
  },
  'mid-sentence-marker': {
    severity: 'warning',
    message:
      'A {label} marker is in the middle of a sentence: langchain-aws put two newlines before the word in any text. It opens a turn, as on the old server.',
    fix: 'If it is only a word of the text, send the prompt without that tool.',
  },
  'unrepairable-prompt': {
    severity: 'error',
    message: 'The prompt could not be repaired and was not changed: {reason}.',
    fix: '{advice}',
  },
}

/** Builds a diagnostic about a repair. */
export const repairDiagnostic: Build<RepairCode> = /* @__PURE__ */ diagnosticsOf(REPAIR_DIAGNOSTICS)
