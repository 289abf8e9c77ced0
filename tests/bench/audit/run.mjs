/**
 * Measures the share of findings that the audit reports, and its speed compared with `ast-grep scan` for the same words.
 * Recall and precision need checkouts of the repositories that `../shared/corpus/audit/repos.txt` names, one a
 * directory `owner__repo`: `npm run bench:audit -- DIRECTORY`, or the environment's AUDIT_REPOS. Ends with 1 when a goal is
 * missed.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { judge, median, tableOf } from '../goals.mjs'
import { rules } from './rules.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const corpus = resolve(root, '../shared/corpus/audit')
const repos = resolve(process.argv[2] ?? process.env.AUDIT_REPOS ?? join(corpus, 'repos'))
const ROUNDS = Number(process.env.ROUNDS ?? 5)
const GOALS = { recall: 0.95, precision: 0.97, ratio: 1 }
const MANY = 64 * 1024 * 1024

const checkouts = existsSync(repos) ? readdirSync(repos).filter(name => name.includes('__')) : []
if (checkouts.length === 0) {
  console.log(`skipped: no checkouts named owner__repo in ${repos}; give a directory, or set AUDIT_REPOS`)
  process.exit(0)
}

const figures = []
const bin = resolve(root, 'dist/bin.js')
const work = mkdtempSync(join(tmpdir(), 'audit-'))
try {
  if (existsSync(join(corpus, 'score.mjs'))) score()
  else console.log('skipped: no score, there is no corpus next to this checkout')
  race()
} finally {
  rmSync(work, { recursive: true, force: true })
}
console.log(`\n${tableOf(figures)}\n\n${judge(figures)}`)

function audit(cwd) {
  const args = [bin, 'audit', '.', '--format', 'json', '--fail-on', 'never']
  return JSON.parse(
    execFileSync(process.execPath, args, { cwd, maxBuffer: MANY, stdio: ['ignore', 'pipe', 'ignore'] }),
  )
}

function score() {
  scoreCopies('as published', repos)
  // A checkout on Windows.
  const crlf = join(work, 'crlf')
  for (const name of checkouts) copyWithCrlf(join(repos, name), join(crlf, name))
  scoreCopies('with CRLF', crlf)
  compareCounts()
}

function copyWithCrlf(from, to) {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) copyWithCrlf(source, target)
    else if (entry.isFile()) {
      const bytes = readFileSync(source)
      const isText = !bytes.subarray(0, 8192).includes(0)
      writeFileSync(target, isText ? bytes.toString('latin1').replace(/\r?\n/g, '\r\n') : bytes, 'latin1')
    }
  }
}

/**
 * The number of calls that the audit says migrate rewrites has to be the number that migrate says it rewrites: in the
 * repositories with a known answer, and in the directories of checkouts that COUNT_REPOS names, separated by colons.
 */
function compareCounts() {
  const more = (process.env.COUNT_REPOS ?? '').split(':').filter(Boolean)
  const all = [repos, ...more].flatMap(folder => readdirSync(folder).map(name => join(folder, name)))
  const wrong = []
  for (const cwd of all) {
    const { calls } = audit(cwd)
    const { stderr } = spawnSync(process.execPath, [bin, 'migrate', '.', '--stage', '2'], {
      cwd,
      encoding: 'utf8',
      maxBuffer: MANY,
    })
    const rewritten = Number(/(\d+) of \d+ calls? rewritten/.exec(stderr)?.[1] ?? 0)
    if (calls.rewritten !== rewritten) wrong.push(`${cwd}: ${calls.rewritten} and ${rewritten}`)
  }
  console.log(
    `\ncalls to be rewritten, audit and migrate: ${wrong.length === 0 ? 'equal' : wrong.join(', ')}`,
  )
  figures.push({
    what: 'repositories with equal counts',
    measured: all.length - wrong.length,
    atLeast: all.length,
  })
}

function scoreCopies(copies, folder) {
  const findings = join(work, `findings ${copies}`)
  mkdirSync(findings)
  for (const name of checkouts) {
    const { uses } = audit(join(folder, name))
    writeFileSync(join(findings, `${name}.json`), JSON.stringify(uses))
  }
  for (const where of [[], ['--where=code']]) {
    const kind = `${copies}, ${where.length === 0 ? 'every kind' : 'code alone'}`
    console.log(`\n${kind}`)
    const said = execFileSync(process.execPath, [join(corpus, 'score.mjs'), findings, ...where], {
      encoding: 'utf8',
    }).trim()
    console.log(said)
    for (const name of ['recall', 'precision']) {
      const measured = Number(said.match(`${name} ([\\d.]+)`)?.[1])
      figures.push({ what: `${name}, ${kind}`, measured, atLeast: GOALS[name] })
    }
  }
}

/** Rounds are interleaved and medians quoted, so that what else the machine does troubles both alike. */
function race() {
  const config = join(work, 'sgconfig.yml')
  mkdirSync(join(work, 'rules'))
  writeFileSync(config, 'ruleDirs: [rules]\n')
  for (const [name, rule] of rules()) writeFileSync(join(work, 'rules', `${name}.yml`), rule)
  const astGrep = resolve(root, 'node_modules/@ast-grep/cli-linux-x64-gnu/ast-grep')
  const command = existsSync(astGrep) ? astGrep : resolve(root, 'node_modules/.bin/ast-grep')
  const { files } = audit(repos)
  const times = { ours: [], theirs: [] }
  for (let round = 0; round < ROUNDS; round++) {
    times.ours.push(
      timed(process.execPath, [bin, 'audit', '.', '--format', 'json', '--no-gitignore', '--no-plan']),
    )
    times.theirs.push(
      timed(command, ['scan', '--config', config, '--no-ignore', 'vcs', '--json=stream', '.']),
    )
  }
  const [ours, theirs] = [times.ours, times.theirs].map(median)
  console.log(`\n${files} files, medians of ${ROUNDS} rounds`)
  console.log(`audit          ${(files / ours).toFixed(0)} files/s  (${ours.toFixed(2)} s)`)
  console.log(`ast-grep scan  ${(files / theirs).toFixed(0)} files/s  (${theirs.toFixed(2)} s)`)
  figures.push({ what: 'files a second, × ast-grep scan', measured: theirs / ours, atLeast: GOALS.ratio })
}

function timed(command, args) {
  const begun = performance.now()
  const { status, stderr } = spawnSync(command, args, { cwd: repos, maxBuffer: MANY * 16 })
  if (status !== 0 && status !== 1) throw new Error(`${command} failed: ${stderr}`)
  return (performance.now() - begun) / 1000
}
