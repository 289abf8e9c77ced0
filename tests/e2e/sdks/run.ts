import { type Conversation, type RecordedRequest, startEmulator } from 'legacy-completions/emulator'
import { cases } from './cases.ts'
import type { ConformanceClient, Endpoint, SecondEntry } from './clients.ts'
import { firstCases } from './first-generation.ts'
import { describeError, type Observed, sleep, toJson } from './observe.ts'
import { type Case, type FirstCase, HELLO, type Program } from './program.ts'
import type { ClientOptions } from './surface.ts'

/** What a client did in every case, by the case's title. */
export type Observations = Readonly<Record<string, Observed>>

/** How many cases run at a time: most of their time they wait. */
const AT_ONCE = 8

/** A case that takes longer than this hangs. */
const PATIENCE = 10_000

/** Runs every case of a client's generation. */
export async function observeClient(client: ConformanceClient): Promise<Observations> {
  if (client.generation === 1) {
    const module = await client.load()
    return runAll(firstCases, one => observeCase(client, one, emulator => one.run({ module, emulator })))
  }
  return runAll(cases, await caseRunner(client))
}

/** Runs one case of the second generation. */
export type CaseRunner = (one: Case) => Promise<Observed>

/** Loads a client of the second generation, to run single cases with it. */
export async function caseRunner(client: SecondEntry): Promise<CaseRunner> {
  const { module, required, prepare, make } = await client.load()
  return one =>
    observeCase(client, one, emulator => {
      const reach = (options?: ClientOptions): ClientOptions => ({
        apiKey: 'test-key',
        authToken: null,
        baseURL: emulator.url,
        ...options,
      })
      const connect: Program['connect'] = options => make(reach(options))
      const options = prepare(reach())
      return one.run({
        module,
        required,
        Anthropic: module.default,
        emulator,
        options,
        connect,
        client: connect(),
      })
    })
}

async function runAll<C extends Case | FirstCase>(
  all: readonly C[],
  observe: (one: C) => Promise<Observed>,
): Promise<Observations> {
  const observations: Record<string, Observed> = {}
  const waiting = [...all]
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      observations[one.title] = await observe(one)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  // In the order of the cases, whichever was the fastest.
  return Object.fromEntries(all.map(({ title }) => [title, observations[title] ?? {}]))
}

async function observeCase(
  { endpoint }: ConformanceClient,
  one: Case | FirstCase,
  run: (emulator: Program['emulator']) => Promise<Observed>,
): Promise<Observed> {
  const replies = [...(one.replies ?? [HELLO])]
  const understood = new Map<RecordedRequest, Conversation>()
  const emulator = await startEmulator({
    reply(conversation, request) {
      understood.set(request, conversation)
      const [reply = HELLO] = replies.length > 1 ? replies.splice(0, 1) : replies
      return typeof reply === 'function' ? reply(request) : reply
    },
  })
  try {
    const seen = await soon(run(emulator))
    if (one.leaves) await settled(() => emulator.requests.every(({ aborted }) => aborted))
    return {
      ...seen,
      requests: emulator.requests.map(request => describeRequest(endpoint, request, understood.get(request))),
    }
  } finally {
    await emulator.close()
  }
}

async function soon(running: Promise<Observed>): Promise<Observed> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<Observed>(resolve => {
    timer = setTimeout(() => resolve({ hangs: true }), PATIENCE)
  })
  try {
    return await Promise.race([running.catch((error: unknown) => ({ fails: describeError(error) })), tooLate])
  } finally {
    clearTimeout(timer)
  }
}

/** Gives the server the time to notice; that it never does is an observation too. */
async function settled(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 50 && !condition(); tries++) await sleep(20)
}

/** What the transport puts there, and not the SDK. */
const OF_THE_TRANSPORT = new Set([
  'accept-encoding',
  'accept-language',
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'sec-fetch-mode',
  'transfer-encoding',
])

function describeRequest(
  endpoint: Endpoint,
  { method, path, headers, body, aborted }: RecordedRequest,
  conversation: Conversation | undefined,
): Observed {
  return {
    method,
    isAtItsEndpoint: path.includes(`/v1/${endpoint}`),
    path: path.replace(`/v1/${endpoint}`, '/<endpoint>'),
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_TRANSPORT.has(name))),
    body: toJson(body),
    // The same whichever endpoint was asked: the emulator reads both by itself.
    understood: conversation && toJson({ ...conversation, model: undefined }),
    aborted,
  }
}
