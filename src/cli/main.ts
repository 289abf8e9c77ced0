import { VERSION } from '../client/version.ts'
import { DOCUMENTATION_URL, REPOSITORY_URL } from '../diagnostics/diagnostic.ts'
import { wordFor } from '../diagnostics/remedies.ts'
import { AnthropicError, APIError } from '../errors.ts'
import { nearest } from './arguments.ts'
import { asksForHelp, helpOf, type ListedCommand } from './command.ts'
import { type CliContext, UsageError } from './context.ts'
import { FileError } from './files.ts'

/** All commands, in the order of `--help`. */
export const COMMANDS: Readonly<Record<string, ListedCommand>> = {
  serve: {
    summary: 'Keeps /v1/complete working for programs in any language',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  audit: {
    summary: 'Finds the uses of Text Completions in source files',
    load: async () => (await import('./commands/audit.ts')).audit,
  },
  migrate: {
    summary: 'Rewrites legacy code: imports first, then calls',
    load: async () => (await import('./commands/migrate.ts')).migrate,
  },
  convert: {
    summary: 'Converts prompts to Messages requests and back',
    load: async () => (await import('./commands/convert.ts')).convert,
  },
  batch: {
    summary: 'Runs the requests of convert --to batch as Message Batches',
    load: async () => (await import('./commands/batch.ts')).batch,
  },
  record: {
    summary: 'Records the calls of a program in any language',
    load: async () => (await import('./commands/record.ts')).record,
  },
  verify: {
    summary: 'Runs a program again and compares its calls with a recording',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  compare: {
    summary: 'Compares the replies of two targets and reports whether the figures support a switch',
    load: async () => (await import('./commands/compare.ts')).compare,
  },
  complete: {
    summary: 'Sends one prompt and prints the completion',
    load: async () => (await import('./commands/complete.ts')).complete,
  },
  python: {
    summary: 'Writes the file that restores completions on the Python SDK 1.0 and later',
    load: async () => (await import('./commands/python.ts')).python,
  },
  demo: {
    summary: 'Runs the examples of the old documentation against an emulator',
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  completions: {
    summary: 'Writes a script that completes commands and options in a shell',
    load: async () => (await import('./commands/completions.ts')).completionsOf(COMMANDS),
  },
}

const DEFAULT_COLUMNS = 100

/** Returns the help of one command, or the overview of all commands. */
export async function help(name: string | undefined, columns: number = DEFAULT_COLUMNS): Promise<string> {
  if (name === undefined) return overview()
  const { summary, load } = commandNamed(name)
  return helpOf(name, summary, await load(), columns)
}

/**
 * Runs a command. Resolves with its exit code: 0 for success, 1 if it failed in part or reported findings, 2 if it was
 * called with wrong arguments.
 */
export async function main(args: readonly string[], context: CliContext): Promise<number> {
  const [name, ...rest] = args
  try {
    switch (name) {
      case undefined:
        context.err(overview())
        return 2
      case '--version':
      case '-v':
        context.out(`${VERSION}\n`)
        return 0
      case '--help':
      case '-h':
      case 'help':
        context.out(await help(rest[0], context.columns))
        return 0
    }
    const listed = commandNamed(name)
    if (asksForHelp(rest)) {
      context.out(await help(name, context.columns))
      return 0
    }
    return await (await listed.load()).run(rest, context)
  } catch (error) {
    return report(error, name, context)
  }
}

function commandNamed(name: string): ListedCommand {
  const listed = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (listed !== undefined) return listed
  const near = nearest(name, Object.keys(COMMANDS))
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  throw new UsageError(`There is no command ${JSON.stringify(name)}.${hint}`)
}

/**
 * Reports an error. Errors that the user can fix come with their remedy; all others are reported as a bug in this
 * package.
 */
function report(error: unknown, name: string | undefined, { err, env }: CliContext): number {
  if (error instanceof FileError) {
    err(`${error.message}\n`)
    return 2
  }
  if (!(error instanceof UsageError) && !(error instanceof AnthropicError)) {
    err(unexpectedError(error, env))
    return 2
  }
  const remedy = 'remedy' in error && error.remedy !== undefined ? ` ${error.remedy}` : ''
  const text = wordFor(`${error.message}${remedy}`, 'command')
  if (error instanceof APIError) {
    err(`${text}\n`)
    return 1
  }
  const isKnown = name !== undefined && Object.hasOwn(COMMANDS, name)
  err(`${text}\nSee legacy-completions ${isKnown ? `${name} ` : ''}--help.\n`)
  return 2
}

/** Formats an unexpected error as one line with the address for bug reports. If DEBUG is set, adds the stack. */
export function unexpectedError(error: unknown, env: CliContext['env']): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  const reason = /[.!?]$/.test(line) ? line : `${line}.`
  const stack = env.DEBUG && error instanceof Error ? `${error.stack}\n` : ''
  const hint = env.DEBUG ? '' : ' DEBUG=1 shows where it happened.'
  return `Unexpected error: ${reason} Please report it: ${REPOSITORY_URL}/issues${hint}\n${stack}`
}

function overview(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`)
  return `Keeps code running that calls Claude through the Text Completions interface.

Usage: legacy-completions <command> [options]

Examples:
  # Start a proxy and a backend. No key is needed, and nothing leaves the machine.
  legacy-completions serve --emulate

  # Find the uses of Text Completions in a codebase, then show how they would be rewritten.
  legacy-completions audit .
  legacy-completions migrate .

Commands:
${rows.join('\n')}

Options:
  -h, --help       Show this help, or the help of a command
  -v, --version    Show the version

Documentation: ${DOCUMENTATION_URL}
`
}
