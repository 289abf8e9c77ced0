import type { MessagesClient } from 'legacy-completions/sdk'
import type { Asking, Sdk } from './adapters.ts'

/** The error of a client that is not ours. */
export class PlainSdkError extends Error {
  readonly status: number | undefined
  readonly type: string | undefined

  constructor(message: string, status?: number, type?: string) {
    super(message)
    this.status = status
    this.type = type
  }
}

/**
 * A client of the Messages API in the plainest way, for the official SDK's place where that is not installed: one
 * attempt, and damage is an error.
 */
export const plainSdk: Sdk = {
  connect: asking => new PlainSdk(asking),
  isOwnError: error => error instanceof Error && !(error instanceof TypeError),
}

class PlainSdk implements MessagesClient {
  readonly #asking: Asking
  readonly timeout: number | undefined

  constructor(asking: Asking) {
    this.#asking = asking
    this.timeout = asking.timeout
  }

  readonly messages: MessagesClient['messages'] = {
    create: async (body: { stream?: boolean }, { signal }: { signal?: AbortSignal }): Promise<unknown> => {
      const { way, key } = this.#asking
      const response = await guarded(() =>
        (way.fetch ?? fetch)(`${way.url}/v1/messages`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'anthropic-version': '2023-06-01',
            'x-api-key': key,
          },
          body: JSON.stringify(body),
          ...(signal && { signal }),
        }),
      )
      if (!response.ok) {
        const said = await guarded(() => response.text())
        throw new PlainSdkError(said, response.status, typeIn(said))
      }
      return body.stream
        ? eventsOf(response)
        : guarded(async () => JSON.parse(strict(await response.arrayBuffer())))
    },
  }
}

async function* eventsOf({ body }: Response): AsyncGenerator<unknown, void, undefined> {
  const reader = body?.getReader()
  let rest = Buffer.alloc(0)
  try {
    for (;;) {
      const piece = await guarded(async () => reader?.read())
      if (piece?.value === undefined) return
      rest = Buffer.concat([rest, piece.value])
      for (let end = rest.indexOf('\n\n'); end !== -1; end = rest.indexOf('\n\n')) {
        const bytes = rest.subarray(0, end)
        rest = rest.subarray(end + 2)
        const block = await guarded(async () => strict(bytes))
        const event = fieldOf(block, 'event')
        const data = fieldOf(block, 'data')
        if (event === 'error') throw new PlainSdkError(`${data}`, undefined, typeIn(`${data}`))
        if (event !== undefined && event !== 'ping' && data !== undefined)
          yield await guarded(async () => JSON.parse(data))
      }
    }
  } finally {
    reader?.cancel().catch(() => {})
  }
}

const strict = (bytes: ArrayBuffer | Uint8Array): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(bytes)

/** Not by an expression, for which U+2028 would end a line. */
function fieldOf(block: string, name: string): string | undefined {
  const line = block.split('\n').find(line => line.startsWith(`${name}: `))
  return line?.slice(name.length + 2)
}

/** What the platform throws, as an error of this client. */
async function guarded<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    throw new PlainSdkError(`Connection error: ${cause}`)
  }
}

function typeIn(text: string): string | undefined {
  try {
    return Object(JSON.parse(text)).error?.type
  } catch {
    return undefined
  }
}
