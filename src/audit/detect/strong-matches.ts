import type { Span } from '../../diagnostics/index.ts'
import type { NameToken, Reading } from '../languages/source-tokens.ts'
import { type Found, foundAt, type PromptText } from '../legacy-use.ts'
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
export function sureSigns(source: string, reading: Reading): Found[] {
  return [
    ...fromPrompts(source, reading),
    ...fromWords(source, reading),
    ...reading.calls.map((call): Found => ({ ...foundAt('legacy-call', call.methodSpan), call })),
    ...reading.clients.map(span => foundAt('legacy-client', span)),
    ...reading.frameworks.map(span => foundAt('legacy-framework', span)),
  ]
}

function fromPrompts(source: string, reading: Reading): Found[] {
  const isOurs = OURS.test(source)
  const literals = reading.tokens.flatMap((token): PromptText[] =>
    token.type === 'text' && /Human:|Assistant:/.test(token.piece.text)
      ? [{ start: token.start, end: token.end, pieces: [token.piece] }]
      : [],
  )
  return (reading.hasTree || reading.prompts.length > 0 ? reading.prompts : literals).flatMap(
    (prompt): Found[] => {
      const [first] = prompt.pieces
      if (prompt.pieces.length === 1 && first?.type === 'text' && first.constant !== undefined) return []
      const { text } = render(prompt)
      if (isLabel(text)) {
        const isPair = isOurs && /Human:/.test(source) && /Assistant:/.test(source)
        return isPair || (isPromptText(text) && isOurs) ? [foundAt('legacy-constant', prompt)] : []
      }
      const isPrompt = isPromptText(text) && (isOurs || hasMarkers(text))
      return isPrompt ? [{ ...foundAt('legacy-prompt', prompt), prompt }] : []
    },
  )
}

function fromWords(source: string, reading: Reading): Found[] {
  const isOurs = OURS.test(source) || (/HUMAN_PROMPT/.test(source) && /AI_PROMPT/.test(source))
  return reading.tokens.flatMap((token): Found[] => {
    if (token.type === 'name') return fromName(token, source, isOurs)
    if (token.type === 'comment') {
      const found = fromText(token.text, token, offset => token.start + offset)
      return found.map(use => ({ ...use, isComment: true }))
    }
    const { piece } = token
    if (STREAM_EVENT.test(piece.text)) return [foundAt('legacy-reply', token)]
    return fromText(piece.text, token, unit => piece.offsets?.[unit] ?? piece.start + unit)
  })
}

function fromName(token: NameToken, source: string, isOurs: boolean): Found[] {
  const { name, start } = token
  if (CONSTANTS.test(name)) return isOurs ? [foundAt('legacy-constant', token)] : []
  if (TOKEN_LIMIT.test(name)) return [foundAt('legacy-parameter', token)]
  if (MODEL_NAME.test(name)) return [{ ...foundAt('retired-model', token), model: name }]
  const before = source.slice(Math.max(0, start - 24), start)
  const isType =
    /^Completions?$|^CompletionCreateParams/.test(name) && /\b(?:Anthropic|anthropic\.types)\.$/.test(before)
  return isType ? [foundAt('legacy-type', token)] : []
}

const WITHIN_TEXT: readonly (readonly [RegExp, RuleCode])[] = [
  [ENDPOINT, 'legacy-endpoint'],
  [MODEL_ID, 'retired-model'],
  [MESSAGES_MODEL_ID, 'retired-messages-model'],
  [/\b(?:max_tokens_to_sample|[mM]axTokensToSample)\b/g, 'legacy-parameter'],
  [/\b(?:HUMAN|AI)_PROMPT\b|\\n\\n(?:Human|Assistant):/g, 'legacy-constant'],
]

/** What is written within a literal or a comment. */
function fromText(text: string, token: Span, at: (offset: number) => number): Found[] {
  return WITHIN_TEXT.flatMap(([pattern, code]) =>
    [...text.matchAll(pattern)].map(({ index, 0: word }) => ({
      code,
      start: at(index),
      end: Math.min(token.end, at(index + word.length)),
      ...(code.endsWith('model') && { model: word }),
    })),
  )
}
