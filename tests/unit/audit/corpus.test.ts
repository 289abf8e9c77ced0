import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findLegacyUses } from 'legacy-completions/audit'
import { describe, expect, it } from 'vitest'

/** Real prompts, kept outside the project. */
const corpus = fileURLToPath(new URL('../../../../shared/corpus/', import.meta.url))
const isHere = existsSync(corpus)
const skipped = isHere ? '' : ' (skipped: there is no corpus next to this checkout)'

/** The prompts of a file, holes and all. */
const prompts = (name: string): string[] =>
  readFileSync(corpus + name, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { raw?: string; prompt: string })
    .map(({ raw, prompt }) => raw ?? prompt)

/** The ways to write a prompt down in a program that speaks of the vendor. */
const writings: Readonly<Record<string, (text: string) => string>> = {
  'app.ts': text => `import '@anthropic-ai/sdk'\nexport const text = ${JSON.stringify(text)}\n`,
  'app.py': text => `import anthropic\ntext = """${text.replace(/["\\]/g, '\\$&')}"""\n`,
  'app.go': text => `// for claude\nvar text = ${JSON.stringify(text)}\n`,
  'app.json': text => JSON.stringify({ vendor: 'anthropic', text }),
}

async function isReported(file: string, text: string): Promise<boolean> {
  return (await findLegacyUses([{ file, text }])).some(({ code }) => code === 'legacy-prompt')
}

/** Nothing without a label in a line of its own says that it is a prompt. */
const hasLabels = (text: string): boolean =>
  /(?:^|\n)[ \t]*(?:Human|Assistant):|\\n\\n(?:Human|Assistant):/.test(text)

describe.skipIf(!isHere)(`prompts of real programs${skipped}`, () => {
  it.each(Object.entries(writings))('in %s are reported', async (file, write) => {
    const missed: string[] = []
    const all = isHere ? prompts('prompts.jsonl').filter(hasLabels) : []
    for (const prompt of all) if (!(await isReported(file, write(prompt)))) missed.push(prompt)
    expect(all.length).toBeGreaterThan(290)
    // What is left shows no place for an answer, or names the assistant in running text: it may be any vendor's.
    expect(1 - missed.length / all.length).toBeGreaterThan(0.96)
  })

  it.each(Object.entries(writings))('of other vendors in %s are not', async (file, write) => {
    const all = isHere ? prompts('prompts-not-ours.jsonl') : []
    const wrong: string[] = []
    for (const prompt of all) if (await isReported(file, write(prompt))) wrong.push(prompt)
    expect(all.length).toBeGreaterThan(5)
    expect(wrong).toEqual([])
  })
})
