import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from './context.ts'

interface Described {
  /** What the option does, for `--help`: one or more sentences, the last one without a full stop. */
  readonly about: string
  /** Single-letter form: `p` for `-p`. */
  readonly short?: string
  /** Value that applies without the option, for `--help`. */
  readonly default?: string | number
}

/** An option without a value. */
export interface Flag extends Described {
  readonly kind: 'flag'
}
interface Valued extends Described {
  /** Placeholder for the value in `--help`. */
  readonly value: string
}
export interface Text extends Valued {
  readonly kind: 'text'
}
/** An option that may be given more than once. */
export interface Texts extends Valued {
  readonly kind: 'texts'
}
export interface WholeNumber extends Valued {
  readonly kind: 'number'
  /** Smallest accepted number. @default 0 */
  readonly least?: number
}
/** An option with a closed list of values. */
export interface Choice<T extends string = string> extends Valued {
  readonly kind: 'choice'
  readonly choices: readonly T[]
  /** Whether the heading of the options already lists the choices. @default false */
  readonly isListed?: boolean
}
export type Option = Flag | Text | Texts | WholeNumber | Choice
export type Options = Readonly<Record<string, Option>>

/** Value that a command receives for an option; `undefined` if the option was not given. */
export type ValueOf<O> = O extends Flag
  ? boolean
  : O extends Texts
    ? readonly string[]
    : O extends WholeNumber
      ? number | undefined
      : O extends Choice<infer T>
        ? T | undefined
        : string | undefined
export type Values<O extends Options> = { readonly [Name in keyof O]: ValueOf<O[Name]> }

type More = Omit<Described, 'about'>

export const flag = (about: string, more: More = {}): Flag => ({ kind: 'flag', about, ...more })
export const text = (value: string, about: string, more: More = {}): Text => ({
  kind: 'text',
  value,
  about,
  ...more,
})
export const texts = (value: string, about: string, more: More = {}): Texts => ({
  kind: 'texts',
  value,
  about,
  ...more,
})
export const number = (
  value: string,
  about: string,
  more: More & { readonly least?: number } = {},
): WholeNumber => ({ kind: 'number', value, about, ...more })
export const choice = <T extends string>(
  value: string,
  choices: readonly T[],
  about: string,
  more: More & { readonly isListed?: boolean } = {},
): Choice<T> => ({ kind: 'choice', value, choices, about, ...more })

/** Reads the arguments of a command. Throws a {@link UsageError} that names the wrong argument and the remedy. */
export function readArguments<O extends Options>(
  args: readonly string[],
  options: O,
  allowPositionals: boolean,
): { values: Values<O>; positionals: string[] } {
  const { values: given, positionals } = parse(args, options, allowPositionals)
  const values = Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, readValue(name, option, given[name])]),
  )
  // The cast is safe: each value was read according to the type of its option.
  return { values: values as Values<O>, positionals }
}

type Given = string | boolean | (string | boolean)[] | undefined

function parse(
  args: readonly string[],
  options: Options,
  allowPositionals: boolean,
): { values: Readonly<Record<string, Given>>; positionals: string[] } {
  const config: NonNullable<ParseArgsConfig['options']> = {}
  for (const [name, { kind, short }] of Object.entries(options)) {
    config[name] = {
      type: kind === 'flag' ? 'boolean' : 'string',
      multiple: kind === 'texts',
      ...(short !== undefined && { short }),
    }
  }
  try {
    return parseArgs({ args: [...args], options: config, strict: true, allowPositionals })
  } catch (error) {
    throw new UsageError(reasonOf(error, options))
  }
}

function reasonOf(error: unknown, options: Options): string {
  const { code, message }: { code?: unknown; message?: unknown } = Object(error)
  // Keep the first sentence only. The rest of Node's message explains how to pass a value that begins with a dash.
  const [reason = ''] = String(message).split(/(?<=\.)\s|\n/)
  const quoted = /'([^']*)'/.exec(reason)?.[1] ?? ''
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const near = nearest(quoted.replace(/^-+/, ''), Object.keys(options))
    return `There is no option ${quoted}.${near === undefined ? '' : ` Did you mean --${near}?`}`
  }
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') return `Unexpected argument ${JSON.stringify(quoted)}.`
  return reason.endsWith('.') ? reason : `${reason}.`
}

function readValue(name: string, option: Option, given: Given): ValueOf<Option> {
  switch (option.kind) {
    case 'flag':
      return given === true
    case 'texts':
      return Array.isArray(given) ? given.map(String) : []
    case 'number':
      return typeof given === 'string' ? wholeNumber(name, option, given) : undefined
    default:
      if (typeof given !== 'string') return undefined
      if (option.kind === 'choice' && !option.choices.includes(given)) {
        const near = nearest(given, option.choices)
        const hint = near === undefined ? '' : ` Did you mean ${near}?`
        throw new UsageError(`--${name} must be ${listed(option.choices)}.${hint}`)
      }
      return given
  }
}

function wholeNumber(name: string, { least = 0 }: WholeNumber, given: string): number {
  const value = Number(given)
  if (/^\d+$/.test(given) && value >= least) return value
  throw new UsageError(`--${name} must be a whole number${least > 0 ? `, ${least} or more` : ''}.`)
}

/** Joins names as English text: `a, b or c`. */
export function listed(names: readonly string[], conjunction: 'or' | 'and' = 'or'): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ${conjunction} ${last}`
}

/** Formats a count with its noun: `1 line`, `2 lines`. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`

/** Returns the name that the user probably meant: it differs in one or two letters, or begins with the typed text. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const most = typed.length < 5 ? 1 : 2
  const near = names
    .map(name => ({ name, distance: editDistance(typed.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0]
  if (near !== undefined && near.distance <= most && near.distance < typed.length) return near.name
  return typed.length > 2 ? names.find(name => name.startsWith(typed)) : undefined
}

/** Returns the number of letters to insert, delete, replace or swap with their neighbour. */
function editDistance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0
  for (let row = 1; row <= from.length; row++) {
    const distances = [row]
    rows.push(distances)
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      let least = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1)
      least = Math.min(least, at(row - 1, column - 1) + (isSame ? 0 : 1))
      const isSwap =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      distances.push(isSwap ? Math.min(least, at(row - 2, column - 2) + 1) : least)
    }
  }
  return at(from.length, to.length)
}
