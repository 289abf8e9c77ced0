import type { WriteStream } from 'node:tty'
import { VERSION } from '../client/version.ts'
import { AnthropicError, APIError } from '../errors.ts'
import { FileError } from './file-errors.ts'
import { HELP, UsageError } from './usage.ts'

/** Where a command runs: what it was given, and where it says something. */
export interface Surroundings {
  /** The arguments behind the program's name. */
  args: readonly string[]
  env: Readonly<Record<string, string | undefined>>
  out: (text: string) => void
  /** For people: what went wrong, and what to do. */
  err: (text: string) => void
  /** What is piped in, until it ends or the signal does. */
  stdin: () => AsyncIterable<Uint8Array>
  /** The descriptor that bytes go to: a command that writes many is not to be faster than whoever reads them. */
  stdout: number
  /** Where people look on, if they do: for what moves. */
  terminal?: WriteStream | undefined
  /** Asks a command that runs on to end. */
  signal: AbortSignal
}

type Command = (surroundings: Surroundings) => Promise<number>

/** Each is loaded when it is asked for: none waits for what another needs. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['serve', async (): Promise<Command> => (await import('./commands/serve.ts')).serve],
  ['audit', async (): Promise<Command> => (await import('./commands/audit.ts')).audit],
  ['migrate', async (): Promise<Command> => (await import('./commands/migrate.ts')).migrate],
  ['convert', async (): Promise<Command> => (await import('./commands/convert.ts')).convert],
  ['batch', async (): Promise<Command> => (await import('./commands/batch.ts')).batch],
  ['complete', async (): Promise<Command> => (await import('./commands/complete.ts')).complete],
])

/**
 * Runs a command and resolves with its exit code: 0 when it did what it was asked to, 1 when not all of it could be done
 * or it found what it was to find, 2 when it was asked for what it does not know.
 */
export async function main(surroundings: Surroundings): Promise<number> {
  const { args, out, err } = surroundings
  const [command, ...rest] = args
  try {
    if (command === undefined) {
      err(HELP)
      return 2
    }
    if (command === '--version') {
      out(`${VERSION}\n`)
      return 0
    }
    if (command === '--help' || command === 'help') {
      out(HELP)
      return 0
    }
    const load = COMMANDS.get(command)
    if (load === undefined) throw new UsageError(`There is no command ${JSON.stringify(command)}.`)
    const run = await load()
    return await run({ ...surroundings, args: rest })
  } catch (error) {
    if (error instanceof FileError) {
      err(`${error.message}\n`)
      return 2
    }
    if (!(error instanceof UsageError) && !(error instanceof AnthropicError)) throw error
    const remedy = 'remedy' in error && error.remedy !== undefined ? ` ${error.remedy}` : ''
    if (error instanceof APIError) {
      err(`${error.message}${remedy}\n`)
      return 1
    }
    const isKnown = command !== undefined && COMMANDS.has(command)
    const help = isKnown ? `legacy-completions ${command} --help` : 'legacy-completions --help'
    err(`${error.message}${remedy}\nSee ${help}.\n`)
    return 2
  }
}
