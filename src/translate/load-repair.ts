import { APIConnectionError } from '../errors.ts'
import type { PromptRepair } from './prompt-mode.ts'

/** What calls have loaded so far. */
export const loaded: { repair?: PromptRepair } = {}

/** Loads what repairs prompts. @throws APIConnectionError if that fails; the next call tries again. */
export async function loadRepair(): Promise<PromptRepair> {
  try {
    loaded.repair ??= (await import('./repair-prompt.ts')).promptRepair
    return loaded.repair
  } catch (cause) {
    throw new APIConnectionError({ message: 'The code that repairs prompts could not be loaded.', cause })
  }
}
