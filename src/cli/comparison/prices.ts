/** Date on which the prices were read from Anthropic's model pages. */
export const PRICES_OF = '2026-10-16'

/** US dollars per million input and output tokens, without caching and batches. */
const PRICES: Readonly<Record<string, readonly [input: number, output: number]>> = {
  'claude-fable-5-1': [10, 50],
  'claude-opus-5-5': [4, 20],
  'claude-opus-5': [5, 25],
  'claude-opus-4-8': [5, 25],
  'claude-opus-4-7': [5, 25],
  'claude-opus-4-6': [5, 25],
  'claude-opus-4-5': [5, 25],
  'claude-sonnet-5-5': [2, 10],
  'claude-sonnet-4-6': [3, 15],
  'claude-sonnet-4-5': [3, 15],
  // Price for prompts of up to 100,000 tokens.
  'claude-haiku-5-5': [0.1, 0.5],
  'claude-haiku-4-5': [1, 5],
}

/** Returns the price of the tokens in US dollars; `undefined` for a model that is not in the table. */
export function priceOf(model: string, inputTokens: number, outputTokens: number): number | undefined {
  const id = model.replace(/-\d{8}$/, '')
  const price = Object.hasOwn(PRICES, id) ? PRICES[id] : undefined
  return price && (inputTokens * price[0] + outputTokens * price[1]) / 1_000_000
}
