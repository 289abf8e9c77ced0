import { readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { KEYWORDS } from '../../../docs/.vitepress/keywords.ts'
import { searchOptions } from '../../../docs/.vitepress/search.ts'
import { CONTRIBUTING, GROUPS } from '../../../docs/.vitepress/sidebar.ts'
import { ENTRIES } from '../../../entries.ts'
import { barriersOf } from './barriers.ts'
import { launch, missing, SCHEMES, type ServedSite, SITE, SIZES, serveSite } from './browser.ts'
import {
  MORE_QUESTIONS,
  PHRASES,
  QUESTIONS,
  REAL_LINES,
  TYPED_QUESTIONS,
  UNTUNED_QUESTIONS,
} from './searches.ts'

/** For people to look at. */
const PICTURES = fileURLToPath(new URL('.tmp/site/', import.meta.url))
const DOCS = fileURLToPath(new URL('../../../docs/', import.meta.url))

/** One page of each kind, preferably a long one. */
const PAGES: Readonly<Record<string, string>> = {
  landing: '',
  guide: 'call-by-call',
  troubleshooting: 'errors',
  'wide tables': 'fields',
  'widest table': 'drop-in',
  'files to copy': 'deploy',
  decision: 'decisions/0002-one-reducer',
  'api entry': 'api/legacy-completions/sdk',
  'main api entry': 'api/legacy-completions/',
  playground: 'playground',
}

/** The pages that are checked for accessibility. */
const CHECKED = ['landing', 'guide', 'troubleshooting', 'wide tables', 'decision', 'api entry', 'playground']

interface SearchResult {
  id: string
  title: string
}

interface SearchIndex {
  search(query: string, options: object): SearchResult[]
}

/** Loads the search index that the browser loads. */
async function searchIndex(): Promise<SearchIndex> {
  const chunks = join(SITE, 'assets/chunks/')
  const file = readdirSync(chunks).find(name => name.startsWith('@localSearchIndexroot')) ?? ''
  const { default: json } = await import(/* @vite-ignore */ pathToFileURL(chunks + file).href)
  const MiniSearch = createRequire(`${DOCS}package.json`)('minisearch')
  return MiniSearch.loadJSON(json, { fields: ['title', 'titles', 'text'], storeFields: ['title', 'titles'] })
}

const errorHeadings = [...readFileSync(`${DOCS}errors.md`, 'utf8').matchAll(/^### (.+)$/gm)].map(
  ([, heading = '']) => heading.replaceAll('`', '').replaceAll('\\_', '_'),
)

if (missing) console.log(missing)

describe('the search', () => {
  const first = async (query: string): Promise<string> => {
    const index = await searchIndex()
    return index.search(query, searchOptions(query))[0]?.id ?? 'nothing'
  }
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-')

  it.each(errorHeadings)('finds the section of %j first', async heading => {
    expect(await first(heading)).toBe(`/errors#${slug(heading)}`)
  })

  it.each(REAL_LINES)('finds the section for the pasted line $line', async ({ line, section }) => {
    expect(await first(line)).toBe(section)
  })

  it.each(PHRASES)('finds the page for $query', async ({ query, page }) => {
    expect((await first(query)).replace(/#.*/, '')).toBe(page)
  })

  it.each(QUESTIONS)('answers the question $query first', async ({ query, pages }) => {
    expect(pages).toContain((await first(query)).replace(/#.*/, ''))
  })

  const missedOf = async (
    questions: readonly { query: string; pages: readonly string[] }[],
  ): Promise<string[]> => {
    const missed: string[] = []
    for (const { query, pages } of questions) {
      const id = await first(query)
      if (!pages.includes(id.replace(/#.*/, ''))) missed.push(`${query} → ${id}, not ${pages.join(' or ')}`)
    }
    return missed
  }

  it('answers 18 of 20 more questions first', async () => {
    const missed = await missedOf(MORE_QUESTIONS.map(({ query, page }) => ({ query, pages: [page] })))
    expect(missed.length, missed.join('\n')).toBeLessThanOrEqual(2)
  })

  it('answers 19 of 20 questions first that are typed in a hurry', async () => {
    const missed = await missedOf(TYPED_QUESTIONS)
    expect(missed.length, missed.join('\n')).toBeLessThanOrEqual(1)
  })

  it('answers 15 of 20 questions first that it was not tuned with', async () => {
    const missed = await missedOf(UNTUNED_QUESTIONS)
    expect(missed.length, missed.join('\n')).toBeLessThanOrEqual(5)
  })

  it('has keywords only for pages that exist', () => {
    const listed = [...GROUPS, ...CONTRIBUTING].flatMap(({ pages }) => pages)
    expect(Object.keys(KEYWORDS).filter(page => !listed.includes(page))).toEqual([])
  })
})

describe.skipIf(missing)('the site', () => {
  let browser: Browser
  let site: ServedSite
  beforeAll(async () => {
    await mkdir(PICTURES, { recursive: true })
    ;[browser, site] = await Promise.all([launch(), serveSite()])
  })
  afterAll(async () => {
    await browser?.close()
    await site?.close()
  })

  async function open(
    path: string,
    {
      size = 'desktop',
      colorScheme = 'light',
    }: { size?: keyof typeof SIZES; colorScheme?: 'light' | 'dark' } = {},
  ): Promise<Page> {
    const context = await browser.newContext({
      viewport: SIZES[size],
      colorScheme,
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.goto(`${site.url}/${path}`)
    await page.locator('.VPNavBar').waitFor()
    return page
  }

  it.for(Object.entries(PAGES))('%s fits its screen, on a phone and on a desk', async ([name, path]) => {
    for (const colorScheme of SCHEMES) {
      const page = await open(path, { colorScheme })
      for (const [size, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport)
        const picture = `${name.replaceAll(/\W/g, '-')}-${size}-${colorScheme}.png`
        await page.screenshot({ path: join(PICTURES, picture) })
        const width = await page.evaluate('document.documentElement.scrollWidth')
        expect(width, size).toBeLessThanOrEqual(viewport.width)
      }
    }
  })

  const looks = CHECKED.flatMap(name => SCHEMES.map(colorScheme => ({ name, colorScheme })))
  it.for(looks)('$name has no accessibility barrier, in $colorScheme', async ({ name, colorScheme }) => {
    const page = await open(PAGES[name] ?? '', { colorScheme })
    expect(await barriersOf(page)).toEqual([])
  })

  it('has every page of docs in its sidebar once', () => {
    const listed = [...GROUPS, ...CONTRIBUTING].flatMap(({ pages }) => pages)
    const written = readdirSync(DOCS)
      .filter(file => file.endsWith('.md') && !/^(?:index|playground)\.md$/.test(file))
      .map(file => file.replace(/\.md$/, ''))
    expect([...listed].sort()).toEqual(written.sort())
  })

  it('names its modules as programs import them', async () => {
    const page = await open('api/')
    const names = await page.locator('main li a').allTextContents()
    const imported = Object.keys(ENTRIES).map(name => `legacy-completions/${name}`.replace('/index', ''))
    expect(names.map(name => name.trim()).sort()).toEqual(imported.sort())
  })

  it('searches for a pasted error that is longer than 64 characters', async () => {
    const page = await open('')
    await page.keyboard.press('/')
    const line = REAL_LINES.find(({ line }) => line.length > 100)
    await page.locator('#localsearch-input').fill(line?.line ?? '')
    const hit = page.locator('#localsearch-list a').first()
    await hit.waitFor()
    expect(await hit.getAttribute('href')).toBe(line?.section)
  })

  it('shows an install command for every package manager, and copies the one that is shown', async () => {
    const page = await open('quick-start')
    const group = page.locator('.vp-code-group').first()
    await group.locator('label[data-title=pnpm]').click()
    const block = group.locator('.blocks > .active')
    expect((await block.locator('code').textContent())?.trim()).toMatch(/^pnpm add legacy-completions/)
    await block.locator('button.copy').click({ force: true })
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^pnpm add legacy-completions/)
  })

  it('has no dead anchor in any internal link', () => {
    const files = readdirSync(SITE, { recursive: true, encoding: 'utf8' }).filter(file =>
      file.endsWith('.html'),
    )
    const pages = new Map(
      files.map(file => [
        `/${file.replace(/(?:index)?\.html$/, '')}`,
        readFileSync(join(SITE, file), 'utf8'),
      ]),
    )
    const dead: string[] = []
    for (const [path, html] of pages) {
      for (const [, href = ''] of html.matchAll(/<a[^>]* href="([^"]+)"/g)) {
        const url = new URL(href.replaceAll('&amp;', '&'), `http://site${path}`)
        if (url.origin !== 'http://site' || url.pathname.startsWith('/report/')) continue
        const target = pages.get(decodeURI(url.pathname))
        const id = decodeURIComponent(url.hash.slice(1))
        if (target === undefined || (id !== '' && !target.includes(`id="${id}"`)))
          dead.push(`${path} → ${href}`)
      }
    }
    expect(dead).toEqual([])
  })

  it('has a page for addresses that do not exist', () => {
    expect(readFileSync(join(SITE, '404.html'), 'utf8')).toContain('404')
  })

  it('says what each page is about to those who share it', () => {
    const html = readFileSync(join(SITE, 'errors.html'), 'utf8')
    for (const name of ['og:title', 'og:description', 'og:url']) expect(html).toContain(`property="${name}"`)
    expect(html).toContain('rel="canonical"')
  })

  it('has a report with every call of the sample in it', async () => {
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    await page.goto(`${site.url}/report/index.html`)
    const text = await page.locator('body').innerText()
    for (const file of ['ask.js', 'colours.mjs', 'story.mjs', 'haiku.py', 'sums.py'])
      expect(text).toContain(file)
  })
})
