import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Running } from './running.ts'
import { TEXTS } from './texts.ts'

/** What is used of the package, which is installed in this folder for the live run alone. */
interface AimockModule {
  LLMock: new (
    options: Readonly<Record<string, unknown>>,
  ) => {
    url: string
    onMessage(pattern: RegExp, response: object, options?: object): unknown
    start(): Promise<unknown>
    stop(): Promise<unknown>
  }
}

const WORDS: Readonly<Record<string, { response: object; options?: object }>> = {
  plain: { response: { content: TEXTS.plain } },
  turns: { response: { content: TEXTS.turns } },
  limit: { response: { content: TEXTS.plain, finishReason: 'length' } },
  cut: { response: { content: TEXTS.long }, options: { truncateAfterChunks: 8, latency: 10 } },
  rate: { response: { status: 429, error: { type: 'rate_limit_error', message: 'Rate limited' } } },
  load: { response: { status: 529, error: { type: 'overloaded_error', message: 'Overloaded' } } },
  refusal: { response: { status: 400, error: { type: 'invalid_request_error', message: 'No.' } } },
}

/** The scripted mock. Pieces of four UTF-16 units: they fall into the middle of a character, as its default of 20 may. */
export async function startAimock(): Promise<Running> {
  // Not by a name that the compiler would look for: the suite does without it.
  const name = '@copilotkit/aimock'
  const { LLMock }: AimockModule = await import(name)
  const mock = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 4, logLevel: 'silent' })
  for (const [word, { response, options }] of Object.entries(WORDS))
    mock.onMessage(new RegExp(`^Say: ${word}$`), response, options)
  await mock.start()
  const manifest = fileURLToPath(new URL(`node_modules/${name}/package.json`, import.meta.url))
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'))
  const place = { url: mock.url, model: 'mock' }
  return {
    name: 'aimock',
    version,
    closesStreams: false,
    where: () => place,
    breakingOff: ask => ask({ ...place, word: 'cut' }),
    close: async () => void (await mock.stop()),
  }
}
