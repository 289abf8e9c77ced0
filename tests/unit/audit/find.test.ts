import { findLegacyUses } from 'legacy-completions/audit'
import { describe, expect, it } from 'vitest'
import { type Case, cases, lookalikes, programs } from './cases.ts'

const find = async (file: string, text: string): Promise<string[]> =>
  (await findLegacyUses([{ file, text }])).map(({ line, code }) => `${line} ${code}`)

describe('findings', () => {
  it.each(cases)('in $file', async ({ file, source, finds }) => {
    expect(await find(file, source)).toEqual(finds)
  })

  it.each(cases)('in $file stands where it says', async ({ file, source }) => {
    for (const use of await findLegacyUses([{ file, text: source }])) {
      const before = source.slice(0, use.start).split('\n')
      expect([use.line, use.column]).toEqual([before.length, (before.at(-1)?.length ?? 0) + 1])
      expect(use.end).toBeGreaterThan(use.start)
      expect(source.slice(use.start, use.end)).toMatch(/\S/)
    }
  })
})

/** What may be done to a source without changing what is in it; `by` is how far the lines move. */
const attacks: readonly { name: string; by: number; change: (one: Case) => string; spares?: RegExp }[] = [
  {
    name: 'two blank lines before it',
    by: 2,
    change: ({ source }) => `\n\n${source}`,
    spares: /\.(?:vue|txt)$/,
  },
  { name: 'CRLF line ends', by: 0, change: ({ source }) => source.replaceAll('\n', '\r\n') },
  { name: 'letters of two units before it', by: 0, change: ({ source, file }) => astral(source, file) },
  { name: 'no line end', by: 0, change: ({ source }) => source.trimEnd() },
]

function astral(source: string, file: string): string {
  if (/\.(?:ts|tsx|js|go|java|cs|rs)$/.test(file)) return `/* 😀 */ ${source}`
  return source
}

describe('known findings do not disappear', () => {
  const all = attacks.flatMap(attack =>
    cases.filter(({ file }) => !attack.spares?.test(file)).map(one => ({ ...attack, one, file: one.file })),
  )

  it.each(all)('in $file with $name', async ({ one, change, by }) => {
    const moved = one.finds.map(entry => entry.replace(/^\d+/, line => String(Number(line) + by)))
    expect(await find(one.file, change(one))).toEqual(moved)
  })
})

describe('what several files have together', () => {
  const ends = [
    { name: 'LF', end: '\n' },
    { name: 'CRLF', end: '\r\n' },
  ]
  it.each(
    programs.flatMap(one => ends.map(({ name, end }) => ({ ...one, title: `${one.name}, ${name}`, end }))),
  )('$title', async ({ files, finds, end }) => {
    const sources = Object.entries(files).map(([file, text]) => ({ file, text: text.replaceAll('\n', end) }))
    const uses = await findLegacyUses(sources)
    expect(uses.map(({ file, line, code }) => `${file} ${line} ${code}`)).toEqual(finds)
  })
})

describe('what only looks like it', () => {
  it.each(lookalikes)('in $file is not reported: $source', async ({ file, source }) => {
    expect(await find(file, source)).toEqual([])
  })
})
