/** What it costs to have the package: the time to load it, and its size in a bundle. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { median } from '../goals.mjs'

const ROUNDS = 21
/** The most kilobytes of each bundle. */
const SIZES = { index: 36, fetch: 27, bedrock: 27, transcript: 4 }
const here = name => fileURLToPath(new URL(name, import.meta.url))
const OURS = here('../../../dist/index.js')

/** CPU time of a process that does nothing but load a module, in milliseconds, as it says itself at its end. */
function load(specifier) {
  const program = `${specifier === undefined ? '' : `await import(${JSON.stringify(specifier)});`}
    const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)`
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: here('.'),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return Number(stdout)
}

const kilobytes = code => gzipSync(code, { level: 9 }).length / 1000

/** Kilobytes of a bundle, minified and gzipped: of all files, and of those that are loaded before the first call. */
async function sizesOf(input) {
  const bundle = await rolldown({ input, platform: 'browser', external: [/^node:/], logLevel: 'silent' })
  const { output } = await bundle.generate({ format: 'esm', minify: true })
  const files = output.filter(({ type }) => type === 'chunk')
  const atFirst = new Set(files.filter(({ isEntry }) => isEntry))
  // A set also yields what is added while it is read.
  for (const { imports } of atFirst)
    for (const file of files) if (imports.includes(file.fileName)) atFirst.add(file)
  return {
    all: kilobytes(files.map(({ code }) => code).join('')),
    atFirst: [...atFirst].reduce((sum, { code }) => sum + kilobytes(code), 0),
  }
}

/** The rows of one entry point of this package. */
async function sizeRows([entry, atMost]) {
  const { all, atFirst } = await sizesOf(here(`../../../dist/${entry}.js`))
  const name = entry === 'index' ? '`.`' : `\`./${entry}\``
  const rows = [{ what: `the bundle of ${name}, kB minified and gzipped`, measured: all, atMost }]
  if (atFirst < all - 0.5) rows.push({ what: 'of it loaded before the first call, kB', measured: atFirst })
  return rows
}

export async function measure() {
  const rounds = []
  for (let round = 0; round < ROUNDS + 2; round++) {
    rounds.push([load(), load(OURS), load('@anthropic-ai/sdk')])
  }
  // The first are of files that the disk has not yet been asked for.
  const shares = rounds.slice(2).map(([bare, ours, newest]) => (ours - bare) / (newest - bare))
  return {
    title: 'Having the package',
    rows: [
      {
        what: '`import()` over bare Node, × that of the newest official SDK (CPU)',
        label: 'import',
        measured: median(shares),
        atMost: 0.12,
      },
      ...(await Promise.all(Object.entries(SIZES).map(sizeRows))).flat(),
      {
        what: 'the bundle of the newest official SDK, kB, for comparison',
        measured: (await sizesOf(here('node_modules/@anthropic-ai/sdk/index.mjs'))).all,
      },
    ],
  }
}
