/** A model as the legacy endpoint served it: the id its replies carried, and the longest prompt in tokens. */
export interface LegacyModel {
  id: string
  maxPromptTokens: number
}

// Longest prompts as recorded in "prompt is too long: … > 102398 maximum" and "… > 199999 maximum".
const LONG = 102_398
const LONGEST = 199_999
// "exceeds max (9216)" was the official Python client's limit for the first models, output included.
const SHORT = 9216

/**
 * Every spelling, and the id it was resolved to: a major version stood for its latest minor one, and the reply
 * named that one (`claude-2` became `claude-2.1`, recorded 2024-05 to 2025-01). The `v1` spellings are of 2023.
 */
const SPELLINGS: Readonly<Record<string, LegacyModel>> = {
  'claude-v1': { id: 'claude-v1.3', maxPromptTokens: SHORT },
  'claude-v1-100k': { id: 'claude-v1.3-100k', maxPromptTokens: LONG },
  'claude-v1.0': { id: 'claude-v1.0', maxPromptTokens: SHORT },
  'claude-v1.2': { id: 'claude-v1.2', maxPromptTokens: SHORT },
  'claude-v1.3': { id: 'claude-v1.3', maxPromptTokens: SHORT },
  'claude-v1.3-100k': { id: 'claude-v1.3-100k', maxPromptTokens: LONG },
  'claude-1': { id: 'claude-1.3', maxPromptTokens: SHORT },
  'claude-1-100k': { id: 'claude-1.3-100k', maxPromptTokens: LONG },
  'claude-1.0': { id: 'claude-1.0', maxPromptTokens: SHORT },
  'claude-1.1': { id: 'claude-1.1', maxPromptTokens: SHORT },
  'claude-1.2': { id: 'claude-1.2', maxPromptTokens: SHORT },
  'claude-1.3': { id: 'claude-1.3', maxPromptTokens: SHORT },
  'claude-1.3-100k': { id: 'claude-1.3-100k', maxPromptTokens: LONG },
  'claude-instant-v1': { id: 'claude-instant-v1.1', maxPromptTokens: SHORT },
  'claude-instant-v1-100k': { id: 'claude-instant-v1.1-100k', maxPromptTokens: LONG },
  'claude-instant-v1.0': { id: 'claude-instant-v1.0', maxPromptTokens: SHORT },
  'claude-instant-v1.1': { id: 'claude-instant-v1.1', maxPromptTokens: SHORT },
  'claude-instant-v1.1-100k': { id: 'claude-instant-v1.1-100k', maxPromptTokens: LONG },
  'claude-instant-1': { id: 'claude-instant-1.2', maxPromptTokens: LONG },
  'claude-instant-1-100k': { id: 'claude-instant-1.2', maxPromptTokens: LONG },
  'claude-instant-1.0': { id: 'claude-instant-1.0', maxPromptTokens: SHORT },
  'claude-instant-1.1': { id: 'claude-instant-1.1', maxPromptTokens: SHORT },
  'claude-instant-1.1-100k': { id: 'claude-instant-1.1-100k', maxPromptTokens: LONG },
  'claude-instant-1.2': { id: 'claude-instant-1.2', maxPromptTokens: LONG },
  'claude-2': { id: 'claude-2.1', maxPromptTokens: LONGEST },
  'claude-2.0': { id: 'claude-2.0', maxPromptTokens: LONG },
  'claude-2.1': { id: 'claude-2.1', maxPromptTokens: LONGEST },
}

export function findLegacyModel(spelling: string): LegacyModel | undefined {
  return Object.hasOwn(SPELLINGS, spelling) ? SPELLINGS[spelling] : undefined
}
