/** Each as long as the signal is listened to. */
const requests = new WeakMap<AbortSignal, object>()

/**
 * The signal of a request, which is kept as long as its signal: in Node, one that is collected no longer hears that the
 * caller has left, and a server that is silent would be waited for without end.
 *
 * Types name the signal differently, but there is only one in a runtime.
 */
export function signalOf(request: { signal?: object } | undefined): AbortSignal | undefined {
  const signal = request?.signal
  if (request === undefined || !(signal instanceof AbortSignal)) return undefined
  requests.set(signal, request)
  return signal
}
