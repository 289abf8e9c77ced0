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
  /** Bytes of all files together, minified and gzipped. Who raises one says why. */
  bytes: number
  /**
   * Bytes that a page downloads before its first call: the files that are loaded at once, each gzipped. The files that
   * calls load when they need them are not among them.
   */
  atFirst?: number
  /** What the page imports. @default everything */
  imports?: string
  /** Bytes that it should come down to, where it is above that. */
  goal?: number
  why: string
  /** What must not be in it: words that occur only in the code named. */
  mustNotContain: readonly (keyof typeof TELLTALES)[]
  /** What is loaded by the first call that needs it. */
  later?: readonly (keyof typeof TELLTALES)[]
}

/** Words by which a bundle shows that it holds something. */
const TELLTALES = {
  zod: '_zod',
  ky: 'X-RateLimit-Retry-After',
  'eventsource-parser': 'invalid-retry',
  // An import: a name that is looked up when the program runs works in pages, too.
  'node:': 'from"node:',
  'the emulator': 'a local emulator of its API',
  'the repair of prompts': 'Portkey, promptfoo, LlamaIndex',
  'the comparison of results': 'echoesPrefill',
  'the model table': 'claude-instant-1.2',
} as const

const ceilings: readonly Ceiling[] = [
  {
    entry: 'transcript',
    source: 'src/transcript/index.ts',
    bytes: 5_250,
    goal: 4_000,
    why: 'the grammar, 1.5 kB of sentences for its diagnostics with their address, a loop for markers that takes half the time of the scanner, and a second search for text full of colons',
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
    bytes: 9_750,
    why: 'the grammar, what understands fifteen ways to break it, and what tells literals and quoted chats from prompts',
    mustNotContain: ['zod', 'ky', 'eventsource-parser', 'node:', 'the emulator', 'the model table'],
  },
  {
    entry: 'translate',
    source: 'src/translate/index.ts',
    bytes: 26_600,
    why: 'grammar and repair, the model table with the days of three platforms, the speller of ids, the way back, calls of the Messages API itself',
    mustNotContain: ['zod', 'ky', 'eventsource-parser', 'node:', 'the emulator'],
  },
  {
    entry: 'fetch',
    source: 'src/adapters/fetch.ts',
    bytes: 35_300,
    goal: 27_000,
    atFirst: 29_700,
    later: ['the repair of prompts', 'the comparison of results'],
    why: 'the translation, 1.4 kB of eventsource-parser and the reader of usual events before it, the legacy endpoint read and written, pings included',
    mustNotContain: ['zod', 'ky', 'node:', 'the emulator'],
  },
  {
    entry: 'sdk',
    source: 'src/adapters/sdk.ts',
    bytes: 39_100,
    atFirst: 33_400,
    later: ['the repair of prompts', 'the comparison of results'],
    why: 'the translation, the completions that all adapters share, and prefills of the SDK’s own messages',
    mustNotContain: ['zod', 'ky', 'node:', 'the emulator'],
  },
  {
    entry: 'bedrock',
    source: 'src/adapters/bedrock.ts',
    bytes: 30_100,
    goal: 27_000,
    atFirst: 25_200,
    later: ['the repair of prompts'],
    why: 'the translation, event-stream frames in and out, the bodies and exceptions of Bedrock',
    mustNotContain: ['zod', 'ky', 'eventsource-parser', 'node:', 'the emulator'],
  },
  {
    entry: 'v0',
    source: 'src/v0.ts',
    bytes: 35_700,
    atFirst: 30_100,
    later: ['the repair of prompts', 'the comparison of results'],
    why: 'the fetch hook, and a client of a hundred lines',
    mustNotContain: ['zod', 'ky', 'node:', 'the emulator'],
  },
  {
    entry: 'index',
    source: 'src/index.ts',
    bytes: 47_400,
    goal: 36_000,
    atFirst: 34_600,
    imports: 'Anthropic',
    later: ['ky', 'the repair of prompts', 'the comparison of results'],
    why: 'all adapters’ completions, the client, and 5 kB of ky, which is loaded with the first request',
    mustNotContain: ['zod', 'node:', 'the emulator'],
  },
  {
    entry: 'the playground',
    source: 'docs/playground/playground.ts',
    bytes: 25_800,
    why: 'the grammar, its repair and the way there, code in three languages, and the page itself',
    mustNotContain: ['zod', 'ky', 'eventsource-parser', 'node:', 'the emulator'],
  },
]

// The playground loads its client and emulator with the first run.
const external = [/playground\/run\.ts$/]

/** Bundles an entry. Returns the code of all files: what is loaded later is in it, too. */
async function bundle(path: string): Promise<string> {
  const bundled = await rolldown({ input: path, platform: 'browser', logLevel: 'silent', external })
  const { output } = await bundled.generate({ minify: true })
  return output.map(file => ('code' in file ? file.code : '')).join('')
}

/** Bundles what a page imports of an entry. Returns the files that are loaded at once, and those that calls load. */
async function bundleSplit(path: string, imports = '*'): Promise<{ atFirst: string[]; later: string[] }> {
  const what = imports === '*' ? '*' : `{ ${imports} }`
  const page = {
    name: 'page',
    resolveId: (id: string) => (id === 'page' ? id : null),
    load: (id: string) => (id === 'page' ? `export ${what} from ${JSON.stringify(path)}` : null),
  }
  const bundled = await rolldown({ input: 'page', platform: 'browser', logLevel: 'silent', plugins: [page] })
  const { output } = await bundled.generate({ minify: true })
  const files = output.flatMap(file => (file.type === 'chunk' ? [file] : []))
  const atFirst = new Set(files.filter(({ isEntry }) => isEntry))
  // A set also yields what is added while it is read.
  for (const { imports } of atFirst)
    for (const file of files) if (imports.includes(file.fileName)) atFirst.add(file)
  const codeOf = (chosen: readonly { code: string }[]): string[] => chosen.map(({ code }) => code)
  return { atFirst: codeOf([...atFirst]), later: codeOf(files.filter(file => !atFirst.has(file))) }
}

const pathOf = ({ entry, source }: Ceiling): string =>
  resolve(root, isDist && source.startsWith('src/') ? `dist/${entry}.js` : source)

describe.each(ceilings)('the bundle of $entry', ceiling => {
  const { bytes, goal, why, mustNotContain } = ceiling
  let code = ''
  beforeAll(async () => {
    code = await bundle(pathOf(ceiling))
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

const split = ceilings.flatMap(ceiling =>
  ceiling.atFirst === undefined ? [] : [{ imports: '*', later: [], ...ceiling, atFirst: ceiling.atFirst }],
)

describe.each(split)('a page that imports $imports of $entry', ceiling => {
  const { atFirst: most, imports, later } = ceiling
  let files: Awaited<ReturnType<typeof bundleSplit>> = { atFirst: [], later: [] }
  beforeAll(async () => {
    files = await bundleSplit(pathOf(ceiling), imports)
  }, 60_000)

  it(`downloads at most ${most} bytes before its first call`, () => {
    const size = files.atFirst.reduce((sum, code) => sum + gzipSync(code).length, 0)
    expect(size).toBeLessThanOrEqual(most)
    expect(size).toBeGreaterThan(most * 0.9)
  })

  it.each(later)('loads %s with the first call that needs it', what => {
    expect(files.atFirst.join('').includes(TELLTALES[what])).toBe(false)
    expect(files.later.join('').includes(TELLTALES[what])).toBe(true)
  })
})

it('tells what a bundle holds by words that are there', async () => {
  const whole = await bundle(resolve(root, isDist ? 'dist/index.js' : 'src/index.ts'))
  const emulator = await bundle(resolve(root, isDist ? 'dist/emulator.js' : 'src/emulator/index.ts'))
  const zod = await bundle(resolve(root, 'node_modules/zod/mini/index.js'))
  for (const word of Object.values(TELLTALES)) expect(whole + emulator + zod).toContain(word)
})
