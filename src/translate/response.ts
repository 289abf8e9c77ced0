import type { OnDiagnostic } from '../diagnostics/diagnostic.ts'
import { UnreadableReplyError } from '../errors.ts'
import type { Completion, Message } from '../wire.ts'
import { foldEvents } from './events.ts'
import type { ReplyPlan } from './request.ts'

/**
 * The way back, for a whole reply: the legacy completion made of a message. Its text is that of all text blocks,
 * wherever they stand among thinking and other blocks.
 *
 * @throws UnreadableReplyError when the value is no message.
 * @example
 * const completion = completionFrom(await response.json(), plan)
 * completion.completion // " Hi, I'm Claude."
 */
export function completionFrom(message: object, plan: ReplyPlan, onDiagnostic?: OnDiagnostic): Completion {
  if (!isMessage(message)) {
    throw new UnreadableReplyError({
      message:
        'The reply is not a message with an id and content. Is baseURL a server that speaks the Messages API?',
    })
  }
  const { content, stop_reason, stop_sequence = null } = message
  const reshaper = foldEvents(plan, plan.echo, onDiagnostic, message)
  reshaper.push({ type: 'message_start', message })
  for (const [index, content_block] of (content ?? []).entries()) {
    reshaper.push({ type: 'content_block_start', index, content_block })
  }
  reshaper.push({ type: 'message_delta', delta: { stop_reason, stop_sequence } })
  reshaper.push({ type: 'message_stop' })
  return reshaper.end()
}

function isMessage(value: unknown): value is Message {
  if (!isObject(value) || !('id' in value) || typeof value.id !== 'string') return false
  // Some servers write a reply of nothing as null, or leave it out.
  if (!('content' in value)) return 'type' in value && value.type === 'message'
  return value.content === null || (Array.isArray(value.content) && value.content.every(isObject))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
