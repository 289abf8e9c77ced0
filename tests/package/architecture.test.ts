import { readdirSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const src = resolve(root, 'src')

/** The imports that each module may have: other modules and packages. Every module may import the types of `wire`. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  wire: [],
  diagnostics: [],
  errors: ['diagnostics', 'wire'],
  utf8: ['errors'],
  sse: ['wire', 'errors', 'utf8', 'eventsource-parser'],
  // What string literals of generated code must escape.
  'source-text': [],
  // Checks of the fields of requests and options.
  fields: [],
  // Header names that concern one connection only (RFC 9110).
  http: [],
  // The frames of AWS event streams.
  'event-stream': ['errors'],
  // HTTP/2 without TLS on the port of an HTTP/1.1 server.
  http2: ['http', 'node:http', 'node:http2', 'node:net'],
  // Serves a fetch handler with node:http.
  listen: ['http', 'http2', 'node:http'],
  transcript: ['diagnostics'],
  repair: ['transcript', 'diagnostics'],
  translate: ['transcript', 'repair', 'diagnostics', 'errors', 'fields', 'wire'],
  // What all adapters share: the plan of a call, the decoder of its response, the writers.
  core: ['translate', 'sse', 'utf8', 'errors', 'fields', 'diagnostics', 'wire'],
  client: ['core', 'transcript', 'translate', 'sse', 'errors', 'fields', 'diagnostics', 'wire', 'ky'],
  adapters: [
    'core',
    'transcript',
    'translate',
    'event-stream',
    'sse',
    'utf8',
    'errors',
    'fields',
    'diagnostics',
    'wire',
  ],
  proxy: [
    'core',
    'adapters',
    'translate',
    'diagnostics',
    'utf8',
    'errors',
    'wire',
    'listen',
    'http',
    'zod/mini',
    'node:http',
    'node:stream',
    'node:util',
    'node:zlib',
    'undici',
    'undici/index.js',
  ],
  // The reference implementation: it must not prove the translation with itself.
  emulator: ['wire', 'sse', 'event-stream', 'listen'],
  // The first generation is a thin client over the fetch adapter.
  v0: ['adapters', 'core', 'transcript', 'sse'],
  // A fetch for Node.
  'node-http-fetch': ['node:http', 'node:https', 'node:stream', 'node:zlib'],
  // The entry point of what only Node has.
  node: ['node-http-fetch', 'proxy'],
  // Source files in, findings out. The parsers are loaded when there is something to parse.
  audit: [
    'transcript',
    'repair',
    'translate',
    'diagnostics',
    'errors',
    'wire',
    'web-tree-sitter',
    'web-tree-sitter/web-tree-sitter.wasm',
    '@vscode/tree-sitter-wasm/wasm/tree-sitter-typescript.wasm',
    '@vscode/tree-sitter-wasm/wasm/tree-sitter-tsx.wasm',
    '@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm',
  ],
  // Source files in, rewritten ones out.
  migrate: ['source-text', 'audit', 'transcript', 'repair', 'translate', 'diagnostics', 'errors', 'wire'],
  // The file for Python programs, as text.
  python: [],
  // Calls of a program, recorded and compared.
  recording: ['proxy', 'sse', 'wire', 'node:async_hooks'],
  cli: [
    'source-text',
    'audit',
    'migrate',
    'python',
    'recording',
    'adapters',
    'proxy',
    'listen',
    'client',
    'core',
    'emulator',
    'transcript',
    'repair',
    'translate',
    'diagnostics',
    'errors',
    'wire',
    'node:buffer',
    'node:child_process',
    'node:dns/promises',
    'node:events',
    'node:fs',
    'node:fs/promises',
    'node:os',
    'node:path',
    'node:stream',
    'node:stream/promises',
    'node:timers/promises',
    'node:tty',
    'node:util',
    'node:v8',
    'node:vm',
    'node:worker_threads',
    'node:zlib',
    'csv-parse',
    'diff',
    'ignore',
    'prom-client',
    'yaml',
  ],
  bin: ['cli', 'node:stream'],
  index: ['transcript', 'repair', 'translate', 'core', 'client', 'errors', 'diagnostics', 'wire'],
}

/** Where the outside world may be touched, and why. */
const EXCEPTIONS: Record<string, readonly string[]> = {
  'listen.ts': ['node:'],
  'http2.ts': ['node:'],
  'node-http-fetch.ts': ['node:'],
  // Which upstream request belongs to which call is known by the asynchronous context.
  'recording/recorder.ts': ['node:'],
  // The library files with node:, which only the adapters for Node import.
  'bin.ts': ['process', 'node:'],
  // A lossy adaptation is never silent: warnings are printed where no function receives them.
  'core/report-diagnostics.ts': ['console'],
  'adapters/node-http.ts': ['console', 'process'],
  // The old SDK read its key from the environment, and so does the client.
  'client/environment.ts': ['process'],
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => file.replaceAll('\\', '/'))
  .sort()

const read = (file: string): string => readFileSync(resolve(src, file), 'utf8')
const moduleOf = (file: string): string => file.replace(/\.ts$/, '').split('/')[0] ?? ''

/** Returns the code of a file without comments and strings, in which a word is not a use. */
const code = (file: string): string =>
  read(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "''")

interface Import {
  from: string
  /** A path inside src without its ending, or a package. */
  to: string
}

function imports(file: string): Import[] {
  const specifiers = [
    ...read(file).matchAll(/(?:^|\n)(?:import|export)\b[^'"`;]*?\bfrom '([^']+)'|\bimport\('([^']+)'\)/g),
  ]
  return specifiers.map(match => {
    const specifier = match[1] ?? match[2] ?? ''
    const to = specifier.startsWith('.')
      ? relative(src, resolve(src, dirname(file), specifier)).replace(/\.ts$/, '')
      : specifier
    return { from: file, to: to.replaceAll('\\', '/') }
  })
}

function isAllowed({ from, to }: Import): boolean {
  const allowed = MAY_IMPORT[moduleOf(from)]
  if (allowed === undefined) return false
  if (moduleOf(to) === moduleOf(from) && to.includes('/')) return true
  return allowed.some(
    name => to === name || (!name.includes('/') && files.includes(`${to}.ts`) && moduleOf(to) === name),
  )
}

describe('the modules', () => {
  it('are all in the table', () => {
    expect([...new Set(files.map(moduleOf))].sort()).toEqual(Object.keys(MAY_IMPORT).sort())
  })

  it.each(files)('%s imports only what its module may import', file => {
    expect(imports(file).filter(one => !isAllowed(one))).toEqual([])
  })

  it('recognises a forbidden import', () => {
    expect(isAllowed({ from: 'transcript/parse.ts', to: 'errors' })).toBe(false)
    expect(isAllowed({ from: 'emulator/gate.ts', to: 'translate/request' })).toBe(false)
    expect(isAllowed({ from: 'transcript/parse.ts', to: 'transcript/scan' })).toBe(true)
  })
})

describe('CONTRIBUTING.md', () => {
  it('has the same table', () => {
    const text = readFileSync(resolve(root, 'CONTRIBUTING.md'), 'utf8')
    const rows = [...text.matchAll(/^\| `([\w-]+)` \| [^|]+ \| ([^|]+) \|$/gm)].map(
      ([, name, allowed = '']) => [name, [...allowed.matchAll(/`([^`]+)`/g)].map(match => match[1])],
    )
    expect(Object.fromEntries(rows)).toEqual(MAY_IMPORT)
  })
})

describe('the playground', () => {
  const folder = '../docs/playground'
  const pages = readdirSync(resolve(src, folder))
    .filter(file => file.endsWith('.ts') && !file.includes('.config.'))
    .map(file => `${folder}/${file}`)

  it.each(pages)('%s imports only pure modules', file => {
    // A run needs the client and the emulator, which the page loads on demand.
    if (file.endsWith('/run.ts')) return
    const taken = imports(file).filter(({ to }) => !to.startsWith(folder))
    const isPure = ({ to }: Import): boolean =>
      /^(?:transcript|repair|translate)\/|^(?:errors|wire|source-text|cli\/request-code)$/.test(to)
    expect(taken.filter(one => !isPure(one))).toEqual([])
  })

  it('imports from the command line only a file without other imports', () => {
    expect(imports('cli/request-code.ts').map(({ to }) => to)).toEqual(['source-text', 'wire'])
  })
})

describe('the outside world', () => {
  const forbidden = [
    { word: 'console', pattern: /\bconsole\b/ },
    { word: 'process', pattern: /\bprocess\b/ },
    { word: 'node:', pattern: /from 'node:|import\('node:/, raw: true },
  ]

  it.each(files)('%s uses no console, process or node: module', file => {
    const found = forbidden.filter(({ pattern, raw }) => pattern.test(raw ? read(file) : code(file)))
    // The command and the Node proxy run on Node; only the process itself is left to bin.ts.
    const mayUseNode = moduleOf(file) === 'cli' || file.startsWith('proxy/node/')
    const allowed = mayUseNode && found.some(({ word }) => word === 'node:') ? ['node:'] : []
    expect(found.map(({ word }) => word)).toEqual(EXCEPTIONS[file] ?? allowed)
  })

  const pure = files.filter(file => /^(?:transcript|repair|translate|audit|migrate)\//.test(file))

  it.each(pure)('%s is pure', file => {
    expect(code(file)).not.toMatch(/\bDate\b|\bfetch\b|\bsetTimeout\b|\bglobalThis\b|Math\.random|\bcrypto\b/)
  })
})

describe('the files', () => {
  it.each(files)('%s is short enough to read', file => {
    expect(read(file).split('\n').length).toBeLessThanOrEqual(350)
  })

  it.each(files)('%s has a name that says something', file => {
    expect(file).not.toMatch(/util|helper|misc|common/i)
  })

  it.each(files)('%s tells no lies about types', file => {
    expect(code(file)).not.toMatch(
      /\bas any\b|: any\b|<any>|@ts-ignore|@ts-expect-error|\bas never\b|\bas unknown as\b/,
    )
  })
})

/**
 * V8 allocates some functions in the old generation, because they usually belong to a prototype: a function literal that
 * is assigned to a property (`a.b = () => …`), and a getter of an object literal. If one of them is created for each
 * call, it keeps everything that it refers to until the next full collection: of a stream that was 25 kB, and a fifth of
 * its CPU time. Assign the function to a variable first, or write a class.
 */
describe('the path of a call', () => {
  const ASSIGNMENTS = new Set([
    ts.SyntaxKind.EqualsToken,
    ts.SyntaxKind.QuestionQuestionEqualsToken,
    ts.SyntaxKind.BarBarEqualsToken,
    ts.SyntaxKind.AmpersandAmpersandEqualsToken,
  ])
  /** Files that create such functions once for each server. */
  const ONCE = new Set(['http2.ts', 'proxy/node/server.ts'])
  const ofCalls = files.filter(file => !/^(?:cli|audit|migrate)\/|^bin\.ts$/.test(file) && !ONCE.has(file))

  function keptFunctions(text: string): string[] {
    const found: string[] = []
    const visit = (node: ts.Node): void => {
      const isAssigned =
        ts.isBinaryExpression(node) &&
        ASSIGNMENTS.has(node.operatorToken.kind) &&
        (ts.isPropertyAccessExpression(node.left) || ts.isElementAccessExpression(node.left)) &&
        (ts.isArrowFunction(node.right) || ts.isFunctionExpression(node.right))
      const isGetter = ts.isAccessor(node) && ts.isObjectLiteralExpression(node.parent)
      if (isAssigned || isGetter) found.push(node.getText().split('\n', 1).join(''))
      ts.forEachChild(node, visit)
    }
    visit(ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true))
    return found
  }

  it('is searched for functions that V8 keeps', () => {
    expect(
      keptFunctions('a.b = () => c; a.#b ??= function () {}; a[0] = x => x; d({ get e() { return 1 } })'),
    ).toEqual(['a.b = () => c', 'a.#b ??= function () {}', 'a[0] = x => x', 'get e() { return 1 }'])
    expect(
      keptFunctions('const f = () => c; a.b = f; d({ e: () => 1 }); class G { get h() { return 1 } }'),
    ).toEqual([])
  })

  it.each(ofCalls)('%s creates no function that V8 keeps', file => {
    expect(keptFunctions(read(file))).toEqual([])
  })
})
