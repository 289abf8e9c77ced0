import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { root, textOf } from './markdown.ts'

/** What each group of options is for, and the interfaces of the sources that it is made of, with their files. */
const GROUPS: readonly { heading: string; about: string; interfaces: Readonly<Record<string, string>> }[] = [
  {
    heading: 'Every way in',
    about: `Taken by the client, \`withCompletions\`, \`completionsFetch\`, \`createProxy\`, \`serveProxy\` and \`Client\` of
the first generation. All but the last three are options of \`translateRequest\`, too. What the policies decide is in
[Prefill, sampling and thinking](today.md#one-option-for-each).`,
    interfaces: {
      Policies: 'translate/policies',
      ModelOptions: 'translate/models',
      TranslateOptions: 'translate/request',
      CompletionsOptions: 'core/options',
    },
  },
  {
    heading: 'The client',
    about: '`new Anthropic(options)`, beside those of every way in.',
    interfaces: { ClientOptions: 'client/options' },
  },
  {
    heading: 'A call',
    about:
      '`completions.create(params, options)`. With `withCompletions` they are handed to the SDK, with all that it takes itself.',
    interfaces: { RequestOptions: 'core/options' },
  },
  {
    heading: 'A comparison',
    about: '`completions.compare(params, options)`, beside those of a call.',
    interfaces: { CompareOptions: 'core/options' },
  },
  {
    heading: 'The option compare',
    about: '`compare`, the option of every entry point: see [Compare replies](compare.md).',
    interfaces: { ComparisonOptions: 'core/compare' },
  },
  {
    heading: 'The fetch',
    about:
      '`completionsFetch(options)` and `installCompletionsFetch(options)`, beside those of every way in.',
    interfaces: { CompletionsFetchOptions: 'adapters/fetch' },
  },
  {
    heading: 'Bedrock',
    about: '`bedrockCompletions(options)`, beside those of every way in.',
    interfaces: { BedrockCompletionsOptions: 'adapters/bedrock' },
  },
  {
    heading: 'The proxy',
    about: '`createProxy(options)`, beside those of every way in.',
    interfaces: { ProxyOptions: 'proxy/options', KeyOptions: 'proxy/keys' },
  },
  {
    heading: 'The proxy as a server',
    about: '`serveProxy(options)`, beside those of the proxy without `fetch`, and those of every way in.',
    interfaces: { ListenOptions: 'listen', ServeOptions: 'proxy/options' },
  },
  {
    heading: 'The first generation',
    about: '`new Client(apiKey, options)` of `legacy-completions/v0`, beside those of every way in.',
    interfaces: { V0ClientOptions: 'v0' },
  },
  {
    heading: 'A stream of the first generation',
    about: '`client.completeStream(params, options)`.',
    interfaces: { StreamOptions: 'v0' },
  },
  {
    heading: 'The emulator',
    about: '`createEmulator(options)`; the last two are for `startEmulator(options)`.',
    interfaces: { EmulatorOptions: 'emulator/script', StartOptions: 'emulator/server' },
  },
  {
    heading: 'The audit',
    about: '`findLegacyUses(sources, options)`.',
    interfaces: { AuditOptions: 'audit/audit' },
  },
  {
    heading: 'Writing a prompt',
    about: '`renderPrompt(conversation, options)`.',
    interfaces: { RenderOptions: 'transcript/render' },
  },
]

interface Option {
  name: string
  meaning: string
  byDefault: string
}

/** The members of an interface, with what their comments say. */
function optionsOf(file: string, name: string): Option[] {
  const source = ts.createSourceFile(
    file,
    textOf(`src/${file}.ts`),
    ts.ScriptTarget.Latest,
    true,
    ts.ScriptKind.TS,
  )
  const found = source.statements.find(
    statement => ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  )
  if (found === undefined || !ts.isInterfaceDeclaration(found))
    throw new Error(`${file} has no interface ${name}`)
  return found.members.filter(ts.isPropertySignature).map(member => {
    const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default')
    const [doc] = ts.getJSDocCommentsAndTags(member)
    const said = oneLine(doc && ts.isJSDoc(doc) ? ts.getTextOfJSDocComment(doc.comment) : '')
    // The emulator's comments say it in a sentence.
    const sentence = /(?:^| )Default: (.+?)\.(?: |$)/.exec(said)
    return {
      name: member.name.getText(source),
      meaning: said.replace(sentence?.[0] ?? '', '').trim(),
      byDefault: oneLine(tag ? ts.getTextOfJSDocComment(tag.comment) : sentence?.[1]),
    }
  })
}

const oneLine = (text: string | undefined): string =>
  (text ?? '')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replaceAll('|', '\\|')
    .replace(/\s+/g, ' ')
    .replace(/ - (?=`)/g, '<br>')
    .trim()

/** A value as code; what is a sentence stays one. */
const asValue = (text: string): string => (/^(?:'[^']*'|[\d.]+)$/.test(text) ? `\`${text}\`` : text)

it('docs/options.md is what the sources say (mend with: npx vitest run tests/docs/options.test.ts -u)', async () => {
  const sections = GROUPS.map(({ heading, about, interfaces }) => {
    const options = Object.entries(interfaces).flatMap(([name, file]) => optionsOf(file, name))
    const rows = options.map(
      ({ name, meaning, byDefault }) => `| \`${name}\` | ${meaning} | ${asValue(byDefault)} |`,
    )
    expect(
      options.filter(({ meaning }) => meaning === ''),
      heading,
    ).toEqual([])
    return `## ${heading}\n\n${about}\n\n| option | what it says | default |\n| --- | --- | --- |\n${rows.join('\n')}\n`
  })
  const text = `# Options

What each way in can be told, from the comments of the sources. An option with a value that it cannot have is refused with
an \`AnthropicError\` that names it, the reason and the remedy. The commands have [theirs](cli.md).

${sections.join('\n')}`
  await expect(text).toMatchFileSnapshot('../../docs/options.md')
})

/** What only a command is told: its help says it, and docs/cli.md. */
const COMMANDS = /^(?:cli|migrate|recording)\//

it('no options are left out', () => {
  const listed = new Set(GROUPS.flatMap(({ interfaces }) => Object.keys(interfaces)))
  const files = readdirSync(resolve(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !COMMANDS.test(file))
    .map(file => textOf(`src/${file}`))
  const declared = files.flatMap(text =>
    [...text.matchAll(/^export interface (\w*(?:Options|Policies))\b/gm)].map(match => match[1] ?? ''),
  )
  expect([...listed].sort()).toEqual(declared.sort())
})
