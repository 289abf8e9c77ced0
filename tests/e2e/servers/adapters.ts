import type { Completion, CompletionCreateParamsNonStreaming } from 'legacy-completions'
import { completionsFetch } from 'legacy-completions/fetch'
import type { Serving } from 'legacy-completions/node'
import {
  type Adapter as ChaosAdapter,
  clientAdapter,
  fetchAdapter,
  plainSdkAdapter,
  proxyAdapter,
  sdkAdapter,
  serverAdapter,
} from '../../stress/chaos/adapters.ts'
import type { LegacyCall } from '../../stress/chaos/answers.ts'
import { officialSdk } from '../../stress/chaos/official-sdk.ts'
import { type Outcome, readingOf } from '../../stress/chaos/outcome.ts'

/** A way into the package, as a case asks through it. */
export interface Adapter {
  name: string
  /** Whose classes errors have; `HTTP` where they have a status alone. */
  errors: 'ours' | 'SDK 0.x' | 'SDK 1.x' | 'plain' | 'HTTP'
  ask(url: string, key: string, call: LegacyCall, form: Form): Promise<Outcome>
}

/** Whole, streamed, and streamed in the other of the two ways that a adapter has: the first dialect, where it is HTTP. */
export const FORMS = ['whole', 'streamed', 'streamed otherwise'] as const
export type Form = (typeof FORMS)[number]

const made = (adapter: ChaosAdapter, errors: Adapter['errors']): Adapter => ({
  name: adapter.name,
  errors,
  ask: (url, key, call, form) =>
    adapter.ask({
      answer: { speech: 'messages', call, isStreamed: form !== 'whole' },
      key,
      way: { url },
      maxRetries: 0,
      signal: new AbortController().signal,
      timeout: undefined,
      isDamaged: false,
      form: form === 'streamed otherwise' ? 1 : 0,
    }),
})

const httpAdapters = (proxy: Serving): Adapter[] => [
  made(fetchAdapter(), 'HTTP'),
  made(proxyAdapter(), 'HTTP'),
  made(serverAdapter(proxy), 'HTTP'),
]

/** Those that need no package but ours. */
export const ownAdapters = (proxy: Serving): Adapter[] => [
  made(clientAdapter(), 'ours'),
  made(plainSdkAdapter(), 'plain'),
  ...httpAdapters(proxy),
]

/** With the published SDKs in their places. */
export async function publishedAdapters(proxy: Serving): Promise<Adapter[]> {
  const newest = sdkAdapter('withCompletions, @anthropic-ai/sdk 1.12.0', await officialSdk(), true)
  return [
    made(clientAdapter(), 'ours'),
    made(newest, 'SDK 1.x'),
    await oldSdkAdapter(),
    ...httpAdapters(proxy),
  ]
}

/** What is used of the last SDK that had completions of its own. */
interface OldModule {
  default: new (
    options: Readonly<Record<string, unknown>>,
  ) => {
    completions: {
      create(call: CompletionCreateParamsNonStreaming): Promise<Completion>
      create(call: object & { stream: true }): Promise<AsyncIterable<Completion>>
    }
  }
}

async function oldSdkAdapter(): Promise<Adapter> {
  // Not by a name that the compiler would look for: the suite does without it.
  const name = 'sdk-0.137.0'
  const { default: Anthropic }: OldModule = await import(name)
  return {
    name: 'completionsFetch, @anthropic-ai/sdk 0.137.0',
    errors: 'SDK 0.x',
    async ask(url, key, call, form) {
      const client = new Anthropic({
        apiKey: key,
        authToken: null,
        baseURL: url,
        maxRetries: 0,
        logLevel: 'off',
        fetch: completionsFetch(),
      })
      let seen = ''
      try {
        if (form === 'whole') return { reading: readingOf(await client.completions.create(call)) }
        let last: Completion | undefined
        for await (const chunk of await client.completions.create({ ...call, stream: true })) {
          seen += chunk.completion
          last = chunk
        }
        if (last === undefined) throw new Error('a stream of no chunks')
        return { reading: readingOf(last, seen) }
      } catch (error) {
        const { status, error: body }: { status?: number; error?: unknown } = Object(error)
        const type: unknown = Object(Object(body).error).type
        const kind = Object(error).constructor.name
        return { error: { name: kind, status, type: typeof type === 'string' ? type : undefined }, seen }
      }
    },
  }
}
