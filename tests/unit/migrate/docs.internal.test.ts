import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { CODES } from '../../../src/migrate/codes.ts'
import { RULES_OF_MIGRATE } from '../../../src/migrate/index.ts'
import { run } from '../cli/command.ts'

const file = fileURLToPath(new URL('../../../docs/migrate.md', import.meta.url))
const text = readFileSync(file, 'utf8')
const example = text.slice(text.indexOf('## Example'), text.indexOf('## Stage 1'))

/** Each command of the example, its diff and, where the page shows it, its output. */
const steps = [
  ...example.matchAll(
    /```sh\nnpx legacy-completions migrate (\S+)(.*)\n```\n[^`]*```diff\n([\s\S]*?)```(?:[^`]*```text\n([\s\S]*?)```)?/g,
  ),
].map(([, name = '', options = '', diff = '', says]) => {
  const side = (mark: string): string =>
    diff
      .split('\n')
      .filter(line => line !== '' && (line.startsWith(mark) || line.startsWith(' ')))
      .map(line => `${line.slice(1)}\n`)
      .join('')
  return { name, options: options.trim().split(' '), before: side('-'), after: side('+'), says }
})

test('the example has three steps', () => {
  expect(steps.map(({ name }) => name)).toEqual(['app.ts', 'app.ts', 'jokes.py'])
  expect(steps[1]?.before).toBe(steps[0]?.after)
})

test.each(steps)('the example: $name $options', async ({ name, options, before, after, says }) => {
  const folder = mkdtempSync(join(tmpdir(), 'walked-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, name), before)
  const { err } = await run(['migrate', join(folder, name), ...options])
  expect(readFileSync(join(folder, name), 'utf8')).toBe(after)
  if (says !== undefined) expect(err.replaceAll(`${folder}/`, '')).toBe(says)
})

test('the page explains every code (regenerate with: npx vitest run tests/unit/migrate/docs -u)', async () => {
  const begin = text.indexOf('\n### ') + 1
  const end = text.indexOf('\n## Options and rules')
  const sections = Object.entries(CODES).map(([code, { kind, message }]) => {
    const sentence = `${message[0]?.toUpperCase()}${message.slice(1)}`
    return `### ${code}\n\n*${kind}* — ${sentence}.\n`
  })
  await expect(text.slice(0, begin) + sections.join('\n') + text.slice(end)).toMatchFileSnapshot(
    '../../../docs/migrate.md',
  )
})

test('the rules are those that there are', () => {
  const rows = Object.entries(RULES_OF_MIGRATE).map(
    ([name, { stage, does }]) => `| ${name} | ${stage} | ${does} |`,
  )
  expect(text).toContain(`| rule | from stage | what it does |\n| --- | --- | --- |\n${rows.join('\n')}\n`)
})
