import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulator } from 'legacy-completions/emulator'
import { describe, expect, onTestFinished, test } from 'vitest'
import { COMMANDS, help } from '../../../src/cli/main.ts'
import { blocksOf, pages } from '../../docs/markdown.ts'
import { startBatchesServer } from './batches-server.ts'
import { builtCommand, start } from './command.ts'

/** The commands of a text, in their order: lines that run one, alone or at the end of a pipe. */
const commandsIn = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.replace(/\s+# .*$/, '').trim())
    .filter(line => /^(?:npx |printf [^|]*\| )?legacy-completions [a-z]+ /.test(line))
    // record, verify and compare use programs and servers of the user: tests of their own have such.
    .filter(line => !/legacy-completions (?:record|verify|compare) |story\.mjs/.test(line))
    .filter(line => !/\b[A-Z]{3,}$|FOLDER|--help$|~/.test(line))

const shellOf = (page: string): string =>
  blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .map(({ code }) => code)
    .join('\n')

/** What each place shows one after the other, in one folder. */
const places: readonly [name: string, commands: string[]][] = [
  ...pages.map((page): [string, string[]] => [page, commandsIn(shellOf(page))]),
  ...(await Promise.all(
    Object.keys(COMMANDS).map(
      async (name): Promise<[string, string[]]> => [`${name} --help`, commandsIn(await help(name))],
    ),
  )),
]
const showing = places.filter(([, commands]) => commands.length > 0)

const command = builtCommand('documented')
const PROMPT = '\n\nHuman: Why is the sky blue?\n\nAssistant:'

const PROGRAM = `import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic()
const { completion } = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 9,
  prompt: ${JSON.stringify(PROMPT)},
})
console.log(completion.trim())
`

/** What the commands find in their folder. */
const FILES: Readonly<Record<string, string>> = {
  'prompt.txt': PROMPT,
  'prompts.jsonl': `${JSON.stringify({ id: 1, prompt: PROMPT })}\n`,
  'questions.jsonl': `${JSON.stringify({ question: PROMPT })}\n`,
  'prompts.csv': `id,prompt\n1,"${PROMPT}"\n`,
  'evals.json': JSON.stringify({ tests: [{ vars: { prompt: PROMPT } }] }),
  'tokens.txt': 'token-of-the-search-team\n',
  'models.json': '{ "qwen3": { "prefill": true } }\n',
  'src/ask.js': PROGRAM,
  'app.ts': PROGRAM,
  'jokes.py': `import anthropic\n\nclient = anthropic.Anthropic()\n`,
}

async function folderWithProgram(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const bin = await command
  for (const part of ['path', 'src']) mkdirSync(join(folder, part))
  const programs = { 'legacy-completions': `exec '${process.execPath}' '${bin}' "$@"`, npx: 'exec "$@"' }
  for (const [program, script] of Object.entries(programs)) {
    writeFileSync(join(folder, 'path', program), `#!/bin/sh\n${script}\n`)
    chmodSync(join(folder, 'path', program), 0o755)
  }
  for (const [file, text] of Object.entries(FILES)) writeFileSync(join(folder, file), text, { mode: 0o600 })
  return folder
}

/** The exit codes of a command that did what its line says. */
function codesOf(line: string): number[] {
  // Nothing was interrupted, which is what it says then.
  if (line.includes('--resume')) return [2]
  // 1 says that there is something to be found, or shows what would be changed.
  return / audit /.test(line) || (/ migrate /.test(line) && !line.includes('--write')) ? [0, 1] : [0]
}

describe('every command that is shown', () => {
  test('is found', () => {
    expect(showing.map(([name]) => name)).toEqual(expect.arrayContaining(['README.md', 'docs/scale.md']))
    expect(showing.length).toBeGreaterThan(9)
  })

  test.each(showing)(
    'in %s does what it says',
    async (_, commands) => {
      const folder = await folderWithProgram()
      const emulator = await startEmulator()
      onTestFinished(() => emulator.close())
      const { url } = await startBatchesServer('test')
      for (const line of commands) {
        const env = {
          PATH: `${join(folder, 'path')}:${process.env.PATH}`,
          ANTHROPIC_API_KEY: 'test',
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
          AWS_REGION: 'us-east-1',
          ANTHROPIC_BASE_URL: / batch /.test(line) ? url : emulator.url,
        }
        const isServing = / serve\b/.test(line)
        // The steps are the same, the wait is shorter, and the port is one that is free.
        const hurried = line.replace(/ batch wait \w+/, '$& --interval 0')
        const script = `cd '${folder}' && rm -f *.progress && ${isServing ? `exec ${hurried} --port 0` : hurried}`
        const running = start('-c', [script], { env }, 'sh')
        if (isServing) {
          await expect.poll(() => running.output(), { timeout: 10_000 }).toMatch('"listening"')
          running.kill('SIGTERM')
        }
        const { code, err } = await running.ended
        expect(codesOf(line), `${line}\n${err}`).toContain(code)
        if (line.includes('--resume')) expect(err).toContain('--resume: there is no')
      }
    },
    60_000,
  )
})
