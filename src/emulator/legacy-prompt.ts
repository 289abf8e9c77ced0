import { complete } from './error-texts.ts'
import { invalid } from './problem.ts'
import type { Conversation } from './script.ts'

/** What a prompt says, and whether its last turn is a bare `\n\nAssistant:` with nothing to continue. */
export interface LegacyPrompt extends Omit<Conversation, 'model'> {
  bare: boolean
}

/**
 * Reads a prompt by the old server's rules: tidy it, then insist that the first turn is Human's and the
 * last one Assistant's. Text before the first turn is the system prompt.
 */
export function readPrompt(prompt: string): LegacyPrompt {
  const tidy = sanitize(prompt)
  const parts = tidy.split(/\n\n(Human|Assistant):/)
  const [preamble = '', ...rest] = parts
  const turns: { role: 'user' | 'assistant'; text: string }[] = []
  for (let i = 0; i + 1 < rest.length; i += 2)
    turns.push({ role: rest[i] === 'Human' ? 'user' : 'assistant', text: rest[i + 1] ?? '' })

  const last = turns.at(-1)
  const wrong: string[] = []
  if (turns[0]?.role !== 'user') wrong.push(complete.mustStartWithHuman)
  if (last?.role !== 'assistant') wrong.push(complete.mustEndWithAssistant)
  if (wrong.length > 0) throw invalid(wrong.join(complete.join))

  const begun = (last?.text ?? '').replace(/^ /, '')
  const bare = begun.trim() === ''
  const system = preamble.trim()
  return {
    ...(system === '' ? {} : { system }),
    messages: turns.slice(0, -1).map(({ role, text }) => ({ role, text: text.trim() })),
    ...(bare ? {} : { prefill: begun }),
    bare,
  }
}

/**
 * The documented tidying: trailing spaces go, and a prompt that begins `Human:` gets its newlines back. Both
 * were accepted ("Human: Hello, Claude\n\nAssistant:" and "…\n\nAssistant: "), the first recorded 2025-03.
 */
function sanitize(prompt: string): string {
  let end = prompt.length
  while (prompt[end - 1] === ' ') end--
  return prompt.slice(0, end).replace(/^\n?Human:/, '\n\nHuman:')
}
