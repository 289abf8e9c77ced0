import { AnthropicError } from '../../errors.ts'
import { FileTimeout, isOverdue } from '../time-limit.ts'
import type { Grammar } from './grammar.ts'
import { javascript } from './javascript.ts'
import { languageOf } from './languages.ts'
import { PYTHON } from './python.ts'
import { type ParsedTree, SyntaxTree } from './syntax-tree.ts'

/** The audit itself cannot run. The message says why. */
export class AuditError extends AnthropicError {}

/** The grammars of the languages that are read by their trees. */
export const GRAMMARS: Readonly<Record<'typescript' | 'tsx' | 'markup' | 'python', Grammar>> = {
  typescript: javascript('typescript'),
  tsx: javascript('tsx'),
  markup: javascript('typescript'),
  python: PYTHON,
}

/** Parses sources in the languages that were loaded. */
export interface Parsers {
  /** Parses a source. The caller deletes the tree, or all of them. */
  parse: (source: string, grammar: Grammar) => SyntaxTree
  /** Frees the trees that were not deleted one by one. */
  deleteTrees: () => void
}

/** The parsers are large: each is loaded when the first file in its language comes. */
const BINARIES: Readonly<Record<Grammar['language'], () => Promise<{ default: string }>>> = {
  typescript: () => import('@vscode/tree-sitter-wasm/wasm/tree-sitter-typescript.wasm'),
  tsx: () => import('@vscode/tree-sitter-wasm/wasm/tree-sitter-tsx.wasm'),
  python: () => import('@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm'),
}

type Parse = (source: string) => ParsedTree | null

/** Makes a parser of a grammar. */
type NewParser = (grammar: Uint8Array) => Promise<Parse>

let loadingRuntime: Promise<NewParser> | undefined
const loadingParsers = new Map<string, Promise<Parse>>()

/**
 * Loads the parsers that files with these names need, each once per process.
 *
 * @throws AuditError where the runtime has no WebAssembly.
 */
export async function loadParsers(files: Iterable<string>): Promise<Parsers> {
  const needed = new Set<Grammar['language']>()
  for (const file of files) {
    const language = languageOf(file)
    if (language === 'notebook') needed.add('python')
    else if (language !== undefined && isParsed(language)) needed.add(GRAMMARS[language].language)
  }
  const loaded = new Map<string, Parse>()
  for (const language of needed) loaded.set(language, await loadParser(language))
  const trees = new Set<SyntaxTree>()
  return {
    parse(source, { language }) {
      const parse = loaded.get(language)
      if (!parse) throw new AuditError(`The parser for ${language} was not loaded.`)
      const tree = parse(source)
      if (!tree) throw new FileTimeout()
      const parsed = new SyntaxTree(tree, source, () => trees.delete(parsed))
      trees.add(parsed)
      return parsed
    },
    deleteTrees() {
      for (const tree of trees) tree.delete()
    },
  }
}

const isParsed = (language: string): language is keyof typeof GRAMMARS => Object.hasOwn(GRAMMARS, language)

function loadParser(language: Grammar['language']): Promise<Parse> {
  const known = loadingParsers.get(language)
  if (known !== undefined) return known
  const loading = load(language)
  loadingParsers.set(language, loading)
  loading.catch(() => loadingParsers.delete(language))
  return loading
}

async function load(language: Grammar['language']): Promise<Parse> {
  loadingRuntime ??= loadRuntime()
  const newParser = await loadingRuntime
  const { default: base64 } = await BINARIES[language]()
  return newParser(await unpack(base64))
}

async function loadRuntime(): Promise<NewParser> {
  try {
    const [{ Language, Parser }, { default: base64 }] = await Promise.all([
      import('web-tree-sitter'),
      import('web-tree-sitter/web-tree-sitter.wasm'),
    ])
    await Parser.init({ wasmBinary: await unpack(base64) })
    return async grammar => {
      const parser = new Parser()
      parser.setLanguage(await Language.load(grammar))
      return source => {
        // The parser asks now and then whether to stop. It would go on with that source the next time.
        const tree = parser.parse(source, null, { progressCallback: () => isOverdue() })
        if (tree === null) parser.reset()
        return tree
      }
    }
  } catch (cause) {
    loadingRuntime = undefined
    throw new AuditError('The audit needs WebAssembly, which this runtime does not allow.', { cause })
  }
}

/** Binaries are in the package as base64 of their gzip, so that every runtime and bundler can load them. */
async function unpack(base64: string): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(base64), character => character.charCodeAt(0))
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
