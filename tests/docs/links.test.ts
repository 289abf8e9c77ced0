import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DOCUMENTATION_URL, REPOSITORY_URL } from '../../src/diagnostics/diagnostic.ts'
import { anchorsOf, pages, proseOf, root } from './markdown.ts'

interface Link {
  target: string
  anchor: string
}

/** Links to the site and to the repository are links to files of this checkout. */
const toLocal = (page: string, text: string): string => {
  const up = '../'.repeat(page.split('/').length - 1)
  return text
    .replaceAll(
      new RegExp(`\\]\\(${DOCUMENTATION_URL}(?:/([\\w/-]*))?(#[^)]*)?\\)`, 'g'),
      (_, name, anchor) => `](${up}docs/${name || 'index'}.md${anchor ?? ''})`,
    )
    .replaceAll(`](${REPOSITORY_URL}/blob/main/`, `](${up}`)
}

function linksOf(page: string): Link[] {
  const inline = toLocal(page, proseOf(page)).replace(/`[^`\n]*`/g, '')
  return [...inline.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(match => ({
    target: match[1] ?? '',
    anchor: match[2] ?? '',
  }))
}

/** What is wrong with a link, if anything is. */
function faultOf(page: string, { target, anchor }: Link): string | undefined {
  const path = target === '' ? page : join(dirname(page), target)
  if (!existsSync(resolve(root, path))) return `${target} does not exist`
  if (anchor === '') return undefined
  if (!path.endsWith('.md')) return `${target} has no headings, and so no #${anchor}`
  return anchorsOf(path).has(anchor) ? undefined : `${path} has no heading #${anchor}`
}

describe('links', () => {
  it.each(pages)('of %s have targets, including anchors', page => {
    const faults = linksOf(page).map(link => faultOf(page, link))
    expect(faults.filter(fault => fault !== undefined)).toEqual([])
  })

  it('are reported when dead', () => {
    expect(faultOf('README.md', { target: 'docs/nowhere.md', anchor: '' })).toMatch('does not exist')
    expect(faultOf('README.md', { target: 'docs/diagnostics.md', anchor: 'no-code' })).toMatch('#no-code')
    expect(faultOf('docs/mapping.md', { target: 'diagnostics.md', anchor: 'empty-turn' })).toBeUndefined()
  })
})

describe('pages', () => {
  // The landing page is where readers begin.
  it.each(pages.filter(page => /^docs\/(?!index\.md)[^/]+\.md$/.test(page)))(
    '%s can be reached from another',
    page => {
      const name = page.replace(/^docs\//, '')
      const leading = pages.filter(
        other =>
          other !== page &&
          linksOf(other).some(({ target }) => target !== '' && join(dirname(other), target) === page),
      )
      expect(leading, `no page links to ${name}`).not.toEqual([])
    },
  )
})
