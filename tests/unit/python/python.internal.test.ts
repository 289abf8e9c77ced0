import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { root } from '../../docs/markdown.ts'
import { run } from '../cli/command.ts'

const SOURCE = readFileSync(resolve(root, 'src/python/legacy_completions.py'), 'utf8')

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('python prints the file', async () => {
  expect(await run(['python'])).toEqual({ code: 0, out: SOURCE, err: '' })
})

test('python --output writes the file', async () => {
  const path = join(newFolder(), 'legacy_completions.py')
  expect(await run(['python', '--output', path])).toEqual({ code: 0, out: '', err: `Wrote ${path}.\n` })
  expect(readFileSync(path, 'utf8')).toBe(SOURCE)
})

test('python --output replaces an older version of the file', async () => {
  const path = join(newFolder(), 'legacy_completions.py')
  writeFileSync(path, `${SOURCE.split('\n')[0]}\n# older\n`)
  expect((await run(['python', '-o', path])).code).toBe(0)
  expect(readFileSync(path, 'utf8')).toBe(SOURCE)
})

test.each(['', 'import anthropic\n'])('python --output keeps a file that is not its own: %j', async text => {
  const path = join(newFolder(), 'app.py')
  writeFileSync(path, text)
  const { code, err } = await run(['python', '--output', path])
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('is not from legacy-completions') })
  expect(readFileSync(path, 'utf8')).toBe(text)
})

test('python --output names a folder that does not exist', async () => {
  const { code, err } = await run(['python', '--output', join(newFolder(), 'no', 'file.py')])
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('does not exist') })
})

test('the file names the licence, and audit leaves it out', () => {
  const [first, second] = SOURCE.split('\n')
  expect(first).toContain('SPDX-License-Identifier: MIT')
  expect(second).toMatch(/^# legacy-completions-ignore-file: /)
})
