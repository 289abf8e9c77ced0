import type { Span } from '../../diagnostics/index.ts'
import type { NameToken, SourceTokens } from '../languages/source-tokens.ts'
import { type Match, matchAt, type PromptText } from '../legacy-use.ts'
import type { RuleCode } from '../rules.ts'
import {
  CONSTANTS,
  ENDPOINT,
  hasMarkers,
  isLabel,
  isPromptText,
  MESSAGES_MODEL_ID,
  MODEL_ID,
  MODEL_NAME,
  OURS,
  STREAM_EVENT,
  TOKEN_LIMIT,
} from './patterns.ts'
import { render } from './prompt-text.ts'

/** What is of the old interface by itself, whatever stands around it. */
export function strongMatches(source: string, tokens: SourceTokens): Match[] {
  return [
    ...fromPrompts(source, tokens),
    ...fromWords(source, tokens),
    ...tokens.calls.map((call): Match => ({ ...matchAt('legacy-call', call.methodSpan), call })),
    ...tokens.clients.map(span => matchAt('legacy-client', span)),
    ...tokens.frameworks.map(span => matchAt('legacy-framework', span)),
  ]
}

function fromPrompts(source: string, tokens: SourceTokens): Match[] {
  const isOurs = OURS.test(source)
  const literals = tokens.tokens.flatMap((token): PromptText[] =>
    token.type === 'text' && /Human:|Assistant:/.test(token.segment.text)
      ? [{ start: token.start, end: token.end, segments: [token.segment] }]
      : [],
  )
  return (tokens.hasTree || tokens.prompts.length > 0 ? tokens.prompts : literals).flatMap(
    (prompt): Match[] => {
      const [first] = prompt.segments
      if (prompt.segments.length === 1 && first?.type === 'text' && first.constant !== undefined) return []
      const { text } = render(prompt)
      if (isLabel(text)) {
        const isPair = isOurs && /Human:/.test(source) && /Assistant:/.test(source)
        return isPair || (isPromptText(text) && isOurs) ? [matchAt('legacy-constant', prompt)] : []
      }
      const isPrompt = isPromptText(text) && (isOurs || hasMarkers(text))
      return isPrompt ? [{ ...matchAt('legacy-prompt', prompt), prompt }] : []
    },
  )
}

function fromWords(source: string, tokens: SourceTokens): Match[] {
  const isOurs = OURS.test(source) || (/HUMAN_PROMPT/.test(source) && /AI_PROMPT/.test(source))
  return tokens.tokens.flatMap((token): Match[] => {
    if (token.type === 'name') return fromName(token, source, isOurs)
    if (token.type === 'comment') {
      const matches = fromText(token.text, token, offset => token.start + offset)
      return matches.map(use => ({ ...use, isComment: true }))
    }
    const { segment } = token
    if (STREAM_EVENT.test(segment.text)) return [matchAt('legacy-reply', token)]
    return fromText(segment.text, token, unit => segment.offsets?.[unit] ?? segment.start + unit)
  })
}

function fromName(token: NameToken, source: string, isOurs: boolean): Match[] {
  const { name, start } = token
  if (CONSTANTS.test(name)) return isOurs ? [matchAt('legacy-constant', token)] : []
  if (TOKEN_LIMIT.test(name)) return [matchAt('legacy-parameter', token)]
  if (MODEL_NAME.test(name)) return [{ ...matchAt('retired-model', token), model: name }]
  const before = source.slice(Math.max(0, start - 24), start)
  const isType =
    /^Completions?$|^CompletionCreateParams/.test(name) && /\b(?:Anthropic|anthropic\.types)\.$/.test(before)
  return isType ? [matchAt('legacy-type', token)] : []
}

const WITHIN_TEXT: readonly (readonly [RegExp, RuleCode])[] = [
  [ENDPOINT, 'legacy-endpoint'],
  [MODEL_ID, 'retired-model'],
  [MESSAGES_MODEL_ID, 'retired-messages-model'],
  [/\b(?:max_tokens_to_sample|[mM]axTokensToSample)\b/g, 'legacy-parameter'],
  [/\b(?:HUMAN|AI)_PROMPT\b|\\n\\n(?:Human|Assistant):/g, 'legacy-constant'],
]

/** What is written within a literal or a comment. */
function fromText(text: string, token: Span, at: (offset: number) => number): Match[] {
  return WITHIN_TEXT.flatMap(([pattern, code]) =>
    [...text.matchAll(pattern)].map(({ index, 0: word }) => ({
      code,
      start: at(index),
      end: Math.min(token.end, at(index + word.length)),
      ...(code.endsWith('model') && { model: word }),
    })),
  )
}
