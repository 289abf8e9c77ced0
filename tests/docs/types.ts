import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import ts from 'typescript'
import { type Block, root } from './markdown.ts'

const CONFIG = resolve(root, 'tsconfig.json')

/** What the compiler says of blocks of TypeScript, as the sources are compiled; each complaint with its page and line. */
export function complaintsAbout(blocks: readonly Block[], folder: string): string[] {
  const here = resolve(root, folder, '.tmp/types')
  rmSync(here, { recursive: true, force: true })
  mkdirSync(here, { recursive: true })
  const files = new Map(
    blocks.map(block => {
      const file = join(here, `${block.page.replaceAll(/\W/g, '-')}-${block.line}.ts`)
      writeFileSync(file, block.code)
      return [file, block]
    }),
  )
  const read = ts.parseConfigFileTextToJson(CONFIG, ts.sys.readFile(CONFIG) ?? '')
  const { options } = ts.parseJsonConfigFileContent({ ...read.config, include: [], files: [] }, ts.sys, root)
  const program = ts.createProgram([...files.keys()], {
    ...options,
    declaration: false,
    isolatedDeclarations: false,
  })
  return [...files].flatMap(([file, { page, line }]) => {
    const source = program.getSourceFile(file)
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return found.map(({ start = 0, messageText }) => {
      const at = source ? source.getLineAndCharacterOfPosition(start).line : 0
      return `${page}:${line + at + 1} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
  })
}
