import { LEGACY_PATH } from '../core/legacy-http.ts'
import { isLogged, type LogLevel } from '../core/report-diagnostics.ts'
import { DOCUMENTATION_URL } from '../diagnostics/diagnostic.ts'

/** The channels of `node:diagnostics_channel` on which Node reports about its HTTP client. */
interface Channels {
  subscribe(name: string, receive: (message: object) => void): void
  unsubscribe(name: string, receive: (message: object) => void): void
}

const REQUEST_START = 'http.client.request.start'

const MESSAGE = `A request to /v1/complete does not go through the global fetch, so installCompletionsFetch() cannot translate it. In Node, the official SDK 0.4 to 0.39 brings node-fetch. Pass fetch: completionsFetch() to its client, or set its base URL to a proxy. See ${DOCUMENTATION_URL}/pinned`

/**
 * Warns once if something sends a legacy request with Node's own HTTP client, which does not use `fetch`. Returns a
 * function that removes the listener. Does nothing in other runtimes.
 */
export function warnAboutNodeHttp(logLevel: LogLevel): () => void {
  const channels = findChannels()
  if (channels === undefined || !isLogged('warn', logLevel)) return () => {}
  const receive = (message: object): void => {
    const { request }: { request?: unknown } = message
    const { path }: { path?: unknown } = Object(request)
    if (typeof path !== 'string' || !LEGACY_PATH.test(path.split('?')[0] ?? '')) return
    channels.unsubscribe(REQUEST_START, receive)
    console.warn(`legacy-completions: ${MESSAGE}`)
  }
  channels.subscribe(REQUEST_START, receive)
  return () => channels.unsubscribe(REQUEST_START, receive)
}

function findChannels(): Channels | undefined {
  const { process: running }: { process?: unknown } = globalThis
  const { getBuiltinModule }: { getBuiltinModule?: unknown } = Object(running)
  if (typeof getBuiltinModule !== 'function') return undefined
  const found: unknown = Reflect.apply(getBuiltinModule, running, ['node:diagnostics_channel'])
  return isChannels(found) ? found : undefined
}

function isChannels(value: unknown): value is Channels {
  return typeof value === 'object' && value !== null && 'subscribe' in value && 'unsubscribe' in value
}
