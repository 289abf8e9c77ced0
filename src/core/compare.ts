import type { Endpoint } from '../translate/index.ts'
import type { Completion } from '../wire.ts'

/** The `compare` option of an entry point: sends a share of all calls to the other endpoint as well. */
export interface ComparisonOptions {
  /** The share of calls that are compared, from 0 (none) to 1 (all). */
  sampleRate: number
  /**
   * Receives each comparison when both calls have ended. For equal results `differs` is empty. An error that it throws
   * is ignored, so that it cannot break the program's call.
   */
  onDifference: (difference: Difference) => void
  /**
   * Decides whether two completions are equal.
   *
   * @default the texts are the same
   */
  equal?: ((complete: Completion, messages: Completion) => boolean) | undefined
  /**
   * The share of the compared calls, from 0 to 1, that are sent to the same endpoint twice. This baseline shows how
   * often a model differs from itself.
   *
   * @default 0
   */
  baseline?: number | undefined
  /**
   * Replaces each text of the prompt and the completions in the difference; `false` keeps the texts.
   *
   * @default their lengths
   */
  redact?: ((text: string) => string) | false | undefined
}

/** The result of a call, and its difference from the same call on the other endpoint. */
export interface Comparison<T = Completion> {
  /** The result of the call's own endpoint. It does not wait for the other endpoint. */
  completion: T
  /**
   * Resolves when both calls have ended. A failure of the other call is a difference, not a rejection. Resolves to
   * `undefined` for a call that was not sampled or was aborted.
   */
  difference: Promise<Difference | undefined>
}

/** The difference of two results of one call. Plain data, without texts by default, so that it can be logged. */
export interface Difference {
  /** `'comparison'` of both endpoints, or `'baseline'`: the same endpoint twice. */
  kind: 'comparison' | 'baseline'
  /** The fields that differ; empty when both results are equal. */
  differs: readonly ('text' | 'stop_reason' | 'stop' | 'error')[]
  /** The UTF-16 offset of the first difference of the texts; `null` if they are the same or one is missing. */
  partsAt: number | null
  /** The length of the second text minus that of the first, in UTF-16 units; `null` if one is missing. */
  length: number | null
  /** The duration of the second call minus that of the first, in milliseconds. */
  milliseconds: number
  /** The call on the legacy endpoint. In a baseline: the first call. */
  complete: ComparedSide
  /** The call on the Messages API. In a baseline: the second call. */
  messages: ComparedSide
}

/** One of the two calls of a comparison, without its texts unless `redact` shows them. */
export interface ComparedSide {
  /** The endpoint of this call. */
  endpoint: Endpoint
  /** The body that was sent; `undefined` if none was. */
  request: unknown
  completion?: {
    text: string
    length: number
    stop_reason: string | null
    /** Redacted, except `"\n\nHuman:"`. */
    stop: string | null
    model: string
  }
  /** Whether the completion repeats the prefill of the prompt. */
  echoesPrefill: boolean
  /** The tokens that the API reported; `null` on the legacy endpoint, which reports none. */
  usage: { input_tokens: number; output_tokens: number } | null
  error?: { name: string; status: number | undefined; type: string | null }
  /** The duration of the call. */
  milliseconds: number
  /** Milliseconds until the first text of a stream; `null` for a non-streamed response. */
  firstTextMilliseconds: number | null
}

/** The result of one of the two calls. */
export interface Run {
  endpoint: Endpoint
  body: object | undefined
  outcome: { completion: Completion } | { error: unknown }
  milliseconds: number
  firstTextMilliseconds: number | null
}

/** Measures one call: its body, its duration and the time to its first text. */
export class CallMeasure {
  readonly #start = performance.now()
  #body: object | undefined
  #firstText: number | null = null

  readonly onSent = (body: object): void => {
    this.#body = body
  }
  readonly onText = (): void => {
    this.#firstText ??= this.#since()
  }

  /** Resolves with the result of the call, whether it succeeds or fails. */
  async run(endpoint: Endpoint, completion: Promise<Completion>): Promise<Run> {
    const outcome = await completion.then(
      completion => ({ completion }),
      (error: unknown) => ({ error }),
    )
    const milliseconds = this.#since()
    return { endpoint, body: this.#body, outcome, milliseconds, firstTextMilliseconds: this.#firstText }
  }

  readonly #since = (): number => performance.now() - this.#start
}

/** Decides at random whether a call is compared, and with which endpoint. */
export function sampleCall({
  sampleRate,
  baseline = 0,
}: Pick<ComparisonOptions, 'sampleRate' | 'baseline'>): Difference['kind'] | undefined {
  if (!(Math.random() < sampleRate)) return undefined
  return Math.random() < baseline ? 'baseline' : 'comparison'
}
