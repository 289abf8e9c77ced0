/** Audits the sample project into the site, with the built command: a report as a user gets it. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = path => fileURLToPath(new URL(path, import.meta.url))
const folder = here('../public/report/')
mkdirSync(folder, { recursive: true })
const options = '--target claude-opus-4-8 --fail-on never --format html --output'.split(' ')
execFileSync(process.execPath, [here('../../dist/bin.js'), 'audit', '.', ...options, `${folder}index.html`], {
  cwd: here('../sample'),
  stdio: 'inherit',
})
