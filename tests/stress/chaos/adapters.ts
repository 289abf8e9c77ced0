import { Anthropic, AnthropicError, type APIError, type Completion } from 'legacy-completions'
import { completionsFetch, type Fetch } from 'legacy-completions/fetch'
import type { Serving } from 'legacy-completions/node'
import { createProxy } from 'legacy-completions/proxy'
import { type MessagesClient, withCompletions } from 'legacy-completions/sdk'
import { Client } from 'legacy-completions/v0'
import { join } from '../../unit/client/outcomes.ts'
import { type Speech, speeches } from '../../unit/client/speeches.ts'
import type { Answer } from './answers.ts'
import { Broken, type NamedError, type Outcome, readAnswer, readingOf } from './outcome.ts'
import { plainSdk } from './plain-sdk.ts'

/** How a server is reached: by an address, or by a `fetch` that asks nobody. */
export interface Way {
  url: string
  fetch?: Fetch
}

export interface Asking {
  answer: Pick<Answer, 'call' | 'isStreamed' | 'speech'>
  key: string
  way: Way
  maxRetries: number
  /** Aborts when the caller gives up. */
  signal: AbortSignal
  /** The timeout of the client in milliseconds, if the case sets one. */
  timeout: number | undefined
  /** Whether the chunks may say that they are not of one completion. */
  isDamaged: boolean
  /** Which of several forms the call has. */
  form: number
}

/** A way into the package. */
export interface Adapter {
  name: string
  speeches: readonly Speech[]
  /** Whether it makes further attempts by itself. */
  retries: boolean
  /** Whether it can be given a `fetch`. */
  takesFetch: boolean
  /** Whether somebody else decodes the bytes, who lets damage pass that ours tells. */
  isLenient?: boolean
  ask(asking: Asking): Promise<Outcome>
}

const MESSAGES: readonly Speech[] = ['messages']

export function clientAdapter(): Adapter {
  return {
    name: 'client',
    speeches: ['messages', 'complete', 'complete of 2023-01-01'],
    retries: true,
    takesFetch: true,
    ask(asking) {
      const { answer, key, way, maxRetries, timeout } = asking
      const client = new Anthropic({
        apiKey: key,
        authToken: null,
        maxRetries,
        baseURL: way.url,
        ...(way.fetch && { fetch: way.fetch }),
        ...speeches[answer.speech].options,
        ...(timeout !== undefined && { timeout }),
      })
      return askCompletions(client, asking, error => error instanceof AnthropicError)
    },
  }
}

/** What makes a client of the SDK, or of something like it, and knows its errors. */
export interface Sdk {
  connect(asking: Asking): MessagesClient
  isOwnError(error: unknown): boolean
}

export function sdkAdapter(name: string, { connect, isOwnError }: Sdk, isLenient: boolean): Adapter {
  return {
    name,
    speeches: MESSAGES,
    retries: false,
    takesFetch: true,
    isLenient,
    ask: asking => askCompletions(withCompletions(connect(asking)), asking, isOwnError),
  }
}

export const plainSdkAdapter = (): Adapter => sdkAdapter('withCompletions', plainSdk, false)

async function askCompletions(
  { completions }: Pick<Anthropic, 'completions'>,
  { answer: { call, isStreamed }, signal, isDamaged, form }: Asking,
  isOwn: (error: unknown) => boolean,
): Promise<Outcome> {
  const named = (error: unknown): NamedError => {
    if (!isOwn(error)) throw error
    return nameOf(error)
  }
  const chunks: Completion[] = []
  try {
    if (!isStreamed) return { reading: readingOf(await completions.create(call, { signal })) }
    const stream =
      form % 2 === 0
        ? completions.stream(call, { signal })
        : await completions.create({ ...call, stream: true }, { signal })
    for await (const chunk of stream) chunks.push(chunk)
    // An abort ends the loop quietly, as in the old SDK; what it came to is said here.
    const whole = await stream.finalCompletion()
    const joined = isDamaged ? whole : join(chunks)
    if (JSON.stringify(joined) !== JSON.stringify(whole)) throw new Broken('chunks that are not the whole')
    return { reading: readingOf(whole) }
  } catch (error) {
    if (error instanceof Broken) throw error
    return { error: named(error), seen: chunks.map(({ completion }) => completion).join('') }
  }
}

function nameOf(error: unknown): NamedError {
  const { name, status, type, partialText }: Partial<APIError> = Object(error)
  const kind = Object(error).constructor?.name ?? name
  return { name: kind, status, type: type ?? undefined, partialText }
}

/** The two dialects of the legacy endpoint, each as often as the other. */
const versionOf = (form: number): string => (form % 2 === 0 ? '2023-06-01' : '2023-01-01')

function requestOf({ answer: { call, isStreamed }, key, form, signal }: Asking): RequestInit {
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'anthropic-version': versionOf(form),
      'x-api-key': key,
    },
    body: JSON.stringify({ ...call, stream: isStreamed }),
    signal,
  }
}

/** Sends the request over HTTP or a fetch function. If the caller aborts, reading the body fails. */
async function askHTTP(asking: Asking, fetch: Fetch, url: string): Promise<Outcome> {
  try {
    return await readAnswer(await fetch(`${url}/v1/complete`, requestOf(asking)), versionOf(asking.form))
  } catch (error) {
    if (asking.signal.aborted && Object(error).name === 'AbortError') return { error: { name: 'AbortError' } }
    // What a fetch says when nobody answers.
    if (error instanceof TypeError && error.message === 'fetch failed')
      return { error: { name: 'fetch failed' } }
    throw error
  }
}

export function fetchAdapter(): Adapter {
  return {
    name: 'completionsFetch',
    speeches: MESSAGES,
    retries: false,
    takesFetch: true,
    ask: asking => askHTTP(asking, completionsFetch(asking.way), asking.way.url),
  }
}

export function proxyAdapter(): Adapter {
  return {
    name: 'createProxy',
    speeches: MESSAGES,
    retries: false,
    takesFetch: true,
    ask({ way, ...asking }) {
      const handler = createProxy({ upstream: way.url, fetch: way.fetch })
      const fetch: Fetch = (url, init) => handler(new Request(url, init))
      return askHTTP({ way, ...asking }, fetch, 'http://proxy.test')
    },
  }
}

/** @param proxy Stands before the server that every case is answered by. */
export function serverAdapter(proxy: Pick<Serving, 'url'>): Adapter {
  return {
    name: 'serveProxy',
    speeches: MESSAGES,
    retries: false,
    takesFetch: false,
    ask: asking => askHTTP(asking, fetch, proxy.url),
  }
}

/** The client, whose calls of the Messages API the proxy forwards. */
export function forwardingAdapter(proxy: Pick<Serving, 'url'>): Adapter {
  const client = clientAdapter()
  return {
    ...client,
    name: 'client, forwarded',
    // The proxy would translate the others.
    speeches: MESSAGES,
    takesFetch: false,
    ask: asking => client.ask({ ...asking, way: { url: proxy.url } }),
  }
}

/** All that the first generation said when something went wrong. */
const V0_SENTENCES =
  /^(?:Sampling error: (\d+)|Failed to open sampling stream, HTTP status code (\d+)|The sampling stream ended|fetch failed$)/

export function v0Adapter(): Adapter {
  return {
    name: 'v0',
    speeches: MESSAGES,
    retries: false,
    takesFetch: true,
    async ask({ answer: { call, isStreamed }, key, way, signal }) {
      const client = new Client(key, { apiUrl: way.url, fetch: way.fetch })
      let seen = ''
      const onUpdate = ({ completion }: { completion: string }): void => {
        if (!completion.startsWith(seen)) throw new Broken('a text that is taken back')
        seen = completion
      }
      try {
        const completion = isStreamed
          ? await client.completeStream(call, { onUpdate, signal })
          : await client.complete(call, { signal })
        return { reading: readingOf(completion) }
      } catch (error) {
        if (Object(error).name === 'AbortError') return { error: { name: 'AbortError' }, seen }
        if (!(error instanceof Error) || error instanceof Broken) throw error
        const match = V0_SENTENCES.exec(error.message)
        if (match === null) throw error
        const [sentence, ...statuses] = match
        const status = statuses.find(status => status !== undefined)
        return {
          error: {
            name: sentence.replace(/\d+/, '…'),
            status: status === undefined ? undefined : Number(status),
            type: typeOf(error.cause),
          },
          seen,
        }
      }
    },
  }
}

/** The cause is what the server said, as text. */
function typeOf(cause: unknown): string | undefined {
  try {
    return Object(JSON.parse(String(cause))).error?.type
  } catch {
    return undefined
  }
}
