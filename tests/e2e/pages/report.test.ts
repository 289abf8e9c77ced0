import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { barriersOf } from './barriers.ts'
import { launch, missing, SCHEMES, SIZES } from './browser.ts'
import { writeReport } from './written-report.ts'

/** Programs whose uses are of every kind and severity, with prompts that are templates and that have a prefill. */
const PROJECT: Readonly<Record<string, string>> = {
  'src/ask.ts': `import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'
const client = new Anthropic()
const reply = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  temperature: 0.2,
  prompt: \`You are a librarian.\${HUMAN_PROMPT} Which book follows \${title}?\${AI_PROMPT} The next one is\`,
})
console.log(reply.completion)
`,
  'src/server/chat.py':
    'import anthropic\nc = anthropic.Client(key)\nr = c.completion(prompt="\\n\\nHuman: Hi\\n\\nAssistant: Hello\\n\\nHuman: Sum up.\\n\\nAssistant:", model="claude-v1", max_tokens_to_sample=9)\nprint(r["completion"])\n',
  'package.json': '{ "dependencies": { "@anthropic-ai/sdk": "^0.4.3" } }\n',
}

/** A row for each of the two calls with its parts, one for every other use, and one for the manifest. */
const ROWS = 7

if (missing) console.log(missing)

describe.skipIf(missing)('the audit’s report', () => {
  let browser: Browser
  let report: string
  beforeAll(async () => {
    report = writeReport('checked', PROJECT)
    browser = await launch()
  })
  afterAll(() => browser?.close())

  /** The report, and all that was asked for to show it. */
  async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; asked: string[] }> {
    const context = await browser.newContext(options)
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const asked: string[] = []
    page.on('request', request => asked.push(request.url()))
    await page.goto(report)
    return { page, asked }
  }

  const rowsShown = (page: Page): Promise<number> => page.locator('.uses tbody tr:visible').count()

  describe.each(Object.entries(SIZES))('on a %s', (_, viewport) => {
    it.for(SCHEMES)('is accessible, fits its screen, and makes no other request, %s', async colorScheme => {
      // Without the policy that would keep it from asking.
      const { page, asked } = await open({ viewport, colorScheme, bypassCSP: true })
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true
      })
      expect(await barriersOf(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        viewport.width,
      )
      expect(asked.filter(url => !url.startsWith('file:') && url !== 'data:,')).toEqual([])
    })
  })

  it('has a row for every call with its parts, and for every other use', async () => {
    const { page } = await open()
    expect(await rowsShown(page)).toBe(ROWS)
  })

  it('has its search as the first stop of the keyboard, which takes words', async () => {
    const { page } = await open()
    await page.keyboard.press('Tab')
    await page.keyboard.type('librarian ask.ts')
    expect(await rowsShown(page)).toBe(1)
    expect(await page.locator('#count').textContent()).toBe(`1 of ${ROWS} shown`)
  })

  it('is filtered by kind and severity together, and opens a prompt next to its messages', async () => {
    const { page } = await open()
    await page.getByLabel('Kind').selectOption('prompt')
    await page.getByLabel('Severity').selectOption('warning')
    expect(await rowsShown(page)).toBe(2)
    for (const summary of ['.parts > summary', '.part details summary']) {
      await page.locator(`.uses tbody tr:visible ${summary}`).first().focus()
      await page.keyboard.press('Enter')
    }
    const turns = page.locator('.uses tbody tr:visible .turn:visible span')
    expect(await turns.allTextContents()).toEqual([
      ...['text before the first turn', 'Human', 'Assistant'],
      ...['system', 'user', 'assistant'],
    ])
  })
})
