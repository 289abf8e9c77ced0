import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { migrate as command } from '../../../src/cli/commands/migrate.ts'
import { rewriteFile } from '../../../src/cli/source-files.ts'
import { RULES_OF_MIGRATE } from '../../../src/migrate/index.ts'
import { PYTHON_FILE } from '../../../src/python/python-file.ts'
import { builtCommand, type Ended, run, start } from './command.ts'

const migrate = (...args: readonly string[]): Promise<Ended> => run(['migrate', ...args])

/** A directory with these files, gone when the test is. */
function project(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'migrated-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [file, contents] of Object.entries(files)) {
    mkdirSync(join(root, file, '..'), { recursive: true })
    writeFileSync(join(root, file), contents)
  }
  return root
}

const IMPORT = "import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'\n"
const CALL = `${IMPORT}
const client = new Anthropic()
const reply = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  prompt: \`\${HUMAN_PROMPT} Why is the sky blue?\${AI_PROMPT}\`,
})
console.log(reply.completion.trim())
`
const LEFT = CALL.replace(/prompt: .*/, 'prompt: process.argv[2],')
const read = (root: string, file: string): string => readFileSync(join(root, file), 'utf8')

describe('the exit code', () => {
  test.each([
    { files: { 'a.ts': CALL }, args: [], code: 1, says: /^1 file to change\. --write changes them\.$/m },
    { files: { 'a.ts': CALL }, args: ['--write'], code: 0, says: /^1 file changed\.$/m },
    {
      files: { 'a.ts': CALL },
      args: ['--stage', '2', '--write'],
      code: 0,
      says: /^1 file changed, 1 of 1 call rewritten\.$/m,
    },
    {
      files: { 'a.ts': LEFT },
      args: ['--stage', '2', '--write'],
      code: 1,
      says: /^1 file changed, 1 place left to a person\.$/m,
    },
    { files: { 'a.ts': 'export {}\n' }, args: [], code: 0, says: /^Nothing to change\.$/m },
    {
      files: { 'a.ts': CALL },
      args: ['--skip', 'imports', '--skip', 'manifests'],
      code: 0,
      says: /^Nothing to change\.$/m,
    },
  ])('of $args over $files is $code', async ({ files, args, code, says }) => {
    const ended = await migrate(project(files), ...args)
    expect(ended.code).toBe(code)
    expect(ended.err).toMatch(says)
  })

  test.each([
    { args: [], says: /needs a path/ },
    { args: ['.', '--stage', '3'], says: /--stage must be 1 or 2/ },
    {
      args: ['.', '--skip', 'everything'],
      says: /--skip must be imports, manifests, calls, streams, comments/,
    },
    { args: ['.', '--leading-space', 'lose'], says: /--leading-space must be drop or keep/ },
    { args: ['.', '--max-file-size', '1k'], says: /--max-file-size must be a whole number/ },
    { args: ['.', '--nonsense'], says: /nonsense/ },
  ])('of $args is 2, and it says why', async ({ args, says }) => {
    const { code, err, out } = await migrate(...args)
    expect(code).toBe(2)
    expect(err).toMatch(says)
    expect(out).toBe('')
  })
})

test('an unexpected error in one file names the file, and the others are written', async () => {
  const deep = CALL.replace(/prompt: .*/, `prompt: HUMAN_PROMPT${' + x'.repeat(3000)} + AI_PROMPT,`)
  const root = project({ 'a.ts': CALL, 'deep.ts': deep, 'z.ts': CALL })
  const { code, err } = await migrate(root, '--stage', '2', '--write')
  expect(code).toBe(1)
  expect(err).toMatch(/^\S*deep\.ts: was left out because of an unexpected error: .+\.$/m)
  expect(err).toMatch(/^Please report unexpected errors: https:/m)
  expect(err).toMatch(/^2 files changed, 2 of 3 calls rewritten\.$/m)
  expect(read(root, 'deep.ts')).toBe(deep)
})

test('the help names every option and every rule', async () => {
  const { out, code } = await migrate('--help')
  expect(code).toBe(0)
  for (const name of Object.keys(command.options)) expect(out).toContain(`--${name}`)
  for (const name of Object.keys(RULES_OF_MIGRATE)) expect(out).toContain(name)
})

describe('a diff', () => {
  test('changes nothing, and is one that git applies', async () => {
    const files = { 'a.ts': CALL, 'sub/b.ts': CALL.trimEnd(), 'c.ts': CALL.replaceAll('\n', '\r\n') }
    const root = project(files)
    const { out } = await migrate(root, '--stage', '2')
    for (const [file, text] of Object.entries(files)) expect(read(root, file)).toBe(text)
    // Names of files outside the directory of the command are whole.
    writeFileSync(
      join(root, 'x.patch'),
      out.replaceAll(`--- ${root}`, '--- a').replaceAll(`+++ ${root}`, '+++ b'),
    )
    execFileSync('git', ['apply', 'x.patch'], { cwd: root })
    const written = project(files)
    await migrate(written, '--stage', '2', '--write')
    for (const file of Object.keys(files)) {
      expect(read(root, file)).not.toBe(Object(files)[file])
      expect(read(root, file)).toBe(read(written, file))
    }
  })

  test('names each kind of change once, with its places', async () => {
    const root = project({
      'a.ts': CALL.replace('.trim()', '') + CALL.slice(IMPORT.length).replaceAll('reply', 'again'),
    })
    const { err } = await migrate(root, '--stage', '2')
    expect(err).toMatch(/^retired-model \(2\): `claude-2\.1` was retired .* \S*a\.ts:4, \S*a\.ts:12$/m)
    expect(err).toMatch(/^leading-space \(1\): .* \S*a\.ts:9$/m)
  })
})

test('--leading-space keep puts the space back', async () => {
  const root = project({ 'a.ts': CALL.replace('.trim()', '') })
  const { err } = await migrate(root, '--stage', '2', '--write', '--leading-space', 'keep')
  expect(read(root, 'a.ts')).toContain(".join('').replace(/^(?=\\S)/, ' ')")
  expect(err).not.toMatch(/leading-space/)
})

describe('written files', () => {
  test('keeps its mode, and leaves no temporary file', async () => {
    const root = project({ 'a.ts': CALL })
    chmodSync(join(root, 'a.ts'), 0o751)
    await migrate(root, '--write')
    expect(statSync(join(root, 'a.ts')).mode & 0o777).toBe(0o751)
    expect(readdirSync(root)).toEqual(['a.ts'])
  })

  test('is not what a link leads to', async () => {
    const outside = project({ 'a.ts': CALL })
    const root = project({ 'b.ts': CALL })
    symlinkSync(join(outside, 'a.ts'), join(root, 'a.ts'))
    symlinkSync(outside, join(root, 'sub'))
    await migrate(root, '--write')
    expect(read(outside, 'a.ts')).toBe(CALL)
    expect(lstatSync(join(root, 'a.ts')).isSymbolicLink()).toBe(true)
    expect(read(root, 'b.ts')).not.toBe(CALL)
  })

  test('is not a file that another program changed meanwhile', async () => {
    const root = project({ 'a.ts': 'theirs' })
    expect(await rewriteFile(join(root, 'a.ts'), 'before', 'after')).toMatch(/changed by another program/)
    expect(read(root, 'a.ts')).toBe('theirs')
    expect(readdirSync(root)).toEqual(['a.ts'])
  })

  test('is not put over what an interrupted run left', async () => {
    const root = project({ 'a.ts': CALL, 'a.ts.migrating': 'half' })
    const { code, err } = await migrate(root, '--write')
    expect(code).toBe(1)
    expect(err).toMatch(/a\.ts: was not written: .*a\.ts\.migrating is in the way.*remove it/)
    expect(read(root, 'a.ts')).toBe(CALL)
    expect(read(root, 'a.ts.migrating')).toBe('half')
  })

  test('keeps the original on a full disk', async () => {
    // A limit on the size of files stands for a disk that is full.
    const long = `${CALL}// ${'x'.repeat(2000)}\n`
    const root = project({ 'a.ts': long, 'b.ts': CALL })
    const bin = await builtCommand('migrate')
    const { code, err } = await start(
      '-c',
      [`ulimit -f 1; exec "$0" "$1" migrate "$2" --write`, process.execPath, bin, root],
      {},
      'sh',
    ).ended
    expect(code).toBe(1)
    expect(err).toMatch(/a\.ts: was not written: it is larger than the file system allows\.$/m)
    expect(read(root, 'a.ts')).toBe(long)
    expect(read(root, 'b.ts')).not.toBe(CALL)
    expect(readdirSync(root)).toEqual(['a.ts', 'b.ts'])
  })
})

const isRoot = process.getuid?.() === 0

/** Problems of one file. The valid file next to it is still migrated. */
const wrong: readonly {
  name: string
  make: (root: string) => void
  says: RegExp
  code?: number
  skip?: boolean
  also?: string
}[] = [
  {
    name: 'no permission to read it',
    make: root => {
      writeFileSync(join(root, 'b.ts'), CALL)
      chmodSync(join(root, 'b.ts'), 0)
    },
    says: /b\.ts: could not be read: permission denied/,
    skip: isRoot,
  },
  {
    name: 'no permission to write it',
    make: root => {
      writeFileSync(join(root, 'b.ts'), CALL)
      chmodSync(join(root, 'b.ts'), 0o444)
    },
    says: /b\.ts: was not written: it may not be read or written by this user/,
    skip: isRoot,
  },
  {
    name: 'a zero byte',
    make: root => writeFileSync(join(root, 'b.ts'), `${CALL}\0`),
    says: /b\.ts: is no text/,
  },
  {
    name: 'invalid UTF-8',
    make: root =>
      writeFileSync(join(root, 'b.ts'), Buffer.concat([Buffer.from(CALL), Buffer.from([0xff, 0xfe])])),
    says: /b\.ts: is not valid UTF-8 and was not changed/,
  },
  {
    name: 'syntax errors',
    make: root => writeFileSync(join(root, 'b.ts'), `${CALL}const ( = }\n`),
    says: /b\.ts: has syntax errors and was not changed/,
  },
  {
    name: 'line ends of two kinds',
    make: root => writeFileSync(join(root, 'b.ts'), CALL.replace('\n', '\r\n')),
    says: /b\.ts: has mixed line ends/,
  },
  {
    name: 'a mebibyte and more',
    make: root => writeFileSync(join(root, 'b.ts'), CALL + '\n'.repeat(1_048_576)),
    says: /b\.ts: has \d+ bytes and was not read; --max-file-size/,
  },
  {
    name: 'a symbolic link that points to itself, named',
    make: root => symlinkSync('b.ts', join(root, 'b.ts')),
    says: /b\.ts: could not be read: its links lead in a circle/,
    also: 'b.ts',
  },
  {
    name: 'no file behind its name',
    make: () => {},
    says: /b\.ts: could not be read: there is no such file/,
    also: 'b.ts',
  },
  {
    name: 'a circle of links below the path',
    make: root => {
      symlinkSync(root, join(root, 'again'))
      symlinkSync('self.ts', join(root, 'self.ts'))
    },
    says: /^1 file changed\.$/m,
    code: 0,
  },
  {
    name: 'nothing in it',
    make: root => writeFileSync(join(root, 'b.py'), ''),
    says: /^1 file changed\.$/m,
    code: 0,
  },
]

describe('a file with', () => {
  test.each(wrong.filter(({ skip }) => !skip))(
    '$name is named, and the rest is migrated',
    async ({ make, says, code = 1, also }) => {
      const root = project({ 'a.ts': CALL })
      make(root)
      const ended = await migrate(root, ...(also === undefined ? [] : [join(root, also)]), '--write')
      expect(ended.err).toMatch(says)
      expect(ended.code).toBe(code)
      expect(read(root, 'a.ts')).toBe(CALL.replace('@anthropic-ai/sdk', 'legacy-completions'))
    },
  )
})

test('a comment with a reason keeps a use unchanged', async () => {
  const root = project({
    'a.ts': CALL.replace('const reply', '// legacy-completions-ignore: replays traffic\nconst reply'),
  })
  await migrate(root, '--stage', '2', '--write')
  expect(read(root, 'a.ts')).toContain('client.completions.create')
  expect(read(root, 'a.ts')).not.toContain('TODO')
})

describe('--python-file', () => {
  const PYTHON = `from anthropic import AI_PROMPT, HUMAN_PROMPT, Anthropic

reply = Anthropic().completions.create(
    model="claude-2.1",
    max_tokens_to_sample=300,
    prompt=f"{HUMAN_PROMPT} Why is the sky blue?{AI_PROMPT}",
)
print(reply.completion)
`
  const IMPORTS =
    'from anthropic import Anthropic\nfrom legacy_completions import AI_PROMPT, HUMAN_PROMPT, with_completions\n'

  test('shows the added file as one line', async () => {
    const root = project({ 'app.py': PYTHON })
    const { out, err, code } = await migrate(root, '--python-file')
    expect(code).toBe(1)
    expect(out).not.toContain('def with_completions')
    expect(out).toContain('+reply = with_completions(Anthropic()).completions.create(')
    expect(err).toMatch(/^\S*\/legacy_completions\.py: new file, \d+ lines\.$/m)
    expect(err).toMatch(/^2 files to change\. --write changes them\.$/m)
    expect(readdirSync(root)).toEqual(['app.py'])
  })

  test('writes the file, says what to do, and changes nothing the second time', async () => {
    const root = project({ 'app.py': PYTHON })
    const { err, code } = await migrate(root, '--python-file', '--write')
    expect(code).toBe(0)
    expect(err).toMatch(/^ {2}Commit legacy_completions\.py, and start the proxy/m)
    expect(read(root, 'app.py')).toContain(IMPORTS)
    expect(read(root, 'legacy_completions.py')).toBe(PYTHON_FILE)
    const second = await migrate(root, '--python-file', '--write')
    expect({ code: second.code, err: second.err }).toEqual({ code: 0, err: 'Nothing to change.\n' })
  })

  test('uses a file that is there, even one that is not read as a source', async () => {
    const files = {
      'app.py': PYTHON,
      'legacy_completions.py': PYTHON_FILE,
      '.gitignore': 'legacy_completions.py\n',
    }
    const root = project(files)
    const { err, code } = await migrate(join(root, 'app.py'), '--python-file', '--write')
    expect(code).toBe(0)
    expect(err).not.toContain('new file')
    expect(read(root, 'app.py')).toContain(IMPORTS)
  })

  test.each(['.', 'app.py'])('names another file of that name and exits with 1: %s', async path => {
    const root = project({ 'app.py': PYTHON, 'legacy_completions.py': 'mine = 1\n' })
    const { err, code } = await migrate(join(root, path), '--python-file', '--write')
    expect(code).toBe(1)
    expect(err).toMatch(
      /\/legacy_completions\.py: is not from legacy-completions and was not replaced; rename it\.$/m,
    )
    expect(read(root, 'app.py')).toBe(PYTHON)
    expect(read(root, 'legacy_completions.py')).toBe('mine = 1\n')
  })

  test('finds the root of a package of which one file is read', async () => {
    const root = project({ 'app/__init__.py': '', 'app/deep/__init__.py': '', 'app/deep/ask.py': PYTHON })
    await migrate(join(root, 'app/deep/ask.py'), '--python-file', '--write')
    expect(readdirSync(root).sort()).toEqual(['app', 'legacy_completions.py'])
  })

  test('belongs to stage 1', async () => {
    const root = project({ 'app.py': PYTHON })
    const { err, code } = await migrate(root, '--python-file', '--stage', '2')
    expect(code).toBe(2)
    expect(err).toContain('--python-file belongs to stage 1.')
  })
})
