import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { TARGETS } from './targets.ts'

const corpus = fileURLToPath(new URL('corpus/', import.meta.url))
const fileOf = (name: string): string => `${name.replaceAll(' ', '-')}.json`

/** What `SAVE=1 npm run test:fuzz` kept: each input reaches code that none before it did. */
describe.each(Object.entries(TARGETS))('%s', (name, { run, seeds }) => {
  const saved: string[] = JSON.parse(readFileSync(corpus + fileOf(name), 'utf8'))

  test(`keeps its promises for all ${seeds.length + saved.length} inputs that are kept`, async () => {
    for (const input of [...seeds, ...saved]) await run(input)
    expect(saved.every(input => input.length <= 400)).toBe(true)
  })
})

test('every corpus belongs to a target', () => {
  expect(readdirSync(corpus).sort()).toEqual(Object.keys(TARGETS).map(fileOf).sort())
})
