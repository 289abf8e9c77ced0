import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DIAGNOSTICS } from '../../src/diagnostics/index.ts'
import { blocks, root, textOf } from './markdown.ts'
import { needsSDK, programs, runBlock } from './run-block.ts'

const isDist = import.meta.env.MODE === 'dist'

describe('every code block', () => {
  it.for(programs.filter(block => !needsSDK(block)))('$page:$line runs', async (block, { skip }) => {
    if (block.language === 'js' && !isDist)
      return skip('CommonJS resolves the package by its name, and so needs the built one: npm run test:dist')
    await runBlock(block, '.')
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

  it('of CONTRIBUTING.md names every script', () => {
    const { scripts } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { scripts: object }
    const text = textOf('CONTRIBUTING.md')
    expect(
      Object.keys(scripts).filter(name => !new RegExp(`npm (?:run )?${name}(?![\\w:])`).test(text)),
    ).toEqual([])
  })

  it('of JSON parses, and names the current version of the package', () => {
    const { version } = JSON.parse(textOf('package.json')) as { version: string }
    const texts = blocks.filter(({ language }) => language === 'json').map(({ code }) => code)
    expect(texts.length).toBeGreaterThan(0)
    for (const text of texts) {
      expect(() => JSON.parse(text) as unknown).not.toThrow()
      const named = [...text.matchAll(/legacy-completions@([\d.]+)/g)].map(match => match[1])
      expect(new Set(named)).toEqual(new Set(named.map(() => version)))
    }
  })

  it('is of a language that a test checks', () => {
    const languages = new Set(blocks.map(({ language }) => language))
    expect([...languages].sort()).toEqual([
      ...['', 'diff', 'dockerfile', 'ini', 'js', 'json', 'nginx', 'python', 'sh', 'text', 'ts', 'yaml'],
    ])
  })
})

describe('docs/diagnostics.md', () => {
  it('lists every diagnostic (update with: npx vitest run tests/docs/blocks.test.ts -u)', async () => {
    const entries = Object.entries(DIAGNOSTICS).map(([code, { severity, message, fix }]) => {
      const show = (sentence: string): string =>
        JSON.stringify(sentence)
          .slice(1, -1)
          .replaceAll('\\"', '"')
          // In Markdown, the site would read it as an HTML tag.
          .replaceAll('<', '&lt;')
          .replaceAll(/`\{(\w+)\}`|\{(\w+)\}/g, (_, code, plain) => `*${code ?? plain}*`)
      return `## ${code}\n\n*${severity}* — ${show(message)}\n\n${show(fix)}\n`
    })
    const text = `# Diagnostics

The problems and changes that the library reports, by code. \`onDiagnostic\` receives them, and \`translateRequest\` returns them.

- **error**: the call cannot be made, or its response is not what the caller requested;
- **warning**: the library changed or dropped something that the caller requested;
- **info**: the library adapted something without changing its meaning.

${entries.join('\n')}`
    await expect(text).toMatchFileSnapshot('../../docs/diagnostics.md')
  })
})
