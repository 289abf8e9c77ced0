import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * Barriers of the site's theme: the name of its search button is not its visible text, which has the shortcut in it, and a
 * group of its sidebar that can be folded is a button around a link.
 */
const OF_THE_THEME =
  /^label-content-name-mismatch: <button type="button" class="DocSearch|^nested-interactive: <div class="item" role="button"/

/** Returns the accessibility barriers of a page: each broken rule, and the element that breaks it. */
export async function barriersOf(page: Page): Promise<string[]> {
  // Evaluated by the browser's debugger, since the policy of the page keeps foreign scripts out.
  await page.evaluate(axe)
  const { violations, passes } = await page.evaluate<AxeResults>(
    'axe.run(document, { resultTypes: ["violations"] })',
  )
  if (passes.length < 20) throw new Error(`Only ${passes.length} rules found anything to look at.`)
  return violations
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
    .filter(barrier => !OF_THE_THEME.test(barrier))
}
