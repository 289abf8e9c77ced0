import { DOCUMENTATION_URL } from '../diagnostics/diagnostic.ts'
import { flag, listed, type Option, type Options, readArguments, type Values } from './arguments.ts'
import type { CliContext } from './context.ts'

/** Options grouped by the headings in `--help`. */
type Groups = Readonly<Record<string, Options>>

/** The options of all groups in one object. */
type Merged<G extends Groups> = (
  { [Heading in keyof G]: (options: G[Heading]) => void }[keyof G] extends (options: infer All) => void
    ? All
    : never
) extends infer Options extends Record<string, Option>
  ? Options
  : never

/** Values of the options of all groups, as a command receives them. */
export type ValuesOf<G extends Groups> = Values<Merged<G>>

interface CommandText {
  /** Arguments after the command's name: `<path...> [options]`. */
  readonly usage: string
  /** Shell lines, each group with a comment above it. */
  readonly examples: string
  /** Text below the options in `--help`: exit codes, environment variables. */
  readonly notes: string
}

interface Definition<G extends Groups> extends CommandText {
  readonly options: G
  /** Whether the command accepts arguments that are not options. @default false */
  readonly takesArguments?: boolean
  /** Runs the command. Resolves with the exit code. */
  run(values: ValuesOf<G>, context: CliContext, positionals: readonly string[]): Promise<number>
}

/** A command: its help texts, its options and its implementation. */
export interface Command extends CommandText {
  readonly groups: Groups
  /** All options by name, without `--help`. */
  readonly options: Options
  /** Reads the arguments and runs the command; resolves with the exit code. */
  run(args: readonly string[], context: CliContext): Promise<number>
}

/** A command in the overview of all commands. */
export interface ListedCommand {
  /** A sentence without its full stop, in the third person. */
  readonly summary: string
  /** Loads the command. Loading on demand keeps the dependencies of one command from delaying another. */
  load(): Promise<Command>
}

const HELP = { help: flag('Show this help', { short: 'h' }) }

/** Defines a command. The types of its values follow from its options. */
export function defineCommand<G extends Groups>(definition: Definition<G>): Command {
  const { options: groups, takesArguments = false, run, ...text } = definition
  const options: Merged<G> = Object.assign({}, ...Object.values(groups))
  return {
    ...text,
    groups,
    options,
    run(args, context) {
      const { values, positionals } = readArguments(args, options, takesArguments)
      return run(values, context, positionals)
    },
  }
}

/** Returns whether the arguments contain `-h` or `--help` before a `--`. */
export function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end === -1 ? args : args.slice(0, end)).some(argument => argument === '--help' || argument === '-h')
}

/**
 * Returns the help of a command. Lists the same option definitions that parse the arguments, so the two always agree.
 */
export function helpOf(name: string, summary: string, command: Command, columns: number): string {
  const groups = { ...command.groups }
  const isGrouped = Object.keys(groups).length > 1
  const sections = Object.entries(
    isGrouped ? { ...groups, Help: HELP } : { Options: { ...command.options, ...HELP } },
  )
  return [
    `${wrapped(`${summary}.`, 0, columns)}\n`,
    `Usage: ${`legacy-completions ${name} ${command.usage}`.trimEnd()}\n`,
    `Examples:\n${indented(command.examples)}\n`,
    ...sections.map(([heading, options]) => `${heading}:\n${optionRows(options, columns)}\n`),
    `${command.notes.trim()}\n`,
    `Documentation: ${DOCUMENTATION_URL}/cli#${name}\n`,
  ].join('\n')
}

/** Column in which the descriptions of options begin. */
const DESCRIPTIONS = 30

function optionRows(options: Options, columns: number): string {
  return Object.entries(options)
    .map(([name, option]) => {
      const short = option.short === undefined ? '    ' : `-${option.short}, `
      const head = `  ${short}--${name}${option.kind === 'flag' ? '' : ` ${option.value}`}`
      const description = wrapped(describe(option), DESCRIPTIONS, columns)
      return head.length + 1 < DESCRIPTIONS
        ? head.padEnd(DESCRIPTIONS) + description
        : `${head}\n${' '.repeat(DESCRIPTIONS)}${description}`
    })
    .join('\n')
}

function describe(option: Option): string {
  const choices = option.kind === 'choice' && option.isListed !== true ? `: ${listed(option.choices)}` : ''
  const without = option.default === undefined ? '' : ` (default: ${option.default})`
  const more = option.kind === 'texts' ? '. May be given more than once' : ''
  return `${option.about}${choices}${more}${without}`
}

/** Wraps text at a width and indents all lines after the first. */
function wrapped(text: string, indent: number, columns: number): string {
  const width = Math.max(24, Math.min(columns, 120) - indent)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`)
}

const indented = (text: string): string => text.trim().replace(/^(?=.)/gm, '  ')
