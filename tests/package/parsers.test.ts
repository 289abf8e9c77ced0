import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parsersPlugin } from '../../parsers.plugin.mjs'

const { resolve } = createRequire(import.meta.url)
const root = new URL('../../', import.meta.url)
const sources = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' }).filter(file =>
  file.endsWith('.ts'),
)
const BINARIES = new Set(
  sources.flatMap(file =>
    [...readFileSync(new URL(`src/${file}`, root), 'utf8').matchAll(/import\('([^']+\.wasm)'\)/g)].map(
      match => match[1] ?? '',
    ),
  ),
)

const unpack = (base64: string): Buffer => gunzipSync(Buffer.from(base64, 'base64'))

describe('the binaries of the parsers', () => {
  it('are the runtime and one for each grammar', () => {
    expect([...BINARIES].map(path => basename(path, '.wasm')).sort()).toEqual([
      'tree-sitter-python',
      'tree-sitter-tsx',
      'tree-sitter-typescript',
      'web-tree-sitter',
    ])
  })

  it.each([...BINARIES])('%s is bundled as published', path => {
    const plugin = parsersPlugin()
    const code = plugin.load(String(plugin.resolveId(path))) ?? ''
    expect(unpack(/'(.*)'/.exec(code)?.[1] ?? '').equals(readFileSync(resolve(path)))).toBe(true)
  })

  it.runIf(import.meta.env.MODE === 'dist').each([...BINARIES])('%s is in dist as published', path => {
    const built = new URL(`dist/parsers/${basename(path, '.wasm')}.cjs`, root)
    const base64: string = createRequire(import.meta.url)(built.pathname)
    expect(unpack(base64).equals(readFileSync(resolve(path)))).toBe(true)
  })
})
