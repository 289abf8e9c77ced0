import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { startEmulator } from 'legacy-completions/emulator'
import ts from 'typescript'
import { expect, onTestFinished, test, vi } from 'vitest'
import { typescriptOf } from '../../../src/cli/request-code.ts'
import { REQUESTS } from '../../unit/cli/requests-as-code.ts'

/** Next to the installed SDK, which it imports. */
const folder = fileURLToPath(new URL('.tmp/request-code/', import.meta.url))

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  types: ['node'],
  typeRoots: [fileURLToPath(new URL('../../../node_modules/@types', import.meta.url))],
}

const modules = REQUESTS.map(({ name, request }, index) => ({
  name,
  request,
  path: `${folder}${index}.mts`,
  compiled: `${folder}${index}.mjs`,
}))
mkdirSync(folder, { recursive: true })
for (const { path, request } of modules) writeFileSync(path, typescriptOf(request))
const program = ts.createProgram(
  modules.map(({ path }) => path),
  OPTIONS,
)

test('what is written as TypeScript is of the types of the SDK 1.12', () => {
  const found = ts.getPreEmitDiagnostics(program)
  expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([])
})

test.for(modules)('$name is sent as it is by the SDK 1.12', async ({ request, path, compiled }) => {
  const emulator = await startEmulator({ reply: { text: 'Hello, there!' } })
  onTestFinished(() => emulator.close())
  vi.stubEnv('ANTHROPIC_BASE_URL', emulator.url)
  vi.stubEnv('ANTHROPIC_API_KEY', 'test-key')
  const printed: unknown[] = []
  vi.spyOn(console, 'log').mockImplementation(text => void printed.push(text))
  vi.spyOn(process.stdout, 'write').mockImplementation(text => printed.push(text) > 0)
  onTestFinished(() => void vi.restoreAllMocks().unstubAllEnvs())

  program.emit(program.getSourceFile(path))
  await import(pathToFileURL(compiled).href)
  expect(printed.join('')).toBe('Hello, there!')
  expect(emulator.requests.map(({ body }) => body)).toEqual([request])
})
