/** The words by which the old interface is known, whatever the language. */

/** A text without any of these words holds nothing to find, and is not looked at further. */
export const TRIGGER: RegExp =
  /anthropic|claude|HUMAN_PROMPT|AI_PROMPT|v1\/complete\b|max_?tokens_?to_?sample|Human:|Assistant:|^event: ?completion\b/im

/**
 * Of a source, only these words are looked at, in any case: names, texts and comments that may be signs. Written so
 * that both this engine and the one of the parsers can read them.
 */
export const NAME_WORDS: string =
  '^(human_prompt|ai_prompt|(with|get|set)?_?max_?tokens_?to_?sample|completion\\w*|completions|complete\\w*|\\w*completion_?(stream|async)|stop_?reason|log_?id|stop|prompt|\\w*claude\\w*|invoke_?model\\w*)$'
export const TEXT_WORDS: string =
  'claude|v1/complete|max_?tokens_?to_?sample|human|assistant|ai:|_prompt|json:|^[\'"]?(completion|stop_reason|log_id|stop|prompt)[\'"]?$'
export const COMMENT_WORDS: string =
  'claude|v1/complete|max_?tokens_?to_?sample|(human|ai)_prompt|human:|assistant:'

/** Whether a text speaks of the vendor at all. */
export const OURS: RegExp = /anthropic|claude|bedrock/i

/** Other vendors, whose completions look alike: between their names, weak signs count for nothing. */
export const OTHERS: RegExp =
  /openai|cohere|aleph.?alpha|\bai21|titan|llama|mistral|\bpalm\b|gemini|vertex|hugging.?face|replicate|gpt-?[34]|\bbloom|forefront|together\b|stability/i

export const CONSTANTS: RegExp = /^(?:HUMAN_PROMPT|AI_PROMPT)$/
/** With or without the verb of a setter. */
export const TOKEN_LIMIT: RegExp = /^(?:with|get|set)?_?max_?tokens_?to_?sample$/i
/** Names of enum members and constants: `ClaudeV2`, `Claude_v1_3`, `CLAUDE_INSTANT_1`, `AnthropicClaudeInstantV1`. */
export const MODEL_NAME: RegExp =
  /^(?:[A-Z]\w*?_?)??(?:Claude|CLAUDE)_?(?:(?:Instant|INSTANT)(?:_?[vV]?1?(?:[_.]?[0-2])?)|[vV]?[12](?:[_.]?[0-3])?)(?:_?100[kK])?$/

/** Ids of the models that the old endpoint served, alone or within a text; not as the last part of an address. */
export const MODEL_ID: RegExp =
  /(?:(?<![\w-])(?:[a-z]{2,6}\.)?anthropic[./]|(?<![\w/-]))claude-(?:instant(?:-v?1(?:\.\d)?)?|v?[12](?:[.:]\d)?)(?:-100k)?(?::\d+(?::\d+k)?)?(?![\w-]|\.\d)/g

/** Ids that the Messages API serves or served; whether one is retired is the model table's to say. */
export const MESSAGES_MODEL_ID: RegExp =
  /(?:(?<![\w-])(?:[a-z]{2,6}\.)?anthropic[./]|(?<![\w/-]))claude-(?:3|opus|sonnet|haiku)[\w.-]*\w(?:@\d+|:\d+)?/g

/** The event that a streamed completion comes in, as a recording has it. */
export const STREAM_EVENT: RegExp = /^event: ?completion\r?$/

export const ENDPOINT: RegExp = /\/?\bv1\/complete\b(?![-\w/])/g

/** Methods that sent a prompt, in the SDKs and clouds of the time. They count where a strong sign is near. */
export const CALL_NAME: RegExp =
  /^(?:complete|completeStream|complete_stream|completion|completion_stream|acompletion|acompletion_stream|completions|createCompletion|CreateCompletion|Complete|CompleteStream|\w*ClaudeCompletionAsync|invoke_?model\w*|InvokeModel\w*)$/i

/** The labels that open turns, after what stands for two newlines: real ones, or escapes that were not read. */
const MARKER = /(?:\n\s*\n[ \t]*|\\n\\n ?)(?:Human|Assistant):/
const HUMAN_LINE = /^[ \t]*Human:/m
const ASSISTANT_LINE = /(?:^|\n|\\n)[ \t]*Assistant:/
/** Bedrock once answered such prompts too. */
const IN_ONE_LINE = /^\s*Human:[\s\S]*\sAssistant:\s*$/
/** Prompts of other vendors answer under this label. */
const OTHER_ANSWER = /(?:^|\n|\\n)[ \t]*AI:/

/**
 * Whether a text is a prompt of the old API or a part of one. `Human:` with `AI:` is another vendor's; `Human:` alone
 * after one newline is anybody's.
 */
export function isPromptText(text: string): boolean {
  if (!/Human:|Assistant:/.test(text)) return false
  const hasAssistant = ASSISTANT_LINE.test(text)
  if (OTHER_ANSWER.test(text) && !hasAssistant) return false
  return MARKER.test(text) || (HUMAN_LINE.test(text) && hasAssistant) || IN_ONE_LINE.test(text)
}

/** Whether a text has both markers in full: no other vendor's prompts do. */
export function hasMarkers(text: string): boolean {
  return /(?:\n\n|\\n\\n)Human:/.test(text) && /(?:\n\n|\\n\\n)Assistant:/.test(text)
}

/** Whether a text is nothing but one label, as code has it that defines the constants by hand. */
export function isLabel(text: string): boolean {
  return /^(?:\\n|\s)*(?:Human|Assistant):(?:\\n|\s)*$/.test(text)
}
