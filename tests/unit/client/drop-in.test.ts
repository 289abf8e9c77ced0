import { describe, expect, it } from 'vitest'
import { insteadOf, REMEDIES } from '../../e2e/sdks/instead.ts'
import { MEMBERS, type Member, VERSIONS } from '../../e2e/sdks/members.ts'

const lacking = MEMBERS.filter(({ ours }) => ours === 'no' || ours === 'refused')

/** The groups by what they are called in a sentence. */
const HEADINGS: Readonly<Record<string, string>> = {
  module: 'What the module exports',
  'Client of the first generation': 'Methods of `Client`, the first generation',
  paths: 'Paths within the package',
  class: 'What is on the class `Anthropic`',
  APIError: 'What is on the class `APIError`',
  error: 'Fields of an error',
  'client.completions': 'Methods of `client.completions`',
  stream: 'Members of a stream',
  'types of the module': 'Types that the module exports',
  'types of Anthropic': 'Types in `Anthropic.…`',
  'types of Anthropic.Completions': 'Types in `Anthropic.Completions.…`',
  client: 'Members of a client',
  'client, for subclasses': 'Members of a client that are there for its subclasses',
  ClientOptions: 'Options of a client',
  CompletionCreateParams: 'Parameters of a completion',
  RequestOptions: 'Options of a call',
  Completion: 'Fields of a completion',
  promise: 'Methods of the promise that `create` returns',
  Stream: 'What is on the class `Stream`',
}

const HERE: Readonly<Record<Member['ours'], string>> = {
  yes: 'yes',
  '/v0': 'at `legacy-completions/v0`',
  refused: 'refused, with what to do',
  no: 'no',
}

describe('docs/drop-in.md', () => {
  it('is what the list of members says (mend with: npx vitest run tests/unit/client/drop-in.test.ts -u)', async () => {
    const groups = [...new Set(MEMBERS.map(({ group }) => group))]
    const sections = groups.map(group => {
      const members = MEMBERS.filter(member => member.group === group)
      const heading = HEADINGS[group] ?? group
      return `## ${heading}\n\n${table(['member', ...VERSIONS, 'here', 'instead'], members.map(rowOf))}`
    })
    const text = `# SDK compatibility

Everything that a program can touch of the official SDK around \`client.completions\`, by the versions of
\`@anthropic-ai/sdk\` that have it (●), and whether this package has it under the same name. Where it has not, it says
what to do. Of ${MEMBERS.length} members it has ${MEMBERS.length - lacking.length}.

The versions stand for the generations: ${VERSIONS[0]} is the last of \`new Client()\`, ${VERSIONS.at(-2)} the last with
completions, and ${VERSIONS.at(-1)} one without. The list is read from the published packages themselves.

There is a way in for each kind of program:

${table(
  ['a program', 'the way in'],
  [
    ['whose import can be changed', '`legacy-completions`, in place of `@anthropic-ai/sdk`'],
    [
      'that is on a new SDK, which has no completions',
      '`withCompletions(client)` of `legacy-completions/sdk`',
    ],
    [
      'that stays on an old SDK',
      '`new Anthropic({ fetch: completionsFetch() })`, of `legacy-completions/fetch`',
    ],
    ['of the first generation, `new Client()`', '`legacy-completions/v0`'],
  ],
)}
${sections.join('\n')}`
    await expect(text).toMatchFileSnapshot('../../../docs/drop-in.md')
  })

  it('says for everything that is lacking what to do', () => {
    expect(lacking.filter(member => insteadOf(member) === undefined)).toEqual([])
  })

  it('has no remedy for what is there', () => {
    const used = new Set(lacking.map(insteadOf))
    expect(REMEDIES.filter(remedy => !used.has(remedy))).toEqual([])
  })

  it('has a heading for every group, and none beside', () => {
    const groups = new Set(MEMBERS.map(({ group }) => group))
    expect(Object.keys(HEADINGS).sort()).toEqual([...groups].sort())
  })
})

function rowOf(member: Member): string[] {
  const { name, has, ours } = member
  const versions = [...has].map(mark => (mark === '+' ? '●' : ''))
  return [`\`${name}\``, ...versions, HERE[ours], insteadOf(member)?.instead ?? '']
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('')
}
