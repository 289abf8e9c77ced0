/** Every row of README's table of entry points, followed from an empty directory: its page, its commands, its code. */

import { entryPoints, Page, prints, withoutTypes } from './pages.mjs'
import { NotToBeHad, Project, pythonWith } from './project.mjs'

export const title = 'every entry point of README.md'

/** Runs the first program of a page that holds something, next to the packages that it imports. */
const program =
  (language, holding, ...packages) =>
  async ({ page, project, tarball, check, name }) => {
    const { code, output } = page.block(language, holding)
    await project.npmInstall(tarball, ...packages)
    project.write('program.mjs', withoutTypes(code))
    const { code: exit, stdout, stderr } = await project.run('node', 'program.mjs')
    check(`${name} prints what its page shows`, exit === 0 && prints(output ?? '', stdout), {
      stdout,
      stderr,
    })
  }

/** Starts a command of a page, on a free port and with the emulator as its upstream. */
export async function startProxy(project, command, ...more) {
  const words = command.trim().split(/\s+/)
  const port = words.indexOf('--port')
  const kept = port === -1 ? words : [...words.slice(0, port), ...words.slice(port + 2)]
  const { match, ...running } = await project.start(
    kept[0],
    [...kept.slice(1), '--port', '0', ...more],
    /"url":"(http:[^"]+)"/,
  )
  return { url: match[1], ...running }
}

async function framework({ page, project, tarball, check, name }) {
  const { overrides } = JSON.parse(page.block('json', '"overrides"').code)
  const replaced = Object.fromEntries(Object.keys(overrides).map(key => [key, `file:${tarball}`]))
  project.write(
    'package.json',
    JSON.stringify({ private: true, dependencies: { langchain: '0.0.200' }, overrides: replaced }),
  )
  await project.npmInstall()
  const { code, output } = page.block('js', 'langchain')
  project.write('program.mjs', code)
  const { stdout, stderr } = await project.run('node', 'program.mjs')
  check(`${name} prints what its page shows`, prints(output ?? '', stdout), { stdout, stderr })
}

async function bedrock({ page, project, tarball, emulator, check, name }) {
  await project.npmInstall(tarball, '@aws-sdk/client-bedrock-runtime')
  project.write('program.mjs', `${page.block('js', 'bedrockCompletions').code}\nconsole.log(completion)\n`)
  Object.assign(project.env, {
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: emulator.url,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
  })
  const { code, stdout, stderr } = await project.run('node', 'program.mjs')
  check(`${name} completes`, code === 0 && stdout.startsWith(' '), { stdout, stderr })
}

async function pythonFile({ page, project, tarball, check, name }) {
  await project.npmInstall(tarball)
  const [command, ...args] = page.block('sh', 'legacy-completions python').code.trim().split(/\s+/)
  const written = await project.run(command, ...args)
  check(`${name} writes its file`, written.code === 0, written)
  const python = await pythonWith(project, 'venv', 'anthropic>=1')
  const { url, stop } = await startProxy(project, page.block('sh', 'serve').code, '--emulate')
  try {
    const { code } = page.block('python', 'with_completions(Anthropic(base_url')
    project.write('program.py', code.replace('http://127.0.0.1:8080', url))
    const { stdout, stderr } = await project.run(python, 'program.py')
    check(`${name} completes`, stdout.startsWith(' Air scatters blue light'), { stdout, stderr })
  } finally {
    stop()
  }
}

async function proxy({ page, project, tarball, check, name }) {
  await project.npmInstall(tarball)
  const { code } = page.block('sh', 'serve --emulate')
  const { url, stop } = await startProxy(project, code.split('\n')[0])
  try {
    const { code: curl } = page.block('sh', 'curl')
    const seen = await project.run('sh', '-c', curl.replace('http://127.0.0.1:8080', url))
    check(`${name} answers curl`, JSON.parse(seen.stdout).completion.startsWith(' Air'), seen)
  } finally {
    stop()
  }
}

/** How each row is followed, by the entry point that it names. */
export const ROWS = {
  "import Anthropic from 'legacy-completions'": program('ts', "from 'legacy-completions'"),
  'withCompletions(new Anthropic())': program('ts', 'withCompletions', '@anthropic-ai/sdk@1'),
  'new Anthropic({ fetch: completionsFetch() })': program(
    'ts',
    'completionsFetch()',
    '@anthropic-ai/sdk@0.39.0',
  ),
  "import { Client } from 'legacy-completions/v0'": program('ts', 'legacy-completions/v0'),
  'overrides in package.json': framework,
  'bedrockCompletions()': bedrock,
  'legacy-completions python': pythonFile,
  'legacy-completions serve': proxy,
  'createProxy()': program('ts', 'createProxy'),
  translateRequest: program('ts', 'translateRequest'),
  'startEmulator()': program('ts', 'startEmulator'),
}

export async function walk({ tarball, emulator, check, skip }) {
  for (const { label, target } of entryPoints()) {
    const follow = ROWS[label]
    if (follow === undefined) {
      check(`${label} is followed`, false, 'README.md has a row that no test follows: add it to ROWS.')
      continue
    }
    const project = new Project()
    project.env = { ANTHROPIC_API_KEY: 'any', ANTHROPIC_BASE_URL: emulator.url }
    try {
      await follow({ page: Page.at(target), project, tarball, emulator, check, name: label })
    } catch (error) {
      if (error instanceof NotToBeHad) skip(`${label}: ${error.message}`)
      else check(`${label} comes to its end`, false, error)
    } finally {
      project.remove()
    }
  }
}
