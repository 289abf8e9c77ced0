import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What stands in the way of somebody in a page: each rule that is broken, and where. */
export async function barriersOf(page: Page): Promise<string[]> {
  // As the browser's own tools would, beside the policy of the page, which keeps foreign scripts out.
  await page.evaluate(axe)
  const { violations, passes } = await page.evaluate<AxeResults>(
    'axe.run(document, { resultTypes: ["violations"] })',
  )
  if (passes.length < 20) throw new Error(`Only ${passes.length} rules found anything to look at.`)
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}
