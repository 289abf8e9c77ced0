import { LINT_MESSAGES, RULES } from 'legacy-completions/audit'
import { describe, expect, it } from 'vitest'
import { DIAGNOSTICS } from '../../src/diagnostics/index.ts'
import { CODES as MIGRATE_CODES } from '../../src/migrate/codes.ts'
import { pages, proseOf, textOf } from './markdown.ts'

const CODES = new Set([DIAGNOSTICS, RULES, LINT_MESSAGES, MIGRATE_CODES].flatMap(table => Object.keys(table)))

/** What is written like a code, and is a header, a package or a word of a command. */
const OTHERS: readonly string[] = [
  'anthropic-version',
  'request-id',
  'x-api-key',
  'x-emulator-fault',
  'anthropic-beta',
  'legacy-completions',
  'legacy-completions-ignore',
  'cli-progress',
  'csv-parse',
  'source-text',
  'eventsource-parser',
  'prom-client',
  'web-tree-sitter',
  // A path within the old SDK, a model, and how a request of the proxy came out.
  'api-promise',
  'claude-mythos-preview',
  'client-gone',
  'upstream-failed',
  'request-timeout',
  'write-timeout',
  'head-too-large',
  'error-event',
  'too-large',
  // Modules, a header of HTTP, and one of Bedrock.
  'event-stream',
  'node-http-fetch',
  'bedrock-sdk',
  'accept-encoding',
  'x-amzn-bedrock-input-token-count',
]

describe('every code that a page names', () => {
  it.each(pages)('%s', page => {
    const named = [...proseOf(page).matchAll(/[`[]([a-z]+(?:-[a-z]+)+)[`\]]/g)].map(match => match[1] ?? '')
    expect([...new Set(named)].filter(name => !CODES.has(name) && !OTHERS.includes(name))).toEqual([])
  })
})

it('every code has a page that explains it', () => {
  const diagnostics = textOf('docs/diagnostics.md')
  const audit = textOf('docs/audit.md')
  const migrate = textOf('docs/migrate.md')
  const isExplained = (code: string): boolean =>
    diagnostics.includes(`\n## ${code}\n`) ||
    migrate.includes(`\n### ${code}\n`) ||
    audit.includes(`\n| ${code} | `)
  expect(CODES.size).toBeGreaterThan(40)
  expect([...CODES].filter(code => !isExplained(code))).toEqual([])
})
