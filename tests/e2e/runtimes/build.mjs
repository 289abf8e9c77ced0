/**
 * Installs the packed package for the runtimes, as a user would, and compiles the contract for them: as
 * modules that import the package by its name, and as bundles that hold all of it.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '../../..')

/** Where all that is made here goes. */
export const made = join(here, '.tmp')

/** What is left to the runtime, or to a bundle that is made for it. */
const BY_NAME = [/^legacy-completions/, /^@anthropic-ai\/sdk/, /^node:/]

/** The programs as one file each, which imports the package by its name; and the server that they ask. */
const MODULES = [
  { program: 'programs/command-line.mjs', file: 'command-line.mjs', format: 'esm' },
  { program: 'programs/command-line.mjs', file: 'command-line.cjs', format: 'cjs' },
  { program: 'programs/worker.mjs', file: 'worker.mjs', format: 'esm' },
  { program: 'programs/page.mjs', file: 'page.mjs', format: 'esm' },
  { program: 'server.ts', file: 'server.mjs', format: 'esm' },
]

/** The bundles, of those modules: what is found by the name is what the `exports` of the package say. */
const BUNDLES = [
  { module: 'worker.mjs', folder: 'worker', conditions: ['workerd', 'worker', 'browser'] },
  { module: 'page.mjs', folder: 'page', conditions: ['browser'] },
]

export async function build() {
  rmSync(made, { recursive: true, force: true })
  mkdirSync(made)
  // Bun and rolldown would take the sources, which the tsconfig.json above has under the name of the package.
  writeFileSync(join(made, 'tsconfig.json'), '{}')
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', made], {
    cwd: root,
    encoding: 'utf8',
  })
  const install = ['install', '--silent', '--no-save', '--no-audit', '--no-fund', join(made, packed.trim())]
  execFileSync('npm', install, { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] })

  for (const { program, file, format } of MODULES) {
    const bundle = await rolldown({ input: join(here, program), external: BY_NAME, platform: 'neutral' })
    await bundle.write({ file: join(made, file), format })
  }
  for (const { module, folder, conditions } of BUNDLES) {
    const bundle = await rolldown({
      input: join(made, module),
      platform: 'browser',
      // The parsers of the audit import two modules of Node by their old names, and only in Node.
      external: [/^node:/, 'module', 'fs/promises'],
      resolve: { conditionNames: [...conditions, 'import', 'default'] },
    })
    // What is loaded late stays apart, and is loaded late.
    await bundle.write({
      dir: join(made, folder),
      format: 'esm',
      entryFileNames: 'main.js',
      chunkFileNames: '[name].js',
    })
  }
  copyFileSync(join(here, 'programs/page.html'), join(made, 'page/index.html'))
}

/** The entries that the package says it has. */
export function entriesOfPackage() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return Object.keys(exports).filter(entry => !entry.endsWith('.json'))
}
