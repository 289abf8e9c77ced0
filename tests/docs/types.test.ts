import { expect, it } from 'vitest'
import { needsSDK, programs } from './run-block.ts'
import { complaintsAbout } from './types.ts'

const typed = programs.filter(block => block.language === 'ts' && !needsSDK(block))

/** A block that must be complained of, or nothing would be. */
const code = "import { rollout } from 'legacy-completions'\nrollout('all')\n"
const wrong = { page: 'docs/none.md', line: 7, language: 'ts', code }

it('every block of TypeScript has the right types', { timeout: 120_000 }, () => {
  expect(typed.length).toBeGreaterThan(20)
  expect(complaintsAbout([...typed, wrong], '.')).toEqual([
    "docs/none.md:9 Argument of type 'string' is not assignable to parameter of type 'number'.",
  ])
})
