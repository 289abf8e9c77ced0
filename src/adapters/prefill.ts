import { currentDay } from '../core/call-plan.ts'
import { isMessage } from '../core/messages-http.ts'
import { type CompletionsOptions, checkCompletionsOptions, completionsSettings } from '../core/options.ts'
import { DiagnosticReporter } from '../core/report-diagnostics.ts'
import { AnthropicError } from '../errors.ts'
import {
  adaptMessages,
  type MessagesReplyPlan,
  reshapeMessage,
  reshapeMessageEvents,
} from '../translate/adapt-messages.ts'
import { toMessagesEvent } from '../translate/messages-events.ts'
import { changeDerived } from './derived-clients.ts'
import { inClassOf } from './sdk-errors.ts'

/** The options of {@link withPrefill}. */
export type PrefillOptions = Pick<
  CompletionsOptions,
  'prefill' | 'models' | 'today' | 'onDiagnostic' | 'diagnosticsPer' | 'logLevel'
>

/** A client that can create messages. Every official one since 0.20 can. */
export interface MessagesClient {
  messages: { create: (...args: never[]) => unknown }
}

/** The clients that were changed, so that a second call does not adapt a request twice. */
const changed = new WeakMap<object, PrefillSettings>()

interface PrefillSettings {
  options: PrefillOptions
  reporter: DiagnosticReporter
}

/**
 * Makes `messages.create` and `messages.stream` accept a prefill: a last message with the role `assistant`, which current
 * models reject. Such a call gets one more user turn that asks the model to continue the text, and what the response
 * repeats of it is removed, whole or streamed. Calls without a prefill, and calls to models that accept one, are not
 * changed.
 *
 * It returns the same client. `beta.messages`, `messages.parse`, tool runners, and the clients that `withOptions` creates
 * are included; `asResponse()` and batches are not. A prefill with other content than text is sent unchanged.
 *
 * @throws AnthropicError that names each invalid option, the reason and the remedy.
 * @example
 * const client = withPrefill(new Anthropic())
 * const message = await client.messages.create({
 *   model: 'claude-opus-4-8',
 *   max_tokens: 256,
 *   messages: [
 *     { role: 'user', content: 'List three colours as JSON.' },
 *     { role: 'assistant', content: '{' },
 *   ],
 * })
 */
export function withPrefill<Client extends MessagesClient>(
  client: Client,
  options: PrefillOptions = {},
): Client {
  checkCompletionsOptions(options)
  const { messages, beta }: { messages?: unknown; beta?: { messages?: unknown } } = Object(client)
  if (!canCreate(messages))
    throw new AnthropicError(
      'withPrefill takes a client that has messages.create. Pass new Anthropic() of @anthropic-ai/sdk 0.20 or later.',
    )
  const settings = { options, reporter: new DiagnosticReporter(completionsSettings(options)) }
  for (const resource of [messages, beta?.messages])
    if (canCreate(resource)) change(client, resource, settings)
  changeDerived(client, 'messages', derived => withPrefill(derived, options))
  return client
}

interface Resource {
  create(...args: unknown[]): unknown
}

function canCreate(resource: unknown): resource is Resource {
  return (
    typeof resource === 'object' &&
    resource !== null &&
    'create' in resource &&
    typeof resource.create === 'function'
  )
}

/** Replaces `create`, which `stream`, `parse` and the tool runners call. */
function change(client: object, resource: Resource, settings: PrefillSettings): void {
  const isChanged = changed.has(resource)
  changed.set(resource, settings)
  if (isChanged) return
  const { create } = resource
  Object.defineProperty(resource, 'create', {
    value(body: object, ...rest: unknown[]): unknown {
      const { options, reporter } = changed.get(resource) ?? settings
      const send = (sent: object): unknown => Reflect.apply(create, resource, [sent, ...rest])
      try {
        const { today = currentDay(), ...others } = options
        const adapted = adaptMessages(Object(body), ['prefill'], { ...others, today })
        if (adapted === undefined) return send(body)
        reporter.report(adapted.diagnostics)
        const { plan } = adapted
        return plan === undefined ? send(adapted.body) : converted(send(adapted.body), plan)
      } catch (error) {
        return rejected(inClassOf(client, error))
      }
    },
    configurable: true,
    writable: true,
  })
}

/** Converts the result of a call: the SDK's own promise, so that it keeps its methods. */
function converted(sent: unknown, plan: MessagesReplyPlan): unknown {
  const convert = (data: unknown): unknown => {
    if (isMessage(data)) return reshapeMessage(data, plan)
    return isStream(data) ? reshapedStream(data, plan) : data
  }
  if (typeof sent === 'object' && sent !== null && '_thenUnwrap' in sent) {
    const { _thenUnwrap: unwrap } = sent
    if (typeof unwrap === 'function') return Reflect.apply(unwrap, sent, [convert])
  }
  return Promise.resolve(sent).then(convert)
}

/** The SDK's stream of events. Its constructor takes the function that creates the iterator, and the controller. */
interface EventStream extends AsyncIterable<unknown> {
  controller?: AbortController
}

function isStream(data: unknown): data is EventStream {
  return typeof data === 'object' && data !== null && Symbol.asyncIterator in data
}

function reshapedStream(stream: EventStream, plan: MessagesReplyPlan): unknown {
  const { controller } = stream
  const events = reshapeMessageEvents(plan)
  const iterate = async function* (): AsyncGenerator<unknown> {
    for await (const sent of stream) {
      const event = toMessagesEvent(sent)
      if (event === undefined) yield sent
      else yield* events.push(event)
      // Leaving the loop ends the SDK's own iterator, which closes the connection.
      if (events.isOver) return
    }
  }
  if (controller === undefined) return iterate()
  // A controller of its own: the SDK takes an aborted one for an abort by the user, but a matched stop sequence is not an abort.
  const own = new AbortController()
  own.signal.addEventListener('abort', () => controller.abort())
  controller.signal.addEventListener('abort', () => {
    if (!events.isOver) own.abort()
  })
  return Reflect.construct(stream.constructor, [iterate, own])
}

/** A call that fails before it is sent, as the SDK's promise: `messages.stream` calls `withResponse`. */
function rejected(error: unknown): unknown {
  const fail = (): Promise<never> => Promise.reject(error)
  const promise = fail()
  return Object.assign(promise, {
    asResponse: () => promise,
    withResponse: () => promise,
    _thenUnwrap: () => rejected(error),
  })
}
