// Builds dist, unless it and what it is made of are as the last build left them: many commands stand on it, and some
// run at the same time.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const MADE_OF = ['package.json', 'entries.ts', 'package-lock.json', 'tsconfig.json', 'tsdown.config.ts']
const STAMP = '.tmp/built'

function filesUnder(folder) {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
}

function stateNow() {
  const hash = createHash('sha256').update(process.version)
  for (const path of [...filesUnder('src'), ...MADE_OF, ...filesUnder('dist')].sort()) {
    hash.update(`\0${path}\0`).update(readFileSync(path))
  }
  return hash.digest('hex')
}

if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== stateNow()) {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  mkdirSync(dirname(STAMP), { recursive: true })
  writeFileSync(STAMP, stateNow())
}
