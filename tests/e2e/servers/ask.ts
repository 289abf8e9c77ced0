import { expect } from 'vitest'
import type { Outcome } from '../../stress/chaos/outcome.ts'
import type { Adapter, Form } from './adapters.ts'
import { type Becomes, type Case, callOf, type Fails, RIGHT_KEY, type ServerName } from './cases.ts'
import type { Place } from './running.ts'
import { TEXTS } from './texts.ts'

/** What is done with a server, whether it runs or its answers are said again. */

export const isAskedOf = ({ only }: Case, server: ServerName): boolean => only?.includes(server) ?? true

export function askCase(one: Case, adapter: Adapter, form: Form, { url, model }: Place): Promise<Outcome> {
  const { call, key } = callOf(one, model)
  return adapter.ask(url, key, call, form)
}

/** Asks what a case asks, and compares what came of it with what the legacy endpoint would have given. */
export async function checkCase(one: Case, adapter: Adapter, form: Form, place: Place): Promise<void> {
  const outcome = await askCase(one, adapter, form, place)
  if (one.becomes) expectCompletion(outcome, one.becomes)
  else if (one.fails) expectFailure(outcome, one.fails, adapter)
  else throw new Error(`${one.title} expects nothing.`)
}

function expectCompletion({ error, reading }: Outcome, becomes: Becomes): void {
  expect(error).toBeUndefined()
  const { completion, stop_reason, stop } = reading ?? {}
  expect({ completion, stop_reason, stop }).toEqual(becomes)
}

function expectFailure({ error, reading }: Outcome, fails: Fails, { errors }: Adapter): void {
  expect(reading).toBeUndefined()
  const { status, type, newestName, name } = fails
  const names: Readonly<Record<Adapter['errors'], string>> = {
    ours: name,
    'SDK 0.x': name,
    'SDK 1.x': newestName ?? name,
    plain: 'PlainSdkError',
    HTTP: `HTTP ${status}`,
  }
  expect({ name: error?.name, status: error?.status, type: error?.type }).toEqual({
    name: names[errors],
    status,
    type,
  })
}

/** An answer that goes on for longer than anybody waits. */
export function askAtLength(
  adapter: Adapter,
  form: Form,
  { url, model, word = 'long' }: Place,
): Promise<Outcome> {
  const one: Case = { title: 'at length', says: 'long', word, call: { max_tokens_to_sample: 8000 } }
  return adapter.ask(url, RIGHT_KEY, callOf(one, model).call, form)
}

/** The error of a call whose response breaks off before any usable byte. fetch gives no more details. */
const NOTHING_CAME: Readonly<Record<Adapter['errors'], RegExp>> = {
  ours: /^(?:APIConnectionError|IncompleteReplyError)$/,
  'SDK 0.x': /^APIConnectionError$/,
  'SDK 1.x': /^(?:APIConnectionError|APIError)$/,
  plain: /^PlainSdkError$/,
  HTTP: /^(?:HTTP 502|fetch failed)$/,
}

const BROKEN_OFF: Readonly<Record<Adapter['errors'], RegExp>> = {
  ours: /^IncompleteReplyError$/,
  'SDK 0.x': /^APIError$/,
  'SDK 1.x': /^APIConnectionError$/,
  plain: /^PlainSdkError$/,
  HTTP: /^an error event$/,
}

/** Whether a call that is broken off says so, and keeps what had come. */
export function checkBrokenOff(
  { reading, error, seen = '' }: Outcome,
  { errors }: Adapter,
  form: Form,
): void {
  expect(reading).toBeUndefined()
  if (form === 'whole') {
    expect(error?.name).toMatch(NOTHING_CAME[errors])
    return
  }
  // A reader of the 2023-01-01 dialect does not see an error event, so the connection breaks.
  const isOldDialect = errors === 'HTTP' && form === 'streamed otherwise'
  expect(error?.name).toMatch(isOldDialect ? /^a broken connection$/ : BROKEN_OFF[errors])
  const whole = ` ${TEXTS.long}`
  expect(seen.length).toBeGreaterThan(3)
  expect(whole.startsWith(seen)).toBe(true)
  if (errors === 'ours' || errors === 'SDK 1.x') {
    expect(error?.partialText?.length).toBeGreaterThanOrEqual(seen.length)
    expect(whole.startsWith(error?.partialText ?? 'nothing')).toBe(true)
  }
}
