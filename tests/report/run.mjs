/**
 * The audit's HTML report in a real browser: no rule of axe-core is broken, at either width, in either colour scheme;
 * nothing is wider than the screen; the filters work by keyboard; nothing is asked of the network.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { executablePath } from '../runtimes/chromium.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const work = `${root}.tmp/report/`
if (executablePath === undefined) {
  console.log('skipped: no chromium is installed')
  console.log('0 passed, 0 failed')
  process.exit(0)
}

rmSync(work, { recursive: true, force: true })
mkdirSync(`${work}src/server`, { recursive: true })
writeFileSync(
  `${work}src/ask.ts`,
  `import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'
const client = new Anthropic()
const reply = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 300,
  temperature: 0.2,
  prompt: \`You are a librarian.\${HUMAN_PROMPT} Which book follows \${title}?\${AI_PROMPT} The next one is\`,
})
console.log(reply.completion)
`,
)
writeFileSync(
  `${work}src/server/chat.py`,
  'import anthropic\nc = anthropic.Client(key)\nr = c.completion(prompt="\\n\\nHuman: Hi\\n\\nAssistant: Hello\\n\\nHuman: Sum up.\\n\\nAssistant:", model="claude-v1", max_tokens_to_sample=9)\nprint(r["completion"])\n',
)
writeFileSync(`${work}package.json`, '{ "dependencies": { "@anthropic-ai/sdk": "^0.4.3" } }\n')
const bin = `${root}dist/bin.js`
const args = [
  'audit',
  '.',
  '--no-gitignore',
  '--target',
  'claude-opus-4-8',
  '--fail-on',
  'never',
  '--format',
  'html',
  '--output',
  'report.html',
]
execFileSync(process.execPath, [bin, ...args], { cwd: work })

const require = createRequire(import.meta.url)
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const { chromium } = createRequire(`${root}tests/runtimes/`)('playwright-core')
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], headless: true })
let passed = 0
let failed = 0
const check = (name, isRight, why = '') => {
  if (isRight) passed++
  else failed++
  console.log(`${isRight ? '✓' : '✗'} ${name}${isRight ? '' : `: ${why}`}`)
}

try {
  for (const [size, viewport] of Object.entries({
    desktop: { width: 1280, height: 900 },
    phone: { width: 390, height: 844 },
  })) {
    for (const colorScheme of ['light', 'dark']) {
      const page = await browser.newPage({ viewport, colorScheme, bypassCSP: true })
      const requests = []
      page.on('request', request => requests.push(request.url()))
      await page.goto(pathToFileURL(`${work}report.html`).href)
      await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
      await page.screenshot({ path: `${work}${size}-${colorScheme}.png`, fullPage: true })
      const { violations } = await page.evaluate(`${axe}; axe.run()`)
      const broken = violations.map(({ id, nodes }) => `${id} at ${nodes[0].target}`)
      check(`${size}, ${colorScheme}: no rule of axe is broken`, broken.length === 0, broken.join('; '))
      const width = await page.evaluate('document.documentElement.scrollWidth')
      check(`${size}, ${colorScheme}: fits its screen`, width <= viewport.width, `${width} wide`)
      check(
        `${size}, ${colorScheme}: asks for nothing else`,
        requests.every(url => url.startsWith('file:') || url === 'data:,'),
        requests.join(' '),
      )
      await page.close()
    }
  }

  const page = await browser.newPage()
  await page.goto(pathToFileURL(`${work}report.html`).href)
  const shown = () => page.locator('.uses tbody tr:visible').count()
  // Six of each program, and the manifest.
  const all = await shown()
  check('every use has its row', all === 13, `${all} rows`)
  await page.keyboard.press('Tab')
  await page.keyboard.type('librarian ask.ts')
  check(
    'the search is the first stop of the keyboard, and takes words',
    (await shown()) === 1,
    `${await shown()} rows`,
  )
  check('it says how many are shown', (await page.locator('#count').textContent()) === `1 of ${all} shown`)
  await page.getByLabel('Search').fill('')
  await page.getByLabel('Kind').selectOption('prompt')
  await page.getByLabel('Severity').selectOption('warning')
  check('the kinds and severities go together', (await shown()) === 2, `${await shown()} rows`)
  const opened = page.locator('.uses tbody tr:visible summary').first()
  await opened.focus()
  await page.keyboard.press('Enter')
  const turns = await page.locator('.uses tbody tr:visible .turn:visible span').allTextContents()
  check(
    'a prompt opens beside its messages',
    turns.join() === 'text before the first turn,Human,Assistant,system,user,assistant',
    turns.join(),
  )
} finally {
  await browser.close()
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
