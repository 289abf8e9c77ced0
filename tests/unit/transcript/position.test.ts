import fc from 'fast-check'
import { lineColumn, lineIndex } from 'legacy-completions/transcript'
import { expect, it } from 'vitest'
import { checkAll, hostileText } from './hostile.ts'

it.each([
  ['', 0, 1, 1],
  ['abc', 0, 1, 1],
  ['abc', 2, 1, 3],
  ['abc', 3, 1, 4],
  ['a\nbc', 1, 1, 2],
  ['a\nbc', 2, 2, 1],
  ['a\nbc', 3, 2, 2],
  ['a\nbc', 4, 2, 3],
  ['\n', 0, 1, 1],
  ['\n', 1, 2, 1],
  ['\n\n\n', 2, 3, 1],
  ['a\r\nb', 2, 1, 3],
  ['a\r\nb', 3, 2, 1],
  ['a\rb', 2, 1, 3],
  ['😀x', 2, 1, 3],
  ['a\nb', 99, 2, 2],
  ['a\nb', -1, 1, 1],
])('lineColumn(%j, %i) is %i:%i', (source, offset, line, column) => {
  expect(lineColumn(source, offset)).toEqual({ line, column })
})

it('agrees with counting the lines before the offset', () => {
  checkAll(
    fc.property(hostileText, fc.nat(400), (source, offset) => {
      const lines = source.slice(0, offset).split('\n')
      expect(lineColumn(source, offset)).toEqual({
        line: lines.length,
        column: (lines.at(-1)?.length ?? 0) + 1,
      })
    }),
  )
})

it('gives the same positions through one index', () => {
  checkAll(
    fc.property(hostileText, fc.array(fc.integer({ min: -2, max: 400 })), (source, offsets) => {
      const positionOf = lineIndex(source)
      for (const offset of offsets) expect(positionOf(offset)).toEqual(lineColumn(source, offset))
    }),
  )
})
