/** Models retire on their day, in audit and migrate as in a call. */
import { type AuditOptions, findLegacyUses, toSarif, withFingerprints } from 'legacy-completions/audit'
import { describe, expect, it } from 'vitest'
import { migrateSources } from '../../../src/migrate/index.ts'

const MODEL = 'claude-sonnet-4-5'
/** The last day of the model, and the next. */
const DAYS: readonly [today: string, isRetired: boolean][] = [
  ['2026-11-29', false],
  ['2026-11-30', true],
]

const call = {
  file: 'app.py',
  text: [
    'import anthropic',
    'client = anthropic.Anthropic()',
    'c = client.completions.create(',
    '    model="claude-2.1", max_tokens_to_sample=9, prompt="\\n\\nHuman: Hi\\n\\nAssistant:")',
    'print(c.completion)',
    '',
  ].join('\n'),
}
const settings = {
  file: 'settings.py',
  text: `import anthropic\nanthropic.Anthropic().messages.create(model="${MODEL}")\n`,
}

const codesOf = async (source: typeof call, options: AuditOptions): Promise<string[]> =>
  (await findLegacyUses([source], options)).flatMap(({ code, lint }) => [code, ...lint.map(one => one.code)])

describe('on its last day a model is live, and on the next retired', () => {
  it.each(DAYS)('as the target of an audit on %s', async (today, isRetired) => {
    const codes = await codesOf(call, { target: MODEL, today })
    expect(codes.includes('retired-model')).toBe(true)
    const lint = (await findLegacyUses([call], { target: MODEL, today })).flatMap(use => use.lint)
    expect(lint.some(({ code, message }) => code === 'retired-model' && message.includes(MODEL))).toBe(
      isRetired,
    )
  })

  it.each(DAYS)('in a file that names it, on %s', async (today, isRetired) => {
    expect(
      (await codesOf(settings, { messagesModels: true, today })).includes('retired-messages-model'),
    ).toBe(isRetired)
  })

  it.each(DAYS)('in the fixes of SARIF on %s', async (today, isRetired) => {
    const uses = withFingerprints(await findLegacyUses([call], { today })).map(use => ({
      ...use,
      model: MODEL,
    }))
    const report = { version: 1, files: 1, uses, ignored: 0, known: 0, problems: [] } as const
    expect(JSON.stringify(toSarif(report, '1.2.3', today)).includes('Name claude-sonnet-5-5.')).toBe(
      isRetired,
    )
  })

  it.each(DAYS)('as the model of a rewritten call on %s', async (today, isRetired) => {
    const { files } = await migrateSources([call], { stage: 2, version: '0.1.0', model: MODEL, today })
    const after = files.find(({ file }) => file === call.file)?.after ?? ''
    expect(after.includes(isRetired ? 'claude-sonnet-5-5' : MODEL)).toBe(true)
  })
})
