import { APIConnectionTimeoutError, type APIError, APIUserAbortError } from '../errors.ts'

/** The longest delay of a timer, in milliseconds. Node runs a timer with a longer delay at once. */
export const LONGEST_TIMER: number = 2 ** 31 - 1

/**
 * Ends one call early: when the caller's signal aborts, when the program stops reading the stream, or when the call
 * takes too long. Everything that has to stop listens to `signal`.
 */
export class CallAbort {
  #controller: AbortController | undefined
  #followed: Follower | undefined
  #expiry: APIConnectionTimeoutError | undefined

  /** Created on demand: most calls end without one, and in Node 20 creating one takes as long as a translation. */
  get controller(): AbortController {
    this.#controller ??= new AbortController()
    return this.#controller
  }

  /** The signal of the controller; `undefined` as long as no controller was needed. */
  get signal(): AbortSignal | undefined {
    return this.#controller?.signal
  }

  /** Aborts the call when the caller's signal aborts, until `release` is called. */
  follow(signal: AbortSignal): void {
    const { controller } = this
    if (signal.aborted) controller.abort(signal.reason)
    else this.#followed = addFollower(signal, this)
  }

  /** Stops following the caller's signal, which may outlive many calls. */
  release(): void {
    if (this.#followed !== undefined) removeFollower(this.#followed)
    this.#followed = undefined
  }

  /**
   * Sets whether the caller's signal keeps a strong reference to the call. It needs one while something waits for the
   * call. A stream that nobody reads must not have one, because a long-lived signal would never free it.
   */
  keepAlive(isWaiting: boolean): void {
    const followed = this.#followed
    if (followed?.call !== undefined) followed.held = isWaiting ? this : undefined
  }

  /**
   * Limits the time that a non-streamed response may take. The upstream may send it as a stream, which begins at once,
   * so `timeout` applies to its end instead of its beginning.
   */
  async within(timeout: number, read: () => Promise<void>, cutOff: () => void): Promise<void> {
    const expire = (): void => {
      this.#expiry = new APIConnectionTimeoutError()
      this.#controller?.abort()
      cutOff()
    }
    const timer = setTimeout(expire, Math.min(timeout, LONGEST_TIMER))
    try {
      await read()
    } finally {
      clearTimeout(timer)
    }
  }

  /** The error that ended the call from outside: the timeout, or the caller's abort. */
  get error(): APIError | undefined {
    return this.#expiry ?? (this.#controller?.signal.aborted ? new APIUserAbortError() : undefined)
  }
}

/** A call that follows a caller's signal. */
interface Follower {
  signal: AbortSignal
  /** Absent in runtimes without weak references: there the signal references the call until it ends. */
  call: WeakRef<CallAbort> | undefined
  /** A strong reference to the call, while something waits for it. */
  held: CallAbort | undefined
  abort: () => void
}

const collected = /* @__PURE__ */ observeCollection()

function observeCollection(): FinalizationRegistry<Follower> | undefined {
  return 'FinalizationRegistry' in globalThis ? new FinalizationRegistry(removeFollower) : undefined
}

function addFollower(signal: AbortSignal, call: CallAbort): Follower {
  const weak = collected && new WeakRef(call)
  const follower: Follower = {
    signal,
    call: weak,
    held: call,
    abort: () => (follower.held ?? weak?.deref())?.controller.abort(signal.reason),
  }
  onAbort(signal, follower.abort)
  collected?.register(call, follower, follower)
  return follower
}

function removeFollower(follower: Follower): void {
  collected?.unregister(follower)
  offAbort(follower.signal, follower.abort)
}

/** The callbacks of a signal and the listener that runs them. */
interface Listening {
  callbacks: Set<() => void>
  listener: () => void
}

/** One listener for all callbacks of a signal: Node prints a warning when there are more than ten. */
const listeningOf = new WeakMap<AbortSignal, Listening>()

/** Runs a callback when the signal aborts, unless {@link offAbort} removes it before. */
export function onAbort(signal: AbortSignal, callback: () => void): void {
  let listening = listeningOf.get(signal)
  if (listening === undefined) {
    const callbacks = new Set<() => void>()
    const listener = (): void => {
      for (const callback of callbacks) callback()
      callbacks.clear()
    }
    listening = { callbacks, listener }
    listeningOf.set(signal, listening)
  }
  if (listening.callbacks.size === 0) signal.addEventListener('abort', listening.listener, { once: true })
  listening.callbacks.add(callback)
}

export function offAbort(signal: AbortSignal, callback: () => void): void {
  const listening = listeningOf.get(signal)
  if (listening === undefined || !listening.callbacks.delete(callback)) return
  if (listening.callbacks.size === 0) signal.removeEventListener('abort', listening.listener)
}

/** Keeps each request reachable as long as its signal is. */
const requests = new WeakMap<AbortSignal, object>()

/**
 * Returns the signal of a request and keeps the request alive as long as the signal. In Node, the signal of a
 * garbage-collected request no longer aborts when the client leaves, and the call would wait for a silent server
 * without end.
 *
 * The parameter type is wide because libraries declare different signal types; at run time there is only one.
 */
export function signalOf(request: { signal?: object } | undefined): AbortSignal | undefined {
  const signal = request?.signal
  if (request === undefined || !(signal instanceof AbortSignal)) return undefined
  requests.set(signal, request)
  return signal
}
