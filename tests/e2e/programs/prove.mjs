/** docs/sample is recorded, migrated and verified; a mistake planted in each rewritten program is named. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NotToBeHad, pythonWith } from './project.mjs'

export const title = 'a proof: record, migrate, verify'

const SAMPLE = fileURLToPath(new URL('../../../docs/sample', import.meta.url))

/** Mistakes that a rewrite by hand makes, and how `verify` names them. */
const MISTAKES = [
  {
    file: 'story.mjs',
    what: 'a lost system text',
    from: /^.*system: .*\n/m,
    to: '',
    named: 'system: lost "You tell stories to children."',
  },
  {
    file: 'story.mjs',
    what: 'a swapped role',
    from: "role: 'assistant'",
    to: "role: 'user'",
    named: 'messages[1].role: assistant → user',
  },
  {
    file: 'colours.mjs',
    what: 'a dropped stop',
    from: /^.*stop_sequences: .*\n/m,
    to: '',
    named: String.raw`stop_sequences: lost ["\n4."]`,
  },
  {
    file: 'ask.js',
    what: 'another limit',
    from: 'max_tokens: 300',
    to: 'max_tokens: 30',
    named: 'max_tokens: 300 → 30',
  },
  {
    file: 'haiku.py',
    what: 'another limit',
    from: 'max_tokens=100',
    to: 'max_tokens=1000',
    named: 'max_tokens: 100 → 1000',
    isPython: true,
  },
]

export async function walk({ project, tarball, check, skip }) {
  cpSync(SAMPLE, project.folder, { recursive: true })
  project.env = {}
  await project.npmInstall()
  await project.npmInstall('--save-dev', tarball)
  const python = await pythonWith(project, '.venv', '-r', 'requirements.txt').catch(error => {
    if (!(error instanceof NotToBeHad)) throw error
    skip(`the Python programs: ${error.message}`)
  })
  const runs = ['node ask.js', 'node colours.mjs', 'node story.mjs']
  if (python !== undefined) runs.push(`${python} haiku.py`, `${python} sums.py`)
  const command = (...args) => project.run('npx', 'legacy-completions', ...args)
  const all = ['--', 'sh', '-c', runs.join(' && ')]

  const recorded = await command('record', '--emulate', ...all)
  const calls = python === undefined ? 4 : 7
  check(
    'record needs no key',
    recorded.code === 0 && recorded.stderr.includes(`${calls} calls recorded`),
    recorded,
  )

  await command('migrate', '.', '--exclude', '.venv', '--stage', '2', '--write')
  await project.npmInstall()
  const verify = (...args) => command('verify', 'recording.jsonl', ...args, ...all)
  const verified = await verify()
  check(
    'after migrate every call is identical or equivalent',
    verified.code === 0 &&
      verified.stdout.includes(`${calls} calls: `) &&
      verified.stdout.includes('The program makes the same calls.'),
    verified,
  )

  for (const { file, what, from, to, named, isPython } of MISTAKES) {
    if (isPython && python === undefined) continue
    const path = join(project.folder, file)
    const right = readFileSync(path, 'utf8')
    const wrong = right.replace(from, to)
    writeFileSync(path, wrong)
    const { code, stdout } = await verify()
    check(`${what} in ${file} is named`, wrong !== right && code === 1 && stdout.includes(named), stdout)
    writeFileSync(path, right)
  }
}
