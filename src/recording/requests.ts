/** Comparison of two Messages requests. */

import type { Body } from './format.ts'

/** Reasons why two requests with different JSON are equivalent. */
export type EquivalenceReason =
  | 'text-blocks'
  | 'joined-turns'
  | 'absent-default'
  | 'stream'
  | 'stop-order'
  | 'model-alias'
  | 'dropped-parameter'

/** Descriptions of the reasons, for reports. */
export const REASONS: Readonly<Record<EquivalenceReason, string>> = {
  'text-blocks': 'a text and the same text as content blocks',
  'joined-turns': 'consecutive turns of one role, which the API joins',
  'absent-default': 'a default value and an absent field',
  stream: 'a streamed and a whole response',
  'stop-order': 'the same stop sequences in another order',
  'model-alias': 'a model by its alias and by its dated id',
  'dropped-parameter': 'a sampling parameter that was dropped before and after',
}

/** A difference that changes the meaning of a request. */
export interface RequestChange {
  /** Path of the field: `system`, `messages[1].role`, `stop_sequences`. */
  readonly field: string
  readonly kind: 'lost' | 'added' | 'changed'
  /** Old value, shortened; absent for an added one. */
  readonly before?: string
  readonly after?: string
}

/** Result of comparing two requests. */
export interface RequestComparison {
  readonly verdict: 'identical' | 'equivalent' | 'changed'
  readonly reasons: readonly EquivalenceReason[]
  readonly changes: readonly RequestChange[]
}

interface Turn {
  role: string
  /** Text of the turn, or the JSON of content that is not only text. */
  text: string
}

/**
 * Compares the Messages requests of a call before and after its migration. `legacy` is the legacy request before it.
 */
export function compareRequests(before: Body, after: Body, legacy?: Body): RequestComparison {
  const reasons = new Set<EquivalenceReason>()
  const changes: RequestChange[] = []
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, young] = [before[field], after[field]]
    if (canonical(old) === canonical(young)) continue
    if (field === 'messages') compareMessages(old, young, reasons, changes)
    else compareField(field, old, young, reasons, changes)
  }
  for (const field of ['temperature', 'top_p', 'top_k'])
    if (legacy?.[field] !== undefined && before[field] === undefined && after[field] === undefined)
      reasons.add('dropped-parameter')
  const verdict = changes.length > 0 ? 'changed' : reasons.size > 0 ? 'equivalent' : 'identical'
  return { verdict, reasons: [...reasons], changes: sorted(changes) }
}

const FIELDS = ['model', 'system', 'messages', 'max_tokens', 'stop_sequences']
const rank = ({ field }: RequestChange): number => {
  const index = FIELDS.findIndex(name => field === name || field.startsWith(`${name}[`))
  return index === -1 ? FIELDS.length : index
}
const sorted = (changes: readonly RequestChange[]): RequestChange[] =>
  [...changes].sort((a, b) => rank(a) - rank(b))

/** Serializes with sorted keys and without `undefined`, so that equal values have equal texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : field,
  )
}

/** Returns whether a value means the same as an absent field. */
function isDefault(field: string, value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  if (Array.isArray(value) && value.length === 0) return true
  if (field === 'stream') return value === false
  if (field === 'temperature') return value === 1
  if (field === 'metadata')
    return typeof value === 'object' && Object.values(value).every(part => part === null)
  return field === 'service_tier' && value === 'auto'
}

function compareField(
  field: string,
  before: unknown,
  after: unknown,
  reasons: Set<EquivalenceReason>,
  changes: RequestChange[],
): void {
  if (isDefault(field, before) && isDefault(field, after)) return void reasons.add('absent-default')
  if (field === 'stream') return void reasons.add('stream')
  const [old, young] = [textOf(before), textOf(after)]
  if (field === 'system' && old !== undefined && old === young) return void reasons.add('text-blocks')
  if (field === 'model' && undated(before) === undated(after)) return void reasons.add('model-alias')
  if (field === 'stop_sequences' && Array.isArray(before) && Array.isArray(after))
    compareStops(before, after, reasons, changes)
  else if (isDefault(field, after)) changes.push({ field, kind: 'lost', before: shown(before) })
  else if (isDefault(field, before)) changes.push({ field, kind: 'added', after: shown(after) })
  else if (old !== undefined && young !== undefined)
    changes.push({ field, kind: 'changed', ...parts(old, young) })
  else changes.push({ field, kind: 'changed', before: shown(before), after: shown(after) })
}

const undated = (model: unknown): unknown =>
  typeof model === 'string' ? model.replace(/-\d{8}$/, '') : model

function compareStops(
  before: readonly unknown[],
  after: readonly unknown[],
  reasons: Set<EquivalenceReason>,
  changes: RequestChange[],
): void {
  const lost = before.filter(stop => !after.includes(stop))
  const added = after.filter(stop => !before.includes(stop))
  if (lost.length === 0 && added.length === 0) return void reasons.add('stop-order')
  const field = 'stop_sequences'
  for (const stop of lost) changes.push({ field, kind: 'lost', before: shown(stop) })
  for (const stop of added) changes.push({ field, kind: 'added', after: shown(stop) })
}

/** Returns the text of a string or of a list of text blocks; `undefined` for other content. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  const texts: string[] = []
  for (const block of content) {
    const { type, text, ...rest }: { type?: unknown; text?: unknown } = Object(block)
    if (type !== 'text' || typeof text !== 'string' || Object.keys(rest).length > 0) return undefined
    texts.push(text)
  }
  return texts.join('')
}

function turnsOf(messages: unknown): Turn[] {
  if (!Array.isArray(messages)) return []
  return messages.map((message: unknown) => {
    const { role, content }: { role?: unknown; content?: unknown } = Object(message)
    return { role: String(role), text: textOf(content) ?? canonical(content) }
  })
}

function joined(turns: readonly Turn[]): Turn[] {
  const result: Turn[] = []
  for (const turn of turns) {
    const last = result.at(-1)
    if (last?.role === turn.role) last.text += `\n\n${turn.text}`
    else result.push({ ...turn })
  }
  return result
}

/** Returns a canonical form that is equal for equivalent requests. */
export function normalized(request: Body): string {
  const { stream: _stream, messages, system, model, stop_sequences: stops, ...rest } = request
  const fields = Object.entries(rest).filter(([field, value]) => !isDefault(field, value))
  return canonical({
    ...Object.fromEntries(fields),
    model: undated(model),
    system: isDefault('system', system) ? undefined : (textOf(system) ?? system),
    messages: joined(turnsOf(messages)),
    stops: Array.isArray(stops) && stops.length > 0 ? [...stops].sort() : undefined,
  })
}

/** Returns all texts of a request, for measuring likeness. */
export function textsOf({ system, messages }: Body): string {
  return [textOf(system) ?? '', ...turnsOf(messages).map(turn => turn.text)].join('\n')
}

/** Returns the last user text of a request, which labels it in a report. */
export function labelOf({ messages }: Body): string {
  return turnsOf(messages).findLast(turn => turn.role === 'user')?.text ?? ''
}

function compareMessages(
  before: unknown,
  after: unknown,
  reasons: Set<EquivalenceReason>,
  changes: RequestChange[],
): void {
  const [old, young] = [turnsOf(before), turnsOf(after)]
  if (canonical(old) === canonical(young)) return void reasons.add('text-blocks')
  const [oldJoined, youngJoined] = [joined(old), joined(young)]
  if (canonical(oldJoined) === canonical(youngJoined)) return void reasons.add('joined-turns')
  const isSameLength = old.length === young.length
  changes.push(...compareTurns(isSameLength ? old : oldJoined, isSameLength ? young : youngJoined))
}

function compareTurns(before: readonly Turn[], after: readonly Turn[]): RequestChange[] {
  const changes: RequestChange[] = []
  // Skip the equal turns at the beginning and at the end; the turns between them changed.
  let start = 0
  while (start < before.length && start < after.length && isEqual(before[start], after[start])) start++
  let [oldEnd, youngEnd] = [before.length, after.length]
  while (oldEnd > start && youngEnd > start && isEqual(before[oldEnd - 1], after[youngEnd - 1])) {
    oldEnd--
    youngEnd--
  }
  for (let at = start; at < Math.max(oldEnd, youngEnd); at++) {
    const [old, young] = [at < oldEnd ? before[at] : undefined, at < youngEnd ? after[at] : undefined]
    const field = `messages[${at}]`
    if (old === undefined && young !== undefined)
      changes.push({ field, kind: 'added', after: `${young.role}: ${shown(young.text)}` })
    else if (old !== undefined && young === undefined)
      changes.push({ field, kind: 'lost', before: `${old.role}: ${shown(old.text)}` })
    else if (old !== undefined && young !== undefined) {
      if (old.role !== young.role)
        changes.push({ field: `${field}.role`, kind: 'changed', before: old.role, after: young.role })
      if (old.text !== young.text)
        changes.push({ field: `${field}.content`, kind: 'changed', ...parts(old.text, young.text) })
    }
  }
  return changes
}

const isEqual = (a: Turn | undefined, b: Turn | undefined): boolean =>
  a?.role === b?.role && a?.text === b?.text

const LONGEST = 160

/** Formats a value on one line, shortened. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  const characters = [...text.slice(0, LONGEST * 2)]
  return text.length > LONGEST ? `${characters.slice(0, LONGEST).join('')}…` : text
}

/** Number of equal characters that are shown around a difference. */
const CONTEXT = 24

/** Returns the differing parts of two texts, with some context. */
function parts(before: string, after: string): { before: string; after: string } {
  let start = 0
  while (start < before.length && before[start] === after[start]) start++
  let end = 0
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++
  const from = Math.max(0, start - CONTEXT)
  const rest = Math.max(0, end - CONTEXT)
  const cut = (text: string): string =>
    `${from > 0 ? '…' : ''}${shown(text.slice(from, text.length - rest))}${rest > 0 ? '…' : ''}`
  return { before: cut(before), after: cut(after) }
}
