import { createEmulator } from 'legacy-completions/emulator'
import type { Adapter, Way } from './adapters.ts'
import type { Answer } from './answers.ts'
import { FAULTS, isSilent, type Trouble, type Verdict } from './faults.ts'
import { BROKEN_CONNECTION, Broken, type NamedError, type Outcome } from './outcome.ts'
import { type Random, seeded } from './random.ts'
import { fetchOf, type RawServer, type Script, scriptOf } from './servers.ts'

/** What the cases are made of. */
export interface Stage {
  seed: string
  answers: readonly Answer[]
  adapters: readonly Adapter[]
  server: RawServer
  /** The share of cases that go over a real connection where they need not. */
  byTCP: number
}

/** One call and its fault. The seed and the number reproduce both. */
interface Case {
  number: number
  adapter: Adapter
  fault: string
  answer: Answer
  trouble: Trouble
  maxRetries: number
  transport: 'fetch' | 'TCP' | 'emulator'
  framing: Script['framing']
  form: number
}

/** The result of a case. `unseen` is damage that cannot be detected from the bytes. */
export interface Result {
  number: number
  adapter: string
  fault: string
  kind: 'right' | 'named' | 'unseen' | 'wrong'
  /** The class of a named error; why, and of which case, where it went wrong. */
  says: string
}

const FRAMINGS = ['chunked', 'length', 'close'] as const
const FAULT_NAMES = Object.keys(FAULTS)
/** How long a caller waits for a server that has gone silent, in milliseconds: longer than a busy machine takes. */
const PATIENCE = { fetch: 50, emulator: 500, TCP: 500 }
/** The timeout of a client that has to detect a silent server itself, in milliseconds. */
const TIMEOUT = 300
/** After so many milliseconds a call hangs. */
const LONGEST_CALL = 30_000

function caseOf({ seed, answers, adapters, byTCP }: Stage, number: number): Case {
  const random = seeded(`${seed}:${number}`)
  const adapter = random.pick(adapters)
  const known = answers.filter(({ speech }) => adapter.speeches.includes(speech))
  for (;;) {
    const fault = random.pick(FAULT_NAMES)
    const answer = random.pick(known)
    const made = FAULTS[fault]?.(random, answer)
    if (made === undefined) continue
    const trouble = forAdapter(made, adapter)
    const maxRetries = trouble.plans.length - 1
    const transport = transportOf(random, adapter, trouble, answer, byTCP)
    const framing = random.pick(FRAMINGS)
    return {
      number,
      adapter,
      fault,
      answer,
      trouble,
      maxRetries,
      transport,
      framing,
      form: random.below(1000),
    }
  }
}

/** Without retries there is only the first attempt, which failed. */
function forAdapter(trouble: Trouble, { name, retries, isLenient }: Adapter): Trouble {
  const [first] = trouble.plans
  if (trouble.plans.length > 1 && !retries && first !== undefined) {
    const tells = isSilent(first) ? {} : { status: first.status }
    return { ...trouble, plans: [first], verdict: 'error', tells }
  }
  const isDamage = trouble.emulated?.corruptAt !== undefined
  if (name.startsWith('withCompletions') && trouble.isRare) return { ...trouble, verdict: 'either' }
  return isLenient && isDamage ? { ...trouble, verdict: 'unseen' } : trouble
}

function transportOf(
  random: Random,
  adapter: Adapter,
  { emulated, plans, byTCP: needsTCP = false }: Trouble,
  { reply }: Answer,
  byTCP: number,
): Case['transport'] {
  if (!adapter.takesFetch || needsTCP || random.chance(byTCP)) return 'TCP'
  // Only the client's own requests are those that the answers were recorded with.
  const canEmulate = emulated !== undefined && reply !== undefined && plans.length === 1
  return canEmulate && adapter.name === 'client' && random.chance(0.5) ? 'emulator' : 'fetch'
}

/** Runs one case to its end. */
async function run(stage: Stage, number: number): Promise<Result> {
  const one = caseOf(stage, number)
  const { adapter, fault, answer, trouble, maxRetries, transport, framing, form } = one
  const key = `case-${number}`
  const script = scriptOf(trouble.plans, framing)
  stage.server.scripts.set(key, script)
  const way = wayOf(one, stage.server, script)
  const isStalled = trouble.plans.some(({ ending }) => ending === 'stall')
  const caller = new AbortController()
  if (isStalled) void giveUp(caller, transport === 'emulator' ? undefined : script, PATIENCE[transport])
  // Of a stream, only the beginning has a limit.
  const timeout =
    isStalled && !answer.isStreamed && trouble.verdict === 'error' && form % 2 === 0 ? TIMEOUT : undefined
  const isDamaged = trouble.verdict === 'unseen'
  const { signal } = caller
  const result = (kind: Result['kind'], says: string): Result => ({
    number,
    adapter: adapter.name,
    fault,
    kind,
    says,
  })
  try {
    const outcome = await within(
      LONGEST_CALL,
      adapter.ask({ answer, key, way, maxRetries, signal, timeout, isDamaged, form }),
    )
    return { ...result('right', ''), ...judge(outcome, one) }
  } catch (error) {
    return result(
      'wrong',
      `${describe(one)}: ${error instanceof Broken ? error.message : `not a named error: ${Object(error).stack ?? error}`}`,
    )
  } finally {
    stage.server.scripts.delete(key)
    script.leave()
  }
}

/** Runs the cases of these numbers, so many at once; what is slow holds up none of the others. */
export async function runAll(stage: Stage, numbers: readonly number[], atOnce: number): Promise<Result[]> {
  const left = numbers.values()
  const results: Result[] = []
  const work = async (): Promise<void> => {
    for (const number of left) results.push(await run(stage, number))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  // On a busy machine a call may only be slow: it hangs if it does so alone, too.
  for (const [index, { number, says }] of results.entries()) {
    if (says.endsWith(HANGS)) results[index] = await run(stage, number)
  }
  return results
}

const HANGS = 'it hangs'

/** Leaves when the server has been silent for so long; the one that does not tell is given the time from the beginning. */
async function giveUp(caller: AbortController, script: Script | undefined, after: number): Promise<void> {
  await script?.silent
  // It need not keep anything running: the calls that still run wait for it.
  setTimeout(() => caller.abort(), after)
}

function wayOf({ transport, answer, trouble: { emulated } }: Case, server: RawServer, script: Script): Way {
  if (transport === 'TCP') return { url: server.url }
  const url = 'http://server.test'
  if (transport === 'fetch') return { url, fetch: fetchOf(script) }
  const { fetch } = createEmulator({ reply: { ...answer.reply, ...(emulated && { faults: emulated }) } })
  return { url, fetch }
}

function judge(outcome: Outcome, one: Case): Pick<Result, 'kind' | 'says'> {
  const { answer, trouble } = one
  const wrong = (why: string): Pick<Result, 'kind' | 'says'> => ({
    kind: 'wrong',
    says: `${describe(one)}: ${why}`,
  })
  const { reading, error, seen = '' } = outcome
  if (error === undefined) {
    if (JSON.stringify(reading) === JSON.stringify(answer.expected)) {
      return trouble.verdict === 'error'
        ? wrong('a success where there can be none')
        : { kind: 'right', says: '' }
    }
    if (trouble.verdict === 'unseen') return { kind: 'unseen', says: '' }
    return wrong(`got ${JSON.stringify(reading)}, not ${JSON.stringify(answer.expected)}`)
  }
  if (trouble.verdict === 'right') return wrong(`an error where all was there: ${JSON.stringify(error)}`)
  if (trouble.verdict === 'error') {
    const why = textsAreTrue(answer, error, seen) ?? tellsTruth(error, trouble)
    if (why !== undefined) return wrong(why)
  }
  return { kind: 'named', says: error.name }
}

/** What came before an error is a beginning of the answer, and nothing else. */
function textsAreTrue(
  { expected, texts }: Answer,
  { partialText }: NamedError,
  seen: string,
): string | undefined {
  if (!expected.completion.startsWith(seen)) return `handed out ${JSON.stringify(seen)}`
  if (partialText === undefined || texts.some(text => text.startsWith(partialText))) return undefined
  return `partialText is ${JSON.stringify(partialText)}`
}

function tellsTruth({ status, type, name }: NamedError, { tells = {} }: Trouble): string | undefined {
  // A connection that breaks tells neither, at whatever moment it does.
  if (name === BROKEN_CONNECTION || (name === 'fetch failed' && tells.type !== undefined)) return undefined
  if (tells.status !== undefined && status !== tells.status)
    return `${name} of status ${status}, not ${tells.status}`
  if (tells.type !== undefined && type !== tells.type) return `${name} of type ${type}, not ${tells.type}`
  return undefined
}

function describe({
  adapter,
  fault,
  answer,
  trouble: { plans, emulated, verdict },
  transport,
  framing,
}: Case): string {
  const form = `${answer.name}, ${answer.speech}, ${answer.isStreamed ? 'streamed' : 'whole'}`
  const last = plans.at(-1)
  const size = last?.pieces.reduce((sum, { length }) => sum + length, 0)
  const at = `${size} of ${answer.body.length} bytes, the end is at ${answer.end}, ${JSON.stringify(emulated ?? {})}`
  return `${adapter.name} × ${fault} (${form}, by ${transport} ${framing}, ${at}, expects ${verdict satisfies Verdict})`
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Broken(HANGS)), milliseconds)
  })
  try {
    return await Promise.race([promise, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
