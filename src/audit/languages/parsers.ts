import type { Span } from '../../diagnostics/index.ts'
import { AnthropicError } from '../../errors.ts'
import { FileTimeout, isOverdue } from '../time-limit.ts'
import type { Grammar } from './grammar.ts'
import { javascript } from './javascript.ts'
import { languageOf } from './languages.ts'
import { PYTHON } from './python.ts'
import { type ParsedTree, SyntaxTree } from './syntax-tree.ts'

/** Thrown when the audit cannot run. The message gives the reason. */
export class AuditError extends AnthropicError {}

/** The grammars of the languages that have a syntax tree. */
export const GRAMMARS: Readonly<Record<'typescript' | 'tsx' | 'markup' | 'python', Grammar>> = {
  typescript: javascript('typescript'),
  tsx: javascript('tsx'),
  markup: javascript('typescript'),
  python: PYTHON,
}

/** Parses sources in the languages that have been loaded. */
export interface Parsers {
  /**
   * Parses a source. The caller frees the tree with `delete`, or all trees with `deleteTrees`.
   *
   * @param searched the kinds of nodes that the caller will search the whole tree for
   * @param previous the tree of the source before edits, of which the parser reuses what did not change
   */
  parse: (
    source: string,
    grammar: Grammar,
    searched?: readonly string[],
    previous?: { tree: SyntaxTree; edits: readonly (Span & { text: string })[] },
  ) => SyntaxTree
  /** Frees the trees that were not deleted individually. */
  deleteTrees: () => void
}

/** Loaders of the parsers. A parser is large, so it is loaded only when the first file in its language appears. */
const BINARIES: Readonly<Record<Grammar['language'], () => Promise<{ default: string }>>> = {
  typescript: () => import('@vscode/tree-sitter-wasm/wasm/tree-sitter-typescript.wasm'),
  tsx: () => import('@vscode/tree-sitter-wasm/wasm/tree-sitter-tsx.wasm'),
  python: () => import('@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm'),
}

type Parse = (source: string, previous?: ParsedTree) => ParsedTree | null

/** Creates a parser from the binary of a grammar. */
type NewParser = (grammar: Uint8Array) => Promise<Parse>

let loadingRuntime: Promise<NewParser> | undefined
const loadingParsers = new Map<string, Promise<Parse>>()

/**
 * Loads the parsers that these files need, each once per process.
 *
 * @throws AuditError if the runtime has no WebAssembly.
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
    parse(source, { language }, searched, previous) {
      const parse = loaded.get(language)
      if (!parse) throw new AuditError(`The parser for ${language} was not loaded.`)
      const tree = parse(source, previous?.tree.withEdits(previous.edits))
      if (!tree) throw new FileTimeout()
      const parsed = new SyntaxTree(tree, source, () => trees.delete(parsed), searched)
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
      const parsed = new WeakMap<ParsedTree, ReturnType<typeof parser.parse>>()
      return (source, previous) => {
        const before = previous && parsed.get(previous)
        // The callback stops the parser at the time limit. A stopped parser would resume with the old source, so it is
        // reset.
        const tree = parser.parse(source, before, { progressCallback: () => isOverdue() })
        if (tree === null) parser.reset()
        else parsed.set(tree, tree)
        return tree
      }
    }
  } catch (cause) {
    loadingRuntime = undefined
    throw new AuditError('The audit needs WebAssembly, which this runtime does not allow.', { cause })
  }
}

/** Decompresses a binary. The package holds them as base64 of their gzip, which every runtime and bundler can load. */
async function unpack(base64: string): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(base64), character => character.charCodeAt(0))
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
