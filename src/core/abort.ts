import { APIConnectionTimeoutError, type APIError, APIUserAbortError } from '../errors.ts'

/** The longest delay of a timer, in milliseconds; Node fires a longer one at once. */
export const LONGEST_TIMER: number = 2 ** 31 - 1

/**
 * Ends one call early: when the caller's signal aborts, when its stream is left, or when it takes too long. Everything
 * that has to stop listens to `signal`.
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

  /** The signal of that controller, where there is one. */
  get signal(): AbortSignal | undefined {
    return this.#controller?.signal
  }

  /** Aborts the call when the caller's signal aborts, from now on until `release`. */
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
   * Keeps the call reachable from the caller's signal, or not. It has to be while something waits for it; a stream that
   * nobody reads must not be, or the signal would keep it for ever.
   */
  keepAlive(isWaiting: boolean): void {
    const followed = this.#followed
    if (followed?.call !== undefined) followed.held = isWaiting ? this : undefined
  }

  /**
   * Bounds the time that a whole response may take to arrive. It may come as a stream, which begins at once: then
   * `timeout`, the time the response had to begin in when nothing came before all was written, is the time it has to
   * end in.
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

/** A call that follows a signal. */
interface Follower {
  signal: AbortSignal
  /** Absent in runtimes without weak references: there a call stays reachable until it ends. */
  call: WeakRef<CallAbort> | undefined
  /** The call itself, while something waits for it. */
  held: CallAbort | undefined
}

interface Followers {
  calls: Set<Follower>
  abort: () => void
}

/** One listener for all calls of a signal: Node prints a warning when there are more than ten. */
const followersOf = new WeakMap<AbortSignal, Followers>()

const collected = /* @__PURE__ */ observeCollection()

function observeCollection(): FinalizationRegistry<Follower> | undefined {
  return 'FinalizationRegistry' in globalThis ? new FinalizationRegistry(removeFollower) : undefined
}

function addFollower(signal: AbortSignal, call: CallAbort): Follower {
  let followers = followersOf.get(signal)
  if (followers === undefined) {
    const calls = new Set<Follower>()
    const abort = (): void => {
      for (const { held, call } of calls) (held ?? call?.deref())?.controller.abort(signal.reason)
      calls.clear()
    }
    followers = { calls, abort }
    followersOf.set(signal, followers)
  }
  if (followers.calls.size === 0) signal.addEventListener('abort', followers.abort, { once: true })
  const follower = { signal, call: collected && new WeakRef(call), held: call }
  followers.calls.add(follower)
  collected?.register(call, follower, follower)
  return follower
}

function removeFollower(follower: Follower): void {
  collected?.unregister(follower)
  const followers = followersOf.get(follower.signal)
  if (followers === undefined) return
  followers.calls.delete(follower)
  if (followers.calls.size === 0) follower.signal.removeEventListener('abort', followers.abort)
}

/** Each as long as its signal is in use. */
const requests = new WeakMap<AbortSignal, object>()

/**
 * Returns the signal of a request, and keeps the request as long as its signal: in Node, the signal of a collected
 * request no longer aborts when the client leaves, and a silent server would be waited for without end.
 *
 * Types name the signal differently, but there is only one in a runtime.
 */
export function signalOf(request: { signal?: object } | undefined): AbortSignal | undefined {
  const signal = request?.signal
  if (request === undefined || !(signal instanceof AbortSignal)) return undefined
  requests.set(signal, request)
  return signal
}
