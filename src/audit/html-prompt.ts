import { repairPrompt } from '../repair/index.ts'
import { parsePrompt, toMessages } from '../transcript/index.ts'
import { escapeHtml } from './html-escape.ts'
import type { PromptText } from './legacy-use.ts'
import { render } from './prompt-text.ts'
import { redact } from './redact.ts'

/** A prompt beside the messages that it becomes, its turns coloured alike on both sides. */
export function promptPair(prompt: PromptText): string {
  const { text } = render(prompt)
  const transcript = parsePrompt(repairPrompt(text).prompt)
  const { system, messages } = toMessages(transcript)
  const before = [
    ...(transcript.system === undefined
      ? []
      : [turn('system', 'text before the first turn', transcript.system)]),
    ...transcript.turns.map(({ role, span }) =>
      turn(
        role,
        role === 'user' ? 'Human' : 'Assistant',
        transcript.source.slice(span.start, span.end).trimStart(),
      ),
    ),
  ]
  const after = [
    ...(system === undefined ? [] : [turn('system', 'system', system)]),
    ...messages.map(({ role, content }) => turn(role, role, content)),
  ]
  return `<details><summary>Prompt and messages</summary><div class="pair"><div><h3>Prompt</h3>${before.join('')}</div><div><h3>Messages</h3>${after.join('')}</div></div></details>`
}

function turn(role: string, label: string, text: string): string {
  const shown = escapeHtml(redact(text)).replace(/\{[^{}\n]{1,60}\}/g, '<mark>$&</mark>')
  return `<div class="turn ${role}"><span>${escapeHtml(label)}</span><pre>${shown}</pre></div>`
}
