import {
  Anthropic,
  AnthropicError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  type Diagnostic,
  IncompleteReplyError,
  NotFoundError,
  Stream,
} from 'legacy-completions'
import { createEmulator } from 'legacy-completions/emulator'
import { installCompletionsFetch } from 'legacy-completions/fetch'
import { collect, failure, join, soon } from '../../unit/client/outcomes.ts'
import { ask, KEY, params } from '../../unit/client/speeches.ts'
import { connect } from './adapters.ts'
import { assertSame } from './equality.ts'
import type { Fate } from './replies.ts'
import type { Reach, Transport } from './transports.ts'

/** What holds in every runtime, and what runtimes differ in underneath. */
export interface Behaviour {
  title: string
  /** @throws where it does not hold. */
  run(transport: Transport): Promise<void>
}

/** Waits until the server has seen a call so; the time is only there to end what would wait for ever. */
async function untilFate(reach: Reach, is: (fate: Fate) => boolean): Promise<void> {
  const start = performance.now()
  for (let fate = await reach.fate(); !is(fate); fate = await reach.fate()) {
    if (performance.now() - start > 5000) throw new Error(`the server saw only ${JSON.stringify(fate)}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** Reads a stream to its end. It has begun when its first chunk is here: that the server was asked is no sign of it. */
function readFrom(stream: AsyncIterable<unknown>): { begun: Promise<void>; reading: Promise<void> } {
  let begin: () => void = () => {}
  const begun = new Promise<void>(resolve => {
    begin = resolve
  })
  const read = async (): Promise<void> => {
    for await (const _ of stream) begin()
  }
  return { begun, reading: read() }
}

const isAsked = ({ asked }: Fate): boolean => asked === 1
const isAborted = ({ aborted }: Fate): boolean => aborted

/** A call, and the ways to make it. */
function open(transport: Transport, reply: string) {
  const reach = transport.reach(reply)
  const { completions } = connect(reach)
  return { reach, completions, options: { headers: reach.headers } }
}

/** A worker may do little while its module loads, and what is made then serves every request. */
const early = new Anthropic({
  apiKey: KEY,
  authToken: null,
  fetch: createEmulator({ reply: 'Hi there.' }).fetch,
})

export const behaviours: readonly Behaviour[] = [
  {
    title: 'twenty calls at once each get their own answer',
    async run(transport) {
      const numbers = Array.from({ length: 20 }, (_, index) => index)
      const answers = await Promise.all(
        numbers.map(number => {
          const { completions, options } = open(transport, 'echo')
          const call = { ...params, prompt: ask(`${number}`) }
          return number % 2 === 0
            ? completions.create(call, options)
            : completions.stream(call, options).finalCompletion()
        }),
      )
      assertSame(
        answers.map(({ completion }) => completion),
        numbers.map(number => ` You said ${number}`),
      )
    },
  },
  {
    title: 'characters survive being split over pieces',
    async run(transport) {
      const { completions, options } = open(transport, 'split characters')
      const { completion } = join(await collect(completions.stream(params, options)))
      assertSame(completion, ' 日本語 🐙👩‍👩‍👧 café')
    },
  },
  {
    title: 'a refusal is an error of its class',
    async run(transport) {
      const { completions, options } = open(transport, 'not found')
      const error = await failure(() => completions.create(params, options), NotFoundError)
      const { status, type, message, requestID } = error
      assertSame([status, type], [404, 'not_found_error'])
      if (!message.includes('model: claude-9')) throw new Error(`it only says ${message}`)
      if (!requestID?.startsWith('req_')) throw new Error(`it has the request id ${requestID}`)
      if (!(error instanceof APIError && Anthropic.APIError.isInstance(error))) throw new Error('no APIError')
    },
  },
  {
    title: 'an overloaded server is asked again',
    async run(transport) {
      const { reach, completions, options } = open(transport, 'overloaded at first')
      const { completion } = await completions.create(params, options)
      assertSame([completion, (await reach.fate()).asked], [' Hi there.', 2])
    },
  },
  {
    title: 'a redirect within the origin is followed',
    async run(transport) {
      const { reach, completions, options } = open(transport, 'moved')
      const { completion } = await completions.create(params, options)
      // A browser hides where a redirect leads: it has to be asked for once more, to be followed by itself.
      assertSame(completion, ' Hi there.')
      const { asked } = await reach.fate()
      if (asked < 2 || asked > 3) throw new Error(`it was asked ${asked} times`)
    },
  },
  {
    title: 'a server that is not there is a connection error',
    async run(transport) {
      const { headers } = transport.reach('hello')
      // No port of a server, and none that a browser or a worker would refuse to try.
      const { completions } = new Anthropic({ apiKey: KEY, baseURL: 'http://127.0.0.1:2', maxRetries: 0 })
      await failure(() => completions.create(params, { headers }), APIConnectionError)
    },
  },
  {
    title: 'leaving the loop ends the request',
    async run(transport) {
      const { reach, completions, options } = open(transport, 'silent after a while')
      for await (const _ of completions.stream(params, options)) break
      await untilFate(reach, isAborted)
    },
  },
  {
    title: 'controller.abort() ends a stream without an error',
    async run(transport) {
      const { reach, completions, options } = open(transport, 'silent after a while')
      const stream = completions.stream(params, options)
      const { begun, reading } = readFrom(stream)
      await soon(begun)
      stream.controller.abort()
      await soon(reading)
      await untilFate(reach, isAborted)
    },
  },
  {
    title: 'the caller’s signal ends a stream that waits',
    async run(transport) {
      const { reach, completions, options } = open(transport, 'silent after a while')
      const caller = new AbortController()
      const { begun, reading } = readFrom(completions.stream(params, { ...options, signal: caller.signal }))
      await soon(begun)
      caller.abort()
      await soon(reading)
      await untilFate(reach, isAborted)
    },
  },
  {
    title: 'the caller’s signal ends a call that waits',
    async run(transport) {
      const { reach, completions, options } = open(transport, 'slow to begin')
      const caller = new AbortController()
      const { signal } = caller
      const call = failure(() => completions.create(params, { ...options, signal }), APIUserAbortError)
      await untilFate(reach, isAsked)
      caller.abort(new Error('enough'))
      await soon(call)
      await untilFate(reach, isAborted)
    },
  },
  {
    title: 'AbortSignal.timeout() ends a call that waits',
    async run(transport) {
      const { reach, completions, options } = open(transport, 'slow to begin')
      const signal = AbortSignal.timeout(100)
      await soon(failure(() => completions.create(params, { ...options, signal }), APIUserAbortError))
      await untilFate(reach, isAborted)
    },
  },
  {
    title: 'a signal that has aborted before ends a call at once',
    async run(transport) {
      const { reach, completions, options } = open(transport, 'hello')
      const signal = AbortSignal.abort()
      await soon(failure(() => completions.create(params, { ...options, signal }), APIUserAbortError))
      assertSame((await reach.fate()).asked, 0)
    },
  },
  {
    title: 'the timeout ends a call whose answer does not begin',
    async run(transport) {
      const { reach, completions, options } = open(transport, 'slow to begin')
      const limited = { ...options, timeout: 200, maxRetries: 0 }
      await soon(failure(() => completions.create(params, limited), APIConnectionTimeoutError))
      await untilFate(reach, isAborted)
    },
  },
  {
    title: 'the timeout ends a whole answer that does not end',
    async run(transport) {
      const { reach, completions, options } = open(transport, 'silent after a while')
      const limited = { ...options, timeout: 300, maxRetries: 0 }
      const call = { ...params, stop_sequences: ['\n'] }
      await soon(failure(() => completions.create(call, limited), APIConnectionTimeoutError))
      await untilFate(reach, isAborted)
    },
  },
  {
    title: 'a connection that is lost leaves what had come',
    async run(transport) {
      const { completions, options } = open(transport, 'cut')
      const { partialText } = await soon(
        failure(() => collect(completions.stream(params, options)), IncompleteReplyError),
      )
      if (!/^ (word )+/.test(partialText ?? ''))
        throw new Error(`only ${JSON.stringify(partialText)} was left`)
    },
  },
  {
    title: 'an error event ends a stream',
    async run(transport) {
      const { completions, options } = open(transport, 'error event')
      const { type, partialText } = await failure(
        () => collect(completions.stream(params, options)),
        APIError,
      )
      assertSame([type, partialText], ['overloaded_error', ' one two'])
    },
  },
  {
    title: 'tee() gives a stream twice',
    async run(transport) {
      const { completions, options } = open(transport, 'hello')
      const branches = completions.stream(params, options).tee()
      const [left, right] = await Promise.all(branches.map(branch => collect(branch)))
      assertSame([join(left ?? []).completion, join(right ?? []).completion], [' Hi there.', ' Hi there.'])
    },
  },
  {
    title: 'toReadableStream() is read back by fromReadableStream()',
    async run(transport) {
      const { completions, options } = open(transport, 'hello')
      const bytes = completions.stream(params, options).toReadableStream()
      const stream = Stream.fromReadableStream<{ completion: string }>(bytes, new AbortController())
      const texts = (await collect(stream)).map(({ completion }) => completion)
      assertSame(texts.join(''), ' Hi there.')
    },
  },
  {
    title: 'the bytes of asResponse() can be cancelled',
    async run(transport) {
      const { reach, completions, options } = open(transport, 'silent after a while')
      const response = await completions.create({ ...params, stream: true }, options).asResponse()
      const reader = response.body?.getReader()
      await reader?.read()
      await reader?.cancel()
      await untilFate(reach, isAborted)
    },
  },
  {
    title: 'reports each diagnostic of a request once, however it is called',
    async run(transport) {
      const reach = transport.reach('hello')
      const reported: Diagnostic[] = []
      const { completions } = connect(reach, { onDiagnostic: diagnostic => reported.push(diagnostic) })
      const options = { headers: reach.headers }
      const models = (): unknown[] =>
        reported.splice(0).map(({ code, message }) => [code, /claude-[\w.]+/.exec(message)?.[0]])
      const call = { ...params, model: 'claude-2.1' }
      for (let round = 0; round < 3; round++) await completions.create(call, options)
      assertSame(models(), [['retired-model', 'claude-2.1']], 'reported of claude-2.1')
      for (let round = 0; round < 3; round++) await collect(completions.stream(call, options))
      assertSame(models(), [], 'reported of claude-2.1 again')
      await completions.create({ ...call, model: 'claude-2.0' }, options)
      assertSame(models(), [['retired-model', 'claude-2.0']], 'reported of claude-2.0')
    },
  },
  {
    title: 'without a key and an environment, a client says what is missing',
    async run(transport) {
      const { baseURL, fetch, headers } = transport.reach('hello')
      const { completions } = new Anthropic({ baseURL, fetch })
      const error = await failure(() => completions.create(params, { headers }), AnthropicError)
      if (!error.remedy?.includes('ANTHROPIC_API_KEY')) throw new Error(`it only says ${error.message}`)
    },
  },
  {
    title: 'installCompletionsFetch() has the global fetch keep the legacy endpoint, until it is undone',
    async run(transport) {
      const { baseURL, fetch, headers } = transport.reach('hello')
      const before = globalThis.fetch
      const undo = installCompletionsFetch({ fetch })
      const response = await globalThis.fetch(`${baseURL}/v1/complete`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'x-api-key': KEY },
        body: JSON.stringify(params),
      })
      undo()
      assertSame((await response.json()).completion, ' Hi there.')
      if (globalThis.fetch !== before) throw new Error('it was not undone')
    },
  },
  {
    title: 'a client that was made while its module loaded works',
    async run() {
      assertSame((await early.completions.create(params)).completion, ' Hi there.')
    },
  },
]
