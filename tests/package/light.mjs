/**
 * Packs the package and installs the tarball in empty projects with npm, pnpm and yarn. Counts the packages and bytes
 * that arrive, and requires that no package manager warns. Needs a package registry.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MOST_PACKAGES = 6
const MOST_BYTES = 10_000_000
const MOST_PACKED_BYTES = 1_900_000

const root = fileURLToPath(new URL('../..', import.meta.url))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
const tarball = join(folder, `legacy-completions-${version}.tgz`)

const filesIn = path =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
const bytesIn = path => filesIn(path).reduce((bytes, file) => bytes + statSync(file).size, 0)
const megabytes = bytes => `${(bytes / 1e6).toFixed(2)} MB`

/** Each package manager: how it is run, and how it adds a tarball. */
const managers = {
  npm: ['npm', ['install', '--no-audit', '--no-fund', tarball]],
  pnpm: ['npx', ['-y', 'pnpm@10.34.8', 'add', tarball]],
  yarn: ['npx', ['-y', 'yarn@1.22.22', 'add', `file:${tarball}`]],
}

let [passed, failed, skipped] = [0, 0, 0]
function check(name, action) {
  try {
    const figure = action()
    passed++
    console.log(`ok      ${name}${figure === undefined ? '' : `: ${figure}`}`)
  } catch (error) {
    failed++
    console.log(`FAILED  ${name}: ${error.message}`)
  }
}
function require(condition, message) {
  if (!condition) throw new Error(message)
}

try {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root, stdio: 'ignore' })
  check('the tarball is small', () => {
    const { size } = statSync(tarball)
    require(size <= MOST_PACKED_BYTES, `${megabytes(size)}, more than ${megabytes(MOST_PACKED_BYTES)}`)
    return megabytes(size)
  })

  for (const [manager, [program, args]] of Object.entries(managers)) {
    const project = join(folder, manager)
    mkdirSync(project)
    const manifest = { name: 'empty', version: '1.0.0', license: 'MIT', private: true }
    writeFileSync(join(project, 'package.json'), JSON.stringify(manifest))
    if (program === 'npx' && spawnSync(program, [...args.slice(0, 2), '--version']).status !== 0) {
      skipped++
      console.log(`skipped ${manager}: the registry does not serve it`)
      continue
    }
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: project, encoding: 'utf8' })
    const output = `${stdout}\n${stderr}`
    check(`${manager} installs it without a warning`, () => {
      require(status === 0, output)
      require(!/warn/i.test(output), output)
    })
    const modules = join(project, 'node_modules')
    const manifests = filesIn(modules).filter(file =>
      /node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(file),
    )
    const names = new Set(manifests.map(file => JSON.parse(readFileSync(file, 'utf8')).name))
    check(`${manager} installs at most ${MOST_PACKAGES} packages`, () => {
      require(names.size > 0 && names.size <= MOST_PACKAGES, [...names].join(', '))
      return [...names].join(', ')
    })
    check(`${manager} installs at most ${megabytes(MOST_BYTES)}`, () => {
      const bytes = bytesIn(modules)
      require(bytes <= MOST_BYTES, megabytes(bytes))
      return megabytes(bytes)
    })
    check(`${manager} installs no native binary`, () => {
      const native = filesIn(modules).filter(file => /\.(?:node|so|dylib|dll|exe)$/.test(file))
      require(native.length === 0, native.join(', '))
    })
  }

  const installed = join(folder, 'npm/node_modules/legacy-completions')
  const dist = filesIn(join(installed, 'dist'))
  check('the source maps repeat no sources', () => {
    const maps = dist.filter(file => file.endsWith('.map'))
    require(maps.length > 0, 'there are no source maps')
    const repeating = maps.filter(file => JSON.parse(readFileSync(file, 'utf8')).sourcesContent !== undefined)
    require(repeating.length === 0, repeating.join(', '))
    return `${maps.length} maps`
  })
  check('the names of the chunks are stable', () => {
    const hashed = dist.filter(file => /-(?=\w*[A-Z\d_])\w{8}\.(?:d\.)?c?[jt]s$/.test(file))
    require(hashed.length === 0, hashed.join(', '))
  })
  check('the licences name every bundled package', () => {
    const sources = dist
      .filter(file => file.endsWith('.map'))
      .flatMap(file => JSON.parse(readFileSync(file, 'utf8')).sources)
    const bundled = new Set(
      sources.flatMap(source => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []),
    )
    const licences = readFileSync(join(installed, 'THIRD-PARTY-LICENSES'), 'utf8')
    const unnamed = [...bundled].filter(name => !new RegExp(`^${name} \\d`, 'm').test(licences))
    require(bundled.size > 5 && unnamed.length === 0, unnamed.join(', '))
    return [...bundled].join(', ')
  })

  const command = (...args) =>
    spawnSync(join(folder, 'npm/node_modules/.bin/legacy-completions'), args, {
      cwd: installed,
      encoding: 'utf8',
      input: '\n\nHuman: Hi\n\nAssistant:',
    })
  /** Commands that load what is bundled for them. */
  const runs = [
    [['--version'], 0, version],
    [['serve', '--help'], 0, '--port'],
    [['convert'], 0, '"messages"'],
    [['complete', '--emulate'], 0, 'Hello'],
    [['demo'], 0, 'The same, byte for byte.'],
    [['migrate', 'package.json'], 0, ''],
    [['audit', 'package.json', '--fail-on', 'never'], 0, ''],
  ]
  for (const [args, code, says] of runs) {
    check(`legacy-completions ${args.join(' ')} runs`, () => {
      const { status, stdout, stderr } = command(...args)
      require(status === code && stdout.includes(says), `exit code ${status}: ${stdout}${stderr}`)
    })
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
if (failed > 0) process.exitCode = 1
