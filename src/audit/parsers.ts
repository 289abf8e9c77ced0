import type { SgRoot } from '@ast-grep/napi'
import { AuditError } from './audit-error.ts'
import type { Grammar } from './grammar.ts'
import { javascript } from './javascript.ts'
import { PYTHON } from './python.ts'

/** What reads syntax trees. It is native code, and loaded only by who audits. */
export interface Parsers {
  parse: (source: string, grammar: Grammar) => SgRoot
}

/** The grammars of the languages that are read by their trees. */
export const GRAMMARS: Readonly<Record<'typescript' | 'tsx' | 'markup' | 'python', Grammar>> = {
  typescript: javascript('TypeScript'),
  tsx: javascript('Tsx'),
  markup: javascript('TypeScript'),
  python: PYTHON,
}

let loading: Promise<Parsers> | undefined

/**
 * Loads the parsers once. Python's grammar has to be registered, and can be only once.
 *
 * @throws AuditError that says what to install where they are absent.
 */
export function loadParsers(): Promise<Parsers> {
  loading ??= load()
  return loading
}

async function load(): Promise<Parsers> {
  try {
    const [{ parse, registerDynamicLanguage }, { default: python }] = await Promise.all([
      import('@ast-grep/napi'),
      import('@ast-grep/lang-python'),
    ])
    registerDynamicLanguage({ python })
    return { parse: (source, { language }) => parse(language, source) }
  } catch (cause) {
    throw new AuditError(
      'The parsers of the audit are not installed: npm install --save-dev @ast-grep/napi @ast-grep/lang-python',
      { cause },
    )
  }
}
