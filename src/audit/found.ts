import type { Span } from '../diagnostics/index.ts'
import type { LegacyCall, PromptText } from './legacy-use.ts'
import type { RuleCode } from './rules.ts'

/** A use before it is told to people. */
export interface Found extends Span {
  code: RuleCode
  /** The model that is named. */
  model?: string
  call?: LegacyCall
  prompt?: PromptText
  isComment?: boolean
}

export const foundAt = (code: RuleCode, { start, end }: Span): Found => ({ code, start, end })
