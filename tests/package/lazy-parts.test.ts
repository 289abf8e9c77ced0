import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createEmulator } from 'legacy-completions/emulator'
import { rolldown } from 'rolldown'
import { expect, it, onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const isDist = import.meta.env.MODE === 'dist'
const entry = resolve(root, isDist ? 'dist/fetch.js' : 'src/adapters/fetch.ts')

const VALID = '\n\nHuman: Hi\n\nAssistant:'
const ESCAPED = '\\n\\nHuman: Hi\\n\\nAssistant:'
const OPEN_ENDED = '\n\nHuman: Hi'

interface Page {
  /** Calls `completionsFetch` of the page; resolves to the status and the text of the response. */
  call(fields: object, options?: object): Promise<{ status: number; text: string }>
  /** The files that calls load when they need them. */
  later: readonly string[]
  folder: string
}

/** Bundles `completionsFetch` as a page would, and loads it. */
async function openPage(): Promise<Page> {
  const folder = mkdtempSync(join(tmpdir(), 'lazy-parts-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const bundled = await rolldown({ input: entry, platform: 'browser', logLevel: 'silent' })
  const { output } = await bundled.generate({ entryFileNames: 'page.mjs', chunkFileNames: '[name].mjs' })
  const files = output.flatMap(file => (file.type === 'chunk' ? [file] : []))
  for (const { fileName, code } of files) writeFileSync(join(folder, fileName), code)
  const { completionsFetch } = await import(pathToFileURL(join(folder, 'page.mjs')).href)
  return {
    folder,
    later: files.filter(({ isDynamicEntry }) => isDynamicEntry).map(({ fileName }) => fileName),
    async call(fields, options) {
      const body = JSON.stringify({ model: 'claude-2.1', max_tokens_to_sample: 9, prompt: VALID, ...fields })
      const headers = { 'x-api-key': 'any', 'anthropic-version': '2023-06-01' }
      const fetch = completionsFetch({ fetch: createEmulator().fetch, logLevel: 'off', ...options })
      const response: Response = await fetch('http://localhost/v1/complete', {
        method: 'POST',
        headers,
        body,
      })
      return { status: response.status, text: await response.text() }
    },
  }
}

/** Calls that need the repair of prompts. */
const needing: readonly [fields: object, options: object, status: number, says: string][] = [
  [{ prompt: ESCAPED }, {}, 200, '"completion"'],
  [{ prompt: OPEN_ENDED }, {}, 400, "`prompts: 'repair'` accepts this prompt (repaired-missing-assistant)"],
  [{ prompt: OPEN_ENDED }, { prompts: 'repair' }, 200, '"completion"'],
  [{}, { prompts: 'repair' }, 200, '"completion"'],
  [{ stop_sequences: ['\\n\\nHuman:'] }, {}, 200, '"completion"'],
]

it.each(needing)('loads the repair of prompts for %j with %j', async (fields, options, status, says) => {
  const { call } = await openPage()
  const answer = await call(fields, options)
  expect(answer.status).toBe(status)
  expect(answer.text).toContain(says)
})

it('sends other calls without the files that cannot be loaded, and loads them when they are there again', async () => {
  const { call, later, folder } = await openPage()
  const move = (from: string, to: string): void => {
    for (const file of later) renameSync(join(folder, file + from), join(folder, file + to))
  }
  expect(later.length).toBe(2)
  move('', '.away')
  expect((await call({})).status).toBe(200)
  expect((await call({ stop_sequences: ['\n\nHuman:', '\\'] })).status).toBe(200)
  expect((await call({}, { compare: { sampleRate: 1, onDifference: () => {} } })).status).toBe(200)
  for (const [fields, options] of needing) {
    await expect(call(fields, options)).rejects.toMatchObject({
      message: 'The code that repairs prompts could not be loaded.',
      status: undefined,
    })
  }
  move('.away', '')
  for (const [fields, options, status] of needing) expect((await call(fields, options)).status).toBe(status)
})
