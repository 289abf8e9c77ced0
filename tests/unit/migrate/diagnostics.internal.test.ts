// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources of programs hold templates.
import { describe, expect, test } from 'vitest'
import type { Source } from '../../../src/audit/index.ts'
import { CODES, type MigrateCode } from '../../../src/migrate/codes.ts'
import { type MigrateRuleName, type Migration, migrateSources } from '../../../src/migrate/index.ts'
import { PYTHON_FILE } from '../../../src/python/python-file.ts'

const HEAD = `import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'
const client = new Anthropic()
`
const PROMPT = 'prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT}`'
const REST = "model: 'claude-2.1', max_tokens_to_sample: 9"
const create = (fields: string, head = HEAD): string =>
  `${head}const reply = await client.completions.create({ ${fields} })\n`
const streamed = (loop: string, prompt = PROMPT): string =>
  `${HEAD}const stream = await client.completions.create({ ${REST}, stream: true, ${prompt} })\n${loop}\n`
const python = (fields: string, after = ''): string =>
  `from anthropic import AI_PROMPT, HUMAN_PROMPT, Anthropic\nreply = Anthropic().completions.create(${fields})\n${after}`

/** What provokes each thing that is said; in a file of TypeScript unless it begins as one of Python. */
const provoked: Readonly<Record<MigrateCode, readonly string[]>> = {
  'argument-unknown': [
    create(`model: process.env.MODEL, max_tokens_to_sample: 9, ${PROMPT}`),
    create(`${REST}, ${PROMPT}, stop_sequences: stops`),
    create(`${REST}, ${PROMPT}, temperature: next()`),
    create(`model: 'claude-instant-1', temperature: heat, max_tokens_to_sample: 9, ${PROMPT}`),
    create(`${REST}, ${PROMPT}, stream: isStreamed`),
  ],
  'arguments-unknown': [
    `${HEAD}const reply = await client.completions.create(params)\n`,
    create(`...params, ${REST}, ${PROMPT}`),
    create(`${REST}, prompt() {}`),
    python('**options, prompt=f"{HUMAN_PROMPT} Hi{AI_PROMPT}"'),
  ],
  'bedrock-call': [
    "import { BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime'\nconst command = new InvokeModelCommand({ modelId: 'anthropic.claude-v2', body: JSON.stringify({ prompt, max_tokens_to_sample: 9 }) })\n",
    'import anthropic\nimport boto3\nclient = boto3.client("bedrock-runtime")\nclient.invoke_model(modelId="anthropic.claude-v2", body=json.dumps({"prompt": p, "max_tokens_to_sample": 9}))\n',
  ],
  'built-in-stop': [create(`${REST}, ${PROMPT}`)],
  'call-shared': [
    python(
      'model="claude-2", max_tokens_to_sample=9, prompt=prompt',
      'other = Anthropic().completions.create(model=find(), max_tokens_to_sample=9, prompt=f"{prompt}")\n',
    ).replace('reply =', 'prompt = f"{HUMAN_PROMPT} Hi{AI_PROMPT}"\nreply ='),
  ],
  'call-unknown': [`${HEAD}const reply = await complete({ ${REST}, ${PROMPT} })\n`],
  'client-elsewhere': [
    create(`${REST}, ${PROMPT}`, HEAD.replace(/const client.*/, 'declare const client: any')),
  ],
  'client-options': [
    create(
      `${REST}, ${PROMPT}`,
      "import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from 'legacy-completions'\nconst client = new Anthropic({ prefill: 'error' })\n",
    ),
    create(
      `${REST}, ${PROMPT}`,
      `${HEAD.replace(/const client.*/, '')}import { withCompletions } from 'legacy-completions/sdk'\nconst client = withCompletions(new Anthropic(), { models })\n`,
    ),
  ],
  'count-tokens': [
    python(
      'model="claude-2", max_tokens_to_sample=9, prompt=f"{HUMAN_PROMPT} Hi{AI_PROMPT}"',
      'print(client.count_tokens("Hi"))\n',
    ),
  ],
  'first-generation': [
    `import { AI_PROMPT, Client, HUMAN_PROMPT } from '@anthropic-ai/sdk'\nnew Client(key).completeStream({ ${REST}, ${PROMPT} }, { onUpdate })\n`,
    `import { AI_PROMPT, Client, HUMAN_PROMPT } from '@anthropic-ai/sdk'\nexport const ask = (client: Client) => client.complete({ ${REST}, ${PROMPT} })\n`,
    'import anthropic\nc = anthropic.Client(key)\nfor x in c.completion_stream(prompt=f"{anthropic.HUMAN_PROMPT} Hi{anthropic.AI_PROMPT}", model="claude-v1", max_tokens_to_sample=9):\n    print(x["completion"])\n',
  ],
  'framework-call': [
    'import anthropic\nfrom langchain.llms import Anthropic\nllm = Anthropic(model="claude-2", max_tokens_to_sample=9)\n',
  ],
  'http-agent': [
    `${HEAD.replace('Anthropic()', 'Anthropic({ httpAgent })')}await client.completions.create(params)\n`,
  ],
  'http-call': [
    "export const ask = () => fetch('https://api.anthropic.com/v1/complete', { method: 'POST', body: JSON.stringify({ prompt, max_tokens_to_sample: 9 }) })\n",
    'import anthropic\nimport requests\nURL = "https://api.anthropic.com/v1/complete"\nrequests.post(URL, json={"prompt": p, "max_tokens_to_sample": 9})\n',
  ],
  'import-form': [
    `import Anthropic from 'npm:@anthropic-ai/sdk@0.20.0'\nconst client = new Anthropic()\nclient.completions.create({ prompt, model: 'claude-2', max_tokens_to_sample: 9 })\n`,
    `const sdk_1 = __importDefault(require('@anthropic-ai/sdk'))\nconst client = new sdk_1.default()\nclient.completions.create({ prompt, model: 'claude-2', max_tokens_to_sample: 9 })\n`,
    `const { default: Anthropic } = await import('@anthropic-ai/sdk')\nconst client = new Anthropic()\nclient.completions.create(p)\nclient.messages.create(q)\n`,
    `import Anthropic = require('@anthropic-ai/sdk')\nimport { HUMAN_PROMPT } from '@anthropic-ai/sdk'\nexport { AI_PROMPT } from '@anthropic-ai/sdk'\nconst client = new Anthropic()\nclient.completions.create(p)\nclient.messages.create(q)\n`,
  ],
  'leading-space': [`${create(`${REST}, ${PROMPT}`)}console.log(reply.completion)\n`],
  'leading-space-kept': [
    python(
      'model="claude-2", max_tokens_to_sample=9, prompt=f"{HUMAN_PROMPT} Hi{AI_PROMPT}"',
      'print(reply.completion)\n',
    ),
  ],
  'long-reply': [
    'from anthropic import AI_PROMPT, HUMAN_PROMPT, Anthropic\ntext = Anthropic().completions.create(model="claude-2", max_tokens_to_sample=90000, prompt=f"{HUMAN_PROMPT} Hi{AI_PROMPT}").completion if q else ""\n',
    'from anthropic import AI_PROMPT, HUMAN_PROMPT, Anthropic\nask = lambda q: Anthropic().completions.create(model="claude-2", max_tokens_to_sample=90000, prompt=f"{HUMAN_PROMPT} {q}{AI_PROMPT}").completion\n',
  ],
  'mocked-module': [`${HEAD}vi.mock('@anthropic-ai/sdk')\nclient.completions.create(params)\n`],
  'model-comment': [
    create(`model: 'claude-2', // or claude-instant-1\n  max_tokens_to_sample: 9, ${PROMPT}`),
  ],
  'model-shared': [
    create(`model: MODEL, max_tokens_to_sample: 9, ${PROMPT}`, `${HEAD}export const MODEL = 'claude-2'\n`),
    create(
      `model: MODEL, max_tokens_to_sample: 9, ${PROMPT}`,
      `${HEAD}const MODEL = 'claude-2'\nconsole.log(MODEL)\n`,
    ),
  ],
  'model-unknown': [create(`model: 'my-model', max_tokens_to_sample: 9, ${PROMPT}`)],
  'options-unknown': [
    `${HEAD}await client.completions.create({ ${REST}, ${PROMPT} }, options)\n`,
    `${HEAD}await client.completions.create({ ${REST}, ${PROMPT} }, { endpoint: 'complete' })\n`,
    python(
      'model="claude-instant-1", temperature=0.5, max_tokens_to_sample=9, prompt=f"{HUMAN_PROMPT} Hi{AI_PROMPT}", extra_headers={}',
    ),
  ],
  'prefill-open': [create(`${REST}, prompt: \`\${HUMAN_PROMPT} Hi\${AI_PROMPT} \${begun}\``)],
  'prefill-refused': [create(`${REST}, prompt: \`\${HUMAN_PROMPT} Hi\${AI_PROMPT} {\``)],
  'prefill-tail': [
    `${create("model: 'claude-instant-1', max_tokens_to_sample: 9, prompt: `${HUMAN_PROMPT} Hi${AI_PROMPT} {\\n`")}console.log(reply.completion)\n`,
  ],
  'prompt-before-turns': [create(`${REST}, prompt: \`\${rules}\${HUMAN_PROMPT} Hi\${AI_PROMPT}\``)],
  'prompt-format': [
    python(
      'model="claude-2", max_tokens_to_sample=9, prompt="\\n\\nHuman: {0}\\n\\nAssistant: {1}\\n\\nHuman: {2}\\n\\nAssistant:".format(a, b, c)',
    ),
  ],
  'prompt-joined': [create(`${REST}, prompt: \`\${HUMAN_PROMPT} Hi\${HUMAN_PROMPT} there\${AI_PROMPT}\``)],
  'prompt-of-turns': [
    create(`${REST}, prompt: \`\${HUMAN_PROMPT} Hi\${history}\${AI_PROMPT}\``),
    create(`${REST}, prompt: \`\${HUMAN_PROMPT} Hi\${lines.join('')}\${AI_PROMPT}\``),
  ],
  'prompt-quotes': [
    python(
      `model="claude-2", max_tokens_to_sample=9, prompt=f"{(HUMAN_PROMPT + q['a'] + ' ' + "b")}{AI_PROMPT}"`,
    ),
  ],
  'prompt-unknown': [create(`${REST}, prompt: makePrompt()`), create(`${REST}, prompt`)],
  'prompt-variable': [
    python('model="claude-2", max_tokens_to_sample=9, prompt=prompt', 'print(prompt)\n').replace(
      'reply =',
      'prompt = HUMAN_PROMPT + " Hi"\nif long:\n    prompt += " there"\nprompt += AI_PROMPT\nreply =',
    ),
  ],
  'python-client': [
    'from anthropic import Anthropic\n\nask = lambda c: c.completions.create(**parameters)\n',
  ],
  'python-file': [python('prompt=f"{HUMAN_PROMPT} Hi{AI_PROMPT}", model="claude-2", max_tokens_to_sample=9')],
  'python-import': [
    python('prompt=f"{HUMAN_PROMPT} Hi{AI_PROMPT}", model="claude-2", max_tokens_to_sample=9'),
  ],
  'reply-elsewhere': [
    `${create(`${REST}, ${PROMPT}`)}show(reply)\n`,
    `${HEAD}export const ask = () => client.completions.create({ ${REST}, ${PROMPT} })\n`,
  ],
  'reply-field': [`${create(`${REST}, ${PROMPT}`)}console.log(reply.stop)\n`],
  'reply-pattern': [create(`${REST}, ${PROMPT}`).replace('const reply', 'const { completion, stop }')],
  'reply-printed': [`${create(`${REST}, ${PROMPT}`)}console.log(reply)\n`],
  'reply-stop-reason': [`${create(`${REST}, ${PROMPT}`)}show(reply.stop_reason)\n`],
  'reply-type': [create(`${REST}, ${PROMPT}`).replace('const reply', 'const reply: Reply')],
  'request-refused': [create(`${REST}, prompt: 'Hi'`), create(`${REST}, ${PROMPT}, top_p: 7`)],
  'sampling-version': [
    create(`model: 'claude-instant-1', max_tokens_to_sample: 9, temperature: 0.5, ${PROMPT}`),
  ],
  'sdk-locked': [create(`${REST}, ${PROMPT}`)],
  'sdk-raised': [create(`${REST}, ${PROMPT}`)],
  'sdk-too-old': [create(`${REST}, ${PROMPT}`)],
  'sdk-unknown': [create(`${REST}, ${PROMPT}`)],
  'stop-reason-printed': [`${create(`${REST}, ${PROMPT}`)}console.log(reply.stop_reason)\n`],
  'stop-whitespace': [create(`${REST}, ${PROMPT}, stop_sequences: ['\\n\\n']`)],
  'stream-body': [streamed('for await (const one of stream) show(one)')],
  'stream-elsewhere': [streamed('show(stream)')],
  'stream-end': [streamed('for await (const one of stream) show(one.completion)')],
  'stream-pattern': [
    streamed('for await (const { completion, stop } of stream) process.stdout.write(completion)'),
  ],
  'stream-space': [streamed('for await (const one of stream) process.stdout.write(one.completion)')],
  'text-escape': [
    create(`${REST}, prompt: '\\n\\nHuman: \\7\\n\\nAssistant:'`),
    python('model="claude-2", max_tokens_to_sample=9, prompt="\\n\\nHuman: \\N{BULLET}\\n\\nAssistant:"'),
  ],
  'two-generations': [
    "import { Client, HUMAN_PROMPT, APIError } from '@anthropic-ai/sdk'\nconst client = new Client(key)\nclient.complete({ prompt: `${HUMAN_PROMPT} Hi`, max_tokens_to_sample: 9 })\n",
  ],
  'unsupported-file': [
    'package main\n// anthropic\nfunc ask() { http.Post("https://api.anthropic.com/v1/complete", "application/json", body) }\n',
  ],
}

/** Manifests next to the source of a code that is about them. */
const MANIFESTS: Readonly<Partial<Record<MigrateCode, readonly Source[]>>> = {
  'count-tokens': [{ file: 'requirements.txt', text: 'anthropic==0.3.11\n' }],
  'sdk-locked': [
    { file: 'package.json', text: '{ "dependencies": { "@anthropic-ai/sdk": "*" } }\n' },
    {
      file: 'package-lock.json',
      text: '{ "packages": { "node_modules/@anthropic-ai/sdk": { "version": "0.6.2" } } }\n',
    },
  ],
  'sdk-raised': [{ file: 'package.json', text: '{ "dependencies": { "@anthropic-ai/sdk": "^0.6.2" } }\n' }],
  'sdk-too-old': [{ file: 'package.json', text: '{ "dependencies": { "@anthropic-ai/sdk": "^0.6.2" } }\n' }],
}

const STAGE_1: readonly MigrateCode[] = [
  'http-agent',
  'import-form',
  'mocked-module',
  'python-client',
  'python-file',
  'python-import',
  'two-generations',
]
/** What is about no call of the SDK, or about a manifest. */
const OUTSIDE: readonly MigrateCode[] = [
  'bedrock-call',
  'framework-call',
  'http-call',
  'sdk-locked',
  'sdk-raised',
  'sdk-too-old',
  'unsupported-file',
]
const KEEPING: readonly MigrateCode[] = ['leading-space-kept', 'stream-space']

function migrate(code: MigrateCode, text: string): Promise<Migration> {
  const file = /^(?:from|import) anthropic\b/.test(text) ? 'a.py' : /^package /.test(text) ? 'a.go' : 'a.ts'
  return migrateSources([{ file, text }, ...(MANIFESTS[code] ?? [])], {
    ...(code === 'sdk-too-old' && { skip: new Set<MigrateRuleName>(['manifests']) }),
    stage: STAGE_1.includes(code) ? 1 : 2,
    leadingSpace: KEEPING.includes(code) ? 'keep' : 'drop',
    version: '1.0.0',
    ...(/^python-(?:client|file)$/.test(code) && { pythonFile: PYTHON_FILE }),
  })
}

/** Says whether the comment names an expression that is in the line that it names, and the documentation. */
function blockerOf(text: string, code: MigrateCode): string {
  const todo = new RegExp(
    `^\\s*(?://|#) TODO\\(legacy-completions: ${code}\\): (.+) \\(line (\\d+)\\), (https://\\S+)$`,
    'm',
  ).exec(text)
  if (todo === null) return `no line in ${/TODO\(.*/.exec(text)?.[0]}`
  const [, said = '', line = '', url = ''] = todo
  if (!url.endsWith(`/migrate#${code}`)) return url
  const after = text
    .split('\n')
    .slice(Number(line) - 1)
    .join(' ')
    .replace(/\s+/g, ' ')
  const rest = said.replace(`${CODES[code].message}: `, '').replace(/…$/, '')
  const starts = [0, ...[...rest.matchAll(/, | is /g)].map(match => match.index + match[0].length)]
  const isNamed = starts.some(start => rest.length > start && after.includes(rest.slice(start)))
  return isNamed ? 'named' : `line ${line} has no ${rest}`
}

describe('codes', () => {
  const codes = Object.entries(provoked).flatMap(([code, sources]) =>
    sources.map(source => ({ code, source })),
  )
  const isCode = (code: string): code is MigrateCode => Object.hasOwn(CODES, code)

  test('has a source for every code', () => {
    expect(Object.keys(provoked).sort()).toEqual(Object.keys(CODES).sort())
  })

  test.each(codes)('is $code of $source', async ({ code, source }) => {
    if (!isCode(code)) throw new TypeError(`${code} is no code of migrate.`)
    const { files, diagnostics, problems } = await migrate(code, source)
    expect(problems).toEqual([])
    expect(diagnostics.map(one => one.code)).toContain(code)
    const text = files.find(({ file }) => /^a\./.test(file))?.after ?? source
    if (OUTSIDE.includes(code)) return
    // A call that was left stands as it stood, below the reason; nothing is said twice.
    if (CODES[code].kind === 'left' && !STAGE_1.includes(code)) {
      expect(text).toMatch(new RegExp(`^\\s*(?://|#) TODO\\(legacy-completions: ${code}\\): \\S`, 'm'))
      expect(text).toMatch(/completions\s*\.create|complete(?:Stream)?\(|completion(?:_stream)?\(/)
      expect(blockerOf(text, code)).toBe('named')
    }
    const again = await migrateSources([{ file: files[0]?.file ?? 'a.ts', text }], {
      stage: 2,
      version: '1.0.0',
      leadingSpace: KEEPING.includes(code) ? 'keep' : 'drop',
    })
    if (!STAGE_1.includes(code)) expect(again.files).toEqual([])
  })
})

describe('several files', () => {
  const CLIENT = "import Anthropic from '@anthropic-ai/sdk'\n\nexport const client = new Anthropic()\n"
  const use = (prompt: string): string =>
    `import { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'\nimport { client } from '../client.js'\n\nexport const ask = async (question: string) =>\n  (await client.completions.create({ model: 'claude-2', max_tokens_to_sample: 9, ${prompt} })).completion.trim()\n`
  const READABLE = 'prompt: `${HUMAN_PROMPT} ${question}${AI_PROMPT}`'
  const MANIFEST =
    '{\n  "name": "x",\n  "dependencies": {\n    "@anthropic-ai/sdk": "^1.0.0",\n    "zod": "^4.0.0"\n  }\n}\n'
  const project = async (
    stage: 1 | 2,
    uses: string,
    client = CLIENT,
  ): Promise<Readonly<Record<string, string>>> => {
    const sources = { 'package.json': MANIFEST, 'src/client.ts': client, 'src/deep/use.ts': uses }
    const { files } = await migrateSources(
      Object.entries(sources).map(([file, text]) => ({ file, text })),
      { stage, version: '1.2.3' },
    )
    return { ...sources, ...Object.fromEntries(files.map(({ file, after }) => [file, after])) }
  }

  test('stage 1 wraps the client where it is made', async () => {
    const files = await project(1, use(READABLE))
    expect(files['src/client.ts']).toContain('export const client = withCompletions(new Anthropic())')
    expect(files['src/client.ts']).toContain("import { withCompletions } from 'legacy-completions/sdk'")
    expect(files['src/deep/use.ts']).toContain("import { AI_PROMPT, HUMAN_PROMPT } from 'legacy-completions'")
    expect(files['package.json']).toBe(
      MANIFEST.replace('    "zod"', '    "legacy-completions": "^1.2.3",\n    "zod"'),
    )
  })

  test('stage 2 leaves it alone where all calls on it are rewritten', async () => {
    const files = await project(2, use(READABLE))
    expect(files['src/client.ts']).toBe(CLIENT)
    expect(files['src/deep/use.ts']).toContain('client.messages.create(')
    expect(files['src/deep/use.ts']).not.toContain('@anthropic-ai/sdk')
    expect(files['package.json']).toBe(MANIFEST)
  })

  test('stage 2 wraps it where a call on it is left', async () => {
    const files = await project(2, use('prompt: question'))
    expect(files['src/client.ts']).toContain('withCompletions(new Anthropic())')
    expect(files['src/deep/use.ts']).toContain('// TODO(legacy-completions: prompt-unknown): ')
  })

  test('stage 2 gives a client of this package its messages back', async () => {
    const files = await project(2, use(READABLE), CLIENT.replace('@anthropic-ai/sdk', 'legacy-completions'))
    expect(files['src/client.ts']).toBe(CLIENT)
  })
})

describe('a manifest', () => {
  const source = { file: 'a.ts', text: `${HEAD}client.completions.create(params)\n` }
  test.each([
    { manifest: '{}\n', becomes: '{}\n' },
    {
      manifest: '{\n  "name": "x"\n}\n',
      becomes: '{\n  "name": "x",\n  "dependencies": {\n    "legacy-completions": "^1.0.0"\n  }\n}\n',
    },
    {
      manifest: '{\n\t"dependencies": {}\n}',
      becomes: '{\n\t"dependencies": {\n\t\t"legacy-completions": "^1.0.0"\n\t}\n}',
    },
    {
      manifest: '{ "dependencies": { "a": "1" } }',
      becomes: '{ "dependencies": { "a": "1", "legacy-completions": "^1.0.0" } }',
    },
    {
      manifest: '{\n  "dependencies": {\n    "a": "1",\n    "b": "2"\n  }\n}',
      becomes:
        '{\n  "dependencies": {\n    "a": "1",\n    "b": "2",\n    "legacy-completions": "^1.0.0"\n  }\n}',
    },
    {
      manifest: '{ "devDependencies": { "legacy-completions": "0.1.0" } }',
      becomes: '{ "devDependencies": { "legacy-completions": "0.1.0" } }',
    },
    { manifest: '{ "dependencies": { "z": ', becomes: '{ "dependencies": { "z": ' },
  ])('$manifest becomes $becomes', async ({ manifest, becomes }) => {
    const { files } = await migrateSources([source, { file: 'package.json', text: manifest }], {
      version: '1.0.0',
    })
    expect(files.find(({ file }) => file === 'package.json')?.after ?? manifest).toBe(becomes)
  })

  test('of a directory below is the one for its files', async () => {
    const manifest = '{\n  "name": "x"\n}\n'
    const { files } = await migrateSources(
      [
        { ...source, file: 'sub/a.ts' },
        { file: 'package.json', text: manifest },
        { file: 'sub/package.json', text: manifest },
      ],
      { version: '1.0.0' },
    )
    expect(files.map(({ file }) => file)).toEqual(['sub/a.ts', 'sub/package.json'])
  })
})
