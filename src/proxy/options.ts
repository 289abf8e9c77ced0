/** What either edge of the proxy can be made with, and what it refuses to be. */
import * as z from 'zod/mini'
import type { Fetch } from '../adapters/fetch.ts'
import { isHeaderValue } from '../core/headers.ts'
import { type CompletionsOptions, callback, checkOptions, completionsFields } from '../core/options.ts'
import { type KeyOptions, SHORTEST_TOKEN } from './keys.ts'

export interface ProxyOptions extends CompletionsOptions, KeyOptions {
  /** Where requests go. @default 'https://api.anthropic.com' */
  upstream?: string | undefined
  /** The largest body of a request to the legacy endpoint, in bytes. @default 33554432 (32 MiB, the API's own limit) */
  maxBodyBytes?: number | undefined
  /** What the requests travel through. @default the global `fetch` */
  fetch?: Fetch | undefined
}

export const DEFAULT_UPSTREAM = 'https://api.anthropic.com'
export const LONGEST_BODY: number = 32 * 1024 * 1024

/** A count, where one is given. */
export const atLeastOne: z.ZodMiniOptional<z.ZodMiniNumberFormat> = z.optional(
  z.int('must be a whole number').check(z.gte(1, 'must be 1 or more')),
)

/** @throws AnthropicError that names each option at fault, the reason and the remedy. */
export function checkProxyOptions(options: ProxyOptions): void {
  const schema = z.looseObject(
    {
      ...completionsFields,
      fetch: callback,
      upstream: z.optional(z.string('must be a string').check(z.refine(isBase, 'must be an absolute URL'))),
      apiKey: z.optional(
        z
          .string('must be a string')
          .check(
            z.minLength(1, 'must not be empty'),
            z.refine(isHeaderValue, 'must be a text that a header can carry'),
          ),
      ),
      tokens: z.optional(
        z.array(
          z.string('must be a string').check(z.minLength(SHORTEST_TOKEN, 'must have at least 16 characters')),
        ),
      ),
      keyHeader: z.optional(z.enum(['x-api-key', 'authorization'], "must be 'x-api-key' or 'authorization'")),
      maxBodyBytes: atLeastOne,
    },
    'options must be an object',
  )
  const whole = schema.check(
    z.refine(
      // A key that the proxy holds must serve nobody who is not known.
      given => !given.apiKey || (Array.isArray(given.tokens) && given.tokens.length > 0),
      { message: 'must be given where the proxy holds the key', path: ['tokens'] },
    ),
  )
  checkOptions(whole, options, {
    upstream: 'Pass an address such as https://api.anthropic.com, without /v1.',
    apiKey: 'Pass the key as text, or leave it out to have the clients’ keys forwarded.',
    tokens: 'Pass the secrets that clients present, of 16 characters or more.',
    keyHeader: 'Leave it out.',
    maxBodyBytes: 'Pass a number of bytes, for example 33554432.',
    fetch: 'Pass a function that takes (url, init), or leave it out.',
  })
}

function isBase(value: string): boolean {
  return /^https?:\/\/[^/?#]+/.test(value) && URL.canParse(value)
}
