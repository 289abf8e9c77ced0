import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { constants } from 'node:zlib'
import pixelmatch from 'pixelmatch'
import type { Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { pinFonts } from './pinned-fonts.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Where the pictures are stored. */
export const PICTURES: string = fileURLToPath(new URL('pictures/', import.meta.url))

/** Where those go that are not like the stored ones. */
const FOUND = fileURLToPath(new URL('.tmp/pictures/', import.meta.url))

/**
 * What may differ. Chromium 138 to 156 paint the edges of round corners, and nothing else, by less than this distance,
 * of which 1 is from black to white: what is larger is seen. A square that has more such pixels than specks is another
 * picture, however large the page around it is. Edges that pixelmatch takes for smoothed ones do not count.
 */
const TOLERANCE = { threshold: 0.01, windowSize: 16 }
const SPECKS = 4

/** As small as can be, for it is kept for good. Filters help photographs: text is smaller without. */
const FORM = {
  deflateLevel: 9,
  deflateStrategy: constants.Z_DEFAULT_STRATEGY,
  filterType: 0,
  colorType: 2,
} as const

/** The whole page, as it is painted wherever it is opened. */
export async function pictureOf(page: Page): Promise<PNG> {
  await pinFonts(page)
  // The browser draws these itself, and sometimes differently.
  await page.addStyleTag({ content: '::-webkit-resizer { display: none }' })
  const taken = await page.screenshot({
    fullPage: true,
    animations: 'disabled',
    caret: 'hide',
    scale: 'css',
  })
  return PNG.sync.read(taken)
}

export interface Difference {
  /** As it ends the sentence that says which picture it is of. */
  what: string
  /** What differs, in red; absent where the sizes do. */
  picture?: PNG
}

export function differenceOf(before: PNG, after: PNG): Difference | undefined {
  const { width, height } = before
  if (after.width !== width || after.height !== height)
    return { what: `is ${after.width} × ${after.height} now, and was ${width} × ${height}` }
  const picture = new PNG({ width, height })
  const count = pixelmatch(before.data, after.data, picture.data, width, height, TOLERANCE)
  if (count <= SPECKS) return undefined
  const { windowSize } = TOLERANCE
  return { what: `has a square of ${windowSize} × ${windowSize} with ${count} other pixels`, picture }
}

/**
 * Holds a picture against the stored one. With `PICTURES=write` it takes that one's place if it is another.
 * @throws where they are not alike, with both and the difference in files.
 */
export function compareWithStored(name: string, picture: PNG): void {
  const stored = join(PICTURES, `${name}.png`)
  const difference = existsSync(stored)
    ? differenceOf(PNG.sync.read(readFileSync(stored)), picture)
    : { what: 'is not stored yet' }
  if (difference === undefined) return
  if (process.env.PICTURES === 'write') {
    store(stored, picture)
    return
  }
  const found = { actual: picture, ...(difference.picture && { difference: difference.picture }) }
  const paths = Object.entries(found).map(([kind, png]) => store(join(FOUND, `${name}.${kind}.png`), png))
  throw new Error(
    `${relative(ROOT, stored)} ${difference.what}: see ${paths.join(' and ')}. If it is meant to look so: PICTURES=write npm run test:pages`,
  )
}

/** Returns the path as people in the repository say it. */
function store(path: string, picture: PNG): string {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, PNG.sync.write(picture, FORM))
  return relative(ROOT, path)
}
