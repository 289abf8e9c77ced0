import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditReport } from 'legacy-completions/audit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { audit as command } from '../../../src/cli/commands/audit.ts'
import { cases } from '../audit/cases.ts'
import { type Ended, run } from './command.ts'

const audit = (...args: readonly string[]): Promise<Ended> => run(['audit', ...args])

const report = async (...args: readonly string[]): Promise<AuditReport> =>
  JSON.parse((await audit(...args, '--format', 'json')).out) as AuditReport

/** A directory with these files, gone when the test is. */
function project(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = mkdtempSync(join(tmpdir(), 'audited-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [file, contents] of Object.entries(files)) {
    mkdirSync(join(root, file, '..'), { recursive: true })
    writeFileSync(join(root, file), contents)
  }
  return root
}

const CALL = `import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'
const key = 'sk-ant-api03-0123456789abcdef'
const client = new Anthropic({ apiKey: key })
const reply = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 100_000,
  temperature: 0.5,
  prompt: \`\${HUMAN_PROMPT} Hi\${AI_PROMPT} {"answer":\`,
})
console.log(reply.completion)
`
const MODEL = "export const model = 'claude-2'\n"

describe('the exit code', () => {
  test.each([
    { files: { 'a.ts': CALL }, args: [], code: 1 },
    { files: { 'a.ts': 'export {}\n' }, args: [], code: 0 },
    { files: { 'a.ts': MODEL }, args: ['--fail-on', 'error'], code: 0 },
    { files: { 'a.ts': MODEL }, args: ['--fail-on', 'warning'], code: 1 },
    { files: { 'a.md': '`claude-2`\n' }, args: [], code: 0 },
    { files: { 'a.md': '`claude-2`\n' }, args: ['--fail-on', 'info'], code: 1 },
    { files: { 'a.ts': CALL }, args: ['--fail-on', 'never'], code: 0 },
  ])('of $args over $files is $code', async ({ files, args, code }) => {
    expect((await audit(project(files), ...args)).code).toBe(code)
  })

  test.each([
    { args: [], says: /needs a path/ },
    { args: ['.', '--format', 'pdf'], says: /--format must be table, json, markdown, sarif or html/ },
    { args: ['.', '--fail-on', 'all'], says: /--fail-on must be error, warning, info or never/ },
    { args: ['.', '--target', 'claude-2'], says: /retired on 2025-07-21; claude-opus-4-8/ },
    { args: ['.', '--target', 'claude-99'], says: /not in the model table/ },
    { args: ['.', '--max-file-size', '1k'], says: /--max-file-size must be a whole number/ },
    { args: ['/no/such/place'], says: /Cannot read \/no\/such\/place: there is no such file/ },
    { args: ['.', '--baseline', '/no/such.json'], says: /--write-baseline \/no\/such\.json makes one/ },
    { args: ['.', '--nonsense'], says: /nonsense/ },
  ])('of $args is 2, and it says why', async ({ args, says }) => {
    const { code, err, out } = await audit(...args)
    expect(code).toBe(2)
    expect(err).toMatch(says)
    expect(out).toBe('')
  })
})

test('an unexpected error in one file is exit code 2, and the others are in the report', async () => {
  const deep = CALL.replace(/prompt: .*/, `prompt: HUMAN_PROMPT${' + x'.repeat(3000)} + AI_PROMPT,`)
  const root = project({ 'a.ts': CALL, 'deep.ts': deep, 'z.ts': CALL })
  const { code, err, out } = await audit(root, '--format', 'json')
  const { calls, problems } = JSON.parse(out) as AuditReport
  expect(code).toBe(2)
  expect(err).toMatch(
    /^\S*deep\.ts: was left out because of an unexpected error: .+, so migrate leaves its calls\.$/m,
  )
  expect(problems.map(({ isFailure }) => isFailure)).toEqual([true])
  expect(calls).toMatchObject({ total: 3, 'stage-1': 3 })
})

test('the help names every option', async () => {
  const { out, code } = await audit('--help')
  expect(code).toBe(0)
  for (const name of Object.keys(command.options)) expect(out).toContain(`--${name}`)
})

describe('messages', () => {
  test('of a call on its target, each thing at its place', async () => {
    const { uses } = await report(project({ 'a.ts': CALL }), '--target', 'claude-opus-4-8')
    const lint = uses.find(({ code }) => code === 'legacy-call')?.lint ?? []
    expect(lint.map(({ line, code }) => `${line} ${code}`)).toEqual([
      '7 sampling-dropped',
      '8 prefill-continued',
      '8 prefill-json',
    ])
    const onPrompt = uses.find(({ code }) => code === 'legacy-prompt')?.lint ?? []
    expect(onPrompt.map(({ line, code }) => `${line} ${code}`)).toEqual(['8 prefill'])
  })

  test('never holds a key', async () => {
    const root = project({
      'a.ts': CALL.replace('apiKey: key', "apiKey: 'sk-ant-api03-0123456789abcdef', model: 'claude-2'"),
    })
    for (const format of ['table', 'json', 'markdown', 'sarif', 'html']) {
      const { out } = await audit(root, '--format', format)
      expect(out).toContain('claude-2')
      expect(out, format).not.toContain('0123456789abcdef')
    }
  })
})

describe('a baseline', () => {
  test('hides the findings of the baseline, moved or not, and no others', async () => {
    const root = project({ 'a.ts': CALL })
    const file = join(root, 'baseline.json')
    expect((await audit(root, '--write-baseline', file)).code).toBe(0)
    expect(await audit(root, '--baseline', file)).toMatchObject({ code: 0 })

    writeFileSync(join(root, 'a.ts'), `\n\n// moved\n${CALL.replaceAll('  model', '      model')}`)
    expect((await audit(root, '--baseline', file)).code).toBe(0)

    writeFileSync(join(root, 'a.ts'), `${CALL}${MODEL}`)
    const { uses, known } = await report(root, '--baseline', file)
    expect(uses.map(({ line, code }) => `${line} ${code}`)).toEqual(['11 retired-model'])
    expect(known).toBeGreaterThan(5)
  })

  test('counts: two of the same are not one', async () => {
    const root = project({ 'a.ts': MODEL })
    const file = join(root, 'baseline.json')
    await audit(root, '--write-baseline', file)
    writeFileSync(join(root, 'a.ts'), MODEL + MODEL)
    expect((await report(root, '--baseline', file)).uses).toHaveLength(1)
  })
})

describe('every case of the audit', () => {
  const wide = (text: string, isBig: boolean): Buffer => {
    const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
    return isBig ? bytes.swap16() : bytes
  }

  test.each([
    { name: 'UTF-16, little end first', encode: (text: string) => wide(text, false) },
    { name: 'UTF-16, big end first', encode: (text: string) => wide(text, true) },
    { name: 'UTF-8 with a mark', encode: (text: string) => Buffer.from(`\ufeff${text}`) },
  ])('is found in $name', async ({ encode }) => {
    const pathOf = (index: number, file: string): string => `case${index}/${file}`
    const root = project(
      Object.fromEntries(cases.map(({ file, source }, index) => [pathOf(index, file), encode(source)])),
    )
    const { uses } = await report(root, '--no-plan')
    const found = (file: string): string[] =>
      uses.filter(use => use.file.endsWith(`/${file}`)).map(({ line, code }) => `${line} ${code}`)
    for (const [index, { file, finds }] of cases.entries())
      expect(found(pathOf(index, file)), pathOf(index, file)).toEqual(finds)
  })
})

describe('the calls that will be rewritten', () => {
  const ask = (name: string): string[] => [
    `${name} = client.completions.create(\n`,
    '    model="claude-2", max_tokens_to_sample=9, prompt=f"{HUMAN_PROMPT} Hi{AI_PROMPT}")\n',
    `print(${name}.completion)`,
  ]
  const head = ['from anthropic import AI_PROMPT, Anthropic, HUMAN_PROMPT\n', 'client = Anthropic()\n']
  /** A notebook with one call in each cell, with the ways in which tools write the source of a cell. */
  const forms: readonly ((lines: string[]) => string | string[])[] = [
    lines => lines,
    lines => [...lines, '\n'],
    lines => lines.map((line, index) => (index === lines.length - 1 ? `${line}\n` : line)),
    lines => lines.join(''),
    lines => `${lines.join('')}\n\n`,
    lines => [lines.join('')],
    lines => ['', ...lines],
  ]
  const notebook = JSON.stringify(
    {
      cells: [head, ...forms.map((_, index) => ask(`r${index}`))].map((lines, index) => ({
        cell_type: 'code',
        metadata: {},
        outputs: [],
        source: index === 0 ? lines : forms[index - 1]?.(lines),
      })),
      metadata: { kernelspec: { name: 'python3', language: 'python' } },
      nbformat: 4,
      nbformat_minor: 5,
    },
    undefined,
    1,
  )

  test.each([
    { name: 'notebook', files: { 'a.ipynb': notebook }, calls: forms.length },
    {
      name: 'program of two files',
      files: {
        'package.json': '{ "dependencies": { "@anthropic-ai/sdk": "^0.20.0" } }',
        'a.ts': CALL.replace(' {"answer":', ''),
        'b.ts': CALL,
      },
      calls: 2,
    },
  ])('are those that migrate rewrites in a $name', async ({ files, calls: total }) => {
    const root = project(files)
    const { calls } = await report(root)
    const { err } = await run(['migrate', root, '--stage', '2'])
    expect(calls?.total).toBe(total)
    expect(err).toContain(`${calls?.rewritten} of ${total} calls rewritten`)
  })
})

describe('what an audit wrote', () => {
  test.each([
    ['--write-baseline', 'known.json'],
    ['--format', 'json', '--output', 'report.json'],
    ['--format', 'html', '--output', 'report.html'],
  ])('is not audited: %s %s %s %s', async (...args) => {
    const root = project({ 'a.ts': MODEL })
    const file = args.at(-1) ?? ''
    await audit(root, ...args.slice(0, -1), join(root, file))
    expect(new Set((await report(root)).uses.map(use => use.file.slice(-4)))).toEqual(new Set(['a.ts']))
    expect(readFileSync(join(root, file), 'utf8')).toContain('claude-')
  })
})

describe('a comment', () => {
  test.each([
    { source: "const m = 'claude-2' // legacy-completions-ignore: a fixture", left: 0 },
    { source: "// legacy-completions-ignore: a fixture\nconst m = 'claude-2'", left: 0 },
    { source: "// legacy-completions-ignore retired-model: a fixture\nconst m = 'claude-2'", left: 0 },
    { source: "// legacy-completions-ignore legacy-call: a fixture\nconst m = 'claude-2'", left: 1 },
    { source: "/* legacy-completions-ignore-file: made by hand */\n\nconst m = 'claude-2'", left: 0 },
    { source: "// legacy-completions-ignore: a fixture\n\nconst m = 'claude-2'", left: 1 },
    {
      source: "const m = 'claude-2' // legacy-completions-ignore",
      left: 1,
      says: /line 1 asks to ignore .* no reason/,
    },
    { source: "const m = 'claude-2' /* legacy-completions-ignore: */", left: 1, says: /no reason/ },
  ])('$source leaves $left', async ({ source, left, says = /^$/ }) => {
    const root = project({ 'a.ts': source })
    expect((await report(root)).uses).toHaveLength(left)
    expect((await audit(root)).err).toMatch(says)
  })
})

describe('which files', () => {
  test('are read, except those that .gitignore and --exclude skip', async () => {
    const root = project({
      '.git/HEAD': '',
      '.gitignore': 'build/\n*.gen.ts\n!keep.gen.ts\n',
      'a.ts': MODEL,
      'x.gen.ts': MODEL,
      'keep.gen.ts': MODEL,
      'build/b.ts': MODEL,
      'sub/.gitignore': '/only-here.ts\n',
      'sub/only-here.ts': MODEL,
      'sub/deep/only-here.ts': MODEL,
      'node_modules/p/index.js': MODEL,
    })
    const files = async (...args: readonly string[]): Promise<string[]> =>
      (await report(root, ...args)).uses.map(({ file }) =>
        file.slice(file.indexOf('audited-')).split('/').slice(1).join('/'),
      )
    expect(await files()).toEqual(['a.ts', 'keep.gen.ts', 'sub/deep/only-here.ts'])
    expect(await files('--exclude', 'sub/')).toEqual(['a.ts', 'keep.gen.ts'])
    expect(await files('--no-gitignore')).toHaveLength(6)
    // The rules of the directories above hold for a part of the repository, too.
    const { uses } = await report(join(root, 'sub'))
    expect(uses).toHaveLength(1)
  })
})

const isRoot = process.getuid?.() === 0

/** Problems of one file. The audit still reads the valid file next to it. */
const wrong: readonly {
  name: string
  make: (root: string) => void
  says: RegExp
  finds?: number
  skip?: boolean
}[] = [
  {
    name: 'no permission',
    make: root => {
      writeFileSync(join(root, 'b.ts'), MODEL)
      chmodSync(join(root, 'b.ts'), 0)
    },
    says: /b\.ts: could not be read: permission denied/,
    skip: isRoot,
  },
  {
    name: 'a zero byte',
    make: root => writeFileSync(join(root, 'b.ts'), 'claude-2\0'),
    says: /b\.ts: is no text/,
  },
  {
    name: 'invalid UTF-8',
    make: root =>
      writeFileSync(join(root, 'b.ts'), Buffer.concat([Buffer.from(MODEL), Buffer.from([0xff, 0xfe])])),
    says: /b\.ts: is not valid UTF-8/,
    finds: 1,
  },
  {
    name: 'a line of 200 MB',
    make: root => writeFileSync(join(root, 'b.json'), Buffer.alloc(200_000_000, 'claude-2 ')),
    says: /b\.json: has 200000000 bytes and was not read; --max-file-size/,
  },
  {
    name: 'a broken notebook',
    make: root =>
      writeFileSync(
        join(root, 'b.ipynb'),
        '{"cells":[{"cell_type":"code","source":["m = \\"claude-2\\"\\n"]},{"cell_type":"code","source":["m',
      ),
    says: /b\.ipynb: could not be parsed in whole/,
    finds: 1,
  },
  {
    name: 'broken JSON',
    make: root =>
      writeFileSync(join(root, 'package.json'), '{ "dependencies": { "@anthropic-ai/sdk": "^0.4.3",'),
    says: /package\.json: could not be parsed in whole/,
    finds: 1,
  },
  {
    name: 'syntax errors',
    make: root => writeFileSync(join(root, 'b.ts'), `${MODEL}const ( = }\n${MODEL}`),
    says: /b\.ts: could not be parsed in whole/,
    finds: 2,
  },
  {
    name: 'a circle of links',
    make: root => {
      symlinkSync(root, join(root, 'again'))
      symlinkSync('self.ts', join(root, 'self.ts'))
    },
    says: /^$/,
  },
  { name: 'a link to nothing', make: root => symlinkSync('/no/such/file', join(root, 'b.ts')), says: /^$/ },
  { name: 'nothing in it', make: root => writeFileSync(join(root, 'b.py'), ''), says: /^$/ },
]

describe('a file with', () => {
  test.each(wrong.filter(({ skip }) => !skip))(
    '$name is named, and the rest is read',
    async ({ make, says, finds = 0 }) => {
      const root = project({ 'a.ts': MODEL })
      make(root)
      const { code, out, err } = await audit(root, '--format', 'json')
      expect(err).toMatch(says)
      expect(code).toBe(1)
      expect((JSON.parse(out) as AuditReport).uses).toHaveLength(1 + finds)
    },
  )
})

test('reports an output that cannot be written, with the reason', async () => {
  const root = project({ 'a.ts': MODEL })
  const { code, err } = await audit(root, '--output', '/dev/full')
  expect(code).toBe(2)
  expect(err).toMatch(/Cannot write \/dev\/full: no space is left on the device/)
})

test('an output goes to its file, and nothing to the terminal', async () => {
  const root = project({ 'a.ts': MODEL })
  const file = join(root, 'audit.md')
  expect(await audit(root, '--format', 'markdown', '--output', file)).toMatchObject({
    code: 1,
    out: '',
    err: '',
  })
  expect(readFileSync(file, 'utf8')).toMatch(/^# Uses of Text Completions\n/)
})
