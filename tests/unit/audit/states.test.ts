import {
  type AuditReport,
  countCalls,
  findLegacyUses,
  printable,
  toHtml,
  toJson,
  toMarkdown,
  toSummary,
  toTable,
  withFingerprints,
} from 'legacy-completions/audit'
import { describe, expect, it } from 'vitest'

const CALL =
  "const r = await client.completions.create({ model: 'claude-2', max_tokens_to_sample: 9, prompt })\nshow(r.completion)\n"

/** Clients on this package, and where their calls are. */
const ON_SHIM: Readonly<Record<string, readonly { file: string; text: string }[]>> = {
  'the client of the package': [
    {
      file: 'a.ts',
      text: `import Anthropic from 'legacy-completions'\nconst client = new Anthropic()\n${CALL}`,
    },
  ],
  'a wrapped client of the SDK': [
    {
      file: 'a.ts',
      text: `import Anthropic from '@anthropic-ai/sdk'\nimport { withCompletions } from 'legacy-completions/sdk'\nconst client = withCompletions(new Anthropic())\n${CALL}`,
    },
  ],
  'a client of another file': [
    {
      file: 'src/client.ts',
      text: "import Anthropic from 'legacy-completions'\nexport const client = new Anthropic()\n",
    },
    { file: 'src/ask.ts', text: `import { client } from './client.js'\n${CALL}` },
  ],
  'the generated Python file': [
    {
      file: 'a.py',
      text: 'from legacy_completions import Anthropic\nclient = Anthropic()\nr = client.completions.create(max_tokens_to_sample=9)\n',
    },
  ],
}

describe('a use on the shim', () => {
  it.each(Object.entries(ON_SHIM))('is info with %s', async (_, files) => {
    const uses = await findLegacyUses(files)
    expect(uses.some(({ code }) => code === 'legacy-call')).toBe(true)
    expect(uses.filter(({ severity, isOnShim }) => severity !== 'info' || isOnShim !== true)).toEqual([])
  })

  it('is broken with the client of the SDK next to it', async () => {
    const text = `import Anthropic from '@anthropic-ai/sdk'\nconst client = new Anthropic()\n${CALL}`
    const uses = await findLegacyUses([
      ...(ON_SHIM['a client of another file'] ?? []),
      { file: 'b.ts', text },
    ])
    expect(uses.filter(({ file }) => file === 'b.ts').every(({ isOnShim }) => isOnShim !== true)).toBe(true)
  })
})

const HOSTILE = 'a\u001b[2J\n\u202eb|`<i>.ts'

async function hostileReport(count: number): Promise<AuditReport> {
  const sources = Array.from({ length: count }, (_, index) => ({
    file: `d${index}/${HOSTILE}`,
    text: `import '@anthropic-ai/sdk'\nconst client = new Anthropic()\n${CALL}`,
  }))
  const uses = withFingerprints(await findLegacyUses(sources)).map((use, index) =>
    use.code === 'legacy-call'
      ? { ...use, plan: { state: 'left' as const, code: `code-${index}`, reason: HOSTILE } }
      : use,
  )
  return { version: 1, files: count, calls: countCalls(uses), uses, ignored: 0, known: 0, problems: [] }
}

describe('a name that steers a terminal', () => {
  it('is written out', () => {
    expect(printable('a\u001b[2J\n\u202e\u{e0041}b')).toBe('a\\x1b[2J\\n\\u{202e}\\u{e0041}b')
  })

  it.each([toTable, toMarkdown, toSummary, toHtml, toJson])('is written out by $name', async form => {
    const text = form(await hostileReport(2))
    expect(text).not.toMatch(/[\p{Cf}\u2028\u2029]|(?!\n)\p{Cc}/u)
    if (form !== toJson && form !== toSummary) expect(text).toContain('\\x1b')
  })
})

describe('the summary', () => {
  it('has at most 60 lines for any report', async () => {
    const lines = toSummary(await hostileReport(120))
      .trimEnd()
      .split('\n')
    expect(lines.length).toBeLessThanOrEqual(60)
    expect(lines.join('\n')).toContain('120 calls of Text Completions')
  })
})
