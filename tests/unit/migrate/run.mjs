/**
 * Runs every case before and after: the inputs on the SDKs of their time through the proxy, the outputs on the current
 * ones, both against the emulator. The requests that arrive, and what is printed, have to be the same; what is
 * TypeScript has to be of the SDK's types. The built command makes the pairs again, and they must be the ones that are
 * kept. Everything is on loopback; the Python SDKs are installed under `.tmp/migrate`, or it is said why not.
 *
 *     npm run test:migrate               all of them
 *     npm run test:migrate -- stream     those whose name has this in it
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import ts from 'typescript'
import { createEmulator } from '../../../dist/emulator.js'
import { listen } from '../../../dist/node.js'
import { createProxy } from '../../../dist/proxy.js'
import { NotToBeHad, pythonPackages } from '../../e2e/clients/installations.mjs'

const here = path => fileURLToPath(new URL(path, import.meta.url))
const root = here('../../..')
const folder = join(root, '.tmp/migrate')
const published = join(root, 'tests/e2e/sdks/node_modules')
const REPLY = 'Hello, there!'
const MOST_MILLISECONDS = 60_000

/** Cases that ask nothing by themselves, and why. */
const SILENT = {
  'stage-1/bedrock.ts': 'a cloud wants its requests signed',
  'stage-1/deep-types.ts': 'only types and functions',
  'stage-1/prompts-only.js': 'only a function',
  'stage-2/left.ts': 'only a function',
  'stage-2/left.py': 'only functions',
}

const wanted = process.argv.slice(2)
const cases = ['stage-1', 'stage-2', 'python-file'].flatMap(stage =>
  readdirSync(here(`cases/${stage}`))
    .filter(file => file.includes('.input.'))
    .map(file => ({
      name: `${stage}/${file.replace('.input', '')}`,
      stage: stage === 'stage-2' ? '2' : '1',
      options: stage === 'python-file' ? ['--python-file'] : [],
      input: readFileSync(here(`cases/${stage}/${file}`), 'utf8'),
      output: readFileSync(here(`cases/${stage}/${file.replace('.input.', '.output.')}`), 'utf8'),
    }))
    .filter(({ name }) => wanted.length === 0 || wanted.some(part => name.includes(part))),
)

const results = []
const check = (name, problem) => {
  results.push({ name, problem })
  if (problem !== undefined) console.log(`FAILED  ${name}\n${String(problem).replace(/^/gm, '  ')}`)
}

/** A folder for programs of one time, with the packages of that time. */
function workspace(time, packages) {
  const space = join(folder, time)
  rmSync(space, { recursive: true, force: true })
  for (const [name, target] of Object.entries({ ...packages, 'legacy-completions': root })) {
    const link = join(space, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(target, link)
  }
  writeFileSync(join(space, 'package.json'), '{ "type": "module" }')
  return space
}

function put(space, name, text) {
  const path = join(space, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

/** What the compiler says of the programs of a folder; it writes them as JavaScript as well. */
function compile(paths) {
  const program = ts.createProgram(paths, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  })
  program.emit()
  return paths.map(path => {
    const file = program.getSourceFile(path)
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')).join('\n')
  })
}

function spawned(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const { PATH, HOME, TMPDIR } = process.env
    // A profile of the machine's user is nothing that a case may find.
    const own = { ANTHROPIC_CONFIG_DIR: join(folder, 'no-profile'), PYTHONIOENCODING: 'utf-8' }
    const child = spawn(command, args, {
      env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: MOST_MILLISECONDS,
    })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'])
      child[name].setEncoding('utf8').on('data', text => {
        said[name] += text
      })
    child.on('error', reject)
    child.on('close', code => resolve({ code, ...said }))
  })
}

/** Runs a program before a server that has both endpoints, one of them by way of the proxy. */
async function observe(command, args) {
  const emulator = createEmulator({ reply: { text: REPLY } })
  const proxy = createProxy({ upstream: 'http://127.0.0.1:1', fetch: emulator.fetch })
  const server = await listen(request =>
    new URL(request.url).pathname.endsWith('/v1/complete') ? proxy(request) : emulator.fetch(request),
  )
  try {
    const ended = await spawned(command, args, { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: 'test' })
    const requests = emulator.requests.map(({ method, path, headers, body }) => ({
      method,
      path,
      body,
      // Of another version the same body would be another request, where it has these.
      ...(/"(?:temperature|top_p|top_k)"/.test(JSON.stringify(body)) && {
        version: headers['anthropic-version'],
      }),
    }))
    return { ...ended, requests }
  } finally {
    await server.close()
  }
}

const spaces = {
  old: workspace('old', { '@anthropic-ai/sdk': join(published, 'sdk-0.39.0') }),
  first: workspace('first', { '@anthropic-ai/sdk': join(published, 'sdk-0.4.4') }),
  new: workspace('new', {
    '@anthropic-ai/sdk': join(published, '@anthropic-ai/sdk'),
    '@anthropic-ai/bedrock-sdk': join(published, '@anthropic-ai/bedrock-sdk'),
  }),
}

/** What the built command makes of a file. */
async function migrated(path, ...options) {
  const bin = join(root, 'dist/bin.js')
  return spawned(process.execPath, [bin, 'migrate', path, '--write', '--skip', 'manifests', ...options])
}

// The pairs, as the built command makes them.
const made = join(folder, 'made')
rmSync(made, { recursive: true, force: true })
for (const one of cases) {
  const path = put(made, one.name, one.input)
  const { code, stderr } = await migrated(path, '--stage', one.stage, ...one.options)
  one.report = stderr
  const isAsKept =
    readFileSync(path, 'utf8') === one.output && (code === 0 || / left to a person/.test(stderr))
  check(`${one.name}: the command makes what is kept`, isAsKept ? undefined : stderr || 'it differs')
}

// The command adds the module that the outputs import.
put(
  spaces.new,
  'python-file/legacy_completions.py',
  readFileSync(join(root, 'src/python/legacy_completions.py')),
)

const placed = cases.map(one => ({
  ...one,
  before: put(/first-generation/.test(one.name) ? spaces.first : spaces.old, one.name, one.input),
  after: put(spaces.new, one.name, one.output),
}))
// Where the space of old is put back, what is printed has to be the same to the letter.
for (const one of placed.filter(({ name }) => /^stage-2\/.*\.(?:ts|cjs)$/.test(name))) {
  one.keeping = put(spaces.new, `keeping/${one.name}`, one.input)
  await migrated(one.keeping, '--stage', '2', '--leading-space', 'keep')
}
const typed = placed.filter(({ name }) => name.endsWith('.ts'))
const ofToday = compile([
  ...typed.map(({ after }) => after),
  ...typed.flatMap(({ keeping }) => keeping ?? []),
])
// The cloud's client of that time is not installed.
const dated = typed.filter(({ name }) => !name.includes('bedrock'))
const ofTheirTime = compile(dated.map(({ before }) => before))
for (const [index, { name }] of typed.entries()) check(`${name}: types after`, ofToday[index] || undefined)
for (const [index, { name }] of dated.entries())
  check(`${name}: types before`, ofTheirTime[index] || undefined)

const pythons = {}
let reason
try {
  for (const [time, version] of [
    ['old', '0.125.0'],
    ['new', '1.13.0'],
  ])
    pythons[time] = (await pythonPackages(`anthropic-${version}`, '')(join(folder, `python-${version}`)))[0]
} catch (error) {
  if (!(error instanceof NotToBeHad)) throw error
  reason = error.message
}

let skipped = 0
for (const { name, before, after, report, keeping } of placed) {
  const isPython = name.endsWith('.py')
  if (name.includes('bedrock') || (isPython && reason !== undefined)) {
    skipped++
    console.log(`${name}: not run: ${isPython ? reason : SILENT[name]}`)
    continue
  }
  const program = time => (isPython ? pythons[time] : process.execPath)
  const [one, two] = [
    await observe(program('old'), [before.replace(/\.ts$/, '.js')]),
    await observe(program('new'), [after.replace(/\.ts$/, '.js')]),
  ]
  const show = value => JSON.stringify(value, undefined, 1)
  const ended = [one, two].find(({ code }) => code !== 0)
  check(`${name}: both run`, ended?.stderr)
  const isAsked = one.requests.length > 0 || name in SILENT
  const isSame = isDeepStrictEqual(one.requests, two.requests)
  check(
    `${name}: the same requests`,
    isSame && isAsked ? undefined : `${show(one.requests)}\n${show(two.requests)}`,
  )
  // The report names a dropped leading space. Otherwise the texts are exactly the same.
  const read = text =>
    report.includes('leading-space') ? text.replaceAll(new RegExp(` *${REPLY}`, 'g'), REPLY) : text
  const isAlike = read(one.stdout) === read(two.stdout)
  check(`${name}: the same output`, isAlike ? undefined : `${show(one.stdout)}\n${show(two.stdout)}`)
  if (keeping === undefined) continue
  const three = await observe(process.execPath, [keeping.replace(/\.ts$/, '.js')])
  const isKept = one.stdout === three.stdout && isDeepStrictEqual(one.requests, three.requests)
  check(
    `${name}: the same with the space kept`,
    isKept ? undefined : three.stderr || `${show(one)}\n${show(three)}`,
  )
}

const failed = results.filter(({ problem }) => problem !== undefined).length
console.log(`${results.length - failed} passed, ${failed} failed, ${skipped} skipped`)
if (failed > 0) process.exitCode = 1
