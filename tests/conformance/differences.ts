import type { ConformanceClient } from './clients.ts'
import type { Difference } from './compare.ts'
import type { Json } from './observe.ts'

/** A difference that is meant, and why. */
export interface Expected {
  reason: string
  /** The clients it is expected of. */
  of: (client: ConformanceClient) => boolean
  /** The cases, by their titles. */
  cases: RegExp
  /** The values, by their paths. */
  paths: RegExp
  /** How the value has to be related to that of a reference, where it is not free. */
  as?: (actual: Json, reference: Json) => boolean
}

/** For what differs whatever a case does. */
export const EVERY_CASE: RegExp = /./
const ANY = /./
const ours = ({ name }: ConformanceClient): boolean => name.startsWith('ours')
const atMessages = ({ endpoint }: ConformanceClient): boolean => endpoint === 'messages'
const oursAsItIs = ({ name }: ConformanceClient): boolean => name === 'ours'

const REFUSED_HERE =
  /^(?:a prompt of no turns|a prompt that does not (?:start|end)|single newlines|an empty prompt|no (?:prompt|model|max_tokens_to_sample)\b|max_tokens_to_sample of 0|a temperature (?:of 2|that is)|an unknown field|a field of the Messages|stop_sequences that are)/

const startsWith = (actual: Json, reference: Json): boolean =>
  typeof actual === 'string' && typeof reference === 'string' && actual.startsWith(reference)

/** The message of an error is its body as JSON, so that one sentence lies within the other. */
const saysMore = (actual: Json, reference: Json): boolean =>
  typeof actual === 'string' &&
  typeof reference === 'string' &&
  actual.startsWith(reference.replace(/"\},"request_id":.*$/, ''))

/** The first entry that covers a difference counts. */
export const expected: readonly Expected[] = [
  {
    reason: 'the body of another endpoint; what it says is compared by what the server understood of it',
    of: atMessages,
    cases: EVERY_CASE,
    paths: /^requests\.\d+\.body\b/,
  },
  {
    reason: 'telemetry of the official SDK, which this package does not send',
    of: ours,
    cases: EVERY_CASE,
    paths: /^requests\.\d+\.headers\.x-stainless-/,
  },
  {
    reason: 'this package says who it is',
    of: ours,
    cases: EVERY_CASE,
    paths: /^requests\.\d+\.headers\.user-agent$/,
  },

  // What is asked.
  {
    reason: 'the model that stands in for claude-2.1 takes no prefill: it is asked to continue its own turn',
    of: oursAsItIs,
    cases: /^a prefill\b/,
    paths: /\.understood\.(?:messages|prefill)\b/,
  },
  {
    reason: 'the Messages API refuses a prefill that ends in whitespace, so that it is sent without',
    of: atMessages,
    cases: /^a prefill that ends in a newline/,
    paths: /\.understood\.prefill$/,
    as: (actual, reference) => typeof reference === 'string' && actual === reference.trimEnd(),
  },
  {
    reason: 'turns of one role in a row are joined: some servers refuse them',
    of: atMessages,
    cases: /^two turns of one role/,
    paths: /\.understood\.messages\b/,
  },
  {
    reason: 'the Messages API refuses a conversation in which the user says nothing',
    of: ours,
    cases: /^an empty user turn/,
    paths: ANY,
  },
  {
    reason: 'models of the Messages API can be asked, which is the point of this package',
    of: atMessages,
    cases: /^a model of the Messages API/,
    paths: ANY,
  },
  {
    reason: 'refused before it is sent: there is no answer of a server, with headers and an id',
    of: ours,
    cases: REFUSED_HERE,
    paths: /^requests\b|^error\.(?:requestId|headers|body\.request_id)$/,
  },
  {
    reason: 'the old sentence, and behind it what to do',
    of: ours,
    cases: REFUSED_HERE,
    paths: /^error\.(?:message|text|body\.error\.message)$/,
    as: saysMore,
  },

  // What is answered.
  {
    reason: 'text that may be the beginning of a stop is held back, and then comes in one piece',
    of: atMessages,
    cases: /^several stops, streamed/,
    paths: /^chunks$/,
    as: (actual, reference) =>
      Array.isArray(actual) && Array.isArray(reference) && actual.join('') === reference.join(''),
  },
  {
    reason: 'the Messages API says that the tokens have run out only after the last text',
    of: atMessages,
    cases: /^max_tokens, streamed/,
    paths: /^(?:chunks|last\.completion)$/,
  },
  {
    reason:
      'an answer that is none, or only half of one, is an error: the old SDK handed it out as if it were whole',
    of: ours,
    cases:
      /^(?:a page of HTML|nothing at all|half a JSON body|a connection cut|a stream that just ends|a stream whose connection is cut)/,
    paths: /^(?:error|ended|completion|fields|requestId)\b/,
  },

  // How mistakes are told.
  {
    reason: 'the old sentence, and behind it what to do',
    of: ours,
    cases: /^(?:a negative timeout|a timeout of half|negative retries)/,
    paths: /^error\.(?:message|text)$/,
    as: startsWith,
  },
  {
    reason: 'an AnthropicError, which is an Error as well: the old SDK threw a plain one',
    of: ours,
    cases: /^(?:no key|an empty key)/,
    paths: /^error\.(?:class|instanceOf)$/,
  },
  {
    reason: 'found when the client is made, and not by the platform at the first call',
    of: ours,
    cases: /^a base URL that is none/,
    paths: /^error\./,
  },
  {
    reason: 'refused with its remedy: a query can be added by a fetch',
    of: ours,
    cases: /^a query of the client/,
    paths: ANY,
  },

  {
    reason: 'an option that is undefined is one that is not given',
    of: ours,
    cases: /^options that are undefined/,
    paths: ANY,
  },
  {
    reason:
      'a whole answer may come as a stream, which begins at once: the time it had to begin in is the time it has to end in',
    of: ours,
    cases: /^a whole answer that takes longer than the timeout/,
    paths: ANY,
  },

  // What things are called.
  {
    reason: '`require` gives the class itself: the old SDK gave a function that makes one',
    of: ours,
    cases: /^the class, by every name/,
    paths: /^(?:static|requiredDefault|requiredNamed|name)$/,
  },
  {
    reason: 'the type is read from the body, also where a program makes the error',
    of: ours,
    cases: /^errors that a program makes itself/,
    paths: /\.type$/,
  },
  {
    reason: 'a Stream that has finalCompletion() as well',
    of: ours,
    cases: /^what a stream shows/,
    paths: /^class$/,
    as: actual => actual === 'CompletionStream',
  },
  {
    reason: 'a Promise with the two methods, not a class of its own',
    of: ours,
    cases: /^the promise/,
    paths: /^class$/,
  },
  {
    reason: 'this package prints and logs nothing',
    of: ours,
    cases: /^a logger/,
    paths: /^levels$/,
  },
  {
    reason: 'a client of completions alone',
    of: ours,
    cases: /^post\(\) of any path/,
    paths: ANY,
  },
]

/** The entry that covers a difference. */
export function findExpected(client: ConformanceClient, difference: Difference): Expected | undefined {
  const { path, actual, expected: values } = difference
  return expected.find(
    ({ of, cases, paths, as }) =>
      of(client) &&
      cases.test(difference.case) &&
      paths.test(path) &&
      (as === undefined || Object.values(values).some(value => as(actual, value))),
  )
}
