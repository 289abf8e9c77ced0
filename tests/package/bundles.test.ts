import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const isDist = import.meta.env.MODE === 'dist'

interface Ceiling {
  /** The name of the entry in `dist`, if it is one. */
  entry: string
  source: string
  /** Bytes, minified and gzipped. Who raises one says why. */
  bytes: number
  /** Bytes that it should come down to, where it is above that. */
  goal?: number
  why: string
  /** What must not be in it: words that only stand in the code named. */
  mustNotContain: readonly (keyof typeof TELLTALES)[]
}

/** Words by which a bundle shows that it holds something. */
const TELLTALES = {
  zod: '_zod',
  ky: 'X-RateLimit-Retry-After',
  'eventsource-parser': 'invalid-retry',
  // An import: a name that is looked up when the program runs works in pages, too.
  'node:': 'from"node:',
  'the emulator': 'a local emulator of its API',
  'the repair of prompts': 'repaired-double-wrap',
  'the model table': 'claude-instant-1.2',
} as const

const ceilings: readonly Ceiling[] = [
  {
    entry: 'transcript',
    source: 'src/transcript/index.ts',
    bytes: 5_300,
    goal: 4_000,
    why: 'the grammar, 1.5 kB of sentences for its diagnostics with their address, a loop that reads plain prompts twice as fast as the scanner, and a second search for text full of colons',
    mustNotContain: [
      'zod',
      'ky',
      'eventsource-parser',
      'node:',
      'the emulator',
      'the repair of prompts',
      'the model table',
    ],
  },
  {
    entry: 'repair',
    source: 'src/repair/index.ts',
    bytes: 9_700,
    why: 'the grammar, what understands fifteen ways to break it, and what tells literals and quoted chats from prompts',
    mustNotContain: ['zod', 'ky', 'eventsource-parser', 'node:', 'the emulator', 'the model table'],
  },
  {
    entry: 'translate',
    source: 'src/translate/index.ts',
    bytes: 26_500,
    why: 'grammar and repair, the model table with the days of three platforms, the speller of ids, the way back, calls of the Messages API itself',
    mustNotContain: ['zod', 'ky', 'eventsource-parser', 'node:', 'the emulator'],
  },
  {
    entry: 'fetch',
    source: 'src/adapters/fetch.ts',
    bytes: 35_400,
    goal: 27_000,
    why: 'the translation, 1.4 kB of eventsource-parser, the legacy endpoint read and written, pings included',
    mustNotContain: ['zod', 'ky', 'node:', 'the emulator'],
  },
  {
    entry: 'sdk',
    source: 'src/adapters/sdk.ts',
    bytes: 38_200,
    why: 'the translation, the completions that all adapters share, and prefills of the SDK’s own messages',
    mustNotContain: ['zod', 'ky', 'node:', 'the emulator'],
  },
  {
    entry: 'bedrock',
    source: 'src/adapters/bedrock.ts',
    bytes: 30_500,
    goal: 27_000,
    why: 'the translation, event-stream frames in and out, the bodies and exceptions of Bedrock',
    mustNotContain: ['zod', 'ky', 'eventsource-parser', 'node:', 'the emulator'],
  },
  {
    entry: 'v0',
    source: 'src/v0.ts',
    bytes: 35_800,
    why: 'the fetch hook, and a client of a hundred lines',
    mustNotContain: ['zod', 'ky', 'node:', 'the emulator'],
  },
  {
    entry: 'index',
    source: 'src/index.ts',
    bytes: 46_000,
    goal: 36_000,
    why: 'all adapters’ completions, the client, and 5 kB of ky, which is loaded with the first request',
    mustNotContain: ['zod', 'node:', 'the emulator'],
  },
  {
    entry: 'the playground',
    source: 'docs/playground/playground.ts',
    bytes: 26_300,
    why: 'the grammar, its repair and the way there, code in three languages, and the page itself',
    mustNotContain: ['zod', 'ky', 'eventsource-parser', 'node:', 'the emulator'],
  },
]

async function bundle(path: string): Promise<string> {
  // The playground loads its client and emulator with the first run.
  const external = [/playground\/run\.ts$/]
  const bundled = await rolldown({ input: path, platform: 'browser', logLevel: 'silent', external })
  // Also what is loaded later counts.
  const { output } = await bundled.generate({ minify: true, codeSplitting: false })
  return output.map(file => ('code' in file ? file.code : '')).join('')
}

describe.each(ceilings)('the bundle of $entry', ({ entry, source, bytes, goal, why, mustNotContain }) => {
  let code = ''
  beforeAll(async () => {
    code = await bundle(resolve(root, isDist && source.startsWith('src/') ? `dist/${entry}.js` : source))
  }, 60_000)

  it(`is at most ${bytes} bytes: ${why}`, () => {
    const size = gzipSync(code).length
    expect(size).toBeLessThanOrEqual(bytes)
    // A ceiling far above the real size would hold nothing back.
    expect(size).toBeGreaterThan(bytes * 0.9)
    // A goal that is met becomes the ceiling.
    if (goal !== undefined) expect(size).toBeGreaterThan(goal)
  })

  it.each(mustNotContain)('does not hold %s', what => {
    expect(code.includes(TELLTALES[what])).toBe(false)
  })
})

it('tells what a bundle holds by words that are there', async () => {
  const whole = await bundle(resolve(root, isDist ? 'dist/index.js' : 'src/index.ts'))
  const emulator = await bundle(resolve(root, isDist ? 'dist/emulator.js' : 'src/emulator/index.ts'))
  const zod = await bundle(resolve(root, 'node_modules/zod/mini/index.js'))
  for (const word of Object.values(TELLTALES)) expect(whole + emulator + zod).toContain(word)
})
