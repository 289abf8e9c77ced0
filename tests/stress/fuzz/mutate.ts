import type { Random } from '../chaos/random.ts'

/** Longer inputs say nothing that shorter ones do not, and take their time. */
const LONGEST = 4000

type Change = (input: string, random: Random, words: readonly string[], other: string) => string

const spliced = (input: string, from: number, to: number, between: string): string =>
  input.slice(0, from) + between + input.slice(to)

const CHANGES: readonly Change[] = [
  (input, random, words) => {
    const at = random.below(input.length + 1)
    return spliced(input, at, at, random.pick(words))
  },
  (input, random, words) => {
    const at = random.below(input.length + 1)
    return spliced(input, at, at + 1 + random.below(8), random.pick(words))
  },
  (input, random) => {
    const at = random.below(input.length + 1)
    return spliced(input, at, at + 1 + random.below(30), '')
  },
  (input, random) => {
    const at = random.below(input.length + 1)
    const piece = input.slice(at, at + 1 + random.below(60))
    return spliced(input, at, at, piece.repeat(1 + random.below(3)))
  },
  (input, random) => {
    const at = random.below(input.length + 1)
    return spliced(input, at, at + 1, String.fromCharCode(random.below(256)))
  },
  (input, random, _, other) => {
    const from = random.below(other.length + 1)
    const at = random.below(input.length + 1)
    return spliced(input, at, at + random.below(40), other.slice(from, from + random.below(80)))
  },
]

/** Another input, made of one that is known and pieces of others. */
export function mutate(corpus: readonly string[], words: readonly string[], random: Random): string {
  let input = random.pick(corpus)
  for (let left = 1 + random.below(4); left > 0; left--) {
    input = random.pick(CHANGES)(input, random, words, random.pick(corpus))
  }
  return input.slice(0, LONGEST)
}
