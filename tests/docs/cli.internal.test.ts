import { describe, expect, it } from 'vitest'
import { HELP } from '../../src/cli/usage.ts'
import { run } from '../unit/cli/command.ts'
import { blocks, pages, proseOf } from './markdown.ts'

/** The commands, in the order in which the help names them, with what it says of each. */
const COMMANDS: readonly (readonly [name: string, about: string])[] = [
  ...(/\nCommands:\n([\s\S]*?)\n\n/.exec(HELP)?.[1] ?? '').matchAll(/^ {2}(\w+) +(.+)$/gm),
].map(([, name = '', about = '']) => [name, about])

const helpOf = async (name: string): Promise<string> => {
  const { code, out } = await run([name, '--help'])
  if (code !== 0) throw new Error(`${name} --help ends with ${code}`)
  return out
}
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
  it('is what the commands say (mend with: npx vitest run tests/docs/cli.internal.test.ts -u)', async () => {
    expect(COMMANDS.length).toBeGreaterThan(4)
    const sections = await Promise.all(
      COMMANDS.map(
        async ([name, about]) => `## ${name}\n\nTo ${about}.\n\n\`\`\`text\n${await helpOf(name)}\`\`\`\n`,
      ),
    )
    const text = `# Commands

\`npx legacy-completions <command> --help\` says the same. Each command ends with 0 when it did what it was asked to, with 1
when not all of it could be done or it found what it was to find, and with 2 when it was asked for what it does not know.
\`npx legacy-completions --version\` tells the version.

${sections.join('\n')}`
    await expect(text).toMatchFileSnapshot('../../docs/cli.md')
  })
})

describe('every command line that is shown', () => {
  it('is found', () => expect(lines.length).toBeGreaterThan(20))

  it.each(lines)('$page: $line', async ({ command, given }) => {
    expect(COMMANDS.map(([name]) => name)).toContain(command)
    const known = optionsIn(await helpOf(command))
    expect(optionsIn(given).filter(option => !known.includes(option))).toEqual([])
  })
})

describe('every option that a page names', () => {
  /** Those of other programs. */
  const FOREIGN: readonly string[] = ['--help', '--version', '--stop-timeout']

  it.each(pages)('%s', async page => {
    const known = new Set([
      ...FOREIGN,
      ...(await Promise.all(COMMANDS.map(([name]) => helpOf(name)))).flatMap(optionsIn),
    ])
    const named = [...proseOf(page).matchAll(/`(--[a-z][a-z-]*)[^`]*`/g)].map(match => match[1] ?? '')
    expect(named.filter(name => !known.has(name))).toEqual([])
  })
})
