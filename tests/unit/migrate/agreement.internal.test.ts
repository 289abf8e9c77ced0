import { findLegacyUses, RULES } from 'legacy-completions/audit'
import { describe, expect, test } from 'vitest'
import { migrateSources } from '../../../src/migrate/index.ts'
import { cases as audited } from '../audit/cases.ts'
import { cases } from './cases.ts'

/** What the audit says that migrate can take, and what migrate takes, are one. */
describe('what migrate can take', () => {
  const whole = cases.filter(({ stage, output }) => stage === 2 && !/TODO\(/.test(output))

  test.each(whole)('is gone: $name', async ({ file, input, output }) => {
    const before = await findLegacyUses([{ file, text: input }])
    expect(before.filter(({ isMigratable }) => isMigratable).length).toBeGreaterThan(0)
    expect(
      (await findLegacyUses([{ file, text: output }])).filter(({ isMigratable }) => isMigratable),
    ).toEqual([])
  })

  const sources = [
    ...cases.map(({ name, file, stage, input }) => ({ name, file, stage, source: input })),
    ...audited.map(({ file, source }) => ({ name: `audited ${file}`, file, stage: 2 as const, source })),
  ]
  test.each(sources)('is all that changes: $name', async ({ file, stage, source }) => {
    const uses = await findLegacyUses([{ file, text: source }])
    const { files } = await migrateSources([{ file, text: source }], { stage, version: '1.0.0' })
    const text = files[0]?.after ?? source
    // The modules that names come from are no uses by themselves.
    const ofImports = /import|require|withCompletions|WithCompletions/
    const changed = source
      .split('\n')
      .filter(line => !text.split('\n').includes(line) && !ofImports.test(line))
    if (!uses.some(({ isMigratable }) => isMigratable)) expect(changed).toEqual([])
    // A prompt is followed to where it is written, farther than the audit of one place sees.
    const kept = uses.filter(
      ({ isMigratable, code }) =>
        !isMigratable && !/^(?:legacy-prompt|legacy-constant|legacy-parameter|retired-model)$/.test(code),
    )
    for (const { excerpt } of kept) expect(text).toContain(excerpt.trim())
  })

  test('is marked only for uses of rules that migrate supports', async () => {
    const uses = await findLegacyUses(
      audited.map(({ file, source }, index) => ({ file: `${index}/${file}`, text: source })),
    )
    for (const { code, isMigratable } of uses) if (!RULES[code].isMigratable) expect(isMigratable).toBe(false)
    const taken = new Set(uses.filter(({ isMigratable }) => isMigratable).map(({ code }) => code))
    const able = Object.entries(RULES).filter(([, rule]) => rule.isMigratable)
    expect([...taken].sort()).toEqual(able.map(([code]) => code).sort())
  })
})
