import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { type PromptMode, readPrompt } from '../../translate/prompt-mode.ts'
import { type Member, membersOf } from './json-members.ts'
import { locateDiagnostics, type Noticed } from './prompt-report.ts'

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

/** The result of one line. */
export type Outcome = Converted | Refusal

export interface Converted {
  text: string
  diagnostics: readonly Diagnostic[]
  /** Whether the way back gives another spelling of the same conversation. */
  isRespelled?: boolean
  /** Whether all of it that is not ASCII was cut out of the line. */
  isCut?: boolean
}

/** Why an input could not be converted, and what to do about it. Holds no text of the input. */
export class Refusal extends Error {
  readonly reason: string
  readonly fix: string
  /** What was noticed in the prompt, its faults among it. */
  readonly noticed: readonly Noticed[]
  constructor(reason: string, fix: string, noticed: readonly Noticed[] = []) {
    super(`${reason} ${fix}`)
    this.reason = reason
    this.fix = fix
    this.noticed = noticed
  }
}

/** The object that holds the prompt, and where the prompt is in the line. */
export interface PromptField {
  record: Readonly<Record<string, unknown>>
  prompt: string
  members: readonly Member[]
  member: Member
}

/**
 * Finds the prompt in a line: text, in a field that the record has once. A name with dots leads into nested objects,
 * unless the record has a field of exactly that name.
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

/** Parses a line as a JSON object. */
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

/** The old server's refusal of a prompt, in its words, with everything that was noticed. */
export function refusalOf(
  prompt: string,
  diagnostics: readonly Diagnostic[],
  mode: PromptMode | undefined,
): Refusal | undefined {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return undefined
  const reason = errors.map(({ message }) => message).join(', ')
  const fix = errors.map(({ fix }) => fix).join(' ')
  return new Refusal(
    reason,
    isRepairable(prompt, mode) ? `${fix} ${REPAIR}` : fix,
    locateDiagnostics(prompt, diagnostics),
  )
}

export const REPAIR = '--prompts repair accepts this prompt.'

/** Whether a prompt that was rejected as it is would be accepted with its repairs. */
export function isRepairable(prompt: string, mode: PromptMode | undefined): boolean {
  return (
    mode !== 'repair' &&
    readPrompt(prompt, 'repair').diagnostics.every(({ severity }) => severity !== 'error')
  )
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
