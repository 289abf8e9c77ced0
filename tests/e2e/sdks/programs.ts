import {
  describeError,
  type Json,
  type Observed,
  observeStream,
  observeWhole,
  outcome,
  read,
  sleep,
  toJson,
} from './observe.ts'
import { type Case, HELLO, PARAMS, type Program } from './program.ts'
import { rawStream } from './raw-streams.ts'
import type { CallOptions, Completion, CompletionStream } from './surface.ts'

/** Slow enough for a client to leave in the middle. */
const SLOW = { deltas: ['one', ' two', ' three', ' four', ' five', ' six'], faults: { delayMs: 50 } }
const LATE = { text: 'Late.', faults: { responseDelayMs: 1200 } }
/** Long enough for a request to be sent by a machine that has much else to do; shorter than what is late or slow. */
const SOON = 250

const create = ({ client }: Program, options?: CallOptions): Promise<Completion> =>
  client.completions.create({ ...PARAMS }, options)
const stream = ({ client }: Program, options?: CallOptions): Promise<CompletionStream> =>
  client.completions.create({ ...PARAMS, stream: true }, options)

async function textOf(items: AsyncIterable<Completion>): Promise<string> {
  let text = ''
  for await (const { completion } of items) text += completion
  return text
}

function isStream(value: unknown): value is AsyncIterable<Completion> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** What a call of a method comes to that not every version has. */
async function ifThere(value: object, method: string, ...given: unknown[]): Promise<unknown> {
  const found = read(value, method)
  return typeof found === 'function' ? await Reflect.apply(found, value, given) : undefined
}

/** For what a version does not have. */
const ABSENT = { is: 'not there' } as const

/** For a method that a version does not have. The call it would have been a method of is still on its way. */
async function absent(call: Promise<unknown>): Promise<Observed> {
  await call.catch(() => {})
  return ABSENT
}

/** Leaving, by every way there is. */
const leaving: readonly Case[] = [
  {
    title: 'break',
    replies: [SLOW],
    leaves: true,
    async run(program) {
      const items = await stream(program)
      const seen = await observeStream(program.Anthropic, items, (_, count) =>
        count === 2 ? 'break' : undefined,
      )
      return { ...seen, isAborted: items.controller.signal.aborted }
    },
  },
  {
    title: 'a throw in the loop',
    replies: [SLOW],
    leaves: true,
    async run(program) {
      const items = await stream(program)
      return observeStream(program.Anthropic, items, () => {
        throw new RangeError('enough')
      })
    },
  },
  {
    title: 'controller.abort() in the loop',
    replies: [SLOW],
    leaves: true,
    async run(program) {
      const items = await stream(program)
      return observeStream(program.Anthropic, items, (_, count) => {
        if (count === 2) items.controller.abort()
        return undefined
      })
    },
  },
  {
    title: 'the signal of the call, in the loop',
    replies: [SLOW],
    leaves: true,
    async run(program) {
      const caller = new AbortController()
      const items = await stream(program, { signal: caller.signal })
      return observeStream(program.Anthropic, items, (_, count) => {
        if (count === 2) caller.abort()
        return undefined
      })
    },
  },
  {
    title: 'a signal that had aborted before',
    run: program =>
      outcome(program.Anthropic, async () =>
        observeWhole(await create(program, { signal: AbortSignal.abort() })),
      ),
  },
  {
    title: 'a signal that had aborted before, streamed',
    run: program =>
      outcome(program.Anthropic, () =>
        stream(program, { signal: AbortSignal.abort() }).then(items =>
          observeStream(program.Anthropic, items),
        ),
      ),
  },
  {
    title: 'the signal of the call, while it waits',
    replies: [LATE],
    leaves: true,
    run: program =>
      outcome(program.Anthropic, async () =>
        observeWhole(await create(program, { signal: AbortSignal.timeout(SOON) })),
      ),
  },
  {
    title: 'the signal of the call, while it waits to try again',
    replies: [{ error: { type: 'api_error', message: 'no' }, headers: { 'retry-after': '5' } }],
    run: program =>
      outcome(program.Anthropic, async () =>
        observeWhole(await create(program, { signal: AbortSignal.timeout(SOON) })),
      ),
  },
  {
    title: 'a timeout of the call',
    replies: [LATE],
    leaves: true,
    run: program =>
      outcome(program.Anthropic, async () =>
        observeWhole(await create(program, { timeout: SOON, maxRetries: 0 })),
      ),
  },
  {
    title: 'a timeout of the call, streamed',
    replies: [LATE],
    leaves: true,
    run: program =>
      outcome(program.Anthropic, () =>
        stream(program, { timeout: SOON, maxRetries: 0 }).then(items =>
          observeStream(program.Anthropic, items),
        ),
      ),
  },
  {
    title: 'a timeout of the client, tried again',
    replies: [LATE],
    leaves: true,
    run: ({ Anthropic, connect }) =>
      outcome(Anthropic, async () =>
        observeWhole(await connect({ timeout: SOON, maxRetries: 1 }).completions.create({ ...PARAMS })),
      ),
  },
  {
    title: 'a stream that takes longer than the timeout',
    replies: [SLOW],
    run: program =>
      outcome(program.Anthropic, () =>
        stream(program, { timeout: SOON, maxRetries: 0 }).then(items =>
          observeStream(program.Anthropic, items),
        ),
      ),
  },
  {
    title: 'a whole answer that takes longer than the timeout to come, once it has begun',
    replies: [{ text: 'Slowly.', faults: { chunkBytes: 40, delayMs: 60 } }],
    run: program =>
      outcome(program.Anthropic, async () =>
        observeWhole(await create(program, { timeout: SOON, maxRetries: 0 })),
      ),
  },
  {
    title: 'return() of an iterator',
    replies: [SLOW],
    leaves: true,
    async run(program) {
      const items = (await stream(program))[Symbol.asyncIterator]()
      const first = await items.next()
      const returned = await items.return?.()
      return { first: first.value?.completion, returned: toJson(returned), after: toJson(await items.next()) }
    },
  },
]

/** The promise that `create` returns. */
const promises: readonly Case[] = [
  {
    title: 'the promise',
    async run(program) {
      const promise = program.client.completions.create({ ...PARAMS })
      const seen = {
        isPromise: promise instanceof Promise,
        tag: Object.prototype.toString.call(promise),
        class: promise.constructor.name,
      }
      const [one, two] = await Promise.all([promise, promise.then(value => value)])
      return { ...seen, isSame: one === two }
    },
  },
  {
    title: 'a call that nobody waits for',
    async run(program) {
      program.client.completions.create({ ...PARAMS }).catch(() => {})
      await sleep(200)
      return {}
    },
  },
  {
    title: 'catch and finally',
    replies: [{ error: { type: 'invalid_request_error', message: 'no' } }],
    async run(program) {
      let isOver = false
      const error = await program.client.completions
        .create({ ...PARAMS })
        .catch((error: unknown) => error)
        .finally(() => {
          isOver = true
        })
      return { isOver, error: describeError(error, program.Anthropic) }
    },
  },
  {
    title: 'withResponse()',
    async run(program) {
      const call = program.client.completions.create({ ...PARAMS })
      const found = await call.withResponse?.()
      if (found === undefined) return absent(call)
      const { data, response, request_id } = found
      return {
        keys: Object.keys(found).join(' '),
        ...observeWhole(data),
        status: response.status,
        contentType: response.headers.get('content-type'),
        requestIdOfCall: toJson(request_id),
        isRequestIdOfHeader: response.headers.get('request-id') === request_id,
        isRead: response.bodyUsed,
      }
    },
  },
  {
    title: 'withResponse(), streamed',
    async run(program) {
      const call = program.client.completions.create({ ...PARAMS, stream: true })
      const found = await call.withResponse?.()
      if (found === undefined) return absent(call)
      const { data, response, request_id } = found
      return {
        ...(await observeStream(program.Anthropic, data)),
        status: response.status,
        contentType: response.headers.get('content-type'),
        requestIdOfCall: toJson(request_id),
      }
    },
  },
  {
    title: 'asResponse()',
    async run(program) {
      const call = program.client.completions.create({ ...PARAMS })
      const response = await call.asResponse?.()
      if (response === undefined) return absent(call)
      return {
        status: response.status,
        ok: response.ok,
        contentType: response.headers.get('content-type'),
        isRead: response.bodyUsed,
        body: toJson(await response.json()),
      }
    },
  },
  {
    title: 'asResponse(), streamed',
    replies: [request => rawStream(request, [{ text: 'one' }, { text: ' two' }, 'end'])],
    async run(program) {
      const call = program.client.completions.create({ ...PARAMS, stream: true })
      const response = await call.asResponse?.()
      if (response === undefined) return absent(call)
      return {
        status: response.status,
        contentType: response.headers.get('content-type'),
        body: await response.text(),
      }
    },
  },
  {
    title: 'asResponse() of a failure',
    replies: [{ error: { type: 'invalid_request_error', message: 'no' } }],
    run: program =>
      outcome(program.Anthropic, async () => {
        const call = program.client.completions.create({ ...PARAMS })
        const response = await call.asResponse?.()
        return response === undefined ? absent(call) : { status: response.status }
      }),
  },
]

/** The stream that `create` resolves to. */
const streaming: readonly Case[] = [
  {
    title: 'tee()',
    async run(program) {
      const items = await stream(program)
      const found = items.tee?.()
      if (found === undefined) return ABSENT
      const [left, right] = await Promise.all(found.map(textOf))
      return { left, right, class: found[0].constructor.name }
    },
  },
  {
    title: 'toReadableStream()',
    async run(program) {
      const found = (await stream(program)).toReadableStream?.()
      if (found === undefined) return ABSENT
      const lines = (await new Response(found).text()).split('\n')
      return { lines: lines.length, last: lines.at(-1), first: toJson(JSON.parse(lines[0] ?? 'null')) }
    },
  },
  {
    title: 'Stream.fromReadableStream()',
    async run(program) {
      const items = await stream(program)
      const kind = items.constructor
      const lines = new Response('{"completion":"a"}\n{"completion":"b"}\n').body
      const made = await ifThere(kind, 'fromReadableStream', lines, new AbortController())
      return isStream(made) ? { text: await textOf(made) } : ABSENT
    },
  },
  {
    title: 'Stream.fromSSEResponse()',
    async run(program) {
      const items = await stream(program)
      const kind = items.constructor
      const response = new Response('event: completion\r\ndata: {"completion":"a"}\r\n\r\n')
      const made = await ifThere(kind, 'fromSSEResponse', response, new AbortController())
      return isStream(made) ? { text: await textOf(made) } : ABSENT
    },
  },
  {
    title: 'a stream that is read twice',
    async run(program) {
      const items = await stream(program)
      return { first: await textOf(items), second: await observeStream(program.Anthropic, items) }
    },
  },
  {
    title: 'a stream that is read twice, by its iterators',
    async run(program) {
      const items = await stream(program)
      const first = items[Symbol.asyncIterator]()
      await first.next()
      const failure = (error: unknown, at: string) => ({ at, error: describeError(error, program.Anthropic) })
      let second: AsyncIterator<Completion>
      try {
        second = items[Symbol.asyncIterator]()
      } catch (error) {
        return failure(error, 'the iterator')
      }
      return second.next().then(
        () => ({ at: 'nowhere' }),
        (error: unknown) => failure(error, 'its next()'),
      )
    },
  },
  {
    title: 'next() by hand, and beyond the end',
    async run(program) {
      const items = (await stream(program))[Symbol.asyncIterator]()
      const texts: string[] = []
      for (let step = await items.next(); !step.done; step = await items.next())
        texts.push(step.value.completion)
      return { texts, beyond: toJson(await items.next()) }
    },
  },
  {
    title: 'what a stream shows',
    async run(program) {
      const items = await stream(program)
      const seen = {
        class: items.constructor.name,
        hasController: items.controller instanceof AbortController,
        isAborted: items.controller.signal.aborted,
      }
      await textOf(items)
      return { ...seen, isAbortedAfterwards: items.controller.signal.aborted }
    },
  },
  {
    title: 'stream: false',
    async run({ client }) {
      return observeWhole(await client.completions.create({ ...PARAMS, stream: false }))
    },
  },
]

/** Clients, and what they are made of. */
const clients: readonly Case[] = [
  {
    title: 'params that are kept as they were',
    async run({ client }) {
      const params = Object.freeze({ ...PARAMS, stop_sequences: Object.freeze(['\n\nHuman:']), betas: ['b'] })
      const before = JSON.stringify(params)
      await client.completions.create(params)
      return { isSame: JSON.stringify(params) === before }
    },
  },
  {
    title: 'three calls at once',
    async run(program) {
      const all = await Promise.all([create(program), create(program), stream(program).then(textOf)])
      return { texts: all.map(one => (typeof one === 'string' ? one : one.completion)) }
    },
  },
  {
    title: 'a program in CommonJS',
    async run({ required, options }) {
      const make = (Required: unknown): unknown =>
        typeof Required === 'function' ? Reflect.construct(Required, [options]) : undefined
      const seen: Observed = {}
      for (const name of ['itself', 'default', 'Anthropic']) {
        const client = make(name === 'itself' ? required : Reflect.get(Object(required), name))
        const completion = await ifThere(Object(read(client, 'completions')), 'create', { ...PARAMS })
        seen[name] = toJson(read(completion, 'completion'))
      }
      return seen
    },
  },
  {
    title: 'a base URL that ends in a slash',
    async run({ connect, emulator }) {
      return observeWhole(await connect({ baseURL: `${emulator.url}/` }).completions.create({ ...PARAMS }))
    },
  },
  {
    title: 'a base URL with a path',
    run: ({ connect, emulator, Anthropic }) =>
      outcome(Anthropic, async () =>
        observeWhole(await connect({ baseURL: `${emulator.url}/proxy` }).completions.create({ ...PARAMS })),
      ),
  },
  {
    title: 'a fetch of its own',
    async run({ connect }) {
      const calls: { url: string; method: string; body: string; headers: string; hasSignal: boolean }[] = []
      const client = connect({
        fetch(url, init) {
          calls.push({
            url: typeof url,
            method: `${init.method}`,
            body: typeof init.body,
            headers: init.headers?.constructor.name ?? 'none',
            hasSignal: init.signal instanceof AbortSignal,
          })
          return fetch(url, init)
        },
      })
      const completion = await client.completions.create({ ...PARAMS })
      return { text: completion.completion, calls: toJson(calls) }
    },
  },
  {
    title: 'options of fetch',
    async run({ connect }) {
      const caches: Json[] = []
      const client = connect({
        fetchOptions: { cache: 'no-store' },
        fetch(url, init) {
          caches.push(toJson(init.cache))
          return fetch(url, init)
        },
      })
      await client.completions.create({ ...PARAMS })
      await client.completions.create({ ...PARAMS }, { fetchOptions: { cache: 'reload' } })
      return { caches }
    },
  },
  {
    title: "prompts built with the module's own constants",
    run: ({ client, module: { HUMAN_PROMPT, AI_PROMPT }, Anthropic }) =>
      outcome(Anthropic, async () => {
        const prompt = `${HUMAN_PROMPT} Hello, Claude${AI_PROMPT}`
        return observeWhole(await client.completions.create({ ...PARAMS, prompt }))
      }),
  },
  {
    title: 'withOptions()',
    replies: [{ error: { type: 'overloaded_error', message: 'no' }, headers: { 'retry-after-ms': '1' } }],
    run: ({ connect, Anthropic }) =>
      outcome(Anthropic, async () => {
        const client = connect({ defaultHeaders: { 'x-team': 'search' } }).withOptions?.({ maxRetries: 1 })
        if (client === undefined) return ABSENT
        return observeWhole(await client.completions.create({ ...PARAMS }))
      }),
  },
  {
    title: 'a class of its own',
    async run({ Anthropic, options }) {
      class Mine extends Anthropic {
        name = 'mine'
      }
      const client = new Mine(options)
      const { completion } = await client.completions.create({ ...PARAMS })
      return { completion, name: toJson(client.name), isInstance: client instanceof Anthropic }
    },
  },
  {
    title: 'options that are changed afterwards',
    replies: [
      { error: { type: 'overloaded_error', message: 'no' }, headers: { 'retry-after-ms': '1' } },
      HELLO,
    ],
    run: ({ connect, Anthropic }) =>
      outcome(Anthropic, async () => {
        const client = connect()
        Object.assign(client, { apiKey: 'second-key', maxRetries: 0 })
        return observeWhole(await client.completions.create({ ...PARAMS }))
      }),
  },
  {
    title: 'post() of any path',
    run: ({ client, Anthropic }) =>
      outcome(Anthropic, async () => {
        const value = await ifThere(client, 'post', '/v1/complete', { body: { ...PARAMS } })
        return value === undefined ? ABSENT : { text: toJson(read(value, 'completion')) }
      }),
  },
  {
    title: 'a logger',
    async run({ connect }) {
      const levels: string[] = []
      const log = (level: string) => () => void levels.push(level)
      const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
      await connect({ logger, logLevel: 'info' }).completions.create({ ...PARAMS })
      return { levels: [...new Set(levels)] }
    },
  },
]

/** Cases that are programs of their own. */
export const programs: readonly Case[] = [...leaving, ...promises, ...streaming, ...clients]
