import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchStops, type StopResult } from '../../../src/translate/text-filter.ts'
import { checkAll } from '../transcript/hostile.ts'

/** The end of a text as the rule says it: where a sequence is first complete, and the longest that is. */
function firstStop(text: string, sequences: readonly string[]): StopResult {
  for (let end = 1; end <= text.length; end++) {
    const complete = sequences.filter(sequence => sequence !== '' && text.slice(0, end).endsWith(sequence))
    const stop = complete.sort((a, b) => b.length - a.length)[0]
    if (stop !== undefined) return { text: text.slice(0, end - stop.length), stop }
  }
  return { text, stop: null }
}

/** What the matcher hands out of a text in pieces, and what it says ended it. */
function run(pieces: readonly string[], sequences: readonly string[]): StopResult {
  const matcher = matchStops(sequences)
  let text = ''
  for (const piece of pieces) {
    const result = matcher.push(piece)
    text += result.text
    if (result.stop !== null) return { text, stop: result.stop }
  }
  return { text: text + matcher.flush(), stop: null }
}

interface StopCase {
  title: string
  sequences: readonly string[]
  text: string
  kept: string
  stop: string | null
}

const cases: readonly StopCase[] = [
  { title: 'no sequence', sequences: [], text: 'abc', kept: 'abc', stop: null },
  { title: 'only an empty sequence', sequences: [''], text: 'abc', kept: 'abc', stop: null },
  { title: 'an empty text', sequences: ['a'], text: '', kept: '', stop: null },
  { title: 'a text that is the sequence', sequences: ['abc'], text: 'abc', kept: '', stop: 'abc' },
  { title: 'a text that only begins one', sequences: ['abc'], text: 'xab', kept: 'xab', stop: null },
  { title: 'text behind the stop', sequences: ['b'], text: 'abcb', kept: 'a', stop: 'b' },
  { title: 'a false start inside', sequences: ['aab'], text: 'aaab', kept: 'a', stop: 'aab' },
  { title: 'a false start across', sequences: ['abac'], text: 'ababac', kept: 'ab', stop: 'abac' },
  { title: 'many false starts', sequences: ['aaaab'], text: 'aaaaaaab', kept: 'aaa', stop: 'aaaab' },
  { title: 'the earlier end of two', sequences: ['abcd', 'bc'], text: 'xabcd', kept: 'xa', stop: 'bc' },
  {
    title: 'the longer of two that end together',
    sequences: ['bc', 'abc'],
    text: 'xabc',
    kept: 'x',
    stop: 'abc',
  },
  {
    title: 'the shorter, where the longer never comes',
    sequences: ['ab', 'abc'],
    text: 'abc',
    kept: '',
    stop: 'ab',
  },
  {
    title: 'a short one in the fallback of a long one',
    sequences: ['abcde', 'cd', 'e'],
    text: 'abcde',
    kept: 'ab',
    stop: 'cd',
  },
  {
    title: 'one found two fallbacks down',
    sequences: ['aabaa!', 'baa?', 'a?'],
    text: 'aabaa?',
    kept: 'aa',
    stop: 'baa?',
  },
  { title: 'the same one twice', sequences: ['ab', 'ab'], text: 'xab', kept: 'x', stop: 'ab' },
  {
    title: 'newlines before the built-in',
    sequences: ['\n\nHuman:'],
    text: 'a\n\n\n\nHuman: b',
    kept: 'a\n\n',
    stop: '\n\nHuman:',
  },
  {
    title: 'another turn than the built-in',
    sequences: ['\n\nHuman:'],
    text: 'a\n\nHumanity',
    kept: 'a\n\nHumanity',
    stop: null,
  },
  { title: 'sequences of whitespace', sequences: ['\n\n', ' '], text: 'a\n\nb c', kept: 'a', stop: '\n\n' },
  { title: 'a surrogate pair', sequences: ['😀'], text: 'a😁😀b', kept: 'a😁', stop: '😀' },
  { title: 'half of a surrogate pair', sequences: ['\ude00'], text: 'a😀b', kept: 'a\ud83d', stop: '\ude00' },
  { title: 'NUL', sequences: ['\0'], text: 'a\0', kept: 'a', stop: '\0' },
  {
    title: 'the last unit there is',
    sequences: ['\uffff\uffff'],
    text: '\uffffa\uffff\uffff',
    kept: '\uffffa',
    stop: '\uffff\uffff',
  },
  { title: 'another case of letters', sequences: ['STOP'], text: 'Stop', kept: 'Stop', stop: null },
  {
    title: 'a composed and a decomposed letter',
    sequences: ['é'],
    text: 'e\u0301',
    kept: 'e\u0301',
    stop: null,
  },
]

describe('matchStops', () => {
  it.each(cases)('finds $title', ({ sequences, text, kept, stop }) => {
    expect(run([text], sequences)).toEqual({ text: kept, stop })
    expect(firstStop(text, sequences)).toEqual({ text: kept, stop })
  })

  it.each(cases)('finds $title in any two pieces, and unit by unit', ({ sequences, text, kept, stop }) => {
    for (let at = 0; at <= text.length; at++) {
      expect(run([text.slice(0, at), text.slice(at)], sequences)).toEqual({ text: kept, stop })
      expect(run([text.slice(0, at), '', text.slice(at), ''], sequences)).toEqual({ text: kept, stop })
    }
    expect(run(text.split(''), sequences)).toEqual({ text: kept, stop })
  })

  it.each([2, 3])('agrees with trying every place and every sequence, over %i letters', size => {
    const letters = fc.string({ unit: fc.constantFrom(...'abc'.slice(0, size)), maxLength: 7 })
    checkAll(
      fc.property(
        fc.array(letters, { maxLength: 6 }),
        fc.array(letters, { maxLength: 8 }),
        (sequences, pieces) => {
          expect(run(pieces, sequences)).toEqual(firstStop(pieces.join(''), sequences))
        },
      ),
      4000,
    )
  })

  it('loses no text, and holds back only text that may begin a sequence', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 5 })
    checkAll(
      fc.property(
        fc.array(letters, { maxLength: 5 }),
        fc.array(letters, { maxLength: 8 }),
        (sequences, pieces) => {
          const matcher = matchStops(sequences)
          let pushed = ''
          let given = ''
          for (const piece of pieces) {
            const { text, stop } = matcher.push(piece)
            pushed += piece
            given += text
            if (stop !== null) {
              expect(pushed.startsWith(given + stop)).toBe(true)
              return
            }
            const held = pushed.slice(given.length)
            expect(given + held).toBe(pushed)
            // Held back is the longest end of the text that begins a sequence, neither more nor less.
            const begins = (end: string): boolean =>
              sequences.some(sequence => sequence.length > end.length && sequence.startsWith(end))
            const longest = [...pushed].findIndex((_, at) => begins(pushed.slice(at)))
            expect(held).toBe(longest === -1 ? '' : pushed.slice(longest))
          }
          expect(given + matcher.flush()).toBe(pushed)
          expect(matcher.flush()).toBe('')
        },
      ),
      3000,
    )
  })

  it('keeps watchers of the same sequences apart', () => {
    const [first, second] = [matchStops(['ab']), matchStops(['ab'])]
    expect(first.push('a')).toEqual({ text: '', stop: null })
    expect(second.push('b')).toEqual({ text: 'b', stop: null })
    expect(first.push('b')).toEqual({ text: '', stop: 'ab' })
  })

  it('holds 100,000 sequences', () => {
    const sequences = Array.from({ length: 100_000 }, (_, index) => `stop ${index};`)
    expect(run(['a stop 1', '2345', '6; stop 54321; b'], sequences)).toEqual({
      text: 'a stop 123456; ',
      stop: 'stop 54321;',
    })
  })

  it('holds one sequence of 100,000 units', () => {
    const sequence = `${'a'.repeat(100_000)}b`
    expect(run(['a'.repeat(150_000), 'b'], [sequence])).toEqual({ text: 'a'.repeat(50_000), stop: sequence })
  })

  it('holds a megabyte of near misses, in one piece and in many', () => {
    const text = '\n\nHuma\n'.repeat(150_000)
    const sequences = ['\n\nHuman:', 'a\n\n\n\n', 'x']
    expect(run([text], sequences)).toEqual({ text, stop: null })
    const pieces = text.match(/.{1,5}/gs) ?? []
    const { text: kept, stop } = run([...pieces, '\n\nHuman:'], sequences)
    expect(stop).toBe('\n\nHuman:')
    expect(kept === text).toBe(true)
  })
})
