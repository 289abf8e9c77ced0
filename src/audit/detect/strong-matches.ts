import type { Span } from '../../diagnostics/index.ts'
import type { NameToken, SourceTokens, TextToken } from '../languages/source-tokens.ts'
import { type Match, matchAt } from '../legacy-use.ts'
import type { RuleCode } from '../rules.ts'
import { clientNames, importsSdk } from './calls.ts'
import type { FileContext } from './file-context.ts'
import {
  CONSTANTS,
  ENDPOINT,
  hasMarkers,
  isLabel,
  isOtherVendorsChat,
  isPromptText,
  isTurnBeforeBreak,
  MESSAGES_MODEL_ID,
  MODEL_CASE,
  MODEL_ID,
  MODEL_NAME,
  mentionsOthers,
  OURS,
  STREAM_EVENT,
  TOKEN_LIMIT,
} from './patterns.ts'
import { render } from './prompt-text.ts'

/** Finds matches that count alone, in any context. */
export function strongMatches(source: string, tokens: SourceTokens, file: FileContext): Match[] {
  return [
    ...fromPrompts(source, tokens),
    ...fromWords(source, tokens),
    ...fromAddresses(source, tokens, file),
    ...tokens.calls.map((call): Match => ({ ...matchAt('legacy-call', call.methodSpan), call })),
    ...tokens.clients.map(span => matchAt('legacy-client', span)),
    ...tokens.frameworks.map(span => matchAt('legacy-framework', span)),
  ]
}

function fromPrompts(source: string, tokens: SourceTokens): Match[] {
  const isOurs = OURS.test(source)
  const rendered = tokens.prompts.map(prompt => ({ prompt, ...render(prompt) }))
  const isLabelled = (label: string): boolean =>
    rendered.some(({ text }) => text.includes(label) && isTurnBeforeBreak(text))
  const isBuiltOfTurns = isOurs && isLabelled('Human:') && isLabelled('Assistant:')
  // Searched at most once: a source may have many labels.
  let hasOthers: boolean | undefined
  const isForOthers = (): boolean => {
    hasOthers ??= mentionsOthers(source)
    return hasOthers
  }
  const hasBothLabels = isOurs && /Human:/.test(source) && /Assistant:/.test(source)
  return rendered.flatMap(({ prompt, text }): Match[] => {
    const [first] = prompt.segments
    if (prompt.segments.length === 1 && first?.type === 'text' && first.constant !== undefined) return []
    if (isLabel(text)) {
      const hasBreak = /\n/.test(text)
      // A bare label in code for several vendors may be that of any.
      if (!hasBreak && (isForOthers() || isPrinted(source, prompt))) return []
      return hasBothLabels || (isPromptText(text) && isOurs) ? [matchAt('legacy-constant', prompt)] : []
    }
    if (isPrinted(source, prompt) && !hasMarkers(text)) return []
    if (isNamedAfterOthers(source, prompt)) return []
    const isPrompt = isPromptText(text)
      ? isOurs || hasMarkers(text)
      : isBuiltOfTurns && isTurnBeforeBreak(text)
    return isPrompt ? [{ ...matchAt('legacy-prompt', prompt), prompt }] : []
  })
}

/** Returns whether a text is printed for the user of the program, as in `println("Human:")`. */
function isPrinted(source: string, { start }: Span): boolean {
  return /(?:\b(?:print|println|printf|input|prompt|readline|log|info|Write(?:Line)?)\s*\(|\b(?:puts|echo|print|Write-Host)\s|\bcout\s*<<)[^"'`();=]{0,40}$/i.test(
    source.slice(Math.max(0, start - 60), start),
  )
}

/** Returns whether a text is assigned to a name of another vendor, as in `LLAMA_CHAT_TEMPLATE = "…"`. */
function isNamedAfterOthers(source: string, { start }: Span): boolean {
  const lineStart = source.lastIndexOf('\n', start - 1) + 1
  return /(?:llama|mistral|mixtral|vicuna|falcon|openai|gpt|cohere|palm|gemini|titan)\w*["']?\]?\s*(?::=|=(?!=)|:)\s*[([rbf"'`]*$/i.test(
    source.slice(Math.max(lineStart, start - 80), start),
  )
}

function fromWords(source: string, tokens: SourceTokens): Match[] {
  const isOurs = OURS.test(source) || (/HUMAN_PROMPT/.test(source) && /AI_PROMPT/.test(source))
  const hasVersionHeader = /anthropic-version/i.test(source)
  const counting = tokens.hasTree && importsSdk(source) ? clientNames(source) : undefined
  return tokens.tokens.flatMap((token): Match[] => {
    if (token.type === 'name') return fromName(token, source, isOurs, counting)
    if (token.type === 'comment') {
      const matches = fromText(token.text, token, offset => token.start + offset)
      return matches.map(use => ({ ...use, isComment: true }))
    }
    const { segment } = token
    if (STREAM_EVENT.test(segment.text)) return [matchAt('legacy-reply', token)]
    const found = fromText(segment.text, token, unit => segment.offsets?.[unit] ?? segment.start + unit)
    const isVersion = hasVersionHeader && /\b2023-01-01\b/.test(segment.text)
    return isVersion ? [...found, matchAt('legacy-version', token)] : found
  })
}

/** Code before the case of an enumeration: `case claude21`, `model: .claude21`, `Models.claude21`. */
const MODEL_CASE_BEFORE = /\bcase\s+\.?$|(?:^|[\s(,:=[{?])\.$|[mM]odels?\.$/

function fromName(
  token: NameToken,
  source: string,
  isOurs: boolean,
  clients: ReadonlySet<string> | undefined,
): Match[] {
  const { name, start } = token
  if (CONSTANTS.test(name)) return isOurs ? [matchAt('legacy-constant', token)] : []
  if (TOKEN_LIMIT.test(name)) return [matchAt('legacy-parameter', token)]
  if (MODEL_NAME.test(name)) return [{ ...matchAt('retired-model', token), model: name }]
  const before = source.slice(Math.max(0, start - 40), start)
  if (MODEL_CASE.test(name) && MODEL_CASE_BEFORE.test(before))
    return [{ ...matchAt('retired-model', token), model: name }]
  if (/^(?:sync_)?(?:count_?tokens|get_?tokenizer)$/i.test(name)) {
    const receiver = /([\w$]+)\s*\.\s*$/.exec(before)?.[1]
    const isClient = receiver !== undefined && (receiver === 'anthropic' || clients?.has(receiver))
    return isClient ? [matchAt('legacy-count-tokens', token)] : []
  }
  const isType =
    /^Completions?$|^CompletionCreateParams/.test(name) && /\b(?:Anthropic|anthropic\.types)\.$/.test(before)
  return isType ? [matchAt('legacy-type', token)] : []
}

/** Finds the texts with the address of the API and no path behind its version. */
export function addressesIn({ tokens }: SourceTokens): TextToken[] {
  return tokens.filter(
    (token): token is TextToken =>
      token.type === 'text' && /anthropic\.com(?:\/v1)?\/?["'`]?$/.test(token.segment.text),
  )
}

/** The path of the endpoint without a version, alone or after the value of a format. */
const PATH = /^(?:%[sv])?\/complete$/

/**
 * Finds URLs built from two texts: `'https://api.anthropic.com/v1/' + type`, with `'complete'` or `'/complete'`
 * elsewhere, in the same file or in another.
 */
function fromAddresses(source: string, tokens: SourceTokens, file: FileContext): Match[] {
  const bases = addressesIn(tokens)
  const isOurs = OURS.test(source) || OURS.test(file.path)
  if (bases.length === 0 && !(file.hasAddress && isOurs)) return []
  const texts = tokens.tokens.filter((token): token is TextToken => token.type === 'text')
  const ends = texts.filter(({ segment }) => PATH.test(segment.text))
  if (ends.length > 0) return ends.map(token => matchAt('legacy-endpoint', token))
  const names = texts.filter(({ segment }) => segment.text === 'complete')
  const isJoined = ({ segment, end }: TextToken): boolean =>
    /\/v1\/$/.test(segment.text) &&
    /^["'`]?\s*(?:\.\.?|\+|,|\$\{|\{|#\{|<>|%|\.\s*append)/.test(source.slice(end, end + 12))
  if (bases.length > 0)
    return names.length > 0 ? bases.filter(isJoined).map(token => matchAt('legacy-endpoint', token)) : []
  // The first argument of a call that makes a request.
  const isSent = ({ start, end }: TextToken): boolean =>
    /\b(?:create|post|request|send|call|execute)\w*\(\s*$/i.test(
      source.slice(Math.max(0, start - 40), start),
    ) && /^\s*,/.test(source.slice(end, end + 4))
  return names.filter(isSent).map(token => matchAt('legacy-endpoint', token))
}

const WITHIN_TEXT: readonly (readonly [RegExp, RuleCode])[] = [
  [ENDPOINT, 'legacy-endpoint'],
  [MODEL_ID, 'retired-model'],
  [MESSAGES_MODEL_ID, 'retired-messages-model'],
  [/\b(?:max_tokens_to_sample|[mM]axTokensToSample)\b/g, 'legacy-parameter'],
  [/\b(?:HUMAN|AI)_PROMPT\b|\\{1,4}n\\{1,4}n ?(?:Human|Assistant):/g, 'legacy-constant'],
]

/** Finds matches within one literal or comment. */
function fromText(text: string, token: Span, at: (offset: number) => number): Match[] {
  const isOtherChat = isOtherVendorsChat(text)
  return WITHIN_TEXT.flatMap(([pattern, code]) =>
    code === 'legacy-constant' && isOtherChat
      ? []
      : [...text.matchAll(pattern)].map(({ index, 0: word }) => ({
          code,
          start: at(index),
          end: Math.min(token.end, at(index + word.length)),
          ...(code.endsWith('model') && { model: word }),
          isQuoted: true,
        })),
  )
}
