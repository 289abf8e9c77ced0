import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { type Migration, migrateSources } from '../../../src/migrate/index.ts'
import { PYTHON_FILE } from '../../../src/python/python-file.ts'
import { cases, pythonFileCases } from './cases.ts'

type Files = Readonly<Record<string, string>>

const run = (sources: Files, stage: 1 | 2, pythonFile: string | undefined): Promise<Migration> =>
  migrateSources(
    Object.entries(sources).map(([file, text]) => ({ file, text })),
    { stage, version: '1.0.0', pythonFile },
  )

async function migrated(sources: Files, stage: 1 | 2): Promise<Files> {
  const { files, problems } = await run(sources, stage, stage === 1 ? PYTHON_FILE : undefined)
  expect(problems).toEqual([])
  return { ...sources, ...Object.fromEntries(files.map(({ file, after }) => [file, after])) }
}

/** Returns the files of the program without the module, and without comments that name expressions and lines. */
const program = (files: Files): Files =>
  Object.fromEntries(
    Object.entries(files)
      .filter(([file]) => !file.endsWith('legacy_completions.py'))
      .map(([file, text]) => [file, text.replace(/^[ \t]*# TODO\(legacy-completions: .*\n/gm, '')]),
  )

/** Fails if Python cannot parse a file. */
function expectParsed(files: Files): void {
  const script = 'import ast, json, sys\nfor text in json.load(sys.stdin): ast.parse(text)'
  const { status, stderr } = spawnSync('python3', ['-c', script], {
    input: JSON.stringify(Object.values(files)),
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
}

const CALL =
  'completions.create(model="claude-2", max_tokens_to_sample=9, prompt=f"\\n\\nHuman: {text}\\n\\nAssistant:")'
const ask = (client: string): string =>
  `\n\ndef ask(text):\n    return ${client}.${CALL}.completion.strip()\n`

/** Files before stage 1, and texts that they contain after it. */
const programs: readonly { name: string; files: Files; contains: Files; added?: readonly string[] }[] = [
  {
    name: 'names of the SDK',
    files: {
      'app.py': `"""Asks."""\n\nfrom __future__ import annotations\n\nimport os\nfrom anthropic import AI_PROMPT, HUMAN_PROMPT, Anthropic  # the SDK\n\nclient = Anthropic(api_key=os.environ["KEY"])\n\n\ndef ask(text):\n    return client.completions.create(model="claude-2", max_tokens_to_sample=9, prompt=f"{HUMAN_PROMPT} {text}{AI_PROMPT}").completion.strip()\n`,
    },
    contains: {
      'app.py':
        'from anthropic import Anthropic  # the SDK\nfrom legacy_completions import AI_PROMPT, HUMAN_PROMPT, with_completions\n\nclient = with_completions(Anthropic(api_key=os.environ["KEY"]))\n',
    },
  },
  {
    name: 'constants in a statement of their own, with other names',
    files: {
      'app.py': `from anthropic import (\n    HUMAN_PROMPT as H,\n    AI_PROMPT as A,\n)\nfrom anthropic import AsyncAnthropic as Claude\n\nclient = Claude()\n\n\nasync def ask(text):\n    stream = await client.completions.create(model="claude-2", max_tokens_to_sample=9, stream=True, prompt=f"{H} {text}{A}")\n    async for part in stream:\n        print(part.completion, end="")\n`,
    },
    contains: {
      'app.py':
        'from legacy_completions import (\n    HUMAN_PROMPT as H,\n    AI_PROMPT as A,\n    with_completions,\n)\nfrom anthropic import AsyncAnthropic as Claude\n\nclient = with_completions(Claude())\n',
    },
  },
  {
    name: 'members of the module',
    files: {
      'app.py': `import anthropic as a\n\n\ndef ask(text):\n    client = a.Anthropic()\n    HUMAN_PROMPT = a.HUMAN_PROMPT\n    return client.completions.create(model="claude-2", max_tokens_to_sample=9, prompt=f"{HUMAN_PROMPT} {text}{a.AI_PROMPT}").completion.strip()\n`,
    },
    contains: {
      'app.py':
        'import anthropic as a\nimport legacy_completions\n\n\ndef ask(text):\n    client = legacy_completions.with_completions(a.Anthropic())\n    HUMAN_PROMPT = legacy_completions.HUMAN_PROMPT\n',
    },
  },
  {
    name: 'an import in a function and one in a line',
    files: {
      'app.py': `try: import anthropic\nexcept ImportError: anthropic = None\n\n\ndef ask(text):\n    from anthropic import Anthropic; size = 9\n    return Anthropic().${CALL}.completion.strip()\n\n\ndef again(text):\n    with anthropic.Anthropic() as client:\n        return client.${CALL}.completion.strip()\n`,
    },
    contains: {
      'app.py':
        'try: import anthropic; from legacy_completions import with_completions\nexcept ImportError: anthropic = None\n\n\ndef ask(text):\n    from anthropic import Anthropic; from legacy_completions import with_completions; size = 9\n    return with_completions(Anthropic()).',
    },
  },
  {
    name: 'a client of another module of a package',
    files: {
      'app/__init__.py': '',
      'app/llm.py': 'import anthropic\n\n\ndef get_client():\n    return anthropic.Anthropic()\n',
      'app/ask.py': `from .llm import get_client\n\nclient = get_client()${ask('client')}`,
      'app/prompts.py': 'from anthropic import HUMAN_PROMPT\n\nASK = HUMAN_PROMPT + " Answer: "\n',
    },
    contains: {
      'app/llm.py':
        'import anthropic\nfrom legacy_completions import with_completions\n\n\ndef get_client():\n    return with_completions(anthropic.Anthropic())\n',
      'app/ask.py': 'client = get_client()\n',
      'app/prompts.py': 'from legacy_completions import HUMAN_PROMPT\n',
    },
  },
  {
    name: 'programs with directories of their own',
    files: {
      'one/app.py': `import anthropic\nc = anthropic.Client()${ask('c')}`,
      'two/web/services/llm.py': `from anthropic import Anthropic\nfrom web.config import KEY\n\nc = Anthropic(api_key=KEY)${ask('c')}`,
      'two/web/config.py': 'KEY = "k"\n',
    },
    contains: {
      'one/app.py':
        'import anthropic\nfrom legacy_completions import with_completions\nc = with_completions(anthropic.Client())\n',
    },
    added: ['one/legacy_completions.py', 'two/legacy_completions.py'],
  },
  {
    name: 'a notebook',
    files: {
      'ask.ipynb': `${JSON.stringify(
        {
          cells: [
            { cell_type: 'code', source: ['%pip install anthropic\n', 'from anthropic import Anthropic'] },
            {
              cell_type: 'code',
              source: [
                'client = Anthropic()\n',
                `print(client.${CALL.replace('{text}', 'Hello')}.completion.strip())\n`,
              ],
            },
          ],
          metadata: {},
        },
        undefined,
        1,
      )}\n`,
    },
    contains: { 'ask.ipynb': '"client = with_completions(Anthropic())\\n"' },
  },
]

describe('stage 1 with the Python file', () => {
  test.each(programs)('restores $name', async ({ files, contains, added = ['legacy_completions.py'] }) => {
    const after = await migrated(files, 1)
    for (const [file, text] of Object.entries(contains)) expect(after[file]).toContain(text)
    expect(Object.keys(after).filter(file => !(file in files))).toEqual(added)
    for (const file of added) expect(after[file]).toBe(PYTHON_FILE)
    expectParsed(Object.fromEntries(Object.entries(after).filter(([file]) => file.endsWith('.py'))))
    const second = await run(after, 1, PYTHON_FILE)
    expect(second.files).toEqual([])
    expect(second.diagnostics.filter(({ kind }) => kind === 'left')).toEqual([])
  })

  test.each(programs)(
    'makes no difference to stage 2, which rewrites all calls of $name',
    async ({ files }) => {
      const direct = await migrated(files, 2)
      expect(JSON.stringify(direct)).not.toContain('completions.create')
      const isMoved = /^from anthropic import HUMAN_PROMPT$/m.test(files['app/prompts.py'] ?? '')
      expect(program(await migrated(await migrated(files, 1), 2))).toEqual(
        program(isMoved ? await migrated(direct, 1) : direct),
      )
    },
  )
})

describe('a pair', () => {
  test.each(pythonFileCases)('$name', async ({ file, input, output }) => {
    const { [file]: after } = await migrated({ [file]: input }, 1)
    expect(after).toBe(output)
    const { [file]: crlf } = await migrated({ [file]: input.replaceAll('\n', '\r\n') }, 1)
    expect(crlf).toBe(output.replaceAll('\n', '\r\n'))
  })
})

const python = [...cases, ...pythonFileCases].filter(({ file }) => file.endsWith('.py'))

describe('every Python case', () => {
  test.each(python)('$name', async ({ file, input }) => {
    const first = await migrated({ [file]: input }, 1)
    expectParsed(first)
    // A file of the first generation stays as it is.
    const isChanged = first[file] !== input
    expect(isChanged).toBe(!/\.completion\(/.test(input))
    if (isChanged)
      expect(first[file]).not.toMatch(
        /(?<!\w)(?:a|anthropic)\.(?:HUMAN|AI)_PROMPT|^from anthropic import .*_PROMPT/m,
      )
    expect(await migrated(first, 1)).toEqual(first)
    const direct = await migrated({ [file]: input }, 2)
    const both = await migrated(first, 2)
    const isWhole = !/completions\s*\.create/.test(direct[file] ?? '')
    expect(program(both)).toEqual(program(isWhole ? direct : await migrated(direct, 1)))
    expect(await migrated(both, 2)).toEqual(both)
  })
})

describe('what stage 1 leaves', () => {
  test('changes no Python file without the option', async () => {
    const { files, diagnostics } = await run(programs[0]?.files ?? {}, 1, undefined)
    expect(files).toEqual([])
    expect(diagnostics.map(({ code }) => code)).toEqual(['python-import'])
  })

  test('does not replace another module of that name', async () => {
    const files = { ...programs[0]?.files, 'legacy_completions.py': 'def complete(): ...\n' }
    const migration = await run(files, 1, PYTHON_FILE)
    expect(migration.files).toEqual([])
    expect(migration.problems).toEqual([
      {
        file: 'legacy_completions.py',
        message: 'is not from legacy-completions and was not replaced; rename it',
      },
    ])
  })

  test('changes no file whose manifest asks for an SDK without messages', async () => {
    const files = { ...programs[0]?.files, 'requirements.txt': 'anthropic==0.3.11\n' }
    const migration = await run(files, 1, PYTHON_FILE)
    expect(migration.files).toEqual([])
    expect(migration.diagnostics.map(({ code }) => code)).toEqual(['sdk-too-old'])
  })

  test('changes no program of the first generation', async () => {
    const text =
      'import anthropic\n\nc = anthropic.Client("key")\nprint(c.completion(prompt="\\n\\nHuman: Hi\\n\\nAssistant:", model="claude-v1", max_tokens_to_sample=9)["completion"])\n'
    const { files, diagnostics } = await run({ 'app.py': text }, 1, PYTHON_FILE)
    expect(files).toEqual([])
    expect(diagnostics.map(({ code }) => code)).toEqual(['first-generation'])
  })

  test.each([
    {
      name: 'a client of a cloud',
      text: `from anthropic import AnthropicBedrock\n\nclient = AnthropicBedrock()${ask('client')}`,
    },
    {
      name: 'a client that the program gets at run time',
      text: `import anthropic\n\n\nclass Bot:\n    def __init__(self, client: anthropic.Anthropic):\n        self.client = client\n\n    def ask(self, text):\n        return self.client.${CALL}.completion.strip()\n`,
    },
  ])('names $name', async ({ text }) => {
    const { files, diagnostics } = await run({ 'app.py': text }, 1, PYTHON_FILE)
    expect(files).toEqual([])
    expect(diagnostics.map(({ code, kind }) => ({ code, kind }))).toEqual([
      { code: 'python-client', kind: 'left' },
    ])
  })
})
