import { describe, expect, test } from 'vitest'
import { type MigrateRuleName, type Migration, migrateSources } from '../../../src/migrate/index.ts'
import { cases } from './cases.ts'

const migrate = (
  sources: Readonly<Record<string, string>>,
  stage: 1 | 2,
  options: { skip?: readonly MigrateRuleName[]; leadingSpace?: 'drop' | 'keep' } = {},
): Promise<Migration> =>
  migrateSources(
    Object.entries(sources).map(([file, text]) => ({ file, text })),
    { stage, version: '1.0.0', leadingSpace: options.leadingSpace, skip: new Set(options.skip) },
  )

const migrated = async (
  file: string,
  text: string,
  stage: 1 | 2,
  skip: readonly MigrateRuleName[] = [],
): Promise<string> => {
  const { files, problems } = await migrate({ [file]: text }, stage, { skip })
  expect(problems).toEqual([])
  return files.find(one => one.file === file)?.after ?? text
}

const TODO = /^[ \t]*(?:\/\/|#) TODO\(legacy-completions: [\w-]+\): .*\r?\n/gm

/** Ways to write the same file, in which the same is to be done. */
const spellings: readonly { name: string; spell: (text: string) => string }[] = [
  { name: 'lines that end in CRLF', spell: text => text.replaceAll('\n', '\r\n') },
  { name: 'a byte order mark', spell: text => `\uFEFF${text}` },
  { name: 'both', spell: text => `\uFEFF${text.replaceAll('\n', '\r\n')}` },
  {
    name: 'tabs',
    spell: text => {
      const unit = /^(?: {4}|\t)\S/m.test(text) && !/^ {2}\S/m.test(text) ? 4 : 2
      return text.replace(/^ +/gm, blanks => '\t'.repeat(blanks.length / unit))
    },
  },
]

describe('every case', () => {
  test.each(cases)('$name', async ({ file, stage, input, output }) => {
    expect(await migrated(file, input, stage)).toBe(output)
  })

  test.each(cases)('$name changes nothing the second time', async ({ file, stage, output }) => {
    expect(await migrated(file, output, stage)).toBe(output)
  })

  describe.each(spellings)('with $name', ({ spell }) => {
    test.each(cases)('$name', async ({ file, stage, input, output }) => {
      expect(await migrated(file, spell(input), stage)).toBe(spell(output))
    })
  })
})

describe('a rule that is switched off', () => {
  const second = cases.filter(({ stage }) => stage === 2)

  test.each(cases)('imports: $name', async ({ file, stage, input }) => {
    const imports = (text: string): string[] =>
      text.match(/^(?!.*TODO\().*(?:@anthropic-ai|legacy-completions|from anthropic).*$/gm) ?? []
    expect(imports(await migrated(file, input, stage, ['imports']))).toEqual(imports(input))
  })

  test.each(second)('comments: $name', async ({ file, input, output }) => {
    expect(await migrated(file, input, 2, ['comments'])).toBe(output.replace(TODO, ''))
  })

  test.each(second)('calls and streams: $name', async ({ file, input }) => {
    expect(await migrated(file, input, 2, ['calls', 'streams'])).toBe(await migrated(file, input, 1))
  })

  test.each(second.filter(({ input }) => /stream\s*[:=]\s*[tT]rue/.test(input)))(
    'streams: $name',
    async ({ file, input }) => {
      const text = await migrated(file, input, 2, ['streams'])
      expect(text).not.toMatch(/content_block_delta/)
      expect(text).toMatch(/completions\s*\.create/)
    },
  )
})

test.each(cases.filter(({ stage }) => stage === 2))(
  'stage 1 on the way makes no difference: $name',
  async ({ file, input, output }) => {
    expect(await migrated(file, await migrated(file, input, 1), 2)).toBe(output)
  },
)

describe('clients of the cloud packages', () => {
  const classes = [
    { name: 'AnthropicAws', module: 'aws-sdk', imported: '{ AnthropicAws }' },
    { name: 'AnthropicAws', module: 'aws-sdk', imported: 'AnthropicAws' },
    { name: 'Aws', module: 'aws-sdk', imported: '{ AnthropicAws as Aws }' },
    { name: 'sdk.AnthropicAws', module: 'aws-sdk', imported: '* as sdk' },
    { name: 'AnthropicBedrock', module: 'bedrock-sdk', imported: '{ AnthropicBedrock }' },
    { name: 'AnthropicBedrockMantle', module: 'bedrock-sdk', imported: '{ AnthropicBedrockMantle }' },
    { name: 'Foundry', module: 'foundry-sdk', imported: 'Foundry' },
    { name: 'AnthropicNext', module: 'next-sdk', imported: '{ AnthropicNext }' },
    { name: 'AnthropicVertex', module: 'vertex-sdk', imported: '{ AnthropicVertex }' },
  ]

  test.each(classes)('wraps $name of $module', async ({ name, module, imported }) => {
    const source = `import ${imported} from '@anthropic-ai/${module}'\nconst client = new ${name}()\nclient.completions.create(parameters)\n`
    const text = await migrated('a.ts', source, 1)
    expect(text).toContain(`const client = withCompletions(new ${name}())`)
    expect(text).toContain(`import ${imported} from '@anthropic-ai/${module}'`)
    expect(text).toContain("import { withCompletions } from 'legacy-completions/sdk'")
  })

  test('wraps no error class and no client of the agent package', async () => {
    const source =
      "import { AnthropicError } from '@anthropic-ai/aws-sdk'\nimport { Anthropic } from '@anthropic-ai/claude-agent-sdk'\nconst failed = new AnthropicError('x')\nconst agent = new Anthropic()\nagent.completions.create(parameters)\n"
    expect(await migrated('a.ts', source, 1)).toBe(source)
  })
})

test('an import of all names of another module stays as it is', async () => {
  const program = (call: string): string => `import anthropic
from retrievers import *

client = anthropic.Anthropic()
reply = ${call}
`
  const before = program(
    'client.completions.create(model="claude-2.1", max_tokens_to_sample=9, prompt=f"{anthropic.HUMAN_PROMPT} Hi{anthropic.AI_PROMPT}").completion',
  )
  const after = await migrated('star.py', before, 2)
  expect(after).toContain('client.messages.create(')
  expect(after).toContain('from retrievers import *\n')
})
