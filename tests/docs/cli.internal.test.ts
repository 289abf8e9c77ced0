import { describe, expect, it } from 'vitest'
import { COMMANDS, help } from '../../src/cli/main.ts'
import { blocks, pages, proseOf } from './markdown.ts'

const helpOf = (name: string): Promise<string> => help(name)
const optionsIn = (text: string): string[] =>
  [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([name]) => name)

/** Lines that run the command, with what they are given. */
const lines = blocks
  .filter(({ language }) => language === 'sh' || language === 'yaml')
  .flatMap(({ page, code }) =>
    code
      .replace(/\\\n/g, ' ')
      .split('\n')
      .map(line => /(?<!-g |--global .*)\blegacy-completions (\w+)([^#|]*)/.exec(line))
      .filter(match => match !== null)
      .map(match => ({ page, line: match[0].trim(), command: match[1] ?? '', given: match[2] ?? '' })),
  )

describe('docs/cli.md', () => {
  it('shows the help of every command (write it with: npx vitest run tests/docs/cli.internal.test.ts -u)', async () => {
    expect(Object.keys(COMMANDS).length).toBeGreaterThan(4)
    const sections = await Promise.all(
      Object.keys(COMMANDS).map(async name => `## ${name}\n\n\`\`\`text\n${await helpOf(name)}\`\`\`\n`),
    )
    const text = `# Command line

\`npx legacy-completions <command> --help\` shows the same text. Every command ends with exit code 0 when it succeeded, with 1
when it failed in part or found something, and with 2 for an invalid command line.
\`npx legacy-completions --version\` shows the version.

${sections.join('\n')}`
    await expect(text).toMatchFileSnapshot('../../docs/cli.md')
  })
})

describe('every command line that is shown', () => {
  it('is found', () => expect(lines.length).toBeGreaterThan(20))

  it.each(lines)('$page: $line', async ({ command, given }) => {
    expect(Object.keys(COMMANDS)).toContain(command)
    const known = optionsIn(await helpOf(command))
    expect(optionsIn(given).filter(option => !known.includes(option))).toEqual([])
  })
})

describe('every option that a page names', () => {
  /** Those of other programs. */
  const FOREIGN: readonly string[] = ['--help', '--version', '--stop-timeout', '--jitless']

  it.each(pages)('%s', async page => {
    const known = new Set([
      ...FOREIGN,
      ...(await Promise.all(Object.keys(COMMANDS).map(helpOf))).flatMap(optionsIn),
    ])
    const named = [...proseOf(page).matchAll(/`(--[a-z][a-z-]*)[^`]*`/g)].map(match => match[1] ?? '')
    expect(named.filter(name => !known.has(name))).toEqual([])
  })
})
