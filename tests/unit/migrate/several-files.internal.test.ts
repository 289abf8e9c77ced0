// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources of programs hold templates.
import { describe, expect, test } from 'vitest'
import { isOpened, type Migration, migrateSources } from '../../../src/migrate/index.ts'

type Files = Readonly<Record<string, string>>

/** Runs a migration. Its result is the same if the files that it need not open are read only when they are needed. */
async function run(files: Files, stage: 1 | 2): Promise<Migration> {
  const all = Object.entries(files).map(([file, text]) => ({ file, text }))
  const options = { stage, version: '1.0.0' }
  const migration = await migrateSources(all, options)
  const reads = new Map<string, number>()
  const others = all.flatMap(one => {
    const read = (): string => {
      reads.set(one.file, (reads.get(one.file) ?? 0) + 1)
      return one.text
    }
    if (isOpened(one)) return []
    return [
      {
        file: one.file,
        get text() {
          return read()
        },
      },
    ]
  })
  expect(await migrateSources(all.filter(isOpened), { ...options, others })).toEqual(migration)
  for (const count of reads.values()) expect(count).toBeLessThan(5)
  return migration
}

async function migrated(sources: Files, stage: 1 | 2 = 2): Promise<Files> {
  const { files, problems } = await run(sources, stage)
  expect(problems).toEqual([])
  return { ...sources, ...Object.fromEntries(files.map(({ file, after }) => [file, after])) }
}

const PYTHON = 'import anthropic\n\nclient = anthropic.Anthropic()\n\n\ndef ask(text):\n'
const python = (prompt: string, model = '"claude-2"'): string =>
  `${PYTHON}    return client.completions.create(model=${model}, max_tokens_to_sample=9, prompt=${prompt}).completion.strip()\n`
const TYPESCRIPT = "import Anthropic from '@anthropic-ai/sdk'\n"
const typescript = (imports: string, prompt: string, model = "'claude-2'"): string =>
  `${TYPESCRIPT}${imports}\nconst client = new Anthropic()\n\nexport const ask = async (text: string): Promise<string> =>\n  (await client.completions.create({ model: ${model}, max_tokens_to_sample: 9, prompt: ${prompt} })).completion.trim()\n`

/** Prompts and models that another file defines, and the two files after migrate. */
const followed: readonly { name: string; files: Files; contains: Files }[] = [
  {
    name: 'a template of a Python module',
    files: {
      'app/main.py': `from prompts import ASK\n${python('ASK.format(text=text)')}`,
      'app/prompts.py':
        'from anthropic import AI_PROMPT, HUMAN_PROMPT\n\nASK = f"{HUMAN_PROMPT} Answer: {{text}}{AI_PROMPT}"\n',
    },
    contains: {
      'app/main.py': 'messages=[{"role": "user", "content": ASK.format(text=text)}]',
      'app/prompts.py': 'ASK = "Answer: {text}"\n',
    },
  },
  {
    name: 'a member of a Python module of the package',
    files: {
      'app/main.py': `from . import prompts\n${python('prompts.ASK % text')}`,
      'app/prompts.py': 'ASK = "\\n\\nHuman: Answer: %s\\n\\nAssistant:"\n',
    },
    contains: {
      'app/main.py': 'messages=[{"role": "user", "content": prompts.ASK % text}]',
      'app/prompts.py': 'ASK = "Answer: %s"\n',
    },
  },
  {
    name: 'a function of a Python package',
    files: {
      'main.py': `from app.prompts import build as make\n${python('make(text)')}`,
      'app/prompts.py':
        'def build(text):\n    if not text:\n        text = "nothing"\n    return "\\n\\nHuman: Answer: " + text + "\\n\\nAssistant:"\n',
    },
    contains: {
      'main.py': 'messages=[{"role": "user", "content": make(text)}]',
      'app/prompts.py': '    return "Answer: " + text\n',
    },
  },
  {
    name: 'the markers and the model of a Python module',
    files: {
      'main.py': `from config import AI, HUMAN, MODEL\n${python('f"{HUMAN} {text}{AI}"', 'MODEL')}`,
      'config.py': 'MODEL = "claude-2"\nHUMAN = "\\n\\nHuman:"\nAI = "\\n\\nAssistant:"\n',
    },
    contains: {
      'main.py': 'from config import MODEL\n',
      'config.py': 'MODEL = "claude-opus-4-8"\nHUMAN = "\\n\\nHuman:"\n',
    },
  },
  {
    name: 'a template function of a TypeScript module',
    files: {
      'src/ask.ts': typescript("import { promptFor } from './prompts.js'", 'promptFor(text)'),
      'src/prompts.ts':
        "import { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'\n\nexport const promptFor = (text: string): string => `${HUMAN_PROMPT} Answer: ${text}${AI_PROMPT}`\n",
    },
    contains: {
      'src/ask.ts': "messages: [{ role: 'user', content: promptFor(text) }]",
      'src/prompts.ts': 'export const promptFor = (text: string): string => `Answer: ${text}`\n',
    },
  },
  {
    name: 'members of a TypeScript namespace',
    files: {
      'src/ask.ts': typescript(
        "import * as all from '../prompts'",
        "all.ASK.replace('{}', text)",
        'all.MODEL',
      ),
      'prompts/index.ts':
        "export const MODEL = 'claude-2'\nexport const ASK = '\\n\\nHuman: Answer: {}\\n\\nAssistant:'\n",
    },
    contains: {
      'src/ask.ts': "messages: [{ role: 'user', content: all.ASK.replace('{}', text) }]",
      'prompts/index.ts': "export const MODEL = 'claude-opus-4-8'\nexport const ASK = 'Answer: {}'\n",
    },
  },
  {
    name: 'a constant of a CommonJS module',
    files: {
      'ask.cjs': typescript(
        "const { SYSTEM } = require('./prompts.cjs')",
        '`${SYSTEM}\\n\\nHuman: ${text}\\n\\nAssistant:`',
      )
        .replace(
          "import Anthropic from '@anthropic-ai/sdk'",
          "const Anthropic = require('@anthropic-ai/sdk')",
        )
        .replace(
          'export const ask = async (text: string): Promise<string> =>',
          'exports.ask = async text =>',
        ),
      'prompts.cjs': "const SYSTEM = 'Answer briefly.'\n\nmodule.exports = { SYSTEM }\n",
    },
    contains: { 'ask.cjs': 'system: SYSTEM,', 'prompts.cjs': "const SYSTEM = 'Answer briefly.'\n" },
  },
]

describe('a prompt of another file', () => {
  test.each(followed)('follows $name', async ({ files, contains }) => {
    const after = await migrated(files)
    for (const [file, text] of Object.entries(contains)) expect(after[file]).toContain(text)
    expect(await migrated(after)).toEqual(after)
    expect(await migrated(await migrated(files, 1))).toEqual(after)
  })

  const USED = 'from prompts import ASK\n'
  const DEFINED = 'ASK = "\\n\\nHuman: Answer: {text}\\n\\nAssistant:"\n'
  test.each([
    {
      name: 'a third file',
      files: {
        'main.py': USED + python('ASK.format(text=text)'),
        'prompts.py': DEFINED,
        'other.py': `${USED}\nprint(ASK)\n`,
      },
    },
    {
      name: 'its own file',
      files: { 'main.py': USED + python('ASK.format(text=text)'), 'prompts.py': `${DEFINED}print(ASK)\n` },
    },
    {
      name: 'other code of the file that imports it',
      files: {
        'main.py': `${USED}${python('ASK.format(text=text)')}\n\nprint(ASK)\n`,
        'prompts.py': DEFINED,
      },
    },
  ])('keeps a template that is used by $name', async ({ files }) => {
    const after = await migrated(files)
    expect(after['prompts.py']).toBe(files['prompts.py'])
    expect(after['main.py']).toContain(
      'messages=[{"role": "user", "content": "Answer: {text}".format(text=text)}]',
    )
  })

  test('leaves the call if the function that builds its prompt is used elsewhere', async () => {
    const files = {
      'main.py': `from prompts import build\n${python('build(text)')}`,
      'prompts.py': 'def build(text):\n    return f"\\n\\nHuman: {text}\\n\\nAssistant:"\n',
      'other.py': 'from prompts import build\n\nprint(build("x"))\n',
    }
    const after = await migrated(files)
    expect(after['prompts.py']).toBe(files['prompts.py'])
    expect(after['main.py']).toContain('TODO(legacy-completions: prompt-variable)')
  })

  test.each([
    {
      name: 'parameter of Python',
      files: {
        'main.py': python('f"\\n\\nHuman: {text}\\n\\nAssistant:"', 'MODEL')
          .replace('import anthropic', 'import anthropic\nfrom config import MODEL')
          .replace('def ask(text)', 'def ask(text, MODEL)'),
        'config.py': 'MODEL = "claude-2"\n',
      },
    },
    {
      name: 'pattern of TypeScript',
      files: {
        'main.ts': typescript(
          "import { MODEL } from './config'",
          '`\\n\\nHuman: ${text}\\n\\nAssistant:`',
          'MODEL',
        ).replace('(text: string)', '({ text, MODEL }: Record<string, string>)'),
        'config.ts': "export const MODEL = 'claude-2'\n",
      },
    },
  ])('takes no $name for the import with its name', async ({ files }) => {
    const after = await migrated(files)
    expect(Object.values(after).join('')).toContain('TODO(legacy-completions: argument-unknown)')
    expect(Object.values(after).join('')).toContain('claude-2')
  })

  test('leaves a model that another file compares', async () => {
    const files = {
      'main.py': `from config import MODEL\n${python('f"\\n\\nHuman: {text}\\n\\nAssistant:"', 'MODEL')}`,
      'config.py': 'MODEL = "claude-2"\n',
      'other.py': 'from config import MODEL\n\nprint(MODEL == "claude-2")\n',
    }
    const after = await migrated(files)
    expect(after['config.py']).toBe(files['config.py'])
    expect(after['main.py']).toContain('TODO(legacy-completions: model-shared)')
  })

  test('keeps the prompt of a module whose name another file only shares', async () => {
    const files = {
      'main.py': `prompt = "\\n\\nHuman: Hello\\n\\nAssistant:"\n${python('prompt')}`,
      'other.py': 'prompt = "something else"\n',
    }
    expect((await migrated(files))['main.py']).toContain('prompt = "Hello"\n')
  })
})
