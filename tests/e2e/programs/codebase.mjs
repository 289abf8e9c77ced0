/** A codebase of the old API, docs/sample: it runs, it is audited, and it is migrated in two stages with the same answers. */
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { NotToBeHad, pythonWith } from './project.mjs'

export const title = 'a codebase: audit, and migrate in two stages'

const SAMPLE = fileURLToPath(new URL('../../../docs/sample', import.meta.url))

/** What the audit finds in each file, by code, as often. */
const EVERYWHERE = { 'legacy-call': 1, 'legacy-parameter': 1, 'legacy-prompt': 1, 'retired-model': 1 }
const NAMED = { ...EVERYWHERE, 'legacy-constant': 1, 'legacy-reply': 1 }
const FOUND = {
  'ask.js': { ...EVERYWHERE, 'legacy-reply': 1 },
  'colours.mjs': NAMED,
  'story.mjs': NAMED,
  'haiku.py': NAMED,
  'sums.py': NAMED,
}

/** The answers of the programs, in the order of their names. */
async function answersOf(project, python) {
  const answers = {}
  for (const file of ['ask.js', 'colours.mjs', 'story.mjs']) answers[file] = await project.run('node', file)
  if (python !== undefined)
    for (const file of ['haiku.py', 'sums.py']) answers[file] = await project.run(python, file)
  return answers
}

export async function walk({ project, tarball, emulator, check, skip }) {
  cpSync(SAMPLE, project.folder, { recursive: true })
  project.env = { ANTHROPIC_API_KEY: 'any', ANTHROPIC_BASE_URL: emulator.url }
  await project.npmInstall()
  const python = await pythonWith(project, '.venv', '-r', 'requirements.txt').catch(error => {
    if (!(error instanceof NotToBeHad)) throw error
    skip(`the Python programs: ${error.message}`)
  })

  const answers = await answersOf(project, python)
  for (const [file, { code, stdout, stderr }] of Object.entries(answers))
    check(`${file} runs on the old SDK`, code === 0 && stdout.trim() !== '', {
      stdout,
      stderr,
    })
  check(
    '… all at the old endpoint',
    emulator.requests.length > 0 && emulator.requests.every(({ path }) => path === '/v1/complete'),
    emulator.requests.length,
  )

  await project.npmInstall('--save-dev', tarball)
  const audit = async (...args) =>
    project.run('npx', 'legacy-completions', 'audit', '.', '--exclude', '.venv', ...args)
  const report = await audit('--format', 'json')
  check('the audit exits with 1', report.code === 1, report)
  const found = {}
  for (const { file, code } of JSON.parse(report.stdout).uses) {
    found[file] ??= {}
    found[file][code] = (found[file][code] ?? 0) + 1
  }
  for (const [file, codes] of Object.entries(FOUND))
    check(`it finds in ${file} what there is`, isDeepStrictEqual(found[file], codes), found[file])

  const baseline = 'audit-baseline.json'
  check('a baseline is written', (await audit('--write-baseline', baseline)).code === 0)
  check('with it nothing is new', (await audit('--baseline', baseline)).code === 0)
  project.write('new.mjs', readFileSync(`${SAMPLE}/colours.mjs`, 'utf8'))
  const fresh = await audit('--baseline', baseline, '--format', 'json')
  const files = new Set(JSON.parse(fresh.stdout).uses.map(({ file }) => file))
  check('what is added is', fresh.code === 1 && [...files].join() === 'new.mjs', [...files])
  rmSync(join(project.folder, 'new.mjs'))

  const migrate = stage =>
    project.run(
      'npx',
      'legacy-completions',
      'migrate',
      '.',
      '--exclude',
      '.venv',
      '--stage',
      stage,
      '--write',
    )
  const compare = async (stage, files, newPython) => {
    const asked = emulator.requests.length
    const now = await answersOf(project, newPython)
    for (const file of files)
      check(
        `after stage ${stage} ${file} gives the same answers`,
        now[file]?.stdout === answers[file]?.stdout,
        now[file],
      )
    return emulator.requests.slice(asked)
  }
  const programs = ['ask.js', 'colours.mjs', 'story.mjs']

  // What Python has to call is not to be imported from here: its programs stay as they are for now.
  const first = await migrate('1')
  check(
    'stage 1 leaves the Python programs to a person',
    first.code === 1 && first.stderr.includes('python-import'),
    first,
  )
  await project.install('npm', 'uninstall', '--silent', '@anthropic-ai/sdk')
  const shimmed = await compare(1, programs, undefined)
  check(
    '… at the Messages API, without the SDK',
    shimmed.length > 0 && shimmed.every(({ path }) => path === '/v1/messages'),
    shimmed,
  )

  const second = await migrate('2')
  check(
    'stage 2 leaves what has a prefill to a person',
    second.stderr.includes('sums.py') && second.stderr.includes('prefill-refused'),
    second,
  )
  await project.npmInstall('@anthropic-ai/sdk@1')
  const young = python && (await pythonWith(project, '.young', 'anthropic>=1,<2'))
  const native = await compare(2, [...programs, ...(young ? ['haiku.py'] : [])], young)
  check(
    '… at the Messages API',
    native.length > 0 && native.every(({ path }) => path === '/v1/messages'),
    native,
  )
  rmSync(join(project.folder, baseline))
  const left = await audit('--exclude', '.young', '--format', 'json')
  const leftIn = new Set(
    JSON.parse(left.stdout)
      .uses.filter(({ severity }) => severity !== 'info')
      .map(({ file }) => file),
  )
  check('nothing is left but what was left to a person', [...leftIn].join() === 'sums.py', [...leftIn])
}
