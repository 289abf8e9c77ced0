import { existsSync } from 'node:fs'
import { installed } from './command.mjs'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
export const executablePath = PLACES.find(place => existsSync(place))

/** No sandbox, for root has none to offer, and nothing that would call on anybody but the page. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function reasonMissing() {
  if (executablePath === undefined) return 'no chromium is installed'
  return installed('playwright-core') === undefined && 'the registry has no playwright-core'
}

export const runtimes = [
  {
    name: 'Chromium',
    missing: reasonMissing(),
    lacks: ['./node'],
    async run({ url }) {
      const { chromium } = await import('playwright-core')
      // With a fresh profile in a folder of its own, which goes with it.
      const browser = await chromium.launch({ executablePath, args, headless: true })
      try {
        const page = await browser.newPage()
        const complaints = []
        page.on('pageerror', error => complaints.push(String(error)))
        await page.goto(`${url}/index.html`)
        const result = await page.evaluate(() => globalThis.result)
        if (result === undefined) throw new Error(`the page has no result: ${complaints.join('\n')}`)
        return result
      } finally {
        await browser.close()
      }
    },
  },
]
