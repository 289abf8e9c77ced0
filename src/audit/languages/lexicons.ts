/** The syntax of comments and texts in a language, as patterns, so that one search finds them all. */
export interface Lexicon {
  comments: readonly string[]
  texts: readonly TextForm[]
  /** How to find the end of a function: by the braces after its parameters, or by the `end` of a `def`. */
  functions: 'braces' | 'def-end' | 'none'
  /** Matches the operator that joins two texts, or a text and a value. */
  joint: string
  /** Matches the functions that join their arguments. */
  joinedBy?: string
  /** Whether two adjacent literals are one text, as in Python and C. */
  isAdjacentJoined?: boolean
  /** Whether `$` is an operator that reads a field, and not a letter of a name. */
  isDollarOperator?: boolean
}

/** One form of literal in a language, such as a text in single quotes. */
export interface TextForm {
  pattern: string
  /** The lengths of the opening and the closing delimiter. */
  open: number
  close: number
  /** Whether a backslash in it has no special meaning. */
  isRaw?: boolean
  /** Whether the pattern is the first line of a heredoc. Its group `end` is the name that ends the text. */
  isHeredoc?: boolean
}

/** Returns a text between two equal delimiters, on one line or on several, with escapes. */
function quoted(mark: string, isMultiline = false): TextForm {
  const other = isMultiline ? `[^${mark}\\\\]` : `[^${mark}\\\\\\n]`
  return { pattern: `${mark}${other}*(?:\\\\[\\s\\S]${other}*)*${mark}`, open: 1, close: 1 }
}

function raw(open: string, close: string): TextForm {
  return { pattern: `${open}[\\s\\S]*?${close}`, open: open.length, close: close.length, isRaw: true }
}

/** Returns a list of words, such as `%w[claude-2 claude-instant-1]` in Ruby or `qw(…)` in Perl. */
function words(opener: string): TextForm {
  const bodies = '\\[[^\\]]*\\]|\\([^)]*\\)|\\{[^}]*\\}|<[^>]*>|\\|[^|]*\\|'
  return { pattern: `${opener}(?:${bodies})`, open: 3, close: 1, isRaw: true }
}

const heredoc = (pattern: string): TextForm => ({ pattern, open: 0, close: 0, isHeredoc: true })

const DOUBLE = quoted('"')
const SINGLE = quoted("'")
const DOUBLE_LINES = quoted('"', true)
const SINGLE_LINES = quoted("'", true)
const TRIPLE = raw('"""', '"""')
const TRIPLE_WITH_ESCAPES: TextForm = { ...TRIPLE, isRaw: false }

const SLASHES = '//[^\\n]*'
const STARS = '/\\*[\\s\\S]*?\\*/'
const HASHES = '#[^\\n]*'

const PLUS = '\\+'
/** Joins with `+` or with a chain of `.append(a).append(b)`. */
const PLUS_OR_APPEND = '\\+|\\)\\s*\\.\\s*[aA]ppend\\('

export type LexiconName =
  | 'go'
  | 'java'
  | 'kotlin'
  | 'swift'
  | 'csharp'
  | 'cpp'
  | 'php'
  | 'rust'
  | 'ruby'
  | 'elixir'
  | 'perl'
  | 'lua'
  | 'julia'
  | 'r'
  | 'clojure'
  | 'json'

const C_COMMENTS = [SLASHES, STARS]

export const LEXICONS: Readonly<Record<LexiconName, Lexicon>> = {
  go: {
    comments: C_COMMENTS,
    texts: [DOUBLE, raw('`', '`'), SINGLE],
    functions: 'braces',
    joint: `${PLUS}|\\)\\s*\\w+\\.WriteString\\(`,
  },
  java: {
    comments: C_COMMENTS,
    texts: [TRIPLE_WITH_ESCAPES, DOUBLE, SINGLE],
    functions: 'braces',
    joint: PLUS_OR_APPEND,
  },
  kotlin: {
    comments: C_COMMENTS,
    texts: [TRIPLE, DOUBLE, SINGLE],
    functions: 'braces',
    joint: PLUS_OR_APPEND,
  },
  swift: {
    comments: C_COMMENTS,
    texts: [TRIPLE_WITH_ESCAPES, DOUBLE],
    functions: 'braces',
    joint: PLUS,
  },
  csharp: {
    comments: C_COMMENTS,
    texts: [TRIPLE, { ...raw('@"', '"(?!")'), close: 1 }, DOUBLE, SINGLE],
    functions: 'braces',
    joint: PLUS_OR_APPEND,
  },
  cpp: {
    comments: C_COMMENTS,
    texts: [{ ...raw('R"\\(', '\\)"'), open: 3, close: 2 }, DOUBLE, SINGLE],
    functions: 'braces',
    joint: `${PLUS}|<<`,
    isAdjacentJoined: true,
  },
  php: {
    comments: [...C_COMMENTS, HASHES],
    texts: [heredoc(`<<<[ \\t]*["']?(?<end>[A-Za-z_]\\w*)["']?[ \\t]*\\n`), DOUBLE_LINES, SINGLE_LINES],
    functions: 'braces',
    joint: '\\.',
  },
  // In Rust, a single quote begins a lifetime far more often than a character.
  rust: {
    comments: C_COMMENTS,
    texts: [raw('r##"', '"##'), raw('r#"', '"#'), raw('r"', '"'), DOUBLE_LINES],
    functions: 'braces',
    joint: `${PLUS}(?:\\s*&)?`,
  },
  ruby: {
    comments: [HASHES],
    texts: [
      heredoc(`<<[~-]?["'\`]?(?<end>[A-Z_]\\w*)["'\`]?[^\\n]*\\n`),
      words('%[wWiI]'),
      DOUBLE_LINES,
      { ...SINGLE_LINES, isRaw: true },
    ],
    functions: 'def-end',
    joint: `${PLUS}|<<|\\\\\\n`,
  },
  elixir: {
    comments: [HASHES],
    texts: [TRIPLE_WITH_ESCAPES, words('~[wWsS]'), DOUBLE_LINES, SINGLE_LINES],
    functions: 'def-end',
    joint: '<>',
  },
  perl: {
    comments: [HASHES],
    texts: [heredoc(`<<~?["']?(?<end>[A-Z_]\\w*)["']?[^\\n]*\\n`), words('qw'), DOUBLE_LINES, SINGLE_LINES],
    functions: 'braces',
    joint: '\\.',
  },
  lua: {
    comments: ['--\\[\\[[\\s\\S]*?\\]\\]', '--[^\\n]*'],
    texts: [{ ...raw('\\[\\[', '\\]\\]'), open: 2, close: 2 }, DOUBLE, SINGLE],
    functions: 'none',
    joint: '\\.\\.',
  },
  julia: {
    comments: [HASHES],
    texts: [TRIPLE_WITH_ESCAPES, DOUBLE_LINES],
    functions: 'none',
    joint: '\\*',
    joinedBy: 'string',
  },
  r: {
    comments: [HASHES],
    texts: [DOUBLE_LINES, SINGLE_LINES],
    functions: 'braces',
    joint: '(?!)',
    joinedBy: 'paste0?|str_c|cat|glue|sprintf',
    isDollarOperator: true,
  },
  clojure: {
    comments: [';[^\\n]*'],
    texts: [DOUBLE_LINES],
    functions: 'none',
    joint: '(?!)',
    joinedBy: '\\(str',
  },
  json: { comments: [], texts: [DOUBLE], functions: 'none', joint: '(?!)' },
}
