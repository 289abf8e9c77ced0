import type { Body, RecordedCall } from './format.ts'
import { canonical, compareRequests, normalized, type RequestComparison, textsOf } from './requests.ts'

/** One call of the program before and after its migration. */
export type CallComparison =
  | ({ readonly before: RecordedCall; readonly after: RecordedCall } & RequestComparison)
  | { readonly verdict: 'missing'; readonly before: RecordedCall }
  | { readonly verdict: 'new'; readonly after: RecordedCall }

export type Verdict = CallComparison['verdict']

/** Minimum likeness of two requests that are considered the same call. */
const LEAST_LIKENESS = 0.2

/**
 * Compares the calls of two runs of a program. Matches calls by the content of their Messages requests, not by their
 * order: first equal requests, then equivalent ones, then the most similar ones.
 */
export function matchCalls(
  before: readonly RecordedCall[],
  after: readonly RecordedCall[],
): readonly CallComparison[] {
  const old = before.filter(isFirstAttempt)
  const young = new Set(after.filter(isFirstAttempt))
  const results: CallComparison[] = []
  let open = pairByKey(old, young, canonical, results)
  open = pairByKey(open, young, normalized, results)
  open = pairByLikeness(open, young, results)
  for (const call of open) results.push({ verdict: 'missing', before: call })
  for (const call of young) results.push({ verdict: 'new', after: call })
  return results.sort((a, b) => orderOf(a) - orderOf(b))
}

const isFirstAttempt = ({ retry }: RecordedCall): boolean => retry === undefined

const orderOf = (call: CallComparison): number =>
  'before' in call ? call.before.order : call.after.order + 0.5

const requestOf = ({ messages, legacy }: RecordedCall): Body => messages ?? legacy ?? {}

function compared(before: RecordedCall, after: RecordedCall): CallComparison {
  return { before, after, ...compareRequests(requestOf(before), requestOf(after), before.legacy) }
}

/** Pairs the calls whose requests have equal keys. Returns the calls of `before` without a partner. */
function pairByKey(
  before: readonly RecordedCall[],
  after: Set<RecordedCall>,
  keyOf: (request: Body) => string,
  results: CallComparison[],
): RecordedCall[] {
  const byKey = new Map<string, RecordedCall[]>()
  for (const call of after) {
    const key = keyOf(requestOf(call))
    byKey.set(key, [...(byKey.get(key) ?? []), call])
  }
  return before.filter(call => {
    const match = byKey.get(keyOf(requestOf(call)))?.shift()
    if (match === undefined) return true
    after.delete(match)
    results.push(compared(call, match))
    return false
  })
}

/**
 * Maximum number of calls for comparing all pairs. Above it, each call is compared only with its neighbours in order.
 */
const MEASURED_CALLS = 400
const NEIGHBOURS = 20

function pairByLikeness(
  before: readonly RecordedCall[],
  after: Set<RecordedCall>,
  results: CallComparison[],
): RecordedCall[] {
  const old = before.map(call => ({ call, words: wordsOf(call) }))
  const young = [...after].map(call => ({ call, words: wordsOf(call) }))
  const isMany = old.length > MEASURED_CALLS || young.length > MEASURED_CALLS
  const pairs: { before: RecordedCall; after: RecordedCall; likeness: number }[] = []
  for (const [oldAt, a] of old.entries())
    for (const [youngAt, b] of young.entries()) {
      if (isMany && Math.abs(oldAt - youngAt) > NEIGHBOURS) continue
      const likeness = likenessOf(a.words, b.words)
      if (likeness >= LEAST_LIKENESS) pairs.push({ before: a.call, after: b.call, likeness })
    }
  const distance = (pair: (typeof pairs)[number]): number => Math.abs(pair.before.order - pair.after.order)
  pairs.sort((a, b) => b.likeness - a.likeness || distance(a) - distance(b))
  const left = new Set(before)
  for (const pair of pairs) {
    if (!left.has(pair.before) || !after.has(pair.after)) continue
    left.delete(pair.before)
    after.delete(pair.after)
    results.push(compared(pair.before, pair.after))
  }
  return [...left]
}

const wordsOf = (call: RecordedCall): ReadonlySet<string> =>
  new Set(
    textsOf(requestOf(call))
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [],
  )

/** Returns the Jaccard index of two sets of words: their share of common words, from 0 to 1. */
function likenessOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 && b.size === 0) return 1
  let common = 0
  for (const word of a) if (b.has(word)) common++
  return common / (a.size + b.size - common)
}

/**
 * Creates a function that finds the recorded call for a request of a later run, to replay its response: first an equal
 * request, then an equivalent one, then the most similar one. Uses each recorded call once before it uses any again.
 */
export function createReplay(calls: readonly RecordedCall[]): (request: Body) => RecordedCall | undefined {
  const replayable = calls
    .filter(call => call.reply !== undefined)
    .map(call => {
      const request = requestOf(call)
      return { call, exact: canonical(request), equal: normalized(request), words: wordsOf(call) }
    })
  let unused = new Set(replayable)
  return request => {
    if (unused.size === 0) unused = new Set(replayable)
    const candidates = [...unused]
    const [exact, equal] = [canonical(request), normalized(request)]
    const words = wordsOf({ order: 0, status: 0, messages: request })
    const found =
      candidates.find(candidate => candidate.exact === exact) ??
      candidates.find(candidate => candidate.equal === equal) ??
      candidates
        .map(candidate => ({ candidate, likeness: likenessOf(candidate.words, words) }))
        .sort((a, b) => b.likeness - a.likeness)[0]?.candidate
    if (found !== undefined) unused.delete(found)
    return found?.call
  }
}
