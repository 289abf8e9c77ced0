import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DOCUMENTATION_URL, diagnosticUrl, REPOSITORY_URL } from '../../src/diagnostics/diagnostic.ts'
import { DIAGNOSTICS, type DiagnosticCode } from '../../src/diagnostics/index.ts'
import { anchorsOf, pages, proseOf, root } from './markdown.ts'

interface Link {
  target: string
  anchor: string
}

/** Converts links to the site and to the repository to links to files of this checkout. */
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

/** Returns the problem of a link, or `undefined` if it is valid. */
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

/** Returns the addresses of the site in the sources, with `${…}` for interpolated parts. */
function siteLinksOf(file: string): Link[] {
  const base = DOCUMENTATION_URL.replaceAll('.', '\\.')
  const pattern = new RegExp(`(?:\\$\\{DOCUMENTATION_URL\\}|${base})/([\\w/-]+)(?:#([\\w$-]*))?`, 'g')
  return [...readFileSync(resolve(root, file), 'utf8').matchAll(pattern)].map(([, page, anchor = '']) => ({
    target: `docs/${page}.md`,
    anchor: anchor.includes('$') ? '' : anchor,
  }))
}

describe('links of the sources', () => {
  const sources = readdirSync(resolve(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(file => /\.(?:ts|py)$/.test(file))
    .map(file => `src/${file.replaceAll('\\', '/')}`)

  it('lead to pages and headings of the site', () => {
    const links = sources.flatMap(siteLinksOf)
    expect(links.length).toBeGreaterThan(5)
    expect(links.map(link => faultOf('README.md', link)).filter(fault => fault !== undefined)).toEqual([])
  })

  it('of diagnostics lead to their headings', () => {
    const headings = anchorsOf('docs/diagnostics.md')
    const codes = Object.keys(DIAGNOSTICS) as DiagnosticCode[]
    const urls = codes.map(code => diagnosticUrl(code))
    const dead = urls.filter(url => {
      const { pathname, hash } = new URL(url)
      return pathname !== '/diagnostics' || !headings.has(hash.slice(1))
    })
    expect(dead).toEqual([])
  })

  it('of every command lead to their headings', () => {
    const headings = anchorsOf('docs/cli.md')
    const names = readdirSync(resolve(root, 'src/cli/commands')).map(file => file.replace(/\.ts$/, ''))
    expect(names.filter(name => !headings.has(name))).toEqual([])
  })
})

describe('README.md and CHANGELOG.md', () => {
  // npm shows both without the repository around them.
  it.each(['README.md', 'CHANGELOG.md'])('%s has only absolute links', page => {
    const targets = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
    expect(targets.filter(target => !/^https:\/\//.test(target))).toEqual([])
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
