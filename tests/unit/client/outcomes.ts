import type {
  Anthropic,
  Completion,
  CompletionCreateParamsNonStreaming,
  RequestOptions,
} from 'legacy-completions'

/** What a call failed with. Fails itself when the call did not. */
export async function failure<E extends Error>(
  call: () => unknown,
  kind: abstract new (...args: never[]) => E,
): Promise<E> {
  let value: unknown
  try {
    value = await call()
  } catch (error) {
    if (error instanceof kind) return error
    throw new Error(`expected ${kind.name}, not ${Object(error).constructor.name}: ${error}`, {
      cause: error,
    })
  }
  throw new Error(`expected ${kind.name}, but the call returned ${JSON.stringify(value)}`)
}

/** Waits until something is the case; the time is only there to end a test that would wait for ever. */
export async function until(condition: () => boolean): Promise<void> {
  const start = performance.now()
  while (!condition()) {
    if (performance.now() - start > 5000) throw new Error(`never came true: ${condition}`)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}

/** The promise, or a failure where it would hang. */
export async function soon<T>(promise: PromiseLike<T>, milliseconds = 5000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still pending after ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([promise, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** The completion that chunks add up to; checks that only the last one says that it ended. */
export function join(chunks: readonly Completion[]): Completion {
  const last = chunks.at(-1)
  if (last === undefined) throw new Error('a stream of no chunks')
  for (const chunk of chunks) {
    if (chunk !== last && (chunk.stop_reason !== null || chunk.stop !== null))
      throw new Error('a chunk before the last says that the stream has ended')
    if (chunk.id !== last.id || chunk.log_id !== last.id) throw new Error('a chunk with another id')
  }
  return { ...last, completion: chunks.map(chunk => chunk.completion).join('') }
}

const PING = 'event: ping\r\ndata: {"type": "ping"}'

/** Reads the chunks of a legacy stream as the old endpoint wrote it, without the decoder under test. */
export async function readLegacyEvents(response: Response): Promise<Completion[]> {
  const events = (await response.text()).split('\r\n\r\n')
  if (events.pop() !== '') throw new Error('the last event is not complete')
  const chunks = events.filter(event => event !== PING)
  return chunks.map(event => {
    const [, json] = /^event: completion\r\ndata: (.+)$/s.exec(event) ?? []
    return JSON.parse(json ?? `not an event: ${event}`)
  })
}

export type Road = (
  client: Pick<Anthropic, 'completions'>,
  params: CompletionCreateParamsNonStreaming,
  options?: RequestOptions,
) => Promise<Completion>

/** Every way to come from a request to a completion. They must not differ. */
export const roads: Readonly<Record<string, Road>> = {
  'create()': async (client, params, options) => client.completions.create(params, options),
  'create() with stream: true': async (client, params, options) =>
    join(await collect(await client.completions.create({ ...params, stream: true }, options))),
  'stream()': async (client, params, options) =>
    join(await collect(client.completions.stream(params, options))),
  'finalCompletion()': async (client, params, options) =>
    client.completions.stream(params, options).finalCompletion(),
  'asResponse()': async (client, params, options) =>
    (await client.completions.create(params, options).asResponse()).json(),
  'asResponse() of a stream': async (client, params, options) =>
    join(
      await readLegacyEvents(
        await client.completions.create({ ...params, stream: true }, options).asResponse(),
      ),
    ),
}

/** The three ways to begin a call; a stream is read to its end. */
export const beginnings: Readonly<Record<string, Road>> = Object.fromEntries(
  Object.entries(roads).slice(0, 3),
)
