import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmulator } from 'legacy-completions/emulator'
import { describe, expect, onTestFinished, test } from 'vitest'
import { BATCH_HELP } from '../../src/cli/batch/help.ts'
import { COMPLETE_HELP } from '../../src/cli/complete-help.ts'
import { CONVERT_HELP } from '../../src/cli/convert/help.ts'
import { startBatchesServer } from './batches-server.ts'
import { builtCommand, start } from './command.ts'

const read = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8')

/** The commands of a text, in their order: lines that run the three commands, alone or at the end of a pipe. */
const commandsIn = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => /^(?:npx |printf [^|]*\| )?legacy-completions (?:convert|batch|complete) /.test(line))
    .filter(line => !line.includes('FOLDER'))

/** What each place shows one after the other, in one folder. */
const places: [name: string, commands: string[]][] = [
  ['README.md', commandsIn(read('README.md'))],
  ['docs/scale.md', commandsIn(read('docs/scale.md'))],
  ['convert --help', commandsIn(CONVERT_HELP)],
  ['batch --help', commandsIn(BATCH_HELP)],
  ['complete --help', commandsIn(COMPLETE_HELP)],
]

const command = builtCommand('documented')
const PROMPT = '\n\nHuman: Why is the sky blue?\n\nAssistant:'

describe('every command that is shown', () => {
  test.each(places)('in %s does what it says', async (_, commands) => {
    expect(commands.length).toBeGreaterThanOrEqual(2)
    const folder = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const bin = await command
    mkdirSync(join(folder, 'path'))
    const programs = { 'legacy-completions': `exec '${process.execPath}' '${bin}' "$@"`, npx: '"$@"' }
    for (const [program, script] of Object.entries(programs)) {
      writeFileSync(join(folder, 'path', program), `#!/bin/sh\n${script}\n`)
      chmodSync(join(folder, 'path', program), 0o755)
    }
    writeFileSync(join(folder, 'prompt.txt'), PROMPT)
    writeFileSync(
      join(folder, 'prompts.jsonl'),
      `${JSON.stringify({ id: 1, prompt: PROMPT })}
`,
    )
    writeFileSync(
      join(folder, 'questions.jsonl'),
      `${JSON.stringify({ question: PROMPT })}
`,
    )

    const emulator = await startEmulator()
    onTestFinished(() => emulator.close())
    const { url } = await startBatchesServer('test')
    for (const line of commands) {
      const env = {
        PATH: `${join(folder, 'path')}:${process.env.PATH}`,
        ANTHROPIC_API_KEY: 'test',
        ANTHROPIC_BASE_URL: / batch /.test(line) ? url : emulator.url,
      }
      // The step is the same, and the wait shorter.
      const hurried = line.replace(/ batch wait \w+/, '$& --interval 0')
      const script = `cd '${folder}' && rm -f *.progress && ${hurried}`
      const isResumed = line.includes('--resume')
      const { code, err } = await start('-c', [script], { env }, 'sh').ended
      // Nothing was interrupted, which is what it says then.
      expect([line, code, err]).toEqual([
        line,
        isResumed ? 2 : 0,
        isResumed ? expect.stringContaining('--resume: there is no') : expect.any(String),
      ])
    }
  })
})
