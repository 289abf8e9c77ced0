import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { MODEL_TABLE } from 'legacy-completions'
import type { ClientOptions, FetchLike, FirstModule, SecondClient, SecondModule } from './surface.ts'

/** Where a client's requests arrive. */
export type Endpoint = 'complete' | 'messages'

interface Entry {
  name: string
  endpoint: Endpoint
  /** The references this client has to equal, each value being that of one of them; none for a reference. */
  like?: readonly string[]
}

/** A client of the second generation: `new Anthropic().completions.create()`. */
export interface SecondEntry extends Entry {
  generation: 2
  load(): Promise<Loaded>
}

export interface Loaded {
  module: SecondModule
  /** What `require` gives. */
  required: unknown
  /** Adds the options that the way in consists of, for a case that makes its client itself. */
  prepare(options: ClientOptions): ClientOptions
  make(options: ClientOptions): SecondClient
}

/** A client of the first generation: `new Client().complete()`. */
export interface FirstEntry extends Entry {
  generation: 1
  load(): Promise<FirstModule>
}

export type ConformanceClient = SecondEntry | FirstEntry

const require = createRequire(import.meta.url)

async function loadSecond(
  specifier: string,
  path = specifier,
  prepare: Loaded['prepare'] = options => options,
): Promise<Loaded> {
  const module: SecondModule = await import(/* @vite-ignore */ specifier)
  const required: unknown = require(path)
  return { module, required, prepare, make: options => new module.default(prepare(options)) }
}

const dist = (file: string): string => fileURLToPath(new URL(`../../../dist/${file}`, import.meta.url))
const loadOurs = (prepare?: Loaded['prepare']): Promise<Loaded> =>
  loadSecond(dist('index.js'), dist('index.cjs'), prepare)

const official = (version: string): SecondEntry => ({
  name: version,
  generation: 2,
  endpoint: 'complete',
  load: () => loadSecond(`sdk-${version}`),
})

/** Before 0.40 the SDK had its own fetch, error fields and header objects; after it, those of the platform. */
const EARLIER = ['0.5.10', '0.9.1', '0.20.9', '0.39.0']
const LATER = ['0.60.0', '0.100.1', '0.137.0']

/** The published SDKs, as they were, at the endpoint they were made for. */
export const references: readonly ConformanceClient[] = [
  {
    name: '0.4.4',
    generation: 1,
    endpoint: 'complete',
    async load() {
      // No literal, for the types are checked where it is not installed too.
      const published: string = 'sdk-0.4.4'
      const module: FirstModule = await import(/* @vite-ignore */ published)
      return module
    },
  },
  ...[...EARLIER, ...LATER].map(official),
]

/** Every adapter to the Messages API that this package has for a client of the second generation. */
interface Adapters {
  withCompletions(client: unknown): SecondClient
  completionsFetch(options: { fetch?: unknown }): FetchLike
}

/** A new official SDK that was given its completions back. */
const restored = (specifier: string, name: string): SecondEntry => ({
  name,
  generation: 2,
  endpoint: 'messages',
  like: LATER,
  async load() {
    const loaded = await loadSecond(specifier)
    const { withCompletions }: Adapters = await import(/* @vite-ignore */ dist('sdk.js'))
    const { HUMAN_PROMPT, AI_PROMPT } = await loadOurs().then(({ module }) => module)
    return {
      ...loaded,
      module: { ...loaded.module, HUMAN_PROMPT, AI_PROMPT },
      make: options => withCompletions(new loaded.module.default(options)),
    }
  },
})

/** An old official SDK, as it was, behind the fetch hook. */
const hooked = (version: string): SecondEntry => ({
  name: `${version}, fetch hook`,
  generation: 2,
  endpoint: 'messages',
  like: [version],
  async load() {
    const { completionsFetch }: Adapters = await import(/* @vite-ignore */ dist('fetch.js'))
    return loadSecond(`sdk-${version}`, `sdk-${version}`, options => ({
      ...options,
      fetch: completionsFetch({ fetch: options.fetch }),
    }))
  },
})

/** What has to equal them. */
export const candidates: readonly ConformanceClient[] = [
  { name: 'ours', generation: 2, endpoint: 'messages', like: LATER, load: () => loadOurs() },
  {
    // A model that still takes a prefill and sampling: what is left are the differences of the client alone.
    name: 'ours, haiku 4.5',
    generation: 2,
    endpoint: 'messages',
    like: LATER,
    load() {
      const row = MODEL_TABLE['claude-2.1']
      if (row?.status !== 'retired') throw new Error('claude-2.1 is no retired model any more')
      const models = { ...MODEL_TABLE, 'claude-2.1': { ...row, replacement: 'claude-haiku-4-5' } }
      return loadOurs(options => ({ models, ...options }))
    },
  },
  {
    name: 'ours, legacy endpoint',
    generation: 2,
    endpoint: 'complete',
    like: LATER,
    load: () => loadOurs(options => ({ endpoint: 'complete', ...options })),
  },
  restored('@anthropic-ai/sdk', 'withCompletions(1.12.0)'),
  restored('sdk-0.60.0', 'withCompletions(0.60.0)'),
  ...[...EARLIER, ...LATER].map(hooked),
  {
    name: 'ours, first generation',
    generation: 1,
    endpoint: 'messages',
    like: ['0.4.4'],
    async load() {
      const module: FirstModule = await import(/* @vite-ignore */ dist('v0.js'))
      return module
    },
  },
]
