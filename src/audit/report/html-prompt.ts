import { repairPrompt } from '../../repair/index.ts'
import { parsePrompt, toMessages } from '../../transcript/index.ts'
import { render } from '../detect/prompt-text.ts'
import type { PromptText } from '../legacy-use.ts'
import { escapeHtml, printable, redact } from './quote.ts'

const text = (value: string): string => escapeHtml(printable(value))

/** Renders a prompt next to the messages that it becomes. Each turn has the same colour on both sides. */
export function promptPair(prompt: PromptText): string {
  const transcript = parsePrompt(repairPrompt(render(prompt).text).prompt)
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

const LONGEST_TURN = 4000

function turn(role: string, label: string, content: string): string {
  const clipped = content.length > LONGEST_TURN ? `${content.slice(0, LONGEST_TURN)}…` : content
  const shown = clipped
    .split('\n')
    .map(line => text(redact(line)))
    .join('\n')
  return `<div class="turn ${role}"><span>${text(label)}</span><pre>${shown.replace(/\{[^{}\n]{1,60}\}/g, '<mark>$&</mark>')}</pre></div>`
}
