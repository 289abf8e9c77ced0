import { MODEL_TABLE, resolveModel } from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'
import { pages, textOf } from './markdown.ts'

const isKnown = (id: string): boolean => {
  const { isKnown, retired } = resolveModel(id)
  return isKnown || retired !== undefined
}

describe('every model that a page names', () => {
  it.each(pages)('%s', page => {
    const named = [...textOf(page).matchAll(/(?:[\w.]*[./])?\bclaude-[a-z\d][\w.@:-]*[a-z\d]/g)].map(
      // LiteLLM's names have the provider in front.
      ([id]) => id.replace(/^anthropic(?:_text)?\//, ''),
    )
    const unknown = [...new Set(named)].filter(id => !isKnown(id))
    expect(unknown).toEqual([])
  })

  it('is known by the table, which knows no other', () => {
    expect(isKnown('claude-2.1')).toBe(true)
    expect(isKnown('claude-opus-99')).toBe(false)
  })
})

it('docs/models.md has every model of the table', () => {
  const text = textOf('docs/models.md')
  const ids = Object.keys(MODEL_TABLE)
  expect(ids.length).toBeGreaterThan(40)
  expect(ids.filter(id => !text.includes(`\`${id}\``))).toEqual([])
})

it('docs/prices.md has every retired model, with the replacement of the table', () => {
  const rows = textOf('docs/prices.md')
    .split('\n')
    .filter(line => line.startsWith('| `'))
  const replacements = new Map(
    rows.flatMap(row => {
      const [, ids = '', replacement = ''] = row.split('|')
      return [...ids.matchAll(/`([^`]+)`/g)].map(([, id = '']) => [
        id,
        replacement.trim().replaceAll('`', ''),
      ])
    }),
  )
  // Aliases cost what their models cost; Amazon Bedrock has prices of its own.
  const retired = Object.entries(MODEL_TABLE).filter(
    ([id, row]) => row.status === 'retired' && !/-latest$|-0$|^anthropic\.|^claude-opus-4-1$/.test(id),
  )
  expect(retired.length).toBeGreaterThan(15)
  for (const [id, row] of retired)
    expect([id, replacements.get(id)]).toEqual([id, 'replacement' in row ? row.replacement : undefined])
})
