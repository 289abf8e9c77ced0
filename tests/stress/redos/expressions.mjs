import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Language, Parser } from 'web-tree-sitter'

const src = fileURLToPath(new URL('../../../src/', import.meta.url))

/** Every regular expression of the sources, found in their syntax trees, so that new ones are included automatically. */
export async function literals() {
  await Parser.init()
  const parser = new Parser()
  const { resolve } = createRequire(import.meta.url)
  const grammar = resolve('@vscode/tree-sitter-wasm/wasm/tree-sitter-typescript.wasm')
  parser.setLanguage(await Language.load(readFileSync(grammar)))
  const found = new Map()
  for (const file of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const tree = parser.parse(readFileSync(src + file, 'utf8'))
    for (const node of tree.rootNode.descendantsOfType('regex')) {
      const [, source, flags] = /^\/(.*)\/(\w*)$/su.exec(node.text) ?? []
      add(found, { source, flags, place: `src/${file}:${node.startPosition.row + 1}` })
    }
    tree.delete()
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
