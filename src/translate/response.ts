import type { OnDiagnostic } from '../diagnostics/diagnostic.ts'
import { UnreadableReplyError } from '../errors.ts'
import type { Completion, Message } from '../wire.ts'
import { attachMessage, foldEvents } from './events.ts'
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
  checkMessage(message)
  return attachMessage(reshape(message, plan, onDiagnostic), message)
}

/**
 * The same without its `_message`, for a completion that is only written out: to attach it takes longer than to make the
 * completion.
 *
 * @throws UnreadableReplyError when the value is no message.
 */
export function bareCompletion(message: object, plan: ReplyPlan, onDiagnostic?: OnDiagnostic): Completion {
  checkMessage(message)
  return reshape(message, plan, onDiagnostic)
}

function reshape(message: Message, plan: ReplyPlan, onDiagnostic: OnDiagnostic | undefined): Completion {
  const { content, stop_reason, stop_sequence = null } = message
  const reshaper = foldEvents(plan, plan.echo, onDiagnostic, true)
  reshaper.push({ type: 'message_start', message })
  for (const [index, content_block] of (content ?? []).entries()) {
    reshaper.push({ type: 'content_block_start', index, content_block })
  }
  reshaper.push({ type: 'message_delta', delta: { stop_reason, stop_sequence } })
  reshaper.push({ type: 'message_stop' })
  return reshaper.end()
}

function checkMessage(value: object): asserts value is Message {
  if (isMessage(value)) return
  throw new UnreadableReplyError({
    message:
      'The reply is not a message with an id and content. Is baseURL a server that speaks the Messages API?',
  })
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
