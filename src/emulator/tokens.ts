// A word's whitespace belongs to its first piece. A piece holds at most 8 UTF-16 units of the word, so a
// character beyond the basic plane counts two and is never cut in half.
const TOKEN = /\s{0,8}(?:[^\s\u{10000}-\u{10FFFF}]{1,8}|[\u{10000}-\u{10FFFF}]{1,4})|\s{1,8}/gu

/** Splits a text into token-like pieces. Joined, they are the text again. */
export function splitTokens(text: string): string[] {
  return text.match(TOKEN) ?? []
}

export function countTokens(text: string): number {
  return splitTokens(text).length
}
