import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startEmulator } from 'legacy-completions/emulator'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { blocksOf } from '../../docs/markdown.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const project = fileURLToPath(new URL('.tmp/example/', import.meta.url))

/** The example for the official SDK 1.x: the first of its guide. */
const example = blocksOf('docs/sdk-1.md').find(({ language }) => language === 'ts')?.code

/** CommonJS has no `await` outside of a function. */
function inFunction(code: string): string {
  const lines = code.split('\n')
  const imports = lines.filter(line => line.startsWith('import '))
  const rest = lines.filter(line => !line.startsWith('import '))
  return `${imports.join('\n')}\nasync function main() {\n${rest.join('\n')}\n}\nmain()\n`
}

function required(code: string): string {
  return inFunction(code)
    .replace(/^import (\w+) from ('[^']+')$/m, 'const $1 = require($2)')
    .replace(/^import (\{[^}]+\}) from ('[^']+')$/m, 'const $1 = require($2)')
}

interface Form {
  title: string
  file: string
  text: (code: string) => string
  /** What TypeScript makes of it, where it is compiled. */
  compiled?: string
}

const forms: readonly Form[] = [
  { title: 'JavaScript, ESM', file: 'esm.mjs', text: code => code },
  { title: 'JavaScript, CommonJS', file: 'commonjs.cjs', text: required },
  { title: 'TypeScript, ESM', file: 'typed-esm.mts', text: code => code, compiled: 'typed-esm.mjs' },
  {
    title: 'TypeScript, CommonJS',
    file: 'typed-commonjs.cts',
    text: inFunction,
    compiled: 'typed-commonjs.cjs',
  },
]

beforeAll(() => {
  rmSync(project, { recursive: true, force: true })
  const links = [
    ['legacy-completions', root],
    ['@anthropic-ai/sdk', join(root, 'tests/e2e/sdks/node_modules/@anthropic-ai/sdk')],
    ['@types/node', join(root, 'node_modules/@types/node')],
  ] as const
  for (const [name, target] of links) {
    const path = join(project, 'node_modules', name)
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(target, path)
  }
  writeFileSync(join(project, 'package.json'), '{ "private": true }')
})

describe('the example of docs/sdk-1.md', () => {
  it.each(forms)('compiles and runs: $title', async ({ file, text, compiled }) => {
    if (example === undefined) throw new Error('docs/sdk-1.md has no such example')
    writeFileSync(join(project, file), text(example))
    if (compiled !== undefined) {
      const tsc = join(root, 'node_modules/typescript/bin/tsc')
      const options =
        '--strict --target es2022 --module nodenext --esModuleInterop --skipLibCheck --types node --ignoreConfig'
      execFileSync(process.execPath, [tsc, ...options.split(' '), file], { cwd: project, encoding: 'utf8' })
    }
    const emulator = await startEmulator()
    onTestFinished(() => emulator.close())
    const { stdout } = await promisify(execFile)(process.execPath, [compiled ?? file], {
      cwd: project,
      env: { ...process.env, ANTHROPIC_API_KEY: 'test', ANTHROPIC_BASE_URL: emulator.url },
    })
    expect(stdout).toMatch(/^ Air scatters blue light/)
    expect(emulator.requests.map(({ path }) => path)).toEqual(['/v1/messages'])
  })
})
