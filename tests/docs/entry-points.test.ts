import { expect, test } from 'vitest'
import { ROWS } from '../e2e/programs/entry-points.mjs'
import { entryPoints, Page } from '../e2e/programs/pages.mjs'

test('every row of README’s table has an end-to-end test that follows it', () => {
  const rows = entryPoints()
  expect(rows.length).toBeGreaterThan(10)
  expect(rows.map(({ label }) => label).sort()).toEqual(Object.keys(ROWS).sort())
})

test.each(entryPoints())('$label leads to a page with a program or a command', ({ target }) => {
  expect(Page.at(target).blocks.length).toBeGreaterThan(0)
})
