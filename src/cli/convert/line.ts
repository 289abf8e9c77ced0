import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { remedyFor } from '../../diagnostics/remedies.ts'
import { type PromptMode, readPrompt } from '../../translate/prompt-mode.ts'
import { promptRepair } from '../../translate/repair-prompt.ts'
import { type Member, membersOf } from './json-members.ts'
import { locateDiagnostics, type Noticed } from './prompt-report.ts'

/** Converts one line of JSON, given without its line break. */
export interface LineConverter {
  /** Converts a line of text. `number` counts lines from 0 within the input or the block. */
  line(line: string, number: number): Outcome
  /**
   * Converts a line of undecoded UTF-8, one character per byte, which saves the decoding. Returns `undefined` if the
   * result might differ from that of the decoded text.
   */
  bytes?(line: string): Outcome | undefined
}

/** Result of one line. */
export type Outcome = Converted | Refusal

/** A converted line with its diagnostics. */
export interface Converted {
  text: string
  diagnostics: readonly Diagnostic[]
  /** Whether converting the result back gives a different spelling of the same conversation. */
  isRespelled?: boolean
  /** Whether all non-ASCII text in the result was copied from the line. */
  isCut?: boolean
}

/** Reason why an input could not be converted, with a remedy. Contains no text of the input. */
export class Refusal extends Error {
  readonly reason: string
  readonly fix: string
  /** Diagnostics of the prompt, including its errors. */
  readonly noticed: readonly Noticed[]
  constructor(reason: string, fix: string, noticed: readonly Noticed[] = []) {
    super(`${reason} ${fix}`)
    this.reason = reason
    this.fix = fix
    this.noticed = noticed
  }
}

/** Record that holds the prompt, and the prompt's location in the line. */
export interface PromptField {
  record: Readonly<Record<string, unknown>>
  prompt: string
  members: readonly Member[]
  member: Member
}

/**
 * Finds the prompt in a line. It must be a string in a field that occurs once. A name with dots selects a field of a
 * nested object, unless the record has a field with exactly that name.
 */
export function readPromptField(line: string, field: string): PromptField | Refusal {
  let record = readRecord(line)
  if (record instanceof Refusal) return record
  let members = membersOf(line)
  let name = field
  while (!Object.hasOwn(record, name) && name.includes('.')) {
    const dot = name.indexOf('.')
    const inner = name.slice(0, dot)
    const value: unknown = Object.hasOwn(record, inner) ? record[inner] : undefined
    const [member, second] = members.filter(one => one.name === inner)
    if (!isObject(value) || member === undefined) break
    if (second !== undefined) return twice(inner)
    record = value
    members = membersOf(line, member.value)
    name = name.slice(dot + 1)
  }
  const prompt = Object.hasOwn(record, name) ? record[name] : undefined
  if (prompt === undefined)
    return new Refusal(`It has no field "${field}".`, 'Name the field that holds the prompt with --field.')
  if (typeof prompt !== 'string')
    return new Refusal(`Its field "${field}" is not text.`, 'Write the prompt as one string.')
  const [member, second] = members.filter(one => one.name === name)
  if (member === undefined || second !== undefined) return twice(field)
  return { record, prompt, members, member }
}

const twice = (field: string): Refusal =>
  new Refusal(`It has the field "${field}" more than once.`, 'Keep the one that counts.')

/** Parses a line as a JSON object. Returns a Refusal for anything else. */
export function readRecord(line: string): Readonly<Record<string, unknown>> | Refusal {
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch (error) {
    // Only the position is reported, because the engine's message may quote the line.
    const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
    const where = position === undefined ? '' : ` (column ${Number(position) + 1})`
    return new Refusal(`It is not JSON${where}.`, 'Write one JSON object a line.')
  }
  return isObject(record)
    ? record
    : new Refusal('It is JSON, but no object.', 'Write one JSON object a line.')
}

/**
 * Returns the old server's error for a rejected prompt, in its words, with all diagnostics; `undefined` for an accepted
 * prompt.
 */
export function refusalOf(
  prompt: string,
  diagnostics: readonly Diagnostic[],
  mode: PromptMode | undefined,
): Refusal | undefined {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return undefined
  const reason = errors.map(({ message }) => message).join(', ')
  const fix = errors.map(error => remedyFor(error, 'command')).join(' ')
  return new Refusal(
    reason,
    isRepairable(prompt, mode) ? `${fix} ${REPAIR}` : fix,
    locateDiagnostics(prompt, diagnostics),
  )
}

export const REPAIR = '--prompts repair accepts this prompt.'

/** Returns whether a rejected prompt would be accepted with `prompts: 'repair'`. */
export function isRepairable(prompt: string, mode: PromptMode | undefined): boolean {
  return (
    mode !== 'repair' &&
    readPrompt(prompt, 'repair', promptRepair).diagnostics.every(({ severity }) => severity !== 'error')
  )
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
