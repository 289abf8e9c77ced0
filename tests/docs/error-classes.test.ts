import * as main from 'legacy-completions'
import { Anthropic, type ClientOptions, type CompletionRequest } from 'legacy-completions'
import * as auditing from 'legacy-completions/audit'
import { type RunningEmulator, startEmulator } from 'legacy-completions/emulator'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { textOf } from './markdown.ts'

const CALL: CompletionRequest = {
  model: 'claude-opus-4-8',
  max_tokens_to_sample: 300,
  prompt: '\n\nHuman: Why is the sky blue?\n\nAssistant:',
}

/** One of its own for each error: what one has not asked for must not answer the next. */
let emulator: RunningEmulator
beforeEach(async () => {
  emulator = await startEmulator()
})
afterEach(() => emulator.close())

const clientWith = (options: ClientOptions = {}): Anthropic =>
  new Anthropic({ apiKey: 'any', baseURL: emulator.url, maxRetries: 0, ...options })

/** A server that refuses, by the type of its error. */
const refusedAs = (type: string, message: string) => (): Promise<unknown> => {
  emulator.reply({ error: { type, message } })
  return clientWith().completions.create(CALL)
}

interface ErrorClass {
  when: string
  remedy: string
  /** Ends in an error of the class. */
  provoke: () => unknown
}

const CLASSES: Readonly<Record<string, ErrorClass>> = {
  AnthropicError: {
    when: 'The base of all others. By itself: an option that cannot be, before anything is sent.',
    remedy: 'the message names the option, the reason and what to pass.',
    provoke: () => new Anthropic({ apiKey: 'any', maxRetries: -1 }),
  },
  APIError: {
    when: 'A server’s refusal of a status that has no class of its own, and an `error` event within a stream, which has no status.',
    remedy: 'read `status`, `type` and the server’s sentence in `error.error.message`.',
    provoke: refusedAs('billing_error', 'Your credit balance is too low.'),
  },
  APIUserAbortError: {
    when: 'The `signal` of a call aborted before its answer began. A stream that had begun just ends.',
    remedy: 'nothing, for it was asked for.',
    provoke: () => clientWith().completions.create(CALL, { signal: AbortSignal.abort() }),
  },
  APIConnectionError: {
    when: 'No answer came: no connection, or it broke before the answer began. Tried again `maxRetries` times. `cause` is the platform’s own error.',
    remedy: 'look at `cause`, and at `baseURL`.',
    provoke: () => clientWith({ baseURL: 'http://127.0.0.1:9' }).completions.create(CALL),
  },
  APIConnectionTimeoutError: {
    when: 'The answer did not begin within `timeout`, in any attempt.',
    remedy: 'raise `timeout`, or stream the call.',
    provoke: () => {
      emulator.reply({ text: 'Late.', faults: { responseDelayMs: 2000 } })
      return clientWith({ timeout: 50 }).completions.create(CALL)
    },
  },
  IncompleteReplyError: {
    when: 'A stream or a reply ended before its end was said.',
    remedy: 'what had come is in `partialText`. Call again, or go on from there.',
    provoke: async () => {
      emulator.reply({ text: 'Air scatters blue light.', faults: { endAfterBytes: 900 } })
      for await (const _ of clientWith().completions.stream(CALL));
    },
  },
  UnreadableReplyError: {
    when: 'What answered does not speak the Messages API.',
    remedy: 'check `baseURL`: it ends before `/v1`.',
    provoke: () => {
      emulator.reply({ body: '{"hello":"world"}' })
      return clientWith().completions.create(CALL)
    },
  },
  BadRequestError: {
    when: 'Status 400: the server’s, or this package’s own before anything is sent, with the remarks in `diagnostics`.',
    remedy: 'the message says what is wrong; [Found by the error](errors.md) has the sentences.',
    provoke: () => clientWith().completions.create({ ...CALL, prompt: 'Why is the sky blue?' }),
  },
  AuthenticationError: {
    when: 'Status 401.',
    remedy: 'check `ANTHROPIC_API_KEY`, and that it belongs to the server at `baseURL`.',
    provoke: () => clientWith({ apiKey: 'invalid' }).completions.create(CALL),
  },
  PermissionDeniedError: {
    when: 'Status 403.',
    remedy: 'ask whoever gave the key for the right to it.',
    provoke: refusedAs('permission_error', 'Your API key does not have permission to use this model.'),
  },
  NotFoundError: {
    when: 'Status 404: mostly a model that is retired or misspelled.',
    remedy: 'name a [live model](models.md).',
    provoke: () => clientWith({ retiredModel: 'pass' }).completions.create({ ...CALL, model: 'claude-2.1' }),
  },
  ConflictError: {
    when: 'Status 409. Tried again by itself.',
    remedy: 'call again.',
    provoke: refusedAs('conflict_error', 'Conflict'),
  },
  UnprocessableEntityError: {
    when: 'Status 422, which some gateways answer for a body that they do not like.',
    remedy: 'the message says what is wrong.',
    provoke: () => {
      emulator.reply({ status: 422, error: { type: 'invalid_request_error', message: 'Unprocessable' } })
      return clientWith().completions.create(CALL)
    },
  },
  RateLimitError: {
    when: 'Status 429. Tried again by itself, after the time the server names.',
    remedy: 'call less often, or raise `maxRetries`.',
    provoke: refusedAs('rate_limit_error', 'Number of requests has exceeded your rate limit.'),
  },
  InternalServerError: {
    when: 'Status 500 and above, 529 included. Tried again by itself.',
    remedy: 'call again later; `requestID` is what the vendor’s support asks for.',
    provoke: refusedAs('overloaded_error', 'Overloaded'),
  },
  AuditError: {
    when: 'The runtime has no WebAssembly, which the parsers of the audit need. Thrown by `legacy-completions/audit`.',
    remedy: 'run the audit in Node, without `--jitless`.',
    async provoke() {
      // No runtime of these tests is without it.
      vi.stubGlobal('WebAssembly', undefined)
      vi.resetModules()
      const { findLegacyUses } = await import('legacy-completions/audit')
      try {
        await findLegacyUses([
          { file: 'a.ts', text: 'client.completions.create({ prompt, max_tokens_to_sample: 1 })' },
        ])
      } finally {
        vi.unstubAllGlobals()
        vi.resetModules()
      }
    },
  },
}

type Kind = abstract new (...args: never) => Error
const isErrorClass = (value: unknown): value is Kind =>
  typeof value === 'function' && value.prototype instanceof Error

/** The error classes of the entries, by name. */
const EXPORTED = new Map<string, Kind>()
for (const [name, value] of [...Object.entries(main), ...Object.entries(auditing)])
  if (isErrorClass(value)) EXPORTED.set(name, value)

const errorOf = async ({ provoke }: ErrorClass): Promise<Error> => {
  try {
    await provoke()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error(`nothing was thrown: ${provoke}`)
}

/** The fields that an error has beyond those of any, with a value. */
const fieldsOf = (error: Error): string[] =>
  ['status', 'type', 'error', 'headers', 'requestID', 'partialText', 'diagnostics', 'remedy', 'cause'].filter(
    name => (Reflect.get(error, name) ?? undefined) !== undefined,
  )

const ancestryOf = (kind: Kind): string => Object.getPrototypeOf(kind).name

describe('docs/error-classes.md', () => {
  const sections = new Map<string, string>()

  it.each(Object.entries(CLASSES))('%s is what is thrown', async (name, described) => {
    const error = await errorOf(described)
    // The name and not the class: one of them was made by modules of its own.
    expect(error.constructor.name).toBe(name)
    const kind = EXPORTED.get(name)
    if (kind === undefined) throw new Error(`${name} is not exported`)
    const fields = fieldsOf(error).map(field => `\`${field}\``)
    sections.set(
      name,
      `## ${name}

${described.when}

\`\`\`text
${error.message.replace(/req_\w+/g, 'req_…')}
\`\`\`

It extends \`${ancestryOf(kind)}\`${fields.length > 0 ? `; this one has ${fields.join(', ')}` : ''}.

What to do: ${described.remedy}
`,
    )
  })

  it('is what happened above (mend with: npx vitest run tests/docs/error-classes.test.ts -u)', async () => {
    const text = `# Error classes

Every class, with a message as it comes. Names, fields and messages are those of the old SDK, so that what a program does
with them goes on working; what is ours is added behind, or in \`remedy\`. All have \`name\` "Error", as theirs had.

\`\`\`text
if (error instanceof Anthropic.RateLimitError) …        one installed copy of this package
if (RateLimitError.isInstance(error)) …                 also errors of another copy
\`\`\`

With \`withCompletions\` an error is of the SDK’s own class of that name. What is not asked of a server is a
\`TypeError\`: a prompt that cannot be written, a row of \`models\` that cannot be, a fraction that is none.

${Object.keys(CLASSES)
  .map(name => sections.get(name))
  .join('\n')}`
    await expect(text).toMatchFileSnapshot('../../docs/error-classes.md')
  })

  it('has every class that is exported, and no other', () => {
    expect(Object.keys(CLASSES).sort()).toEqual([...EXPORTED.keys()].sort())
  })

  it('has every class of the sources', () => {
    const declared = ['src/errors.ts', 'src/audit/languages/parsers.ts'].flatMap(file =>
      [...textOf(file).matchAll(/^export class (\w+)/gm)].map(match => match[1]),
    )
    expect(declared.sort()).toEqual(Object.keys(CLASSES).sort())
  })
})
