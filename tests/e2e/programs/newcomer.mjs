/**
 * Five questions of somebody who opens README.md for the first time. Each is answered by following at most two links from
 * there. The reader runs the commands that the pages show, and the walk checks what they do.
 */
import { chmodSync, cpSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startProxy } from './entry-points.mjs'
import { entryPoints, Page, prints, withoutTypes } from './pages.mjs'
import { NotToBeHad, Project, pythonWith } from './project.mjs'
import { block, change, changed } from './readme.mjs'

export const title = 'five questions of a newcomer'

const SAMPLE = fileURLToPath(new URL('../../../docs/sample', import.meta.url))
const MOST_LINKS = 2

/** A reader: where they are, and how many links they have followed. */
class Reader {
  page = Page.readme()
  links = 0

  follow(words) {
    this.links++
    this.page = this.page.follow(words)
    return this.page
  }

  /** Follows a row of README's table. */
  row(words) {
    const { target } = entryPoints().find(({ code }) => code.includes(words)) ?? {}
    if (target === undefined) throw new Error(`README.md has no row with ${words}`)
    this.links++
    this.page = Page.at(target)
    return this.page
  }
}

const pathsOf = (emulator, since) =>
  [...new Set(emulator.requests.slice(since).map(({ path }) => path))].join()

/** The CommonJS program of README.md as it was before its fix. */
function oldProgram() {
  const fix = change(block('diff', "require('legacy-completions')"))
  return changed(block('js', "require('legacy-completions')"), { out: fix.into, into: fix.out })
}

async function brokenBuild({ project, tarball, reader, check }) {
  project.write('program.cjs', oldProgram())
  await project.npmInstall('@anthropic-ai/sdk@1')
  const { stderr } = await project.run('node', 'program.cjs')
  const message = /^TypeError: (.+)$/m.exec(stderr)?.[1] ?? 'no error'
  check('README.md shows the error', reader.page.text.includes(message), message)

  const section = reader.follow('Troubleshooting').section(message)
  const { code, output } = section.block('ts')
  await project.npmInstall(tarball)
  project.write('program.mjs', withoutTypes(code))
  const fixed = await project.run('node', 'program.mjs')
  check('the section of the error has a program that runs', prints(output, fixed.stdout), fixed)
}

async function pinned({ project, tarball, emulator, reader, check }) {
  const { code, output } = reader.row('is pinned').block('ts', 'completionsFetch')
  for (const version of ['0.39.0', '0.137.0']) {
    await project.npmInstall('--save-exact', `@anthropic-ai/sdk@${version}`, tarball)
    const before = emulator.requests.length
    project.write('program.mjs', withoutTypes(code))
    const seen = await project.run('node', 'program.mjs')
    check(`SDK ${version} stays, and completes`, prints(output, seen.stdout), seen)
    check('… at the Messages API', pathsOf(emulator, before) === '/v1/messages', pathsOf(emulator, before))
  }
}

/** Runs a program as forty services would: each with its own token, and with a client of its own. */
const FORTY = `
import os, sys
program = compile(open("service.py").read(), "service.py", "exec")
for number in range(40):
    os.environ["ANTHROPIC_API_KEY"] = f"token-of-service-{number:02}"
    exec(program, {})
`

async function manyServices({ project, tarball, emulator, reader, check }) {
  await project.npmInstall(tarball)
  const section = reader.row('many services').section('One key for many clients')
  const tokens = Array.from({ length: 40 }, (_, at) => String(at).padStart(2, '0'))
  project.write('tokens.txt', tokens.map(at => `service-${at}:token-of-service-${at}\n`).join(''))
  chmodSync(`${project.folder}/tokens.txt`, 0o600)
  // The service of README.md, unchanged: its key becomes a token, and its base URL the proxy.
  project.write('service.py', block('python', 'client.completions.create'))
  project.write('forty.py', FORTY)
  const python = await pythonWith(project, 'venv', 'anthropic<1')
  project.env = { ANTHROPIC_API_KEY: 'held-key' }
  const { url, stop, said } = await startProxy(project, section.block('sh', '--hold-key').code, '--emulate')
  try {
    project.env = { ANTHROPIC_BASE_URL: url }
    const { stdout, stderr } = await project.run(python, 'forty.py')
    const completed = stdout.split('\n').filter(line => line.startsWith(' Air scatters'))
    check('forty services complete', completed.length === 40, { stdout, stderr })
    const named = new Set([...said().matchAll(/"client":"(service-\d\d)"/g)].map(([, client]) => client))
    check('the log names each of them', named.size === 40, said().slice(0, 600))
    project.env.ANTHROPIC_API_KEY = 'a-token-that-is-not-known'
    const refused = await project.run(python, 'service.py')
    check('an unknown token is rejected', refused.stderr.includes('AuthenticationError'), refused)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    check('/metrics counts what has to change', metrics.includes('retired-model'), metrics.slice(0, 600))
  } finally {
    stop()
  }
  check('nothing else was called', emulator.requests.length === 0, emulator.requests.length)
}

async function outputsAndPrice({ project, tarball, emulator, reader, check }) {
  await project.npmInstall(tarball)
  check('README.md says that another model answers', reader.page.text.includes('Another model answers'))
  const prices = reader.follow('their prices')
  const row = /^\|[^|]*`claude-2\.1`[^|]*\| `([^`]+)` \| ([\d.]+ \/ [\d.]+) \| ([\d.]+ \/ [\d.]+) \|/m.exec(
    prices.text,
  )
  const [, replacement = 'none', before, now] = row ?? []
  check('a table has the price before and now', before !== undefined && now !== undefined, prices.text)
  project.write('program.cjs', changed(oldProgram(), change(block('diff', "require('legacy-completions')"))))
  await project.run('node', 'program.cjs')
  const sent = Object(emulator.requests.at(-1)?.body).model
  check('the program calls the model of that row', sent === replacement, { sent, replacement })

  reader.page = Page.readme()
  const compare = reader.follow('compare')
  const { code: record } = compare.block('text', '"completion"')
  const { code: command } = compare.block('text', 'legacy-completions compare prompts.jsonl')
  project.write('prompts.jsonl', record)
  const [program, ...args] = command.trim().split(/\s+/)
  const { stdout, stderr } = await project.run(program, ...args)
  check(
    'a comparison shows whether the text differs, and its price',
    /^ +text +1$/m.test(stdout) && /price .*\$\d/.test(stdout),
    { stdout, stderr },
  )
  check('… and that one call supports no decision', stdout.includes('not enough calls'), stdout)
}

async function proof({ project, tarball, reader, check }) {
  cpSync(SAMPLE, project.folder, { recursive: true })
  project.env = {}
  await project.npmInstall()
  await project.npmInstall('--save-dev', tarball)
  const section = reader.follow('prove').section('Record, rewrite, verify')
  const lines = ['legacy-completions record', 'legacy-completions migrate'].flatMap(holding =>
    section.block('text', holding).code.trim().split('\n'),
  )
  check('the page has three commands', lines.length === 3, lines)
  const [record, migrate, verify] = lines.map(line => line.trim().split(/\s+/))
  const recorded = await project.run(...record)
  check('the first records without a key', recorded.code === 0, recorded)
  await project.run(...migrate)
  await project.npmInstall()
  const verified = await project.run(...verify)
  check(
    'after the rewrite, the program makes the same calls',
    verified.code === 0 && verified.stdout.includes('The program makes the same calls.'),
    verified,
  )
}

const QUESTIONS = {
  'my build broke this morning': brokenBuild,
  'we are pinned': pinned,
  '40 Python services': manyServices,
  'will my outputs change, and what will it cost': outputsAndPrice,
  'how do I prove that nothing changed': proof,
}

export async function walk({ tarball, emulator, check, skip }) {
  for (const [question, answer] of Object.entries(QUESTIONS)) {
    const project = new Project()
    project.env = { ANTHROPIC_API_KEY: 'any', ANTHROPIC_BASE_URL: emulator.url }
    const reader = new Reader()
    const named = (name, ...rest) => check(`${question}: ${name}`, ...rest)
    try {
      await answer({ project, tarball, emulator, reader, check: named })
      named(`${reader.links} of at most ${MOST_LINKS} links`, reader.links <= MOST_LINKS, reader.links)
    } catch (error) {
      if (error instanceof NotToBeHad) skip(`${question}: ${error.message}`)
      else named('comes to its end', false, error)
    } finally {
      project.remove()
      emulator.requests.length = 0
    }
  }
}
