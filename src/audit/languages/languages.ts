import type { LexiconName } from './lexicons.ts'

/** How a file is read. */
export type Language =
  | 'typescript'
  | 'tsx'
  | 'markup'
  | 'python'
  | 'notebook'
  | 'lines'
  | 'prose'
  | 'manifest'
  | LexiconName

const BY_ENDING: Readonly<Record<string, Language>> = {
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'tsx',
  js: 'tsx',
  jsx: 'tsx',
  mjs: 'tsx',
  cjs: 'tsx',
  vue: 'markup',
  svelte: 'markup',
  astro: 'markup',
  html: 'markup',
  py: 'python',
  pyi: 'python',
  ipynb: 'notebook',
  go: 'go',
  java: 'java',
  scala: 'java',
  groovy: 'java',
  kt: 'kotlin',
  kts: 'kotlin',
  dart: 'java',
  cs: 'csharp',
  php: 'php',
  rs: 'rust',
  rb: 'ruby',
  rake: 'ruby',
  erb: 'lines',
  swift: 'swift',
  m: 'cpp',
  mm: 'cpp',
  c: 'cpp',
  h: 'cpp',
  cc: 'cpp',
  cpp: 'cpp',
  cxx: 'cpp',
  hpp: 'cpp',
  ex: 'elixir',
  exs: 'elixir',
  pl: 'perl',
  pm: 'perl',
  lua: 'lua',
  jl: 'julia',
  clj: 'clojure',
  cljs: 'clojure',
  cljc: 'clojure',
  edn: 'clojure',
  r: 'r',
  json: 'json',
  jsonl: 'json',
  ndjson: 'json',
  json5: 'json',
  jsonc: 'json',
  yaml: 'lines',
  yml: 'lines',
  toml: 'lines',
  env: 'lines',
  ini: 'lines',
  cfg: 'lines',
  conf: 'lines',
  properties: 'lines',
  tf: 'lines',
  sh: 'lines',
  bash: 'lines',
  zsh: 'lines',
  fish: 'lines',
  ps1: 'lines',
  http: 'lines',
  txt: 'lines',
  prompt: 'lines',
  md: 'prose',
  mdx: 'prose',
  rmd: 'prose',
  qmd: 'prose',
  rst: 'prose',
}

const BY_NAME: readonly (readonly [RegExp, Language])[] = [
  [
    /^package\.json$|^pyproject\.toml$|^Pipfile$|^setup\.(?:cfg|py)$|^Cargo\.toml$|requirements.*\.(?:txt|in)$|^Gemfile$|\.gemspec$|^composer\.json$/,
    'manifest',
  ],
  [/^constraints.*\.txt$|^environment\.ya?ml$/, 'manifest'],
  [/^\.env(?:\.|$)|^\.?envrc$|^Dockerfile|^Makefile$|^docker-compose/, 'lines'],
]

/** Paths of generated files. They repeat what other files contain. */
const GENERATED =
  /(?:^|[-.])lock(?:\.\w+)?$|^(?:package-lock|pnpm-lock|composer)\.(?:json|ya?ml|lock)$|\.lock$|\.min\.(?:js|css)$|^go\.sum$|\.map$|\.svg$/i
const BINARY =
  /\.(?:png|jpe?g|gif|webp|ico|bmp|tiff?|avif|psd|pdf|docx?|xlsx?|pptx?|zip|gz|tgz|bz2|xz|7z|rar|tar|jar|war|class|o|a|so|dylib|dll|exe|bin|dat|wasm|pyc|pyd|whl|egg|woff2?|ttf|otf|eot|mp[34]|m4a|wav|ogg|flac|avi|mov|webm|sqlite3?|db|parquet|arrow|feather|npy|npz|pkl|pickle|pt|pth|onnx|safetensors|gguf|h5)$/i

/**
 * Returns how the file at a path is read; `undefined` if it is not read. An unknown kind of file is read line by line.
 */
export function languageOf(path: string): Language | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (unreadKind(name) !== undefined) return undefined
  const byName = BY_NAME.find(([pattern]) => pattern.test(name))
  return byName?.[1] ?? BY_ENDING[name.slice(name.lastIndexOf('.') + 1).toLowerCase()] ?? 'lines'
}

/** The numbers of files that are not read because of their kind. */
export interface Unread {
  /** Lock files, minified code and source maps. They repeat what other files contain. */
  generated: number
  binary: number
}

/** Returns why the file at a path is not read; `undefined` if it is read. */
export function unreadKind(path: string): keyof Unread | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return GENERATED.test(name) ? 'generated' : BINARY.test(name) ? 'binary' : undefined
}

/** Returns whether a file holds data instead of code: records, tables, markup. */
export function isData(path: string): boolean {
  return /\.(?:jsonl?|ndjson|json5|csv|tsv|xml|log|edn)$/i.test(path)
}
