import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { startEmulator } from 'legacy-completions/emulator'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DIAGNOSTICS } from '../src/diagnostics/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const sdk = resolve(root, 'tests/conformance/node_modules/@anthropic-ai/sdk')
const isDist = import.meta.env.MODE === 'dist'
const markdown = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(resolve(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md') && !file.startsWith('api'))
    .map(file => `docs/${file}`),
]

interface Block {
  file: string
  line: number
  language: string
  code: string
}

const blocks: Block[] = markdown.flatMap(file => {
  const text = readFileSync(resolve(root, file), 'utf8')
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(match => ({
    file,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1] ?? '',
    code: match[2] ?? '',
  }))
})

/** What a block must print, found by a line of its code. */
const printed: { block: RegExp; says: RegExp }[] = [
  {
    block: /chunk of stream/,
    says: /Air scatters blue light[\s\S]*stop_sequence[\s\S]*Why did[\s\S]*complete a sentence\./,
  },
  { block: /require\(/, says: /^ Air scatters blue light/ },
  {
    block: /onDiagnostic/,
    says: /warning retired-model[\s\S]*claude-opus-4-8[\s\S]*info stop-enforced-here[\s\S]*warning sampling-dropped/,
  },
  { block: /rollout/, says: /^stop_sequence stop_sequence \[\]\n$/ },
  { block: /withCompletions/, says: /^ Air scatters blue light/ },
  { block: /completionsFetch\(\)\(/, says: /^ Air scatters blue light/ },
  { block: /completionFrom/, says: /^ Air scatters blue light/ },
  { block: /lineColumn/, says: /^4:1 single-newline-marker: Put two newlines before it[\s\S]*Be brief\./ },
  {
    block: /findLegacyUses/,
    says: /^app\.py:1:28 legacy-call: Call it through legacy-completions[\s\S]*legacy-parameter/,
  },
  { block: /emulator\.reply/, says: /^ Blue light \nscatters more\.\n$/m },
]

describe('every code block', () => {
  // What docs/deploy.md holds are files, and tests/deploy.test.ts runs them.
  const programs = blocks.filter(
    ({ file, language }) => file !== 'docs/deploy.md' && (language === 'ts' || language === 'js'),
  )

  it.for(programs)('$file:$line runs', async ({ file, line, language, code }, { skip }) => {
    const expected = printed.find(({ block }) => block.test(code))
    expect(expected, 'what this block must print').toBeDefined()
    // The official SDK is installed with the conformance suite, and stays out of the quick one.
    const usesSDK = /@anthropic-ai\/sdk/.test(code)
    if (usesSDK && !existsSync(sdk))
      return skip('the official SDK is not installed: npm run test:conformance')
    const path = resolve(
      root,
      `${usesSDK ? 'tests/conformance/' : ''}.tmp/docs/${file.replaceAll(/\W/g, '-')}-${line}.${language === 'js' ? 'cjs' : 'ts'}`,
    )
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, code)

    const emulator = await startEmulator()
    onTestFinished(() => emulator.close())
    const environment = { ANTHROPIC_API_KEY: 'test', ANTHROPIC_BASE_URL: emulator.url }
    if (language === 'js') {
      // CommonJS resolves the package by its name, and so needs the built one.
      if (!isDist) return
      const { stdout } = await promisify(execFile)(process.execPath, [path], {
        env: { ...process.env, ...environment },
      })
      expect(stdout).toMatch(expected?.says ?? /$^/)
      return
    }
    expect(await outputOf(() => import(pathToFileURL(path).href), environment)).toMatch(
      expected?.says ?? /$^/,
    )
  })

  it('of a shell names scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { scripts: object }
    const named = blocks
      .filter(({ language }) => language === 'sh')
      .flatMap(({ code }) => [...code.matchAll(/npm (?:run )?(test\b[\w:]*|run ([\w:]+)|(?<=run )[\w:]+)/g)])
      .map(match => match[2] ?? match[1] ?? '')
    expect(named.length).toBeGreaterThan(3)
    for (const name of named) expect(Object.keys(scripts)).toContain(name)
  })

  it('is of a language that is looked at here', () => {
    const languages = new Set(blocks.map(({ language }) => language))
    expect([...languages].sort()).toEqual([
      ...['', 'diff', 'dockerfile', 'ini', 'js', 'nginx', 'sh', 'text', 'ts', 'yaml'],
    ])
  })
})

describe('links', () => {
  it.each(markdown)('of %s lead somewhere', file => {
    const text = readFileSync(resolve(root, file), 'utf8')
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(match => match[1] ?? '')
    for (const target of targets) {
      expect(() => readFileSync(resolve(root, dirname(file), target)), `${file} → ${target}`).not.toThrow()
    }
  })
})

describe('docs/diagnostics.md', () => {
  it('is what the table says (mend with: npx vitest run tests/docs.test.ts -u)', async () => {
    const entries = Object.entries(DIAGNOSTICS).map(([code, { severity, message, fix }]) => {
      const show = (sentence: string): string =>
        JSON.stringify(sentence)
          .slice(1, -1)
          .replaceAll('\\"', '"')
          .replaceAll(/\{(\w+)\}/g, '*$1*')
      return `## ${code}\n\n*${severity}* — ${show(message)}\n\n${show(fix)}\n`
    })
    const text = `# Diagnostics

What was noticed or changed in a call, by code. \`onDiagnostic\` receives them, and the translation returns them.

- **error**: the call cannot be made, or its answer is not what was asked for;
- **warning**: something that was asked for was changed or left out;
- **info**: something was adapted with the same meaning.

${entries.join('\n')}`
    await expect(text).toMatchFileSnapshot('../docs/diagnostics.md')
  })
})

/** What a program prints, under an environment that is put back afterwards. */
async function outputOf(
  program: () => Promise<unknown>,
  environment: Record<string, string>,
): Promise<string> {
  const before = { ...process.env }
  const { log, warn } = console
  const write = process.stdout.write
  let output = ''
  const take = (...values: unknown[]): void => {
    output += `${values.map(value => (typeof value === 'string' ? value : JSON.stringify(value))).join(' ')}\n`
  }
  Object.assign(process.env, environment)
  Object.assign(console, { log: take, warn: take })
  const takeRaw = (text: string | Uint8Array): boolean => {
    output += text
    return true
  }
  process.stdout.write = takeRaw
  try {
    await program()
    return output
  } finally {
    process.stdout.write = write
    Object.assign(console, { log, warn })
    process.env = before
  }
}
