import { CALL_DIAGNOSTICS, callDiagnostic, callRefusal } from '../diagnostics/call.ts'
import type { CallCode, Diagnostic, PolicyName, Values } from '../diagnostics/diagnostic.ts'
import { refuse } from '../errors.ts'

/**
 * What becomes of something that the target refuses:
 *
 * - `adapt`: it is made up for or left out, and a diagnostic says so;
 * - `error`: the call is refused, and not sent;
 * - `pass`: it is sent as it is, for the target to decide.
 */
export type Policy = 'adapt' | 'error' | 'pass'

/** One option for each thing that a target may refuse. All are `adapt` unless said otherwise. */
export interface Policies {
  /** `temperature`, `top_p`, `top_k`. @default 'adapt' */
  sampling?: Policy | undefined
  /** Text behind the last `\n\nAssistant:`. @default 'adapt' */
  prefill?: Policy | undefined
  /** `max_tokens_to_sample` above what the model can write. @default 'adapt' */
  maxTokens?: Policy | undefined
  /** Models that think before they answer. `error` refuses those that cannot be told not to. @default 'adapt' */
  thinking?: Policy | undefined
  /** A model that no longer answers. @default 'adapt' */
  retiredModel?: Policy | undefined
  /** Stop sequences of only whitespace, or of nothing. @default 'adapt' */
  stopSequences?: Policy | undefined
}

/** Collects what is noticed in one request, each thing under the policy that governs it. */
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

  report(code: CallCode, values?: Values): void {
    this.diagnostics.push(callDiagnostic(code, values))
  }

  /** Whether to adapt what the code tells of: not where the user wants it sent as it is. */
  adapts(code: CallCode, values?: Values): boolean {
    const { policy: name } = CALL_DIAGNOSTICS[code]
    const policy = name === undefined ? 'adapt' : this.policy(name)
    if (policy === 'pass') return false
    if (policy === 'error') this.diagnostics.push(callRefusal(code, values))
    else this.report(code, values)
    return true
  }

  /** @throws BadRequestError with the sentence of every remark that is an error, and the remedies. */
  refuseErrors(): void {
    const errors = this.diagnostics.filter(({ severity }) => severity === 'error')
    if (errors.length === 0) return
    // The old sentences first, joined as Bedrock joined them, so that code which looks for them finds them.
    const said = errors.map(({ message }) => message.replace(/\.$/, '')).join(', ')
    const remedies = this.diagnostics.filter(({ severity }) => severity !== 'info').map(({ fix }) => fix)
    throw refuse(`${said}. ${[...new Set(remedies)].join(' ')}`, this.diagnostics)
  }
}
