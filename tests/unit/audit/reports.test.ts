import { createRequire } from 'node:module'
import AjvDraft04 from 'ajv-draft-04'
import {
  type AuditReport,
  applyIgnores,
  findLegacyUses,
  LINT_MESSAGES,
  RULES,
  toHtml,
  toMarkdown,
  toSarif,
  toTable,
  withFingerprints,
} from 'legacy-completions/audit'
import { beforeAll, describe, expect, it } from 'vitest'
import { cases } from './cases.ts'

/** The schema as the makers of SARIF publish it, from their package of matchers. */
const schema = createRequire(import.meta.url)(
  '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
) as object

const HOSTILE = '</script><img src=x onerror=alert(1)> | `a` \u001b[31m'

let report: AuditReport
beforeAll(async () => {
  const sources = [
    ...cases.map(({ file, source }) => ({ file: `src/${file}`, text: source })),
    {
      file: 'odd name/ü #1.ts',
      text: `// claude\nconst p = "Be brief.\\n\\nHuman: ${HOSTILE.replaceAll('\u001b', '\\u001b')}\\n\\nAssistant: { "\n`,
    },
  ]
  const uses = withFingerprints(await findLegacyUses(sources, { target: 'claude-opus-4-8' }))
  const problems = [{ file: 'src/b.ts', message: 'could not be read: permission denied' }]
  report = { version: 1, target: 'claude-opus-4-8', files: 40, uses, ignored: 1, known: 2, problems }
})

describe('SARIF', () => {
  it('is what the schema says', () => {
    const validate = new AjvDraft04.default({ strict: false, logger: false, unicodeRegExp: false }).compile(
      schema,
    )
    const log = structuredClone(toSarif(report, '1.2.3'))
    expect(validate(log), JSON.stringify(validate.errors)).toBe(true)
    // The schema rejects something: a result without a message is invalid.
    const [run] = log.runs
    const broken = { ...log, runs: [{ ...run, results: run?.results.map(({ message, ...rest }) => rest) }] }
    expect(validate(broken)).toBe(false)
  })

  it('has a rule with help for every result, and one result for each use and prompt message', () => {
    const [run] = toSarif(report, '1.2.3').runs
    const lint = report.uses.flatMap(use => use.lint)
    expect(run?.results).toHaveLength(report.uses.length + lint.length)
    for (const { ruleId, ruleIndex } of run?.results ?? []) {
      const rule = run?.tool.driver.rules[ruleIndex]
      expect(rule?.id).toBe(ruleId)
      expect(rule?.help.text).toMatch(/\S/)
    }
  })

  it('offers fixes that put a live model in the place of a retired one', async () => {
    const text = "const a = 'claude-2.1'\n"
    const uses = withFingerprints(await findLegacyUses([{ file: 'a.ts', text }]))
    const [run] = toSarif({ ...report, uses }, '1.2.3').runs
    const replacement = run?.results[0]?.fixes?.[0]?.artifactChanges[0]?.replacements[0]
    const { startColumn = 0, endColumn = 0 } = replacement?.deletedRegion ?? {}
    const line =
      text.slice(0, startColumn - 1) + replacement?.insertedContent.text + text.slice(endColumn - 1)
    expect(line).toBe("const a = 'claude-opus-4-8'\n")
  })
})

describe('the other forms', () => {
  it('name every use and every problem', () => {
    for (const form of [toTable, toMarkdown, toHtml]) {
      const text = form(report)
      for (const { line, column } of report.uses) expect(text).toContain(`${line}:${column}`)
      if (form !== toTable) expect(text).toContain('permission denied')
    }
  })

  it('carry no text of a source that would become something else in them', () => {
    expect(toHtml(report)).not.toContain('<img src=x')
    expect(toHtml(report).match(/<\/script>/g)).toHaveLength(1)
    for (const form of [toTable, toMarkdown]) expect(form(report)).not.toContain('\u001b')
  })

  it('show each prompt next to its messages', () => {
    const html = toHtml(report)
    expect(html).toContain('<div class="turn system"><span>system</span><pre>Be brief.</pre></div>')
    expect(html).toContain('<div class="turn user"><span>user</span>')
    expect(html.match(/Prompt and messages/g)?.length).toBe(report.uses.filter(({ prompt }) => prompt).length)
  })

  it('say so when there is nothing', () => {
    const none = { ...report, uses: [], problems: [] }
    for (const form of [toTable, toMarkdown, toHtml])
      expect(form(none)).toContain('No use of Text Completions in 40 files.')
  })
})

describe('the tables', () => {
  it('have a sentence and a remedy for every code', () => {
    for (const { message, fix } of [...Object.values(RULES), ...Object.values(LINT_MESSAGES)]) {
      expect(message).toMatch(/\.$/)
      expect(fix).toMatch(/\.$/)
    }
  })

  it('are all found in some case', () => {
    const found = new Set(cases.flatMap(({ finds }) => finds.map(entry => entry.split(' ')[1])))
    // These two want a second file, and an option.
    expect(Object.keys(RULES).filter(code => !found.has(code))).toEqual(['old-sdk', 'retired-messages-model'])
  })

  it('of the other two', async () => {
    const files = [
      { file: 'app/package.json', text: '{ "dependencies": { "@anthropic-ai/sdk": "^0.20.0" } }' },
      {
        file: 'app/src/a.ts',
        text: "import { HUMAN_PROMPT } from '@anthropic-ai/sdk'\nconst m = 'claude-3-opus-20240229'",
      },
      { file: 'other/package.json', text: '{ "dependencies": { "@anthropic-ai/sdk": "^0.20.0" } }' },
    ]
    const uses = await findLegacyUses(files, { messagesModels: true })
    expect(uses.map(({ file, code }) => `${file} ${code}`)).toEqual([
      'app/package.json old-sdk',
      'app/src/a.ts legacy-constant',
      'app/src/a.ts retired-messages-model',
    ])
  })
})

describe('prompts are linted', () => {
  const lint = async (text: string, file = 'a.ts'): Promise<string[]> =>
    (await findLegacyUses([{ file, text: `import '@anthropic-ai/sdk'\n${text}` }])).flatMap(({ lint }) =>
      lint.map(({ line, column, code }) => `${line}:${column} ${code}`),
    )

  it.each([
    { text: String.raw`f('\n\nHuman: Hi\n\nAssistant:')`, says: [] },
    { text: String.raw`f('\n\nHuman: Hi\n\nAssistant: ')`, says: ['2:31 trailing-whitespace'] },
    { text: String.raw`f('\n\nHuman: Hi\n\nAssistant: {')`, says: ['2:32 prefill'] },
    { text: String.raw`f('Be brief.\n\nHuman: Hi\n\nAssistant:')`, says: ['2:4 system-text'] },
    { text: 'f(`\\n\\nHuman: $'.concat('{text}\\n\\nAssistant:`)'), says: ['2:17 open-interpolation'] },
    { text: 'f(prompt`\\n\\nHuman: $'.concat('{text}\\n\\nAssistant:`)'), says: [] },
    {
      text: String.raw`f('\\n\\nHuman: Hi\\n\\nAssistant:')`,
      says: ['2:10 escaped-marker', '2:25 escaped-marker'],
    },
    { text: String.raw`f('\n\nHuman: Hi\nHuman: Ho\n\nAssistant:')`, says: ['2:19 single-newline-marker'] },
    {
      text: String.raw`f('\n\nAssistant: a\n\nHuman: b')`,
      says: ['2:4 missing-human-turn', '2:32 missing-assistant-turn'],
    },
    {
      text: String.raw`f('\n\nHuman: \n\nHuman: Hi\n\nAssistant:\n\nAssistant:')`,
      says: ['2:4 empty-turn', '2:4 repaired-double-wrap', '2:28 empty-turn', '2:42 repaired-double-wrap'],
    },
  ])('$text', async ({ text, says }) => {
    expect(await lint(text)).toEqual(says)
  })
})

describe('ignore comments', () => {
  it('are read in the comments of any language', async () => {
    const texts = [
      '# legacy-completions-ignore: why\nm = "claude-2"',
      '<!-- legacy-completions-ignore: why -->\n`claude-2`',
    ]
    for (const [index, text] of texts.entries()) {
      const uses = await findLegacyUses([{ file: index === 0 ? 'a.py' : 'a.md', text }])
      expect(uses).toHaveLength(1)
      expect(applyIgnores(text, uses)).toMatchObject({ kept: [], unreasoned: [] })
    }
  })
})

describe('a line of a notebook', () => {
  const cell = JSON.stringify(
    { cells: [{ cell_type: 'code', source: ['    model = "claude-2"\n'] }] },
    undefined,
    1,
  )

  it('is shown as code, without the quotes of JSON', async () => {
    const uses = withFingerprints(await findLegacyUses([{ file: 'a.ipynb', text: cell }]))
    const report = { version: 1 as const, files: 1, uses, ignored: 0, known: 0, problems: [] }
    expect(toTable(report)).toContain('  model = "claude-2"')
    expect(toMarkdown(report)).toContain('`model = "claude-2"`')
    expect(toHtml(report)).toContain('model =<wbr> &quot;claude-2&quot;')
  })
})

describe('the page', () => {
  it('explains each code once', async () => {
    const sources = ['a.ts', 'b.ts', 'c.ts'].map(file => ({ file, text: "send('max_tokens_to_sample')" }))
    const uses = withFingerprints(await findLegacyUses(sources))
    const page = toHtml({ version: 1, files: 3, uses, ignored: 0, known: 0, problems: [] })
    expect(uses).toHaveLength(3)
    expect(page.split('is a parameter of Text Completions')).toHaveLength(2)
  })
})
