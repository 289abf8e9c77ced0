import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

/** The names of the members of an interface of the sources. */
function membersOf(path: string, name: string): string[] {
  const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
  const found = source.statements.find(
    statement => ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  )
  if (found === undefined || !ts.isInterfaceDeclaration(found)) throw new Error(`${path} has no ${name}`)
  return found.members.map(member => member.name?.getText(source) ?? '')
}

/** The official SDK has it, too. */
const SHARED_WITH_THE_SDK = new Set(['logLevel'])

test('migrate knows every option that only clients of this package have', () => {
  const [, alternatives = ''] =
    /TRANSLATION_OPTIONS =\s*\/\\b\(\?:([\w|]+)\)/.exec(read('src/migrate/javascript/call.ts')) ?? []
  const own = [
    ...membersOf('src/translate/policies.ts', 'Policies'),
    ...membersOf('src/translate/models.ts', 'ModelOptions'),
    ...membersOf('src/translate/request.ts', 'TranslateOptions'),
    ...membersOf('src/core/options.ts', 'CompletionsOptions'),
  ].filter(name => !SHARED_WITH_THE_SDK.has(name))
  expect(alternatives.split('|').sort()).toEqual([...new Set(own)].sort())
})
