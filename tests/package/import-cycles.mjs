/**
 * Finds import cycles among the sources, type-only imports included, prints them and exits 1 if there are any.
 *
 *     node tests/package/import-cycles.mjs
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const IMPORT = /(?:^|\n)(?:import|export)\b[^'"`;]*?\bfrom '(\.[^']+)'|\bimport\('(\.[^']+)'\)/g

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => join('src', file))
const imports = new Map(
  files.map(file => [
    file,
    [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, from, lazy]) =>
      normalize(join(dirname(file), from ?? lazy)),
    ),
  ]),
)

/** Tarjan's algorithm: files that import one another, directly or not, are one component. */
function components() {
  const index = new Map()
  const low = new Map()
  const stack = []
  const found = []
  const visit = file => {
    index.set(file, index.size)
    low.set(file, index.get(file))
    stack.push(file)
    for (const next of imports.get(file) ?? []) {
      if (!index.has(next)) visit(next)
      if (stack.includes(next)) low.set(file, Math.min(low.get(file), low.get(next)))
    }
    if (low.get(file) === index.get(file)) found.push(stack.splice(stack.indexOf(file)))
  }
  for (const file of files) if (!index.has(file)) visit(file)
  return found
}

const cycles = components().filter(
  ([first, ...rest]) => rest.length > 0 || imports.get(first)?.includes(first),
)
for (const cycle of cycles) console.error(`Import cycle: ${cycle.join(', ')}`)
console.log(`${cycles.length} import cycles among ${files.length} files`)
process.exitCode = cycles.length > 0 ? 1 : 0
