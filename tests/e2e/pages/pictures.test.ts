import { readdirSync } from 'node:fs'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { hashOf, type State, stateOf } from '../../../docs/playground/state.ts'
import { launch, missing, SCHEMES, type ServedSite, SIZES, serveSite } from './browser.ts'
import { compareWithStored, differenceOf, PICTURES, pictureOf } from './pictures.ts'
import { writeReport } from './written-report.ts'

/** A small project, for a picture is kept for good; with both severities and a prompt of several colours. */
const PROJECT = {
  'package.json': '{ "dependencies": { "@anthropic-ai/sdk": "^0.4.3" } }',
  'src/ask.ts': `import Anthropic from '@anthropic-ai/sdk'
const client = new Anthropic()
await client.completions.create({ prompt: \`Be brief.\\n\\nHuman: \${question}\\n\\nAssistant:\` })
`,
}

/** Turns of every kind, with diagnostics in them. */
const CONVERSATION: State = {
  ...stateOf(''),
  text: 'Be brief.\n\nHuman: Why is the sky blue?\nAssistant: It scatters.\n\nHuman: At dusk?\n\nAssistant: Then',
  model: 'claude-haiku-4-5',
}

/** Ends in no turn of the assistant. One policy is chosen, so that all of them are open. */
const REFUSED: State = {
  ...stateOf(''),
  text: 'Human: Name three colours.\nAssistant:',
  prefill: 'error',
}

const reports = Object.entries(SIZES).flatMap(([size, viewport]) =>
  SCHEMES.map(colorScheme => ({ name: `report-${size}-${colorScheme}`, viewport, colorScheme })),
)

const playgrounds = [
  { name: 'playground-desktop-light', state: CONVERSATION, viewport: SIZES.desktop, colorScheme: 'light' },
  { name: 'playground-desktop-dark', state: CONVERSATION, viewport: SIZES.desktop, colorScheme: 'dark' },
  { name: 'playground-phone-light', state: CONVERSATION, viewport: SIZES.phone, colorScheme: 'light' },
  { name: 'playground-refused', state: REFUSED, viewport: SIZES.desktop, colorScheme: 'light' },
] as const

if (missing) console.log(missing)

describe.skipIf(missing)('the look', () => {
  let browser: Browser
  let site: ServedSite
  let report: string
  beforeAll(async () => {
    report = writeReport('pictured', PROJECT)
    ;[browser, site] = await Promise.all([launch(), serveSite()])
  })
  afterAll(async () => {
    await browser?.close()
    await site?.close()
  })

  async function open(url: string, options: BrowserContextOptions): Promise<Page> {
    const context = await browser.newContext({
      ...options,
      deviceScaleFactor: 1,
      reducedMotion: 'reduce',
      // A page of its own has no right to the fonts of the tests.
      bypassCSP: true,
    })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.goto(url)
    return page
  }

  async function openReport(options: BrowserContextOptions): Promise<Page> {
    const page = await open(report, options)
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true
    })
    await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur())
    await page.mouse.move(0, 0)
    return page
  }

  it.for(reports)('of the audit’s report is that of $name', async ({ name, ...options }) => {
    compareWithStored(name, await pictureOf(await openReport(options)))
  })

  it.for(playgrounds)('of the playground is that of $name', async ({ name, state, ...options }) => {
    const page = await open(`${site.url}/playground${hashOf(state)}`, options)
    await expect.poll(() => page.getByRole('status').textContent()).toMatch(/request/)
    compareWithStored(name, await pictureOf(page))
  })

  it.for([
    { what: 'a colour that is a shade darker', style: ':root { --system: #fbeecb !important }' },
    { what: 'a heading that is a pixel lower', style: '#each { position: relative; top: 1px }' },
    { what: 'a letter more', style: '.label.error::after { content: "s" }' },
    { what: 'a line more', style: 'main::after { content: "The end"; display: block }' },
  ])('is another with $what', async ({ style }) => {
    const page = await openReport({ viewport: SIZES.desktop, colorScheme: 'light' })
    const before = await pictureOf(page)
    expect(differenceOf(before, await pictureOf(page))).toBeUndefined()
    await page.addStyleTag({ content: style })
    expect(differenceOf(before, await pictureOf(page))).toBeDefined()
  })

  it('is looked at in every picture that is stored', () => {
    const looked = [...reports, ...playgrounds].map(({ name }) => `${name}.png`)
    expect(readdirSync(PICTURES).sort()).toEqual(looked.sort())
  })
})
