import type { Door } from '../core/completions.ts'
import { headerValue } from '../core/headers.ts'
import { httpReply } from '../core/read.ts'
import type { ClientSettings } from './options.ts'
import { request } from './request.ts'

/** The way of our own client: HTTP, with the old SDK's retries. */
export function clientDoor(settings: ClientSettings): Door {
  return {
    settings,
    timeoutOf: options => options.timeout ?? settings.timeout,
    versionOf: ({ headers }) =>
      headerValue(headers, 'anthropic-version') ?? headerValue(settings.defaultHeaders, 'anthropic-version'),
    asThrown: error => error,
    async send({ path, headers, body, isStreamed, grammar }, callHeaders, options, call) {
      const signal = isStreamed ? call.controller.signal : call.signal
      const response = await request(
        settings,
        { method: 'POST', path, headers: { ...headers, ...callHeaders }, body: JSON.stringify(body), signal },
        options,
      )
      return httpReply({ response, isStreamed, grammar, signal })
    },
  }
}
