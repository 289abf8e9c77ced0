/** Numbers from 0 up to 1, the same ones for the same seed. */
export type Random = () => number

/** Seeds a generator with a text (FNV-1a), so that equal requests get equal answers, ids and padding. */
export function seededRandom(seed: string): Random {
  let state = 0x811c9dc5
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193)
  // mulberry32: small, and good enough to look random to a reader.
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const HEX = '0123456789abcdef'

/** `msg_01…`, `req_01…`, `compl_01…`: a prefix, "01" and 22 base58 characters, as recorded since 2024. */
export function apiId(prefix: 'msg' | 'req' | 'compl', random: Random): string {
  return `${prefix}_01${letters(BASE58, 22, random)}`
}

/** The log id of the first generation: 32 hex digits. */
export function hexId(random: Random): string {
  return letters(HEX, 32, random)
}

/** An opaque signature as thinking blocks carry it. */
export function signature(random: Random): string {
  return letters(BASE64, 64, random)
}

function letters(alphabet: string, length: number, random: Random): string {
  return Array.from({ length }, () => pick([...alphabet], random)).join('')
}

/** One of the choices. There must be at least one. */
export function pick<T>(choices: readonly T[], random: Random): T {
  const chosen = choices[Math.floor(random() * choices.length)]
  if (chosen === undefined) throw new RangeError('nothing to pick from')
  return chosen
}
