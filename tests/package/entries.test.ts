import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ENTRIES } from '../../entries.ts'

const read = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'))

const names = Object.keys(ENTRIES)
const subpaths = names.filter(name => name !== 'index')

describe('the list of entry points in entries.ts', () => {
  it('is the list of package.json#exports', () => {
    const conditions = (name: string): object => ({
      import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
      require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
    })
    const exported = names.map(name => [name === 'index' ? '.' : `./${name}`, conditions(name)])
    expect(read('package.json').exports).toEqual({
      ...Object.fromEntries(exported),
      './package.json': './package.json',
    })
  })

  it('is the list of package.json#typesVersions', () => {
    expect(read('package.json').typesVersions).toEqual({
      '*': Object.fromEntries(subpaths.map(name => [name, [`./dist/${name}.d.cts`]])),
    })
  })

  it('is the list of the paths in tsconfig.json', () => {
    const { compilerOptions } = read('tsconfig.json')
    expect(Object(compilerOptions).paths).toEqual(
      Object.fromEntries(
        names.map(name => [
          name === 'index' ? 'legacy-completions' : `legacy-completions/${name}`,
          [`./${ENTRIES[name]}`],
        ]),
      ),
    )
  })

  it('is the list of typedoc.json#entryPoints', () => {
    expect(read('typedoc.json').entryPoints).toEqual(Object.values(ENTRIES))
  })
})
