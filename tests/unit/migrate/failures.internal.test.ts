import { describe, expect, test } from 'vitest'
import { migrateSources } from '../../../src/migrate/index.ts'

const IMPORT = "import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'\n"
const CLIENT = 'const client = new Anthropic()\n'
const call = (prompt: string, model = "'claude-2'"): string =>
  `const r = await client.completions.create({ model: ${model}, max_tokens_to_sample: 9, prompt: ${prompt} })\nconsole.log(r.completion)\n`
const READABLE = `${IMPORT}${CLIENT}${call(`\`\${HUMAN_PROMPT} a\${AI_PROMPT}\``)}`
const PYTHON = 'import anthropic\nclient = anthropic.Anthropic()\n'
const DEEP = 3000
const terms = (name: string): string =>
  Array.from({ length: DEEP }, (_, index) => ` + ${name}${index}`).join('')
const nested = (open: string, inner: string, close: string): string =>
  open.repeat(DEEP) + inner + close.repeat(DEEP)

/** Files whose calls exceed the call stack, each in another part of migrate. */
const FAILING: readonly { what: string; file: string; text: string }[] = [
  {
    what: 'a sum of thousands of terms in TypeScript',
    file: 'deep.ts',
    text: `${IMPORT}${CLIENT}${call(`HUMAN_PROMPT${terms('x')} + AI_PROMPT`)}`,
  },
  {
    what: 'a sum of thousands of terms in Python',
    file: 'deep.py',
    text: `${PYTHON}r = client.completions.create(model="claude-2", max_tokens_to_sample=9, prompt=anthropic.HUMAN_PROMPT${terms('x')} + anthropic.AI_PROMPT)\n`,
  },
  {
    what: 'a model in thousands of parentheses',
    file: 'deep.ts',
    text: `${IMPORT}${CLIENT}${call('HUMAN_PROMPT + " a" + AI_PROMPT', nested('(', "'claude-2'", ')'))}`,
  },
  {
    what: 'thousands of nested templates',
    file: 'deep.ts',
    text: `${IMPORT}${CLIENT}${call(`\`\${HUMAN_PROMPT} ${nested('${`', 'a', '`}')}\${AI_PROMPT}\``)}`,
  },
]

const options = { stage: 2, version: '0.1.0' } as const

describe('an unexpected error in one file', () => {
  test.each(FAILING)('is a problem of that file, with $what', async ({ file, text }) => {
    const sources = [
      { file: 'a.ts', text: READABLE },
      { file, text },
      { file: 'z.ts', text: READABLE },
    ]
    const { files, problems, calls } = await migrateSources(sources, options)
    expect(problems).toEqual([
      {
        file,
        message: expect.stringMatching(/^was left out because of an unexpected error: ./),
        isFailure: true,
      },
    ])
    expect(files.map(one => one.file)).toEqual(['a.ts', 'z.ts'])
    expect(calls.map(one => `${one.file} ${one.state}`).sort()).toEqual([
      'a.ts rewritten',
      `${file} left`,
      'z.ts rewritten',
    ])
  })

  test.each(FAILING)('leaves stage 1 as it is, with $what', async ({ file, text }) => {
    const { problems } = await migrateSources([{ file, text }], { ...options, stage: 1 })
    expect(problems).toEqual([])
  })

  test('keeps the wrapper of the client that its calls use', async () => {
    const client = `${IMPORT.replace(/, \{.*\}/, '')}export const client = new Anthropic()\n`
    const using = (text: string): string =>
      `import { client } from './client.ts'\nimport { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'\n${text}`
    const deep = using(call(`HUMAN_PROMPT${terms('x')} + AI_PROMPT`))
    const readable = using(call(`\`\${HUMAN_PROMPT} a\${AI_PROMPT}\``))
    const { files } = await migrateSources(
      [
        { file: 'client.ts', text: client },
        { file: 'deep.ts', text: deep },
        { file: 'readable.ts', text: readable },
      ],
      options,
    )
    expect(files.find(({ file }) => file === 'readable.ts')?.after).toContain('messages.create')
    expect(files.find(({ file }) => file === 'client.ts')?.after).toContain('withCompletions')
  })
})
