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

/** A new emulator for each error, so that an unused reply cannot answer the next call. */
let emulator: RunningEmulator
beforeEach(async () => {
  emulator = await startEmulator()
})
afterEach(() => emulator.close())

const clientWith = (options: ClientOptions = {}): Anthropic =>
  new Anthropic({ apiKey: 'any', baseURL: emulator.url, maxRetries: 0, ...options })

/** Provokes an error response of a type. */
const refusedAs = (type: string, message: string) => (): Promise<unknown> => {
  emulator.reply({ error: { type, message } })
  return clientWith().completions.create(CALL)
}

interface ErrorClass {
  when: string
  remedy: string
  /** Throws an error of the class. */
  provoke: () => unknown
}

const CLASSES: Readonly<Record<string, ErrorClass>> = {
  AnthropicError: {
    when: 'The base class of all others. Thrown as such for an invalid option, before anything is sent.',
    remedy: 'read the message: it names the option, the reason and the valid values.',
    provoke: () => new Anthropic({ apiKey: 'any', maxRetries: -1 }),
  },
  APIError: {
    when: 'A status without a class of its own, and an `error` event in a stream, which has no status.',
    remedy: 'read `status`, `type` and the server’s message in `error.error.message`.',
    provoke: refusedAs('billing_error', 'Your credit balance is too low.'),
  },
  APIUserAbortError: {
    when: 'The `signal` of a call was aborted before the response began. A stream that has begun just ends.',
    remedy: 'nothing, if you aborted the call.',
    provoke: () => clientWith().completions.create(CALL, { signal: AbortSignal.abort() }),
  },
  APIConnectionError: {
    when: 'No response: there was no connection, or it broke before the response began. Retried `maxRetries` times. `cause` is the platform’s error.',
    remedy: 'check `cause` and `baseURL`.',
    provoke: () => clientWith({ baseURL: 'http://127.0.0.1:9' }).completions.create(CALL),
  },
  APIConnectionTimeoutError: {
    when: 'The response did not begin within `timeout`, in any attempt.',
    remedy: 'increase `timeout`, or stream the call.',
    provoke: () => {
      emulator.reply({ text: 'Late.', faults: { responseDelayMs: 2000 } })
      return clientWith({ timeout: 50 }).completions.create(CALL)
    },
  },
  IncompleteReplyError: {
    when: 'A response ended too early.',
    remedy: 'call again. `partialText` has the text that arrived.',
    provoke: async () => {
      emulator.reply({ text: 'Air scatters blue light.', faults: { endAfterBytes: 900 } })
      for await (const _ of clientWith().completions.stream(CALL));
    },
  },
  UnreadableReplyError: {
    when: 'The server’s response is not one of the Messages API.',
    remedy: 'check `baseURL`, which ends before `/v1`.',
    provoke: () => {
      emulator.reply({ body: '{"hello":"world"}' })
      return clientWith().completions.create(CALL)
    },
  },
  BadRequestError: {
    when: 'Status 400, from the server, or from this package before anything is sent. The latter has `diagnostics`.',
    remedy: 'read the message; [Troubleshooting](errors.md) explains the common ones.',
    provoke: () => clientWith().completions.create({ ...CALL, prompt: 'Why is the sky blue?' }),
  },
  AuthenticationError: {
    when: 'Status 401.',
    remedy: 'check `ANTHROPIC_API_KEY`, and that it belongs to the server at `baseURL`.',
    provoke: () => clientWith({ apiKey: 'invalid' }).completions.create(CALL),
  },
  PermissionDeniedError: {
    when: 'Status 403.',
    remedy: 'ask the owner of the key for the permission.',
    provoke: refusedAs('permission_error', 'Your API key does not have permission to use this model.'),
  },
  NotFoundError: {
    when: 'Status 404, usually for a retired or misspelled model.',
    remedy: 'name a [live model](models.md).',
    provoke: () => clientWith({ retiredModel: 'pass' }).completions.create({ ...CALL, model: 'claude-2.1' }),
  },
  ConflictError: {
    when: 'Status 409. Retried automatically.',
    remedy: 'call again.',
    provoke: refusedAs('conflict_error', 'Conflict'),
  },
  UnprocessableEntityError: {
    when: 'Status 422, which some gateways use for an invalid body.',
    remedy: 'read the message.',
    provoke: () => {
      emulator.reply({ status: 422, error: { type: 'invalid_request_error', message: 'Unprocessable' } })
      return clientWith().completions.create(CALL)
    },
  },
  RateLimitError: {
    when: 'Status 429. Retried automatically, after the time that the server names.',
    remedy: 'call less often, or increase `maxRetries`.',
    provoke: refusedAs('rate_limit_error', 'Number of requests has exceeded your rate limit.'),
  },
  InternalServerError: {
    when: 'Status 500 and above, 529 included. Retried automatically.',
    remedy: 'call again later. Anthropic’s support asks for `requestID`.',
    provoke: refusedAs('overloaded_error', 'Overloaded'),
  },
  AuditError: {
    when: 'The runtime has no WebAssembly, which the parsers of the audit need. Thrown by `legacy-completions/audit`.',
    remedy: 'run the audit in Node, without `--jitless`.',
    async provoke() {
      // Every runtime of these tests has WebAssembly.
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

  it.each(Object.entries(CLASSES))('%s is thrown and described', async (name, described) => {
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

It extends \`${ancestryOf(kind)}\`${fields.length > 0 ? `. Fields of this error: ${fields.join(', ')}` : ''}.

Fix: ${described.remedy}
`,
    )
  })

  it('agrees with the errors above (update with: npx vitest run tests/docs/error-classes.test.ts -u)', async () => {
    const text = `# Error classes

Every error class, with a sample message. Names, fields and messages are those of the old SDK, so that existing programs can
compare them. What this package adds is at the end of the message or in \`remedy\`. \`name\` is "Error", as in the old SDK.

\`\`\`text
if (error instanceof Anthropic.RateLimitError) …        one installed copy of this package
if (RateLimitError.isInstance(error)) …                 also errors of another copy
\`\`\`

With \`withCompletions\`, errors are instances of the SDK’s class of that name. Functions that send nothing throw a
\`TypeError\` for an invalid argument.

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
