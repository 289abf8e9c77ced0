import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from './usage.ts'

/** An option that takes a value. */
export type Text = { readonly type: 'string' }
export const text: Text = { type: 'string' }
export const flag: { readonly type: 'boolean' } = { type: 'boolean' }

type Options = NonNullable<ParseArgsConfig['options']>

/** What was said: options by name, and what stands beside them. */
export type Arguments<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; strict: true; allowPositionals: boolean }>
>

export function readArguments<O extends Options>(
  args: readonly string[],
  options: O,
  allowPositionals = false,
): Arguments<O> {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

export function oneOf<T extends string>(
  said: string | undefined,
  choices: readonly T[],
  name: string,
): T | undefined {
  if (said === undefined) return undefined
  const chosen = choices.find(choice => choice === said)
  if (chosen !== undefined) return chosen
  throw new UsageError(`${name} must be ${choices.join(', ')}.`)
}

export function count(said: string | undefined, name: string): number | undefined {
  if (said === undefined) return undefined
  if (/^\d+$/.test(said)) return Number(said)
  throw new UsageError(`${name} must be a whole number.`)
}

export function reasonOf(error: unknown, otherwise: string): string {
  const { code }: { code?: unknown } = Object(error)
  if (code === 'ENOENT') return 'does not exist'
  if (code === 'EACCES') return 'may not be read'
  return otherwise
}
