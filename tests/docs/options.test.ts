import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { root, textOf } from './markdown.ts'

/** The groups of options: what they are for, and the interfaces in the sources that declare them. */
const GROUPS: readonly { heading: string; about: string; interfaces: Readonly<Record<string, string>> }[] = [
  {
    heading: 'Every entry point',
    about: `The client, \`withCompletions\`, \`completionsFetch\`, \`createProxy\`, \`serveProxy\` and \`Client\` of the first generation take
these options; \`translateRequest\` takes those that concern the translation. For the policies, see
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
    about: '`new Anthropic(options)`, in addition to those of every entry point.',
    interfaces: { ClientOptions: 'client/options' },
  },
  {
    heading: 'A call',
    about:
      '`completions.create(params, options)`. `withCompletions` passes them to the SDK, together with the SDK’s own options.',
    interfaces: { RequestOptions: 'core/options' },
  },
  {
    heading: 'A comparison',
    about: '`completions.compare(params, options)`, in addition to those of a call.',
    interfaces: { CompareOptions: 'core/options' },
  },
  {
    heading: 'The option compare',
    about: '`compare`, the option of every entry point: see [Compare old and new completions](compare.md).',
    interfaces: { ComparisonOptions: 'core/compare' },
  },
  {
    heading: '`nodeHttpFetch`',
    about: '`nodeHttpFetch(options)` returns a `fetch` for Node: see [Performance](performance.md).',
    interfaces: { NodeHttpFetchOptions: 'node-http-fetch' },
  },
  {
    heading: '`completionsFetch`',
    about:
      '`completionsFetch(options)` and `installCompletionsFetch(options)`, in addition to those of every entry point.',
    interfaces: { CompletionsFetchOptions: 'adapters/fetch' },
  },
  {
    heading: 'Bedrock',
    about: '`bedrockCompletions(options)`, in addition to those of every entry point.',
    interfaces: { BedrockCompletionsOptions: 'adapters/bedrock' },
  },
  {
    heading: 'The proxy',
    about: '`createProxy(options)`, in addition to those of every entry point.',
    interfaces: { ProxyOptions: 'proxy/options', KeyOptions: 'proxy/keys' },
  },
  {
    heading: 'The proxy as a server',
    about:
      '`serveProxy(options)`, in addition to those of the proxy (except `fetch`) and of every entry point.',
    interfaces: { ListenOptions: 'listen', ServeOptions: 'proxy/options' },
  },
  {
    heading: 'The first generation',
    about:
      '`new Client(apiKey, options)` of `legacy-completions/v0`, in addition to those of every entry point.',
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

/** Returns the members of an interface with their docstrings. */
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
    const comment = oneLine(doc && ts.isJSDoc(doc) ? ts.getTextOfJSDocComment(doc.comment) : '')
    // The emulator's docstrings give the default in a sentence.
    const sentence = /(?:^| )Default: (.+?)\.(?: |$)/.exec(comment)
    return {
      name: member.name.getText(source),
      meaning: comment.replace(sentence?.[0] ?? '', '').trim(),
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

/** Formats a value as code, and leaves a sentence as it is. */
const asValue = (text: string): string => (/^(?:'[^']*'|[\d.]+)$/.test(text) ? `\`${text}\`` : text)

it('docs/options.md agrees with the docstrings (update with: npx vitest run tests/docs/options.test.ts -u)', async () => {
  const sections = GROUPS.map(({ heading, about, interfaces }) => {
    const options = Object.entries(interfaces).flatMap(([name, file]) => optionsOf(file, name))
    const rows = options.map(
      ({ name, meaning, byDefault }) => `| \`${name}\` | ${meaning} | ${asValue(byDefault)} |`,
    )
    expect(
      options.filter(({ meaning }) => meaning === ''),
      heading,
    ).toEqual([])
    return `## ${heading}\n\n${about}\n\n| option | meaning | default |\n| --- | --- | --- |\n${rows.join('\n')}\n`
  })
  const text = `# Options

The options of each entry point. An invalid value throws an \`AnthropicError\` that names the option, the reason and the
remedy. For the options of the commands, see [Command line](cli.md).

${sections.join('\n')}`
  await expect(text).toMatchFileSnapshot('../../docs/options.md')
})

/** Options of commands: docs/cli.md has them. */
const COMMANDS = /^(?:cli|migrate|recording)\//

it('docs/options.md has every interface of options', () => {
  const listed = new Set(GROUPS.flatMap(({ interfaces }) => Object.keys(interfaces)))
  const files = readdirSync(resolve(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !COMMANDS.test(file))
    .map(file => textOf(`src/${file}`))
  const declared = files.flatMap(text =>
    [...text.matchAll(/^export interface (\w*(?:Options|Policies))\b/gm)].map(match => match[1] ?? ''),
  )
  expect([...listed].sort()).toEqual(declared.sort())
})
