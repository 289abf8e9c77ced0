/** Words and patterns that identify the legacy interface in any language. */

/** Words that every match contains. A file without any of them is not parsed. */
export const TRIGGER: RegExp =
  /anthropic|claude|HUMAN_PROMPT|AI_PROMPT|v1\/complete\b|max_?tokens_?to_?sample|Human:|Assistant:|event: ?completion\b/i

/** Names, texts and comments that may be matches, in any case. */
export const NAME_PATTERN: string =
  '^(human_prompt|ai_prompt|(with|get|set)?_?max_?tokens_?to_?sample|completion\\w*|completions|complete\\w*|\\w*completion_?(stream|async)|stop_?reason|log_?id|stop|prompt|\\w*claude\\w*|invoke_?model\\w*|(sync_)?(count_?tokens|get_?tokenizer))$'
export const TEXT_PATTERN: string =
  'claude|v1/complete|max_?tokens_?to_?sample|human|assistant|ai:|_prompt|json:|anthropic\\.com|2023-01-01|event: ?completion|completion\\\\?["\']|^[\'"`]?(completion|stop_reason|log_id|stop|prompt|/?complete)[\'"`]?$'
export const COMMENT_PATTERN: string =
  'claude|v1/complete|max_?tokens_?to_?sample|(human|ai)_prompt|human:|assistant:'

/** Names of the vendor and of its models. Texts without them may be about another vendor. */
export const OURS: RegExp = /anthropic|claude|bedrock/i

/** Names of other vendors with similar completion APIs. Contextual matches near them do not count. */
const OTHERS: RegExp =
  /openai|cohere|aleph.?alpha|\bai21|titan|llama|mistral|\bpalm\b|gemini|vertex|hugging.?face|replicate|gpt-?[34]|\bbloom|forefront|together\b|stability/i

/** Comments and the names of functions and classes. A vendor mentioned there may not be the one that the code calls. */
const NAMES_AND_COMMENTS =
  /\/\*[\s\S]*?\*\/|(?<!:)\/\/[^\n]*|^[ \t]*(?:#|--|;)[^\n]*|\b(?:function\*?|def|fn|func|fun|class|interface|type|struct|sub|defp|void|Task<\w*>|IAsyncEnumerable<\w*>)\s+[\w$]+/gm

/** Returns whether code mentions another vendor, apart from comments and the names of functions and classes. */
export function mentionsOthers(code: string): boolean {
  return OTHERS.test(code) && OTHERS.test(code.replace(NAMES_AND_COMMENTS, ' '))
}

export const CONSTANTS: RegExp = /^(?:HUMAN_PROMPT|AI_PROMPT)$/
/** The token limit, also as the name of a setter or getter. */
export const TOKEN_LIMIT: RegExp = /^(?:with|get|set)?_?max_?tokens_?to_?sample$/i
/** Names of enum members and constants: `ClaudeV2`, `Claude_v1_3`, `CLAUDE_INSTANT_1`, `AnthropicClaudeInstantV1`. */
export const MODEL_NAME: RegExp =
  /^(?:[A-Z]\w*?_?)??(?:Claude|CLAUDE)_?(?:(?:Instant|INSTANT)(?:_?[vV]?1?(?:[_.]?[0-2])?)|[vV]?[12](?:[_.]?[0-3])?(?:_?(?:[iI]nstant|INSTANT)(?:_?\d)?)?)(?:_?100[kK])?(?:_?(?:Model|MODEL)(?:_?I[dD])?|_?I[dD])?$/
/** The same in lower case, as the cases of an enumeration in Swift or Dart: `claude21`, `claude_instant_v1`. */
export const MODEL_CASE: RegExp =
  /^claude_?(?:[iI]nstant(?:_?v?1(?:_?[0-2])?)?|[vV]?[12](?:_?[0-3])?)(?:_?100k)?$/

/** Ids of models that the legacy endpoint served, alone or within a text, except as the last part of a URL. */
export const MODEL_ID: RegExp =
  /(?:(?<![\w-])(?:[a-z]{2,6}\.)?anthropic[./]|(?<![\w/-]))claude-(?:instant(?:-v?1(?:\.\d)?)?|v?[12](?:[.:]\d)?)(?:-100k)?(?::\d+(?::\d+k)?)?(?![\w-]|\.\d)/g

/** Ids of models that the Messages API serves or served. The model table decides which ones are retired. */
export const MESSAGES_MODEL_ID: RegExp =
  /(?:(?<![\w-])(?:[a-z]{2,6}\.)?anthropic[./]|(?<![\w/-]))claude-(?:3|opus|sonnet|haiku)[\w.-]*\w(?:@\d+|:\d+)?/g

/** The name of the stream event of a completion, as code compares it or as a recording contains it. */
export const STREAM_EVENT: RegExp = /^event: ?completion\s*$/

/** The path of the legacy endpoint, not as a part of a longer path segment. */
export const ENDPOINT: RegExp = /\/?\bv1\/complete\b(?![-\w/])/g

/** Methods that sent a prompt in the SDKs and clouds of that time. They count only near a strong match. */
export const CALL_NAME: RegExp =
  /^(?:complete|completeStream|complete_stream|completion|completion_stream|acompletion|acompletion_stream|completions|createCompletion|CreateCompletion|Complete|CompleteStream|\w*ClaudeCompletionAsync|invoke_?model\w*|InvokeModel\w*)$/i

/** The markers that open turns, after two newlines. The newlines may be real, or escapes that were not decoded. */
const MARKER = /(?:\n\s*\n[ \t]*|\\{1,4}n\\{1,4}n ?)(?:Human|Assistant):/
const HUMAN_LINE = /^[ \t]*Human:/m
const ASSISTANT_LINE = /(?:^|\n|\\n)[ \t]*Assistant:/
/** A prompt in one line without newlines. Bedrock once accepted it. */
const IN_ONE_LINE = /^\s*Human:[\s\S]*\sAssistant:\s*$/
/** The label under which prompts of other vendors expect the answer. */
const OTHER_ANSWER = /(?:^|\n|\\n)[ \t]*AI:/

/**
 * Returns whether a text is a prompt of the legacy API, or a part of one. Excludes `Human:` with `AI:`, which other
 * vendors use, and `Human:` alone after a single newline, which is too common.
 */
export function isPromptText(text: string): boolean {
  if (!/Human:|Assistant:/.test(text) || isOtherVendorsChat(text)) return false
  return MARKER.test(text) || (HUMAN_LINE.test(text) && ASSISTANT_LINE.test(text)) || IN_ONE_LINE.test(text)
}

/** Returns whether a text is a chat of `Human:` with `AI:`, which other vendors' prompts use. */
export function isOtherVendorsChat(text: string): boolean {
  return OTHER_ANSWER.test(text) && !ASSISTANT_LINE.test(text)
}

/** Returns whether a text has both markers in full. Prompts of other vendors do not. */
export function hasMarkers(text: string): boolean {
  return (
    /(?:\n\s*\n[ \t]*|\\{1,4}n\\{1,4}n ?)Human:/.test(text) &&
    /(?:\n\s*\n[ \t]*|\\{1,4}n\\{1,4}n ?)Assistant:/.test(text)
  )
}

/** Returns whether a text is only a label, as in code that defines the marker constants by hand. */
export function isLabel(text: string): boolean {
  return /^(?:\\n|\s)*(?:Human|Assistant):(?:\\n|\s)*$/.test(text)
}

/**
 * Returns whether a text is one turn with the blank line after it. Code that joins such turns builds the markers from
 * them.
 */
export function isTurnBeforeBreak(text: string): boolean {
  // Two steps, because a single pattern would search for the end from every label and take quadratic time.
  return /(?:\n\n|\\n\\n)$/.test(text.slice(-4)) && /(?:^|\}|\n)[ \t]*(?:Human|Assistant):/.test(text)
}
