import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Lang, parse } from '@ast-grep/napi'

const src = fileURLToPath(new URL('../../../src/', import.meta.url))

/** Every regular expression that stands in the sources, found in their syntax trees, so that a new one is found by itself. */
export function literals() {
  const found = new Map()
  for (const file of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const tree = parse(Lang.TypeScript, readFileSync(src + file, 'utf8')).root()
    for (const node of tree.findAll({ rule: { kind: 'regex' } })) {
      const [, source, flags] = /^\/(.*)\/(\w*)$/su.exec(node.text()) ?? []
      add(found, { source, flags, place: `src/${file}:${node.range().start.line + 1}` })
    }
  }
  return [...found.values()]
}

/** Those that are put together while the package runs: all that are made while `load` loads it and has it work. */
export async function made(load) {
  const found = new Map()
  const Original = globalThis.RegExp
  globalThis.RegExp = new Proxy(Original, {
    construct(target, given, self) {
      const made = Reflect.construct(target, given, self)
      add(found, { source: made.source, flags: made.flags, place: placeOf(new Error()) })
      return made
    },
  })
  try {
    await load()
  } finally {
    globalThis.RegExp = Original
  }
  return [...found.values()]
}

/** Only those of our own files count; the parsers of others are theirs to look after. */
const placeOf = ({ stack = '' }) => /dist\/[\w.-]+\.js/.exec(stack.split('\n')[2] ?? '')?.[0]

function add(found, expression) {
  if (expression.place !== undefined) found.set(`/${expression.source}/${expression.flags}`, expression)
}
