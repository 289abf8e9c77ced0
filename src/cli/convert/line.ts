import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { type Member, membersOf } from './json-members.ts'

/** Converts one line of JSON. The line holds no line break at its end. */
export interface LineConverter {
  /** `number` is that of the line in what is converted in one piece, from 0. */
  line(line: string, number: number): Outcome
  /**
   * Converts a line of UTF-8 of which each byte was made a character, which saves the decoding. `undefined` where that
   * might come to something else than the text does.
   */
  bytes?(line: string): Outcome | undefined
}

/** What becomes of one line of a file. */
export type Outcome = Converted | Refusal

export interface Converted {
  text: string
  diagnostics: readonly Diagnostic[]
  /** Whether the way back gives another spelling of the same conversation. */
  isRespelled?: boolean
  /** Whether all of it that is not ASCII was cut out of the line. */
  isCut?: boolean
}

/** Why a line could not be converted, and what to do about it. Holds no text of the line. */
export class Refusal {
  readonly reason: string
  readonly fix: string
  constructor(reason: string, fix: string) {
    this.reason = reason
    this.fix = fix
  }
}

/** A record, and where its prompt stands in the line. */
export interface PromptField {
  record: Readonly<Record<string, unknown>>
  prompt: string
  members: readonly Member[]
  member: Member
}

/** Finds the prompt in a line: text, in a field that the record has once. */
export function readPromptField(line: string, field: string): PromptField | Refusal {
  const record = readRecord(line)
  if (record instanceof Refusal) return record
  const prompt = Object.hasOwn(record, field) ? record[field] : undefined
  if (prompt === undefined)
    return new Refusal(`It has no field "${field}".`, 'Name the field that holds the prompt with --field.')
  if (typeof prompt !== 'string')
    return new Refusal(`Its field "${field}" is not text.`, 'Write the prompt as one string.')
  const members = membersOf(line)
  const [member, second] = members.filter(({ name }) => name === field)
  if (member === undefined || second !== undefined)
    return new Refusal(`It has the field "${field}" more than once.`, 'Keep the one that counts.')
  return { record, prompt, members, member }
}

/** The JSON object that a line is, or why it is none. */
export function readRecord(line: string): Readonly<Record<string, unknown>> | Refusal {
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch (error) {
    // The engine's own message may quote the line.
    const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
    const where = position === undefined ? '' : ` (column ${Number(position) + 1})`
    return new Refusal(`It is not JSON${where}.`, 'Write one JSON object a line.')
  }
  return isObject(record)
    ? record
    : new Refusal('It is JSON, but no object.', 'Write one JSON object a line.')
}

/** The old server's refusal of a prompt, in its words. */
export function refusalOf(diagnostics: readonly Diagnostic[]): Refusal | undefined {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return undefined
  return new Refusal(errors.map(({ message }) => message).join(', '), errors.map(({ fix }) => fix).join(' '))
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
