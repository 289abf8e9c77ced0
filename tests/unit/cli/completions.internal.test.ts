import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { run } from './command.ts'

const isMissing = (program: string): boolean => spawnSync(program, ['--version']).status !== 0

/** What bash offers at the end of a command line. */
async function offered(line: string): Promise<string[]> {
  const { out } = await run(['completions', 'bash'])
  const words = line.split(' ')
  const script = `${out}
COMP_WORDS=(${words.map(word => `'${word}'`).join(' ')})
COMP_CWORD=${words.length - 1}
_legacy_completions
printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout.split('\n').filter(word => word !== '')
}

describe.skipIf(isMissing('bash'))('completions in bash', () => {
  it.each([
    ['legacy-completions ', ['serve', 'audit', 'convert', 'demo', 'help']],
    ['legacy-completions co', ['convert', 'complete', 'completions']],
    ['legacy-completions convert --re', ['--rejects', '--resume', '--reverse', '--retired-model']],
    ['legacy-completions convert --to ', ['messages', 'request', 'batch']],
    ['legacy-completions convert --prompts r', ['repair']],
    ['legacy-completions help ser', ['serve']],
  ])('%j offers what there is', async (line, expected) => {
    expect(await offered(line)).toEqual(expect.arrayContaining(expected))
  })

  it('leaves files to bash', async () => {
    expect(await offered('legacy-completions convert pro')).toEqual([])
  })
})

describe.each([
  ['bash', ['-n', '-c']],
  ['zsh', ['-n', '-c']],
  ['fish', ['-n', '-c']],
])('the script for %s', (shell, args) => {
  it('names every command', async () => {
    const { code, out } = await run(['completions', shell])
    expect(code).toBe(0)
    for (const name of ['serve', 'audit', 'migrate', 'convert', 'batch', 'complete', 'demo'])
      expect(out).toContain(name)
  })

  it.skipIf(isMissing(shell))('is one that the shell can read', async () => {
    const { out } = await run(['completions', shell])
    const { status, stderr } = spawnSync(shell, [...args, out], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  })
})

it.each([[[]], [['powershell']], [['bash', 'zsh']]])('%j is a mistake', async shells => {
  const { code, err } = await run(['completions', ...shells])
  expect([code, err]).toEqual([2, expect.stringContaining('bash, zsh or fish')])
})
