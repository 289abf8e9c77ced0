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
