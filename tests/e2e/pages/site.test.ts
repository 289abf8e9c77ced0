import { readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { barriersOf } from './barriers.ts'
import { launch, missing, SCHEMES, type ServedSite, SIZES, serveSite } from './browser.ts'

/** For people to look at. */
const PICTURES = fileURLToPath(new URL('.tmp/site/', import.meta.url))

/** Each kind of page, by one that has much of it. */
const PAGES: Readonly<Record<string, string>> = {
  home: 'index.html',
  'a guide': 'documents/call-by-call.html',
  'the sentences of errors': 'documents/errors.html',
  'wide tables': 'documents/fields.html',
  'the widest table': 'documents/drop-in.html',
  'files to copy': 'documents/deploy.html',
  'a decision': 'documents/decisions_0002-one-fold.html',
  'an entry': 'modules/adapters_sdk.html',
  'the main entry': 'modules/index.html',
  'a class': 'classes/index.Anthropic.html',
}

/** Those that are looked at for barriers: the others are made of the same parts, and larger. */
const READ = ['home', 'a guide', 'the sentences of errors', 'wide tables', 'a decision', 'a class']

/** What typedoc's theme breaks of the rules by itself: links within what opens a list, and the order of its headings. */
const OF_THE_THEME: readonly RegExp[] = [
  /^nested-interactive: <summary class="tsd-accordion-summary"/,
  /^heading-order: <h3>Settings<\/h3>/,
  /^heading-order: <h4 class="tsd-anchor-link"/,
]

if (missing) console.log(missing)

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
    const context = await browser.newContext({ viewport: SIZES[size], colorScheme })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.goto(`${site.url}/${path}`)
    // The sidebar is made by a script.
    await page.locator('#tsd-nav-container a').first().waitFor({ state: 'attached' })
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

  const looks = READ.flatMap(name => SCHEMES.map(colorScheme => ({ name, colorScheme })))
  it.for(looks)('$name stands in nobody’s way, in $colorScheme', async ({ name, colorScheme }) => {
    const page = await open(PAGES[name] ?? '', { colorScheme })
    const barriers = await barriersOf(page)
    expect(barriers.filter(barrier => !OF_THE_THEME.some(pattern => pattern.test(barrier)))).toEqual([])
  })

  it('has every page of docs in its sidebar, in the groups that are meant', async () => {
    const page = await open('index.html')
    const groups = await page
      .locator('#tsd-nav-container > li > details')
      .evaluateAll(all =>
        all.map(one => [
          one.querySelector('summary')?.textContent?.trim(),
          [...one.querySelectorAll('ul a')].filter(link => link.getAttribute('href')?.includes('documents/'))
            .length,
        ]),
      )
    expect(groups.map(([name]) => name)).toEqual(['Guides', 'Reference', 'Modules', 'Decisions'])
    const docs = fileURLToPath(new URL('../../../docs', import.meta.url))
    const written = [docs, join(docs, 'decisions')].map(
      folder => readdirSync(folder).filter(file => file.endsWith('.md')).length,
    )
    const count = (name: string): number => Number(groups.find(([group]) => group === name)?.[1])
    expect(count('Guides') + count('Reference')).toBe(written[0])
    expect(count('Decisions')).toBe(written[1])
  })

  it('names its modules as programs import them', async () => {
    const page = await open('modules.html')
    const names = await page.locator('#tsd-nav-container a[href*="modules/"]').allTextContents()
    const { exports } = (await import('../../../package.json', { with: { type: 'json' } })).default
    const entries = Object.keys(exports).filter(entry => entry !== './package.json')
    const imported = entries.map(entry => entry.replace(/^\./, 'legacy-completions'))
    expect(
      names
        .map(name => name.trim())
        .filter(name => imported.includes(name))
        .sort(),
    ).toEqual(imported.sort())
  })

  const searches = [
    { text: 'Pinned to an old', leads: 'documents/pinned.html' },
    { text: 'IncompleteReplyError', leads: 'classes/index.IncompleteReplyError.html' },
    { text: 'does not support assistant message prefill', leads: 'documents/errors.html' },
  ]
  async function search(page: Page, text: string): Promise<void> {
    await page.keyboard.press('/')
    await page.locator('#tsd-search-input').fill(text)
  }

  async function expectHit(page: Page, leads: string): Promise<void> {
    const hits = page.locator('#tsd-search-results a')
    await hits.first().waitFor()
    const found = await hits.evaluateAll(all => all.map(one => one.getAttribute('href') ?? ''))
    expect(
      found.some(href => href.includes(leads)),
      found.join(' '),
    ).toBe(true)
  }

  it.for(searches)('its search finds $text', async ({ text, leads }) => {
    const page = await open('index.html')
    await search(page, text)
    await expectHit(page, leads)
  })

  it('has no word in its search that is in no page', async () => {
    const page = await open('index.html')
    const errors: Error[] = []
    page.on('pageerror', error => errors.push(error))
    // Stands for each word there is.
    await search(page, '*')
    await page.locator('#tsd-search-results a').first().waitFor()
    expect(errors).toEqual([])
  })

  it('its search finds what was asked for before its index had come', async () => {
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    let letCome = (): void => {}
    const asked = new Promise<void>(resolve => {
      letCome = resolve
    })
    await page.route('**/search.js', async route => {
      await asked
      await route.continue()
    })
    await page.goto(`${site.url}/index.html`, { waitUntil: 'domcontentloaded' })
    await search(page, 'Pinned to an old')
    // Longer than the theme waits for another letter.
    await page.waitForTimeout(500)
    letCome()
    await expectHit(page, 'documents/pinned.html')
  })

  it.for(['Playground', 'A sample of the audit’s report'])('leads to %s', async name => {
    const page = await open('documents/audit.html')
    await page.getByRole('link', { name, exact: true }).click()
    await page.waitForLoadState()
    expect(await page.title()).toMatch(/Playground|Uses of Text Completions/)
  })

  it('leads back to a part of the home page, also from a disk', async () => {
    const page = await open('documents/call-by-call.html')
    await page.getByRole('link', { name: 'table in the README' }).click()
    await page.waitForURL(/\/index\.html#the-way-in$/)
    expect(await page.locator('#the-way-in').isVisible()).toBe(true)
  })

  it('has a report with every use of the sample in it', async () => {
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    await page.goto(`${site.url}/report/index.html`)
    const text = await page.locator('body').innerText()
    for (const file of ['ask.js', 'colours.mjs', 'story.mjs', 'haiku.py', 'sums.py'])
      expect(text).toContain(file)
  })
})
