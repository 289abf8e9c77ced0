/** Something that takes any text, or any bytes (one for each character), and must keep its promises for all of them. */
export interface Target {
  /** @throws what breaks a promise. */
  run(input: string): void | Promise<void>
  /** Pieces that its grammar is made of. */
  words: readonly string[]
  seeds: readonly string[]
}

export const JSON_WORDS: readonly string[] = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  '\\',
  '\\u',
  'null',
  'true',
  '1e9',
  '-1',
  '"__proto__"',
  '\n',
]

/** Of programs, whatever their language. */
export const CODE_WORDS: readonly string[] = [
  'HUMAN_PROMPT',
  'AI_PROMPT',
  "'",
  '"',
  '`',
  '${',
  '}',
  '(',
  ')',
  '\n',
]

export function holds(isSo: boolean, promise: string): void {
  if (!isSo) throw new Error(`broken: ${promise}`)
}

/** What came of something that may throw, but only errors of this kind. */
export function attempt<T, E extends Error>(kind: abstract new (...args: never[]) => E, act: () => T): T | E {
  try {
    return act()
  } catch (error) {
    if (error instanceof kind) return error
    throw error
  }
}
