import { describe, expect, it } from 'vitest'
import { insteadOf, REMEDIES } from '../../e2e/sdks/instead.ts'
import { MEMBERS, type Member, VERSIONS } from '../../e2e/sdks/members.ts'

const lacking = MEMBERS.filter(({ ours }) => ours === 'no' || ours === 'refused')

/** The headings of the groups. */
const HEADINGS: Readonly<Record<string, string>> = {
  module: 'Exports of the module',
  'Client of the first generation': 'Methods of `Client`, the first generation',
  paths: 'Paths of the package',
  class: 'Static members of `Anthropic`',
  APIError: 'Static members of `APIError`',
  error: 'Fields of an error',
  'client.completions': 'Methods of `client.completions`',
  stream: 'Members of a stream',
  'types of the module': 'Types that the module exports',
  'types of Anthropic': 'Types in `Anthropic.…`',
  'types of Anthropic.Completions': 'Types in `Anthropic.Completions.…`',
  client: 'Members of a client',
  'client, for subclasses': 'Members of a client for subclasses',
  ClientOptions: 'Options of a client',
  CompletionCreateParams: 'Parameters of a completion',
  RequestOptions: 'Options of a call',
  Completion: 'Fields of a completion',
  promise: 'Methods of the promise that `create` returns',
  Stream: 'Static members of `Stream`',
}

const HERE: Readonly<Record<Member['ours'], string>> = {
  yes: 'yes',
  '/v0': 'at `legacy-completions/v0`',
  refused: 'throws an error with the fix',
  no: 'no',
}

describe('docs/drop-in.md', () => {
  it('lists all members, missing ones first (update with: npx vitest run tests/unit/client/drop-in.test.ts -u)', async () => {
    const groups = [...new Set(MEMBERS.map(({ group }) => group))]
    const missing = groups.flatMap(group => {
      // Members with the same remedy share a row.
      const rows = new Map<string, string[]>()
      for (const member of lacking.filter(one => one.group === group)) {
        const instead = insteadOf(member)?.instead ?? ''
        rows.set(instead, [...(rows.get(instead) ?? []), `\`${member.name}\``])
      }
      return [...rows].map(([instead, names]) => [HEADINGS[group] ?? group, names.join(', '), instead])
    })
    const sections = groups.map(group => {
      const members = MEMBERS.filter(member => member.group === group)
      const rows = table(['member', ...VERSIONS, 'here'], members.map(rowOf))
      return `### ${HEADINGS[group] ?? group}\n\n<details>\n<summary>${members.length} members</summary>\n\n${rows}\n</details>\n`
    })
    const text = `# SDK compatibility

The members of the official SDK around \`client.completions\`, and whether this package has them. It has
${MEMBERS.length - lacking.length} of ${MEMBERS.length}. [Entry points](entry-points.md) says which entry point fits which program.

## Missing members

${table(['group', 'members', 'instead'], missing)}
## All members by SDK version

● marks the versions of \`@anthropic-ai/sdk\` that have a member. ${VERSIONS[0]} is the last version with \`new Client()\`,
${VERSIONS.at(-2)} the last with completions, and ${VERSIONS.at(-1)} one without. The list is generated from the published packages.

${sections.join('\n')}`
    await expect(text).toMatchFileSnapshot('../../../docs/drop-in.md')
  })

  it('has a remedy for every missing member', () => {
    expect(lacking.filter(member => insteadOf(member) === undefined)).toEqual([])
  })

  it('has no remedy that no missing member uses', () => {
    const used = new Set(lacking.map(insteadOf))
    expect(REMEDIES.filter(remedy => !used.has(remedy))).toEqual([])
  })

  it('has one heading for each group', () => {
    const groups = new Set(MEMBERS.map(({ group }) => group))
    expect(Object.keys(HEADINGS).sort()).toEqual([...groups].sort())
  })
})

function rowOf(member: Member): string[] {
  const { name, has, ours } = member
  const versions = [...has].map(mark => (mark === '+' ? '●' : ''))
  return [`\`${name}\``, ...versions, HERE[ours]]
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('')
}
