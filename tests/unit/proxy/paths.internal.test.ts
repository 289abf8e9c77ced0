import { describe, expect, test } from 'vitest'
import { parseRequest } from '../../../src/core/legacy-http.ts'
import { excessOf, excessOfFields, readCodings } from '../../../src/proxy/limits.ts'
import { DEFAULT_ALLOWED, isAllowed, readTarget } from '../../../src/proxy/paths.ts'

const same: readonly string[] = [
  '/',
  '/v1/complete',
  '/v1/complete/',
  '/v1/models?limit=20&after_id=a%2Fb',
  '/v1/files/a%20b%2Fc%3F',
  '/v1/files/日本'.replace(/[^\0-\x7f]/g, encodeURIComponent),
  '/v1/files/a.b-c_d~e',
  '/v1/files/...',
]
const normalized: readonly [target: string, path: string, query: string][] = [
  ['//v1/complete', '/v1/complete', ''],
  ['/v1//complete', '/v1/complete', ''],
  ['/v1/./complete', '/v1/complete', ''],
  ['/../v1/complete', '/v1/complete', ''],
  ['/v1/x/../complete', '/v1/complete', ''],
  ['/v1/x/%2e%2E/complete', '/v1/complete', ''],
  ['/v1/.%2e/.%2e/x', '/x', ''],
  ['\\v1\\complete', '/v1/complete', ''],
  ['/v1\\..\\complete', '/complete', ''],
  ['/%76%31/complete', '/v1/complete', ''],
  ['/v1/complete?', '/v1/complete', ''],
  ['/v1/complete#x', '/v1/complete', ''],
  ['/v1/models?q=../..', '/v1/models', '?q=../..'],
  ['/v1/"a"', '/v1/%22a%22', ''],
]
const refused: readonly string[] = [
  '',
  '*',
  'v1/complete',
  'http://elsewhere.test/v1/complete',
  '/v1/..%2fadmin',
  '/v1/..%5Cadmin',
  '/v1/%2e%2e%2fadmin',
  '/v1/%252e%252e%252fadmin',
  '/v1/%25252e%25252e%2fadmin',
  '/v1/..;/admin',
  '/v1/.;x=1/admin',
  '/v1/%c0%ae%c0%ae/admin',
  '/v1/a%00b',
  '/v1/a%0d%0ab',
]

describe('a request target', () => {
  test.each(same)('%s stays unchanged', target => {
    const read = readTarget(target)
    expect(`${read?.path}${read?.query}`).toBe(target)
  })

  test.each(normalized.filter(([target]) => target.startsWith('/')))(
    '%s becomes %s%s',
    (target, path, query) => {
      expect(readTarget(target)).toEqual({ path, query })
    },
  )

  test.each(refused)('%j is refused', target => {
    expect(readTarget(target)).toBeUndefined()
  })

  test('is read twice as once', () => {
    for (const [target] of normalized) {
      const read = readTarget(target)
      if (read !== undefined) expect(readTarget(read.path + read.query)).toEqual(read)
    }
  })

  test('of any two segments never leaves the root', () => {
    const segments = [
      '..',
      '.',
      '%2e%2e',
      '%2E.',
      '',
      'a',
      '..%2f',
      '%5c..',
      '..;a',
      '%252e%252e',
      '\\..\\',
      '%c0%ae',
    ]
    for (const first of segments)
      for (const second of segments)
        for (const third of segments) {
          const path = readTarget(`/${first}/${second}/${third}/x`)?.path ?? '/'
          expect(path).not.toMatch(/\/\.{1,2}(?:\/|;|$)|\\|\/\//)
          expect(decodeURIComponent(decodeURIComponent(path))).not.toMatch(/(?:^|[/\\])\.\.(?:[/\\]|$)/)
        }
  })
})

describe('the paths of a held key', () => {
  test.each([
    ['/v1/complete', true],
    ['/v1/complete/', true],
    ['/v1/messages', true],
    ['/v1/messages/count_tokens', true],
    ['/v1/models', true],
    ['/v1/models/claude-opus-4-8', true],
    ['/v1/messages/batches', false],
    ['/v1/modelsx', false],
    ['/v1/files', false],
    ['/', false],
    ['/x/v1/complete', false],
  ])('%s is allowed: %s', (path, expected) => {
    expect(isAllowed(path, DEFAULT_ALLOWED)).toBe(expected)
  })
})

describe('the size of a JSON text', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  test.each([
    ['an object', '{"a":[1,2,{"b":"c"}]}'],
    ['brackets in a string', JSON.stringify({ prompt: '[{'.repeat(1000) })],
    ['quotes in a string', JSON.stringify({ prompt: '\\"['.repeat(1000) })],
    ['colons of prose', JSON.stringify({ prompt: 'RATH: one\nGRAPHA: two\n'.repeat(20_000) })],
    ['10,000 labels', JSON.stringify({ prompt: '\n\nHuman: a\n\nAssistant: b'.repeat(5000) })],
    ['no JSON', '{{{"'],
  ])('is fine for %s', (_, text) => {
    expect(excessOf(bytes(text))).toBeUndefined()
  })
  test.each([
    ['deep arrays', '['.repeat(33), /nested more than 32 levels/],
    ['deep objects', '{"a":'.repeat(33), /nested more than 32 levels/],
    ['many values', `[${'1,'.repeat(10_001)}1]`, /more than 10000 values/],
    [
      'many labels',
      JSON.stringify({ prompt: '\n\nHuman: a\n\nAssistant: b'.repeat(5001) }),
      /more than 10000 labels/,
    ],
    ['many short labels', JSON.stringify({ prompt: '\nH: a\nA: b'.repeat(5001) }), /more than 10000 labels/],
  ])('is refused for %s', (_, text, sentence) => {
    expect(excessOf(bytes(text))).toMatch(sentence)
  })
})

describe('the labels of a parsed prompt', () => {
  const excess = (label: string, count: number) => excessOfFields({ prompt: label.repeat(count) })
  test.each(['\nhuman:', '\nHuman :', '\nHuman：', '\n**Assistant**:', '\\nhuman:', '\na:'])(
    'may be 10,000, for %j',
    label => {
      expect(excess(label, 10_000)).toBeUndefined()
      expect(excess(label, 10_001)).toMatch(/more than 10000 labels/)
    },
  )
  test.each(['RATH: one\nGRAPHA: two\n', 'A human, a system. ', 'http://a/b '])('are not in %j', text => {
    expect(excess(text, 20_000)).toBeUndefined()
  })
})

test.each([
  ['a', {}],
  [5, {}],
  [null, {}],
  [{ model: 'a' }, { model: 'a' }],
])('the fields of the body %j are %j', (body, fields) => {
  expect(Object.entries(parseRequest(JSON.stringify(body)) ?? [])).toEqual(Object.entries(fields))
})

test.each([
  [undefined, []],
  ['', []],
  ['identity', []],
  ['GZIP', ['gzip']],
  ['gzip, br', ['br', 'gzip']],
  ['x-gzip , identity', ['gzip']],
  ['gzip, gzip, gzip', undefined],
  ['compress', undefined],
  ['__proto__', undefined],
])('the content codings of %j are %j', (header, codings) => {
  expect(readCodings(header)).toEqual(codings)
})
