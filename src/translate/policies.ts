import { CALL_DIAGNOSTICS, callDiagnostic, callRefusal } from '../diagnostics/call.ts'
import type {
  CallCode,
  Diagnostic,
  DiagnosticCode,
  PolicyName,
  Span,
  Values,
} from '../diagnostics/diagnostic.ts'
import { refuse } from '../errors.ts'
import { lineColumn } from '../transcript/index.ts'
import { wellFormed } from './prompt-mode.ts'

/**
 * What to do with something that the model or the API does not accept:
 *
 * - `adapt`: replaces or drops it, and reports a diagnostic;
 * - `error`: rejects the call before it is sent, with a `BadRequestError`;
 * - `pass`: sends it unchanged, and the server decides.
 */
export type Policy = 'adapt' | 'error' | 'pass'

/** One policy for each thing that a model or the API may not accept. */
export interface Policies {
  /**
   * What to do with `temperature`, `top_p` and `top_k` where the model does not accept them.
   *
   * - `adapt`: drops them;
   * - `error`: rejects the call;
   * - `pass`: sends them.
   *
   * @default 'adapt'
   */
  sampling?: Policy | undefined
  /**
   * What to do with text after the last `\n\nAssistant:` where the model does not accept a prefill.
   *
   * - `adapt`: asks the model, in one more user turn, to continue the text;
   * - `error`: rejects the call;
   * - `pass`: sends it as the last assistant message.
   *
   * @default 'adapt'
   */
  prefill?: Policy | undefined
  /**
   * What to do with `max_tokens_to_sample` above what the model can write.
   *
   * - `adapt`: lowers it to the model's limit;
   * - `error`: rejects the call;
   * - `pass`: sends it.
   *
   * @default 'adapt'
   */
  maxTokens?: Policy | undefined
  /**
   * What to do with a model that thinks before it answers, because thinking counts toward `max_tokens_to_sample`.
   *
   * - `adapt`: turns thinking off where the model allows it, and raises `max_tokens` by `thinkingReserve` where not;
   * - `error`: rejects calls to models whose thinking cannot be turned off;
   * - `pass`: sends the call unchanged, and the model thinks.
   *
   * @default 'adapt'
   */
  thinking?: Policy | undefined
  /**
   * What to do with a call to a retired model.
   *
   * - `adapt`: sends it to the replacement that the vendor recommends;
   * - `error`: rejects the call;
   * - `pass`: sends it to the retired model.
   *
   * @default 'adapt'
   */
  retiredModel?: Policy | undefined
  /**
   * What to do with stop sequences that are empty or only whitespace, which the Messages API rejects.
   *
   * - `adapt`: drops empty ones; streams the response and stops at the first match of the others;
   * - `error`: rejects the call;
   * - `pass`: sends them.
   *
   * @default 'adapt'
   */
  stopSequences?: Policy | undefined
}

/** The number of problems that the message of a rejection lists. */
const MOST_PROBLEMS = 5

/** Collects the diagnostics of one request and applies the policies to them. */
export class DiagnosticCollector {
  readonly diagnostics: Diagnostic[]
  readonly #policies: Policies

  constructor(policies: Policies, ofPrompt: readonly Diagnostic[]) {
    this.#policies = policies
    this.diagnostics = [...ofPrompt]
  }

  policy(name: PolicyName): Policy {
    return this.#policies[name] ?? 'adapt'
  }

  report(code: CallCode, values?: Values, span?: Span): void {
    this.diagnostics.push(callDiagnostic(code, values, span))
  }

  /** Replaces lone halves of surrogate pairs in a field, and reports them. */
  wellFormed(given: string, field: string): string {
    const { text, diagnostics } = wellFormed(given, field)
    this.diagnostics.push(...diagnostics)
    return text
  }

  /** Reports a problem under its policy. Returns whether to adapt; false for the policy `pass`. */
  adapts(code: CallCode, values?: Values): boolean {
    const { policy: name } = CALL_DIAGNOSTICS[code]
    const policy = name === undefined ? 'adapt' : this.policy(name)
    if (policy === 'pass') return false
    if (policy === 'error') this.diagnostics.push(callRefusal(code, values))
    else this.report(code, values)
    return true
  }

  /**
   * Rejects the call if there is a diagnostic of severity `error`.
   *
   * @throws BadRequestError with the message and the fix of each error, and for a prompt the likely cause.
   */
  rejectErrors(prompt?: string): void {
    const errors = this.diagnostics.filter(({ severity }) => severity === 'error')
    if (errors.length === 0) return
    const shown = errors.slice(0, MOST_PROBLEMS)
    const more = errors.length > shown.length ? `, and ${errors.length - shown.length} more` : ''
    // The old server's messages come first, joined as Bedrock joined them, because existing code searches for them.
    const sentences = shown.map(({ message }) => message.replace(/\.$/, '')).join(', ')
    const remedies = [
      ...new Set(shown.map(({ fix }) => fix)),
      ...(prompt === undefined ? [] : this.#causes(prompt)),
    ]
    throw refuse(`${sentences}${more}. ${remedies.join(' ')} See ${shown[0]?.url}`, this.diagnostics)
  }

  /**
   * Explains why the old server finds no turn in the prompt, with line and column, and whether `repair` would accept
   * it.
   */
  #causes(prompt: string): string[] {
    const cause = this.diagnostics.find(({ code }) => CAUSES.includes(code))
    const repairable = this.diagnostics.find(({ code }) => code === 'repairable-prompt')
    const { line, column } = lineColumn(prompt, cause?.span?.start ?? 0)
    return [
      ...(cause === undefined ? [] : [`Line ${line}, column ${column}: ${cause.message} ${cause.fix}`]),
      ...(repairable === undefined ? [] : [`${repairable.message} ${repairable.fix}`]),
    ]
  }
}

/** The diagnostics that explain why the old server found no turn. */
const CAUSES: readonly DiagnosticCode[] = [
  'undefined-marker',
  'escaped-marker',
  'crlf-marker',
  'indented-marker',
  'single-newline-marker',
  'near-miss-label',
  'unknown-role-marker',
]
