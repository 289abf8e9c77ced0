/**
 * Measures how many real calls `migrate --stage 2` rewrites, and checks what it makes of each repository: every changed
 * file parses, a second run changes nothing, and stage 1 before stage 2 makes no difference. Where pyflakes is installed,
 * it must report nothing new. Then measures how time and memory grow with the number of calls and of files.
 *
 * The repositories are checkouts at the commits of `../shared/corpus/migrate/repos.txt`, one a directory `owner__repo`:
 * `npm run bench:migrate -- DIRECTORY`, or the environment's MIGRATE_REPOS. Ends with 1 when a goal is missed.
 */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const bin = join(root, 'dist/bin.js')
const corpus = resolve(root, '../shared/corpus/migrate')
const repos = process.argv[2] ?? process.env.MIGRATE_REPOS
const failures = []

const migrate = (cwd, ...args) =>
  spawnSync(process.execPath, [bin, 'migrate', '.', '--write', ...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })

function copyOf(directory) {
  const copy = mkdtempSync(join(tmpdir(), 'bench-migrate-'))
  cpSync(directory, copy, { recursive: true, filter: from => !/[\\/](?:\.git|node_modules)$/.test(from) })
  return copy
}

function* filesOf(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) yield* filesOf(path)
    else if (entry.isFile()) yield path
  }
}

/** The files of two directories that differ. */
function differing(one, other) {
  return [...filesOf(one)]
    .map(path => relative(one, path))
    .filter(
      path =>
        !existsSync(join(other, path)) ||
        !readFileSync(join(one, path)).equals(readFileSync(join(other, path))),
    )
}

function pyflakes(directory, files) {
  const run = spawnSync('python3', ['-m', 'pyflakes', ...files], { cwd: directory, encoding: 'utf8' })
  if (/No module named/.test(run.stderr ?? '')) return undefined
  // Lines move: what is reported counts, not where.
  return (run.stdout ?? '')
    .split('\n')
    .map(line => line.replace(/:\d+:\d+:?/, ':'))
    .filter(Boolean)
    .sort()
}

if (repos !== undefined && existsSync(corpus)) {
  const score = spawnSync(
    process.execPath,
    [
      join(corpus, 'score-migrate.mjs'),
      resolve(repos),
      bin,
      '--python',
      '0.9',
      '--js',
      '1',
      '--wrong',
      '0',
      '--silent',
      '0',
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  )
  console.log(score.stdout)
  if (score.status !== 0) failures.push('score')
  let changed = 0
  let isLinted = true
  for (const name of readdirSync(repos)) {
    const source = join(resolve(repos), name)
    const [direct, staged] = [copyOf(source), copyOf(source)]
    migrate(direct, '--stage', '2')
    const files = differing(direct, source)
    changed += files.length
    migrate(staged)
    migrate(staged, '--stage', '2')
    for (const path of differing(direct, staged)) failures.push(`${name}/${path}: stage 1 makes a difference`)
    const python = files.filter(path => path.endsWith('.py'))
    const [before, after] =
      python.length === 0 ? [[], []] : [pyflakes(source, python), pyflakes(direct, python)]
    if (before === undefined || after === undefined) isLinted = false
    else for (const line of after) if (!before.includes(line)) failures.push(`${name}: pyflakes: ${line}`)
    const again = copyOf(direct)
    migrate(again, '--stage', '2')
    for (const path of differing(again, direct)) failures.push(`${name}/${path}: changes the second time`)
    for (const directory of [direct, staged, again]) rmSync(directory, { recursive: true })
  }
  console.log(`${changed} files changed${isLinted ? ', pyflakes compared' : '; pyflakes is not installed'}`)
} else console.log('The repositories are not here: no score.')

/** The seconds and the memory of a run over generated files. */
function measured(files) {
  const directory = mkdtempSync(join(tmpdir(), 'bench-migrate-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory, name, '..'), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  const script = `process.on('exit', () => { const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage(); process.stderr.write('MEASURED ' + (userCPUTime + systemCPUTime) / 1e6 + ' ' + maxRSS / 1024) }); process.argv.splice(1, 0, 'x'); process.argv = [process.execPath, ${JSON.stringify(bin)}, 'migrate', '.', '--stage', '2', '--write']; await import(${JSON.stringify(bin)})`
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  rmSync(directory, { recursive: true })
  const [, seconds, megabytes] = /MEASURED ([\d.]+) ([\d.]+)/.exec(run.stderr) ?? []
  return { seconds: Number(seconds), megabytes: Number(megabytes) }
}

const HEAD = 'from anthropic import AI_PROMPT, HUMAN_PROMPT, Anthropic\n\nclient = Anthropic()\n\n\n'
const call = index =>
  `def ask_${index}(q):\n    prompt = f"{HUMAN_PROMPT} {q} ${index}{AI_PROMPT}"\n    reply = client.completions.create(model="claude-2", max_tokens_to_sample=9, prompt=prompt)\n    return reply.completion\n\n\n`
const many = (count, make) => Array.from({ length: count }, (_, index) => make(index))
const growths = {
  calls: count => ({ 'a.py': HEAD + many(count, call).join('') }),
  files: count =>
    Object.fromEntries(many(count, index => [`d${index % 20}/f${index}.py`, HEAD + call(index)])),
  terms: count => ({
    'a.py': `${HEAD}def ask(q):\n    prompt = HUMAN_PROMPT + ${many(count, index => `"t${index} " + q`).join(' + ')} + AI_PROMPT\n    return client.completions.create(model="claude-2", max_tokens_to_sample=9, prompt=prompt).completion\n`,
  }),
  cells: count => ({
    'a.ipynb': JSON.stringify({
      cells: [HEAD, ...many(count, call)].map(source => ({
        cell_type: 'code',
        execution_count: null,
        metadata: {},
        outputs: [],
        source: source.split(/(?<=\n)/),
      })),
      metadata: { language_info: { name: 'python' } },
      nbformat: 4,
      nbformat_minor: 5,
    }),
  }),
  'uses of one name': count => ({
    'a.py': `${HEAD}${many(count, index => `r = client.completions.create(model="claude-2", max_tokens_to_sample=9, prompt=f"{HUMAN_PROMPT} ${index}{AI_PROMPT}")\nprint(r.completion)\n`).join('')}`,
  }),
  'uses of one prompt': count => ({
    'a.py': `${HEAD}${many(count, index => `p = f"{HUMAN_PROMPT} ${index}{AI_PROMPT}"\nprint(client.completions.create(model="claude-2", max_tokens_to_sample=9, prompt=p).completion)\n`).join('')}`,
  }),
}
/** Sixteen times the work may take this many times as long. */
const MOST_GROWTH = 24
/** The memory that a run may take, whatever the number of files. */
const MOST_MEGABYTES = 300
for (const [name, make] of Object.entries(growths)) {
  const [small, large] = [measured(make(50)), measured(make(800))]
  const base = measured({ 'a.py': `${HEAD}${call(0)}` })
  const ratio = (large.seconds - base.seconds) / Math.max(0.05, small.seconds - base.seconds)
  console.log(
    `${name}: 50 in ${small.seconds.toFixed(2)} s, 800 in ${large.seconds.toFixed(2)} s (without the start × ${ratio.toFixed(1)}), ${small.megabytes.toFixed(0)} and ${large.megabytes.toFixed(0)} MB`,
  )
  if (!(ratio <= MOST_GROWTH)) failures.push(`${name}: × ${ratio.toFixed(1)}`)
  if (!(large.megabytes <= MOST_MEGABYTES)) failures.push(`${name}: ${large.megabytes.toFixed(0)} MB`)
}

for (const failure of failures) console.log(`FAILED ${failure}`)
if (failures.length > 0) process.exitCode = 1
