import { createEmulator, type Emulator } from './emulator.ts'
import type { EmulatorOptions } from './script.ts'

export interface StartOptions extends EmulatorOptions {
  /** The port to listen on. Default: 0, a port that is free. */
  port?: number
  /** The address to listen on. Default: `127.0.0.1`, which only this machine can reach. */
  host?: string
}

/** An emulator that listens on a port. Its `fetch` answers too, from the same script. */
export interface RunningEmulator extends Emulator {
  /** `http://127.0.0.1:49152`, without a slash at the end: a client's base URL. */
  url: string
  /** Ends every connection, the busy ones too, and frees the port. */
  close(): Promise<void>
}

/**
 * Starts the emulator as an HTTP server. Needs Node, or a runtime with `node:http`; rejects when the port is taken.
 *
 * @example
 * const emulator = await startEmulator()
 * const client = new Anthropic({ apiKey: 'any', baseURL: emulator.url })
 * await emulator.close()
 */
export async function startEmulator(options: StartOptions = {}): Promise<RunningEmulator> {
  const { port, host, ...rest } = options
  const { listen } = await import('../listen.ts')
  const emulator = createEmulator(rest)
  const server = await listen(emulator.fetch, {
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
  })
  return { ...emulator, ...server }
}
