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
  swift: 'kotlin',
  dart: 'java',
  cs: 'csharp',
  php: 'php',
  rs: 'rust',
  rb: 'ruby',
  ex: 'ruby',
  exs: 'ruby',
  r: 'r',
  json: 'json',
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
    /^package\.json$|^pyproject\.toml$|^Pipfile$|^setup\.(?:cfg|py)$|^Cargo\.toml$|^requirements.*\.txt$/,
    'manifest',
  ],
  [/^constraints.*\.txt$|^environment\.ya?ml$/, 'manifest'],
  [/^\.env(?:\.|$)|^\.?envrc$|^Dockerfile|^Makefile$|^docker-compose/, 'lines'],
]

/** What other programs wrote, to be read by programs: it repeats what stands elsewhere. */
const GENERATED =
  /(?:^|[-.])lock(?:\.\w+)?$|^(?:package-lock|pnpm-lock|composer)\.(?:json|ya?ml|lock)$|\.lock$|\.min\.js$|^go\.sum$|\.map$/i

/** How a file of this path is read; `undefined` where it is not. */
export function languageOf(path: string): Language | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (GENERATED.test(name)) return undefined
  const byName = BY_NAME.find(([pattern]) => pattern.test(name))
  return byName?.[1] ?? BY_ENDING[name.slice(name.lastIndexOf('.') + 1).toLowerCase()]
}

/** How a language writes its comments and its texts. Patterns, so that one search finds them all. */
export interface Lexicon {
  comments: readonly string[]
  texts: readonly TextForm[]
  /** How a function is told: by braces behind a parameter list, or by `def` … `end`. */
  functions: 'braces' | 'def-end' | 'none'
}

export interface TextForm {
  pattern: string
  /** What stands around the text itself. */
  open: number
  close: number
  /** A backslash in it is a backslash. */
  isRaw?: boolean
}

/** A text between two marks: in one line or in several, with escapes or without. */
function quoted(mark: string, isMultiline = false): TextForm {
  const other = isMultiline ? `[^${mark}\\\\]` : `[^${mark}\\\\\\n]`
  return { pattern: `${mark}${other}*(?:\\\\[\\s\\S]${other}*)*${mark}`, open: 1, close: 1 }
}

function raw(open: string, close: string): TextForm {
  return { pattern: `${open}[\\s\\S]*?${close}`, open: open.length, close: close.length, isRaw: true }
}

const DOUBLE = quoted('"')
const SINGLE = quoted("'")
const DOUBLE_LINES = quoted('"', true)
const SINGLE_LINES = quoted("'", true)
const TRIPLE = raw('"""', '"""')

const SLASHES = '//[^\\n]*'
const STARS = '/\\*[\\s\\S]*?\\*/'
const HASHES = '#[^\\n]*'

export type LexiconName = 'go' | 'java' | 'kotlin' | 'csharp' | 'php' | 'rust' | 'ruby' | 'r' | 'json'

export const LEXICONS: Readonly<Record<LexiconName, Lexicon>> = {
  go: { comments: [SLASHES, STARS], texts: [DOUBLE, raw('`', '`'), SINGLE], functions: 'braces' },
  java: {
    comments: [SLASHES, STARS],
    texts: [{ ...TRIPLE, isRaw: false }, DOUBLE, SINGLE],
    functions: 'braces',
  },
  kotlin: { comments: [SLASHES, STARS], texts: [TRIPLE, DOUBLE, SINGLE], functions: 'braces' },
  csharp: {
    comments: [SLASHES, STARS],
    texts: [TRIPLE, { ...raw('@"', '"(?!")'), close: 1 }, DOUBLE, SINGLE],
    functions: 'braces',
  },
  php: { comments: [SLASHES, STARS, HASHES], texts: [DOUBLE_LINES, SINGLE_LINES], functions: 'braces' },
  // A single quote begins a lifetime far more often than a character.
  rust: {
    comments: [SLASHES, STARS],
    texts: [raw('r##"', '"##'), raw('r#"', '"#'), raw('r"', '"'), DOUBLE_LINES],
    functions: 'braces',
  },
  ruby: {
    comments: [HASHES],
    texts: [DOUBLE_LINES, { ...SINGLE_LINES, isRaw: true }],
    functions: 'def-end',
  },
  r: { comments: [HASHES], texts: [DOUBLE_LINES, SINGLE_LINES], functions: 'braces' },
  json: { comments: [], texts: [DOUBLE], functions: 'none' },
}
