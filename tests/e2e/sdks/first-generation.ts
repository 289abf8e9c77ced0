import { describeError, type Observed, sleep, toJson } from './observe.ts'
import { ask, type FirstCase, type FirstProgram, HELLO } from './program.ts'
import type { Completion, FirstClient } from './surface.ts'

const PARAMS = {
  model: 'claude-v1',
  max_tokens_to_sample: 300,
  stop_sequences: ['\n\nHuman:'],
  prompt: ask('Hello, Claude'),
} as const

const OVERLOADED = { error: { type: 'overloaded_error', message: 'Overloaded' } } as const

const client = ({ module, emulator }: FirstProgram, key = 'test-key'): FirstClient =>
  new module.Client(key, { apiUrl: emulator.url })

const settle = (promise: Promise<Completion>): Promise<Observed> =>
  promise.then(
    completion => ({ completion: toJson(completion), fields: Object.keys(completion).join(' ') }),
    (error: unknown) => ({ error: describeError(error) }),
  )

async function observe(
  program: FirstProgram,
  params = {},
  signal?: AbortSignal,
  each: (count: number) => void = () => {},
): Promise<Observed> {
  const updates: string[] = []
  let status: number | undefined
  const end = await settle(
    client(program).completeStream(
      { ...PARAMS, ...params },
      {
        onOpen: response => {
          status = response.status
        },
        onUpdate: ({ completion }) => each(updates.push(completion)),
        ...(signal && { signal }),
      },
    ),
  )
  return { updates, status, ...end }
}

/** Every case of the first generation: `complete` and `completeStream` of a `Client`. */
export const firstCases: readonly FirstCase[] = [
  {
    title: 'the constants of the first generation',
    run: async ({ module }) => ({ values: [module.HUMAN_PROMPT, module.AI_PROMPT] }),
  },
  { title: 'complete()', run: program => settle(client(program).complete({ ...PARAMS })) },
  {
    title: 'complete() at max_tokens',
    replies: [{ deltas: ['one', ' two', ' three'] }],
    run: program => settle(client(program).complete({ ...PARAMS, max_tokens_to_sample: 2 })),
  },
  {
    title: 'complete() with a stop',
    replies: [{ deltas: ['one', ' two', ' three'] }],
    run: program => settle(client(program).complete({ ...PARAMS, stop_sequences: [' two'] })),
  },
  {
    title: 'complete() of a bad prompt',
    run: program => settle(client(program).complete({ ...PARAMS, prompt: 'Hello' })),
  },
  {
    title: 'complete() with a wrong key',
    run: program => settle(client(program, 'invalid-key').complete({ ...PARAMS })),
  },
  {
    title: 'complete() of a failure',
    replies: [OVERLOADED],
    run: program => settle(client(program).complete({ ...PARAMS })),
  },
  {
    title: 'complete(), aborted',
    replies: [{ text: 'Late.', faults: { responseDelayMs: 400 } }],
    leaves: true,
    run: program => settle(client(program).complete({ ...PARAMS }, { signal: AbortSignal.timeout(100) })),
  },
  { title: 'completeStream()', run: program => observe(program) },
  {
    title: 'completeStream() at max_tokens',
    replies: [{ deltas: ['one', ' two', ' three'] }],
    run: program => observe(program, { max_tokens_to_sample: 2 }),
  },
  { title: 'completeStream() of a failure', replies: [OVERLOADED], run: program => observe(program) },
  {
    title: 'completeStream(), aborted in the middle',
    replies: [{ deltas: ['one', ' two', ' three', ' four'], faults: { delayMs: 40 } }],
    leaves: true,
    async run(program) {
      const caller = new AbortController()
      const seen = await observe(program, {}, caller.signal, count => {
        if (count === 2) caller.abort()
      })
      await sleep(50)
      return seen
    },
  },
  {
    title: 'completeStream() as it is',
    replies: [HELLO],
    run: program => observe(program, { tags: undefined }),
  },
]
