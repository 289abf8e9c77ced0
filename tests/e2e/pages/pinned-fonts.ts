import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const { resolve } = createRequire(import.meta.url)

/** The pages are set in the fonts of the system, and each has others. These come with the tests. */
const FACES = [
  { family: 'Pinned Sans', weight: 400, file: 'dejavu-sans/files/dejavu-sans-latin-400-normal.woff2' },
  { family: 'Pinned Sans', weight: 700, file: 'dejavu-sans/files/dejavu-sans-latin-700-normal.woff2' },
  { family: 'Pinned Mono', weight: 400, file: 'dejavu-mono/files/dejavu-mono-latin-400-normal.woff2' },
  { family: 'Pinned Mono', weight: 700, file: 'dejavu-mono/files/dejavu-mono-latin-700-normal.woff2' },
]

/** Letters keep their own form and width: hinting, which systems set up differently, would fit both to the pixels. */
const UNHINTED = '* { text-rendering: geometricPrecision !important }'

const STYLE: string = [
  ...FACES.map(({ family, weight, file }) => {
    const content = readFileSync(resolve(`@fontsource/${file}`)).toString('base64')
    return `@font-face { font-family: "${family}"; font-weight: ${weight}; src: url("data:font/woff2;base64,${content}") }`
  }),
  UNHINTED,
].join('\n')

/** Replaces the fonts of a page by those of the tests. Requires a browser context with `bypassCSP`. */
export async function pinFonts(page: Page): Promise<void> {
  await page.addStyleTag({ content: STYLE })
  await page.evaluate(async () => {
    const elements = [document.body, ...document.body.querySelectorAll<HTMLElement>('*')]
    // All are asked before any is set, for they inherit from one another. A page may be set more than once.
    const families = elements.map(element =>
      /\bmonospace$/.test(getComputedStyle(element).fontFamily) ? 'Pinned Mono, monospace' : 'Pinned Sans',
    )
    for (const [index, element] of elements.entries())
      element.style.setProperty('font-family', families[index] ?? '', 'important')
    await Promise.all([...document.fonts].map(face => face.load()))
  })
}
