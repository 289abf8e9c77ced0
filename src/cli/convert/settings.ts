import type { TranslateOptions } from '../../translate/index.ts'
import type { LineConverter } from './line.ts'
import { toMessagesConverter } from './to-messages.ts'
import { toPromptConverter } from './to-prompt.ts'
import { type RequestDefaults, toRequestConverter } from './to-request.ts'

/** What lines are converted to, and how. Plain data, which threads can be handed and files can hold. */
export interface Settings {
  to: 'messages' | 'request' | 'prompt'
  /** The field of the prompt. */
  field: string
  defaults: RequestDefaults
  translation: TranslateOptions
}

export function converterOf({ to, field, defaults, translation }: Settings): LineConverter {
  switch (to) {
    case 'messages':
      return toMessagesConverter(field, translation.prompts)
    case 'prompt':
      return toPromptConverter(field)
    default:
      return toRequestConverter(field, defaults, translation)
  }
}
