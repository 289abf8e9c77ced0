import type { Diagnostic, OnDiagnostic, Span } from '../diagnostics/diagnostic.ts'
import { promptDiagnostic as diagnostic } from '../diagnostics/prompt.ts'
import { isBlank, joinTexts, LABEL_OF } from './parse.ts'
import { AI_PROMPT, HUMAN_PROMPT, Scanner } from './scan.ts'
import type { Conversation, ConversationMessage, Role, Transcript } from './types.ts'

const MARKER_OF = { user: HUMAN_PROMPT, assistant: AI_PROMPT } as const

/**
 * Returns the prompt that a transcript was parsed from.
 *
 * @example
 * renderSource(parsePrompt(prompt)) === prompt // for every string
 */
export function renderSource({ source, system = '', turns }: Transcript): string {
  let prompt = system
  for (const { marker, text } of turns) prompt += source.slice(marker.start, marker.end) + text
  return prompt
}

/** The text of a user message without text: the Messages API requires text, and the old API did not. */
const NO_TEXT = '.'

/**
 * Converts a transcript to messages: drops blank turns and a blank system text, and joins adjacent turns of one role
 * with a blank line. A system text before a blank first user turn becomes the text of that turn. A user without any
 * text is sent as `.`. The diagnostics of the transcript report each of these changes.
 *
 * A last Assistant turn that is not blank becomes the last message, the prefill.
 *
 * @example
 * toMessages(parsePrompt('\n\nHuman: Hi\n\nAssistant:'))
 * // { messages: [{ role: 'user', content: 'Hi' }] }
 */
export function toMessages({ system, turns }: Transcript): Conversation {
  const messages: ConversationMessage[] = []
  for (const { role, text } of turns) {
    if (isBlank(text)) continue
    const last = messages.at(-1)
    if (last?.role === role) last.content = joinTexts(last.content, role, text)
    else messages.push({ role, content: text })
  }
  const isUserMissing = turns[0]?.role === 'user' && messages[0]?.role !== 'user'
  if (system === undefined || isBlank(system)) {
    return { messages: isUserMissing ? [{ role: 'user', content: NO_TEXT }, ...messages] : messages }
  }
  return isUserMissing ? { messages: [{ role: 'user', content: system }, ...messages] } : { system, messages }
}

/** The options of {@link renderPrompt}. */
export interface RenderOptions {
  /**
   * Receives a `neutralised-marker` for each marker inside a text; a space is inserted before the marker. Without this
   * option such a text is an error, because a prompt cannot contain it unchanged.
   */
  onDiagnostic?: OnDiagnostic | undefined
}

/**
 * Renders a conversation as a prompt of the old API. If the last message is the user's, the prompt ends in
 * `\n\nAssistant:`. A last assistant message is the prefill.
 *
 * `toMessages(parsePrompt(renderPrompt(conversation)))` equals `conversation` when its roles alternate from `user`, no
 * text is blank, and no text contains a marker.
 *
 * @throws TypeError for another role or a content that is not a string; when a text contains a marker and `onDiagnostic`
 * is not given.
 * @example
 * renderPrompt({ system: 'Be brief.', messages: [{ role: 'user', content: 'Hi' }] })
 * // 'Be brief.\n\nHuman: Hi\n\nAssistant:'
 */
export function renderPrompt(
  { system = '', messages }: Conversation,
  { onDiagnostic }: RenderOptions = {},
): string {
  if (!Array.isArray(messages)) throw new TypeError('messages must be an array of messages.')
  let prompt = system
  const ours = new Set<number>()
  const open = (marker: string): void => {
    prompt += marker
    ours.add(prompt.length)
  }
  for (const [index, { role, content }] of messages.entries()) {
    if (!Object.hasOwn(MARKER_OF, role) || typeof content !== 'string')
      throw new TypeError(`messages[${index}] must have a role, user or assistant, and a text as content.`)
    open(`${MARKER_OF[role]} `)
    prompt += content
  }
  if (messages.at(-1)?.role !== 'assistant') open(AI_PROMPT)

  const { safe, diagnostics } = neutralise(prompt, marker => ours.has(marker.end))
  if (onDiagnostic) for (const diagnostic of diagnostics) onDiagnostic(diagnostic)
  else if (diagnostics.length > 0) {
    throw new TypeError(
      `messages: ${diagnostics.length} ${diagnostics.length === 1 ? 'marker' : 'markers'} inside texts would open a turn. ` +
        'Remove them, or pass onDiagnostic to have a space put before each.',
    )
  }
  return safe
}

/** A marker that opens a turn. */
export interface Marker extends Span {
  role: Role
  /** Offset of the word, after the newlines. */
  label: number
}

/**
 * Inserts a space before every unwanted marker, so that it does not open a turn.
 *
 * Uses the parser's scanner to find them, so that rendering and parsing agree.
 */
export function neutralise(
  prompt: string,
  isWanted: (marker: Marker) => boolean,
): { safe: string; diagnostics: Diagnostic[] } {
  let safe = ''
  let done = 0
  const diagnostics: Diagnostic[] = []
  const scanner = new Scanner(prompt)
  while (scanner.next()) {
    const { role, start, label, end } = scanner
    if (role === undefined || isWanted({ role, start, label, end })) continue
    diagnostics.push(diagnostic('neutralised-marker', LABEL_OF[role], { start, end }))
    safe += `${prompt.slice(done, label)} `
    done = label
  }
  return { safe: safe + prompt.slice(done), diagnostics }
}
