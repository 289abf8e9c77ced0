import type { Door } from '../completions/completions.ts'
import type { RequestOptions } from '../completions/options.ts'
import { httpReply } from '../completions/read.ts'
import { requestHeaders } from './headers.ts'
import type { ClientSettings } from './options.ts'
import { send } from './transport.ts'

/** The way of our own client: HTTP, with the old SDK's retries. */
export function clientDoor(settings: ClientSettings): Door {
  return {
    settings,
    timeoutOf: options => options.timeout ?? settings.timeout,
    versionOf: options => givenVersion(settings, options),
    async send({ path, headers, body, isStreamed, grammar }, callHeaders, options, call) {
      const { signal } = call.controller
      const response = await send({
        method: 'POST',
        url: `${settings.baseURL.replace(/\/+$/, '')}${path}`,
        headers: requestHeaders(settings, { ...headers, ...callHeaders }, options.headers),
        body: JSON.stringify(body),
        timeout: options.timeout ?? settings.timeout,
        maxRetries: options.maxRetries ?? settings.maxRetries,
        signal,
        fetch: settings.fetch,
      })
      return httpReply({ response, isStreamed, grammar, signal })
    },
  }
}

/** The API version that the caller's own headers name; the call's count before the client's. */
function givenVersion({ defaultHeaders }: ClientSettings, { headers }: RequestOptions): string | undefined {
  for (const group of [headers, defaultHeaders]) {
    for (const [name, value] of Object.entries(group ?? {})) {
      if (name.toLowerCase() === 'anthropic-version' && value) return value
    }
  }
  return undefined
}
