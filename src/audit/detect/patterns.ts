/** The words and patterns by which the legacy interface is recognised, whatever the language. */

/** A text without any of these words has nothing to find, and is not read further. */
export const TRIGGER: RegExp =
  /anthropic|claude|HUMAN_PROMPT|AI_PROMPT|v1\/complete\b|max_?tokens_?to_?sample|Human:|Assistant:|event: ?completion\b/i

/** The names, texts and comments of a source that may be matches. Case is ignored. */
export const NAME_PATTERN: string =
  '^(human_prompt|ai_prompt|(with|get|set)?_?max_?tokens_?to_?sample|completion\\w*|completions|complete\\w*|\\w*completion_?(stream|async)|stop_?reason|log_?id|stop|prompt|\\w*claude\\w*|invoke_?model\\w*|(sync_)?(count_?tokens|get_?tokenizer))$'
export const TEXT_PATTERN: string =
  'claude|v1/complete|max_?tokens_?to_?sample|human|assistant|ai:|_prompt|json:|anthropic\\.com|2023-01-01|event: ?completion|completion\\\\?["\']|^[\'"`]?(completion|stop_reason|log_id|stop|prompt|/?complete)[\'"`]?$'
export const COMMENT_PATTERN: string =
  'claude|v1/complete|max_?tokens_?to_?sample|(human|ai)_prompt|human:|assistant:'

/** Whether a text mentions the vendor. */
export const OURS: RegExp = /anthropic|claude|bedrock/i

/** Other vendors, whose completions look alike: contextual matches do not count where their names are. */
const OTHERS: RegExp =
  /openai|cohere|aleph.?alpha|\bai21|titan|llama|mistral|\bpalm\b|gemini|vertex|hugging.?face|replicate|gpt-?[34]|\bbloom|forefront|together\b|stability/i

/** Comments and the names of functions and classes: what they mention is not what the code does. */
const NAMES_AND_COMMENTS =
  /\/\*[\s\S]*?\*\/|(?<!:)\/\/[^\n]*|^[ \t]*(?:#|--|;)[^\n]*|\b(?:function\*?|def|fn|func|fun|class|interface|type|struct|sub|defp|void|Task<\w*>|IAsyncEnumerable<\w*>)\s+[\w$]+/gm

/** Whether code speaks of another vendor, in more than a comment or the name of a function. */
export function mentionsOthers(code: string): boolean {
  return OTHERS.test(code) && OTHERS.test(code.replace(NAMES_AND_COMMENTS, ' '))
}

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

/** The event that a streamed completion comes in, as code compares it or a recording has it. */
export const STREAM_EVENT: RegExp = /^event: ?completion\s*$/

export const ENDPOINT: RegExp = /\/?\bv1\/complete\b(?![-\w/])/g

/** Methods that sent a prompt, in the SDKs and clouds of the time. They count where a strong sign is near. */
export const CALL_NAME: RegExp =
  /^(?:complete|completeStream|complete_stream|completion|completion_stream|acompletion|acompletion_stream|completions|createCompletion|CreateCompletion|Complete|CompleteStream|\w*ClaudeCompletionAsync|invoke_?model\w*|InvokeModel\w*)$/i

/** The labels that open turns, after two newlines: real ones, or escapes that were not read. */
const MARKER = /(?:\n\s*\n[ \t]*|\\n\\n ?)(?:Human|Assistant):/
const HUMAN_LINE = /^[ \t]*Human:/m
const ASSISTANT_LINE = /(?:^|\n|\\n)[ \t]*Assistant:/
/** Bedrock once answered such prompts too. */
const IN_ONE_LINE = /^\s*Human:[\s\S]*\sAssistant:\s*$/
/** Prompts of other vendors answer under this label. */
const OTHER_ANSWER = /(?:^|\n|\\n)[ \t]*AI:/

/**
 * Returns whether a text is a prompt of the legacy API or a part of one. `Human:` with `AI:` is another vendor's; `Human:` alone
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
  return /(?:\n\s*\n[ \t]*|\\n\\n)Human:/.test(text) && /(?:\n\s*\n[ \t]*|\\n\\n)Assistant:/.test(text)
}

/** Whether a text is nothing but one label, as code has it that defines the constants by hand. */
export function isLabel(text: string): boolean {
  return /^(?:\\n|\s)*(?:Human|Assistant):(?:\\n|\s)*$/.test(text)
}

/**
 * Whether a text is one turn with the blank line behind it: code that joins such turns puts the markers together.
 */
export function isTurnBeforeBreak(text: string): boolean {
  // In two steps: one pattern for both would look for the end from every label.
  return /(?:\n\n|\\n\\n)$/.test(text.slice(-4)) && /(?:^|\}|\n)[ \t]*(?:Human|Assistant):/.test(text)
}
