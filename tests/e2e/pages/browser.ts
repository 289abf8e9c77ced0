import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'

export const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } } as const
export const SCHEMES = ['light', 'dark'] as const

/** The site, as `npm run docs` builds it. */
export const SITE: string = fileURLToPath(new URL('../../../docs/.vitepress/dist', import.meta.url))

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = PLACES.find(place => existsSync(place))

/** Why no page can be looked at here. */
export const missing: string | undefined =
  executablePath === undefined ? 'not run: no chromium is installed' : undefined

/**
 * No sandbox, for root has none to offer, nothing that would call on anybody but the page, and the same colours on every
 * screen: none at the edges of letters.
 */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-lcd-text',
  '--force-color-profile=srgb',
]

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath ?? '', args: ARGUMENTS, headless: true })
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
}

/** The site on loopback, and what was asked of it. */
export interface ServedSite {
  url: string
  /** The paths that were asked for, in order. */
  asked: string[]
  close(): Promise<void>
}

export async function serveSite(): Promise<ServedSite> {
  const asked: string[] = []
  const server = createServer(async ({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://site')
    asked.push(pathname)
    try {
      // As hosts of static pages do: `/errors` is errors.html, and `/api/` is api/index.html.
      const file = pathname.endsWith('/')
        ? `${pathname}index.html`
        : extname(pathname)
          ? pathname
          : `${pathname}.html`
      const content = await readFile(join(SITE, decodeURIComponent(file)))
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' })
      response.end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
