/**
 * The ways of a new user, walked from an empty directory with README.md alone: its blocks are followed and not retyped.
 * The packed tarball replaces the package of the registry, and the emulator replaces the API. The run reports and skips
 * programs that it cannot install.
 *
 *     npm run test:walks              all of them
 *     npm run test:walks -- python    those whose file has one of these in its name
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmulator } from '../../../dist/emulator.js'
import { NotToBeHad, Project } from './project.mjs'

const WALKS = ['commonjs', 'entry-points', 'python', 'codebase', 'prove', 'newcomer']
const wanted = process.argv.slice(2)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const packed = mkdtempSync(join(tmpdir(), 'legacy-completions-pack-'))
const counts = { passed: 0, failed: 0, skipped: 0 }

function check(name, isRight, seen) {
  counts[isRight ? 'passed' : 'failed']++
  console.log(`${isRight ? 'ok      ' : 'FAILED  '}${name}`)
  if (!isRight) console.log(seen)
}

function skip(reason) {
  counts.skipped++
  console.log(`skipped ${reason}`)
}

try {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', packed], { cwd: root, stdio: 'ignore' })
  const tarball = join(packed, readdirSync(packed)[0])
  for (const name of WALKS.filter(name => wanted.length === 0 || wanted.some(part => name.includes(part)))) {
    const { title, walk } = await import(`./${name}.mjs`)
    console.log(`\n── ${title} ──`)
    const project = new Project()
    const emulator = await startEmulator()
    try {
      await walk({ project, tarball, emulator, check, skip })
    } catch (error) {
      if (error instanceof NotToBeHad) skip(`${title}: ${error.message}`)
      else check(`${title} comes to its end`, false, error)
    } finally {
      await emulator.close()
      project.remove()
    }
  }
} finally {
  rmSync(packed, { recursive: true, force: true })
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
if (counts.failed > 0) process.exitCode = 1
