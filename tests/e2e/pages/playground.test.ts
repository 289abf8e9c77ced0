import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { EXAMPLES } from '../../../docs/playground/examples.ts'
import { hashOf, stateOf } from '../../../docs/playground/state.ts'
import { DIAGNOSTICS } from '../../../src/diagnostics/index.ts'
import { barriersOf } from './barriers.ts'
import { launch, missing, type ServedSite, serveSite } from './browser.ts'
import { differenceOf } from './pictures.ts'

/** For people to look at. */
const PICTURES = fileURLToPath(new URL('.tmp/', import.meta.url))
/** A machine may be busy. */
const PATIENT = { timeout: 10_000 }

/** The complaints that a test provokes. */
const PROVOKED = /\/provoked|Framing 'http:\/\/localhost\/'/

if (missing) console.log(missing)

describe.skipIf(missing)('the playground', () => {
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

  /** A page of its own profile, which must complain of nothing but what is expected. */
  async function open(hash = '', options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', error => complaints.push(String(error)))
    page.on('console', message => complaints.push(message.text()))
    onTestFinished(async () => {
      await context.close()
      expect(complaints.filter(complaint => !PROVOKED.test(complaint))).toEqual([])
    })
    await page.goto(`${site.url}/playground${hash}`)
    // The page starts when its code has loaded.
    if (options.javaScriptEnabled !== false) await settled(page, /request/)
    return page
  }

  const turnsOf = (page: Page): Promise<string[]> => page.locator('.turn .label').allTextContents()
  const requestOf = async (page: Page): Promise<unknown> =>
    JSON.parse((await page.locator('#code').textContent()) ?? '')
  const diagnosticsOf = (page: Page): Promise<string[]> =>
    page
      .locator('.diagnostic')
      .evaluateAll(all =>
        all.map(one =>
          ['.severity', '.place', 'a'].map(part => one.querySelector(part)?.textContent).join(' '),
        ),
      )
  /** Until the outcome is said and the link written, which is when nothing was typed for a while. */
  const settled = (page: Page, said: RegExp): Promise<void> =>
    expect.poll(() => page.getByRole('status').textContent(), PATIENT).toMatch(said)

  describe('what is pasted', () => {
    const cases = [
      {
        name: 'a conversation',
        text: 'Be brief.\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Why?\n\nAssistant:',
        turns: ['System', 'Human', 'Assistant', 'Human', 'Assistant, open'],
        diagnostics: ['warning call retired-model'],
        request: {
          model: 'claude-opus-4-8',
          max_tokens: 256,
          system: 'Be brief.',
          messages: [
            { role: 'user', content: 'Hi' },
            { role: 'assistant', content: 'Hello' },
            { role: 'user', content: 'Why?' },
          ],
        },
      },
      {
        name: 'markers that are none',
        text: '\n\nHuman: Hi\nAssistant: Hello\n\nAssistant:',
        turns: ['Human', 'Assistant, open'],
        diagnostics: ['warning 4:1 single-newline-marker', 'warning call retired-model'],
        request: {
          model: 'claude-opus-4-8',
          max_tokens: 256,
          messages: [{ role: 'user', content: 'Hi\nAssistant: Hello' }],
        },
      },
      {
        name: 'a request, with a prefill',
        text: JSON.stringify({
          model: 'claude-haiku-4-5',
          max_tokens_to_sample: 5,
          temperature: 0.5,
          prompt: '\n\nHuman: Hi\n\nAssistant: Well',
        }),
        turns: ['Human', 'Assistant, prefill'],
        diagnostics: [],
        request: {
          model: 'claude-haiku-4-5',
          max_tokens: 5,
          messages: [
            { role: 'user', content: 'Hi' },
            { role: 'assistant', content: 'Well' },
          ],
          temperature: 0.5,
        },
      },
    ]

    it.for(cases)('is translated: $name', async ({ text, turns, diagnostics, request }) => {
      const page = await open()
      await page.getByRole('textbox', { name: 'Prompt or request' }).fill(text)
      expect(await turnsOf(page)).toEqual(turns)
      expect(await diagnosticsOf(page)).toEqual(diagnostics)
      expect(await requestOf(page)).toEqual(request)
      await settled(page, new RegExp(`a request to ${request.model}`))
    })

    it('is refused in the old server’s words', async () => {
      const page = await open()
      const field = page.getByRole('textbox', { name: 'Prompt or request' })
      await field.fill('Hello')
      expect(await diagnosticsOf(page)).toEqual([
        'error 1:1 missing-human-turn',
        'error 1:6 missing-assistant-turn',
      ])
      expect(await page.locator('#request').textContent()).toContain('No request is sent')
      await field.fill('{"prompt": "\\n\\nHuman: Hi\\n\\nAssistant:", "model": "m"}')
      expect(await page.locator('#diagnostics').textContent()).toContain(
        'max_tokens_to_sample: field required.',
      )
      await field.fill('{"prompt": "')
      expect(await page.locator('#reading').textContent()).toMatch(/because it is not valid JSON: ./)
    })

    it('is repaired where that is chosen', async () => {
      const page = await open()
      await page.getByRole('button', { name: 'Escaped newlines' }).click()
      expect(await turnsOf(page)).toEqual(['System'])
      await page.getByLabel('Prompt mode').selectOption('repair')
      expect(await turnsOf(page)).toEqual(['Human', 'Assistant, open'])
      expect(await requestOf(page)).toMatchObject({
        messages: [{ role: 'user', content: 'Name three colours.' }],
      })
    })

    it('is only ever text', async () => {
      const text =
        '\n\nHuman: <img src=x onerror="document.title=1"><script>document.title=2</script>\n\nAssistant:'
      const page = await open()
      await page.getByRole('textbox', { name: 'Prompt or request' }).fill(text)
      expect((await page.locator('.text').allTextContents()).join('')).toBe(text.replaceAll('\n', '↵'))
      expect(await page.locator('main img, main script').count()).toBe(0)
      expect(await page.title()).toBe('Playground | legacy-completions')
    })

    it('may be long: what is not shown is said', async () => {
      const text = '\n\nHuman: Hi\nHuman: there\n\nAssistant: Hello'.repeat(2000)
      const page = await open(hashOf({ ...stateOf(''), text }))
      expect(await page.locator('.turn').count()).toBe(500)
      expect(await page.locator('.diagnostic').count()).toBe(500)
      expect(await page.locator('#turns').textContent()).toMatch(/3500 more are not shown\.$/)
    })
  })

  describe('the target', () => {
    it.for([
      { model: 'claude-haiku-4-5', sent: 'claude-haiku-4-5', diagnostics: [] },
      { model: 'claude-opus-5-5', sent: 'claude-opus-5-5', diagnostics: ['warning call thinking-reserve'] },
      {
        model: 'claude-instant-1.2',
        sent: 'claude-haiku-4-5-20251001',
        diagnostics: ['warning call retired-model'],
      },
    ])('may be $model', async ({ model, sent, diagnostics }) => {
      const page = await open()
      await page.getByLabel('Model', { exact: true }).selectOption(model)
      expect(await requestOf(page)).toMatchObject({ model: sent })
      expect(await diagnosticsOf(page)).toEqual(diagnostics)
    })

    it('has a policy for what it refuses', async () => {
      const page = await open()
      await page.getByText('What to do when the model rejects something').click()
      await page.getByLabel('Retired model', { exact: true }).selectOption('error')
      expect(await diagnosticsOf(page)).toEqual(['error call retired-model'])
      await page.getByLabel('Retired model', { exact: true }).selectOption('pass')
      expect(await requestOf(page)).toMatchObject({ model: 'claude-2.1' })
    })

    it.for([
      { form: 'curl', says: /^curl "\$\{ANTHROPIC_BASE_URL/ },
      { form: 'TypeScript', says: /^import Anthropic from "@anthropic-ai\/sdk"/ },
      { form: 'Python', says: /^from anthropic import Anthropic/ },
    ])('is asked in $form', async ({ form, says }) => {
      const page = await open('', { permissions: ['clipboard-read', 'clipboard-write'] })
      await page.getByLabel(form, { exact: true }).check()
      const code = (await page.locator('#code').textContent()) ?? ''
      expect(code).toMatch(says)
      await page.getByRole('button', { name: 'Copy: The Messages request' }).click()
      await settled(page, /^Copied: The Messages request\.$/)
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code)
    })
  })

  it('has a link that opens it as it was, to the eye', async () => {
    const options: BrowserContextOptions = {
      permissions: ['clipboard-read', 'clipboard-write'],
      reducedMotion: 'reduce',
    }
    const page = await open('', options)
    await page.getByRole('button', { name: 'Request with a prefill' }).click()
    await page.getByText('What to do when the model rejects something').click()
    await page.getByLabel('Prefill', { exact: true }).selectOption('pass')
    await page.getByLabel('Model', { exact: true }).selectOption('claude-sonnet-4-6')
    await page.getByLabel('Python').check()
    await settled(page, /claude-sonnet-4-6/)
    // What a link does not carry: where the page was being used.
    await page.evaluate(() => {
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
      scrollTo(0, 0)
    })
    await page.mouse.move(0, 0)
    const picture = PNG.sync.read(await page.screenshot({ fullPage: true, path: join(PICTURES, 'link.png') }))

    await page.getByRole('button', { name: 'Copy link' }).click()
    await settled(page, /^Copied: The link\.$/)
    const link = await page.evaluate(() => navigator.clipboard.readText())
    expect(link).toBe(page.url())

    const reopened = await open(new URL(link).hash, options)
    await settled(reopened, /claude-sonnet-4-6/)
    // What the page says and what the browser has painted are not the same moment.
    const difference = async () =>
      differenceOf(picture, PNG.sync.read(await reopened.screenshot({ fullPage: true })))
    await expect.poll(difference, PATIENT).toBeUndefined()
    // The same page follows a link to another state.
    await reopened.goto(`${site.url}/playground#text=Hello`)
    expect(await reopened.getByRole('textbox').inputValue()).toBe('Hello')
    expect(await reopened.getByLabel('Model', { exact: true }).inputValue()).toBe('')
  })

  it('says so where a link would be too long', async () => {
    const page = await open()
    await page.getByRole('textbox').evaluate((field: HTMLTextAreaElement) => {
      field.value = '\u00e9'.repeat(400_000)
    })
    await page.getByRole('button', { name: 'Copy link' }).click()
    await settled(page, /too long for a link/)
  })

  it('loses nothing that an example takes the place of', async () => {
    const page = await open()
    const field = page.getByRole('textbox')
    await field.fill('\n\nHuman: mine\n\nAssistant:')
    await page.getByRole('button', { name: 'Escaped newlines' }).click()
    await page.goBack()
    await expect.poll(() => field.inputValue(), PATIENT).toBe('\n\nHuman: mine\n\nAssistant:')
    expect(await requestOf(page)).toMatchObject({ messages: [{ role: 'user', content: 'mine' }] })
  })

  it('stays empty when it was left so', async () => {
    const page = await open('#')
    expect(await page.getByRole('textbox').inputValue()).toBe('')
    await settled(page, /^0 turns; no diagnostics; no request\.$/)
  })

  it('loads its files, and then asks nothing of anybody', async () => {
    const { asked } = site
    asked.length = 0
    const page = await open()
    const requested: string[] = []
    page.on('request', request => requested.push(request.url()))
    for (const { title } of EXAMPLES) await page.getByRole('button', { name: title }).click()
    await page.getByRole('textbox').fill('\n\nHuman: https://example.com/a.png\n\nAssistant:')
    await page.getByLabel('Model', { exact: true }).selectOption('claude-opus-5-5')
    await page.getByLabel('curl').check()
    await page.getByRole('button', { name: 'Copy link' }).click()
    await settled(page, /Copied|by hand/)
    // The browser asks for the icon again whenever the address changes.
    expect(requested.filter(url => !url.endsWith('/icon.svg'))).toEqual([])
    expect(
      asked.filter(path => !/^\/(?:playground$|assets\/|vp-icons\.css|icon\.svg|hashmap\.json)/.test(path)),
    ).toEqual([])
  })

  it('is kept by the browser from asking anything', async () => {
    const page = await open()
    const before = site.asked.length
    const refused = await page.evaluate(async () => {
      const directives = new Set<string>()
      document.addEventListener('securitypolicyviolation', event => directives.add(event.effectiveDirective))
      await fetch('/provoked').catch(() => {})
      new Image().src = 'http://localhost/provoked.png'
      navigator.sendBeacon('/provoked', 'text')
      document.head.append(
        Object.assign(document.createElement('link'), {
          rel: 'stylesheet',
          href: 'http://localhost/provoked.css',
        }),
      )
      document.body.append(
        Object.assign(document.createElement('iframe'), { src: 'http://localhost/provoked.html' }),
      )
      await new Promise(resolve => setTimeout(resolve, 200))
      return [...directives].sort()
    })
    expect(refused).toEqual(['connect-src', 'frame-src', 'img-src', 'style-src-elem'])
    // The page itself may still be loading its icon.
    expect(site.asked.slice(before).filter(path => path.includes('provoked'))).toEqual([])
  })

  it('says so where it cannot work', async () => {
    const page = await open('', { javaScriptEnabled: false })
    expect(await page.locator('noscript').textContent()).toContain('needs JavaScript')
  })

  describe('with the keyboard alone', () => {
    it('is gone through in the order that it is read in, and shows where one is', async () => {
      const page = await open()
      const path: string[] = []
      await page.locator('#skip').focus()
      await page.keyboard.press('Shift+Tab')
      for (;;) {
        await page.keyboard.press('Tab')
        const at = await page.evaluate(() => {
          const focused = document.activeElement
          if (!(focused instanceof HTMLElement) || focused === document.body) return null
          const shown = focused.matches('input') ? focused.nextElementSibling : focused
          const name = focused.getAttribute('aria-label') ?? focused.closest('label')?.textContent
          const labelled =
            'labels' in focused && focused.labels instanceof NodeList ? focused.labels[0] : undefined
          return {
            name: (name ?? labelled?.textContent ?? focused.textContent ?? '').trim(),
            isSeen: shown !== null && getComputedStyle(shown).outlineStyle !== 'none',
          }
        })
        if (at === null || at.name === 'legacy-completions') break
        expect(at.isSeen, at.name).toBe(true)
        path.push(at.name)
      }
      expect(path).toEqual([
        ...['Skip to the results', 'Prompt or request', 'Convert to a request', 'Copy link'],
        ...EXAMPLES.map(({ title }) => title),
        ...['Model', 'Prompt mode', 'anthropic-version', 'What to do when the model rejects something'],
        ...['retired-model', 'Use claude-opus-4-8', 'The Text Completions request'],
        ...['Copy: The Text Completions request', 'JSON', 'The Messages request'],
        ...['Copy: The Messages request', 'Run'],
      ])
    })

    it('does what it does', async () => {
      const page = await open()
      const focused = page.locator(':focus')
      await page.locator('#skip').focus()
      await page.keyboard.press('Enter')
      expect(await focused.getAttribute('id')).toBe('results')

      await page.getByRole('textbox').focus()
      await page.keyboard.press('Control+A')
      await page.keyboard.insertText('\n\nHuman: Hi\nAssistant: Hello\n\nAssistant:')
      await page.getByRole('button', { name: /^Diagnostic 1, warning: single-newline-marker$/ }).focus()
      await page.keyboard.press('Enter')
      expect(await focused.getAttribute('id')).toBe('diagnostic-0')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      expect(await page.evaluate(() => String(getSelection()))).toBe('Assistant:')
      expect(await focused.getAttribute('id')).toBe('text')

      await page.getByLabel('JSON').focus()
      await page.keyboard.press('ArrowRight')
      expect(await page.locator('#code').textContent()).toMatch(/^curl/)
      await page.getByLabel('Model', { exact: true }).focus()
      await page.keyboard.type('claude-haiku-4-5')
      expect(await page.locator('#code').textContent()).toContain('"claude-haiku-4-5"')
    })
  })

  describe.each([
    { device: 'a phone', width: 360, height: 740 },
    { device: 'a desk', width: 1400, height: 900 },
  ])('on $device', ({ device, width, height }) => {
    it.for(['light', 'dark'] as const)('has no barrier and fits, %s', async scheme => {
      const page = await open('', {
        viewport: { width, height },
        colorScheme: scheme,
        reducedMotion: 'reduce',
      })
      for (const { title } of EXAMPLES) {
        await page.getByRole('button', { name: title }).click()
        expect(await barriersOf(page), title).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
        const name = `${title} on ${device}, ${scheme}`.replaceAll(/\W+/g, '-')
        await page.screenshot({ fullPage: true, path: join(PICTURES, `${name}.png`) })
      }
      const look = await page.evaluate(() => {
        const { backgroundColor } = getComputedStyle(document.body)
        const { transitionDuration } = getComputedStyle(document.querySelector('button') ?? document.body)
        return { light: Math.max(...(backgroundColor.match(/\d+/g) ?? []).map(Number)), transitionDuration }
      })
      expect(look.light > 128 ? 'light' : 'dark').toBe(scheme)
      expect(look.transitionDuration).toBe('0s')
    })
  })

  it('is linked from every page, and its diagnostics have a documentation section', async () => {
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    for (const from of ['', 'mapping', 'api/']) {
      await page.goto(`${site.url}/${from}`)
      const link = page.locator('.VPNavBarMenu').getByRole('link', { name: 'Playground' })
      expect(await link.evaluate(({ href }: HTMLAnchorElement) => href)).toBe(`${site.url}/playground`)
    }
    await page.goto(`${site.url}/diagnostics`)
    const ids = await page.locator('main h2[id]').evaluateAll(all => all.map(({ id }) => id))
    expect(ids).toEqual(expect.arrayContaining(Object.keys(DIAGNOSTICS)))
  })

  it('streams a completion from the emulator when it is run', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await expect
      .poll(() => page.locator('#run-end').textContent(), PATIENT)
      .toBe('stop_reason "stop_sequence", stop "\\n\\nHuman:"')
    expect(await page.locator('#run-output').textContent()).toMatch(/^ \S/)
  })

  it('applies the fix of a diagnostic', async () => {
    const page = await open()
    await page.getByRole('textbox').fill('Hello')
    await page.getByRole('button', { name: 'Add \\n\\nHuman: and \\n\\nAssistant:' }).first().click()
    expect(await requestOf(page)).toMatchObject({ messages: [{ role: 'user', content: 'Hello' }] })
  })

  it('still works after the reader has left it and come back', async () => {
    const page = await open()
    await page.locator('.VPNavBarMenu').getByRole('link', { name: 'Troubleshooting' }).click()
    await page.waitForURL(/errors/)
    await page.locator('.VPNavBarMenu').getByRole('link', { name: 'Playground' }).click()
    await settled(page, /request/)
    await page.getByRole('textbox', { name: 'Prompt or request' }).fill('\n\nHuman: Hi\n\nAssistant:')
    expect(await turnsOf(page)).toEqual(['Human', 'Assistant, open'])
  })
})
