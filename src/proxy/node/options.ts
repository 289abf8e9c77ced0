/** What the proxy can be served with, and what it refuses to be. */
import * as z from 'zod/mini'
import { checkOptions } from '../../core/options.ts'
import type { ListenOptions } from '../../listen.ts'
import { atLeastOne, checkProxyOptions, type ProxyOptions } from '../options.ts'
import type { RequestRecord } from './exchange.ts'

export interface ServeOptions extends Omit<ProxyOptions, 'fetch'>, ListenOptions {
  /** Milliseconds that the upstream may be silent for, before its answer and within it. @default 600000 */
  timeout?: number | undefined
  /** How many requests may be answered at once; more are told to come again. @default no limit */
  maxConcurrent?: number | undefined
  /** The largest head of a request, in bytes. @default 16384 */
  maxHeaderBytes?: number | undefined
  /** What the proxy answers itself, by path, beside `/healthz` and `/readyz`. */
  pages?: Readonly<Record<string, () => Promise<Page>>> | undefined
  /** Is told of each request when it is over. It holds no key and no text. */
  onRequest?: ((record: RequestRecord) => void) | undefined
}

/** An answer of the proxy itself. */
export interface Page {
  type: string
  body: string
}

/** @throws AnthropicError that names each option at fault, the reason and the remedy. */
export function checkServeOptions(options: ServeOptions): void {
  checkProxyOptions(options)
  const schema = z.looseObject({ timeout: atLeastOne, maxConcurrent: atLeastOne, maxHeaderBytes: atLeastOne })
  checkOptions(schema, options, {
    timeout: 'Pass a number of milliseconds, for example 600000.',
    maxConcurrent: 'Pass a number of requests, or leave it out for no limit.',
    maxHeaderBytes: 'Pass a number of bytes, for example 16384.',
  })
}
