import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type RunningEmulator, startEmulator } from 'legacy-completions/emulator'
import { expect, onTestFinished } from 'vitest'
import { asPattern, type Block, blocks, root } from './markdown.ts'

/** What a block must print where its page does not show it, found by a line of its code. */
const PRINTED: readonly { block: RegExp; says: RegExp }[] = [
  {
    block: /findLegacyUses/,
    says: /^app\.py:1:28 legacy-call: Keep it with the file[\s\S]*legacy-parameter/,
  },
]

/**
 * The programs that the pages show. The files in docs/deploy.md run in tests/docs/deploy.test.ts, and programs with the AWS
 * SDK or LangChain in tests/e2e/clients and tests/e2e/programs, which install them.
 */
export const programs: readonly Block[] = blocks.filter(
  ({ page, language, code }) =>
    page !== 'docs/deploy.md' &&
    !/'@aws-sdk\/|'langchain\//.test(code) &&
    (language === 'ts' || language === 'js'),
)

/** The official SDK is installed with the conformance suite, which runs these. */
export const needsSDK = ({ code }: Block): boolean => /'@anthropic-ai\/(?:[\w-]+-)?sdk'/.test(code)

/** Which of the published versions a page means where it says only the name. */
const VERSION_OF: Readonly<Record<string, string>> = { 'docs/pinned.md': 'sdk-0.39.0' }

/** A block with the SDK under the name that its version is installed by. */
export function versioned(block: Block): Block {
  const version = VERSION_OF[block.page]
  return version ? { ...block, code: block.code.replaceAll("'@anthropic-ai/sdk'", `'${version}'`) } : block
}

/** Runs a block in front of an emulator, and holds what it prints against what is said of it. */
export async function runBlock(block: Block, folder: string): Promise<void> {
  const { page, line, language } = block
  const expected =
    block.output === undefined
      ? PRINTED.find(({ block: pattern }) => pattern.test(block.code))?.says
      : asPattern(block.output)
  if (expected === undefined) throw new Error('It is said nowhere what this block must print.')
  const isCommonJS = language === 'js'
  const name = `${page.replaceAll(/\W/g, '-')}-${line}.${isCommonJS ? 'cjs' : 'ts'}`
  const path = resolve(root, folder, '.tmp/docs', name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, versioned(block).code)

  const emulator: RunningEmulator = await startEmulator()
  onTestFinished(() => emulator.close())
  const environment = { ANTHROPIC_API_KEY: 'test', ANTHROPIC_BASE_URL: emulator.url }
  const output = isCommonJS
    ? await promisify(execFile)(process.execPath, [path], { env: { ...process.env, ...environment } })
    : { stdout: await outputOf(() => import(pathToFileURL(path).href), environment) }
  expect(output.stdout).toMatch(expected)
}

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
  // Warnings go to stderr, which a block does not show.
  Object.assign(console, { log: take, warn: () => {} })
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
