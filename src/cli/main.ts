import { VERSION } from '../client/version.ts'
import { AnthropicError } from '../errors.ts'
import { HELP, UsageError } from './usage.ts'

/** Where a command runs: what it was given, and where it says something. */
export interface Surroundings {
  /** The arguments behind the program's name. */
  args: readonly string[]
  env: Readonly<Record<string, string | undefined>>
  out: (text: string) => void
  /** For people: what went wrong, and what to do. */
  err: (text: string) => void
  /** Asks a command that runs on to end. */
  signal: AbortSignal
}

/**
 * Runs a command and resolves with its exit code: 0 when it did what it was asked to, 1 when it found what it was to
 * find, 2 when it was asked for what it does not know.
 */
export async function main(surroundings: Surroundings): Promise<number> {
  const { args, out, err } = surroundings
  const [command, ...rest] = args
  try {
    switch (command) {
      case 'serve': {
        const { serve } = await import('./serve.ts')
        return await serve({ ...surroundings, args: rest })
      }
      case 'audit': {
        const { audit } = await import('./audit.ts')
        return await audit({ ...surroundings, args: rest })
      }
      case '--version':
        out(`${VERSION}\n`)
        return 0
      case '--help':
      case 'help':
        out(HELP)
        return 0
      case undefined:
        err(HELP)
        return 2
      default:
        throw new UsageError(`There is no command ${JSON.stringify(command)}.`)
    }
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof AnthropicError)) throw error
    const isCommand = command !== undefined && ['serve', 'audit'].includes(command)
    err(`${error.message}\nSee legacy-completions ${isCommand ? `${command} ` : ''}--help.\n`)
    return 2
  }
}
