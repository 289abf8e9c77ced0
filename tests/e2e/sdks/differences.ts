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
/** Clients by the way they reach the API: this package's own, an official SDK's, or one behind the fetch hook. */
const ours = ({ name }: ConformanceClient): boolean => name.startsWith('ours')
const restored = ({ name }: ConformanceClient): boolean => name.startsWith('withCompletions')
const hooked = ({ name }: ConformanceClient): boolean => name.endsWith('fetch hook')
const hookedOn =
  (...versions: readonly string[]) =>
  ({ name }: ConformanceClient): boolean =>
    versions.some(version => name === `${version}, fetch hook`)
const first = ({ generation }: ConformanceClient): boolean => generation === 1

const atMessages = ({ endpoint }: ConformanceClient): boolean => endpoint === 'messages'
const oursOrRestored = (client: ConformanceClient): boolean => ours(client) || restored(client)
const restoredOnOne = ({ name }: ConformanceClient): boolean => name === 'withCompletions(1.12.0)'
/** Whose calls of claude-2.1 go to the model that the vendor names in its place. */
const withUsualModels = (client: ConformanceClient): boolean =>
  atMessages(client) && client.name !== 'ours, haiku 4.5'

const REFUSED_HERE =
  /^(?:a prompt of no turns|a prompt that does not (?:start|end)|single newlines|an empty prompt|no (?:prompt|model|max_tokens_to_sample)\b|max_tokens_to_sample of 0|a temperature (?:of 2|that is)|an unknown field|a field of the Messages|stop_sequences that are)/

/** What some old SDKs send that the legacy endpoint refuses, too: parameters they do not know, their own constants. */
const REFUSED_OF_SOME = /^(?:betas|a workspace|params that are kept|prompts built with the module's own)/

const NO_ANSWER =
  /^(?:a page of HTML|nothing at all|half a JSON body|a connection cut|a stream that just ends|a stream whose connection is cut)/

/** An error as text, without the name that only errors of 1.x have. */
const unnamed = (text: string): string => text.replace(/^\w+Error: /, 'Error: ')

const startsWith = (actual: Json, reference: Json): boolean =>
  typeof actual === 'string' && typeof reference === 'string' && unnamed(actual).startsWith(reference)

/** The message of an error is its body as JSON, so that one sentence lies within the other. */
const saysMore = (actual: Json, reference: Json): boolean =>
  typeof actual === 'string' &&
  typeof reference === 'string' &&
  unnamed(actual).startsWith(reference.replace(/"\},"request_id":.*$/, ''))

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
    reason: 'the replacement of claude-2.1 rejects a prefill: it is instructed to continue its own turn',
    of: withUsualModels,
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
    of: atMessages,
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
    of: atMessages,
    cases: REFUSED_HERE,
    paths: /^requests\b|^error\.(?:requestId|headers|body\.request_id)$/,
  },
  {
    reason: 'refused before it is sent: there is no answer of a server, with headers and an id',
    of: hooked,
    cases: REFUSED_OF_SOME,
    paths: /^requests\b|^(?:error|fails)\.(?:requestId|headers|body\.request_id)$/,
  },
  {
    reason: 'refused before it is sent: there is no answer of a server, with headers and an id',
    of: first,
    cases: /^complete\(\) of a bad prompt/,
    paths: /^requests\b/,
  },
  {
    reason: 'the old sentence, and behind it what to do',
    of: atMessages,
    cases: REFUSED_HERE,
    paths: /^error\.(?:message|text|body\.error\.message)$/,
    as: saysMore,
  },
  {
    reason: 'the old sentence, and behind it what to do',
    of: hooked,
    cases: REFUSED_OF_SOME,
    paths: /^(?:error|fails)\.(?:message|text|body\.error\.message)$/,
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
    reason: 'an invalid or truncated response is an error: the old SDK returned it as if it were complete',
    of: oursOrRestored,
    cases: NO_ANSWER,
    paths: /^(?:error|ended|completion|fields|requestId)\b/,
  },
  {
    reason:
      'an invalid or truncated response becomes an HTTP error, which every old SDK reads: status 502 or an error event',
    of: hooked,
    cases: NO_ANSWER,
    paths: /^(?:error|ended|completion|fields|requestId)\b/,
  },
  {
    reason: 'every error event is handed on in the envelope of the API',
    of: hooked,
    cases: /^an error event that is no JSON/,
    paths: /^ended\.(?:message|text|type|body\b.*)$/,
  },
  {
    reason: '0.5 and 0.9 end a line at characters of Unicode, which are written as escapes for them',
    of: hookedOn('0.5.10', '0.9.1'),
    cases: /^line separators of Unicode, streamed/,
    paths: ANY,
  },
  {
    reason: '0.137 returns events of any name, and a Messages response has no events of other names',
    of: hookedOn('0.137.0'),
    cases: /^an event (?:of an unknown name|after the end)/,
    paths: /^(?:chunks|last\b.*)$/,
  },
  {
    reason: 'a body of the platform, which can be read once; 0.5 had one of node-fetch',
    of: hookedOn('0.5.10'),
    cases: /^a stream that is read twice, by its iterators/,
    paths: ANY,
  },
  {
    reason: 'an id is opaque: it is that of the message, and not the hexadecimal one of 2023',
    of: first,
    cases: /^complete(?:Stream)?\(\)/,
    paths: /\.log_id$/,
    as: (actual, reference) => actual === '<completion id>' && /^[0-9a-f]{32}$/.test(`${reference}`),
  },

  // Messages of errors.
  {
    reason: 'the old sentence, and behind it what to do',
    of: oursOrRestored,
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
    reason: 'reported by the constructor, not by the platform at the first call',
    of: ours,
    cases: /^an invalid base URL/,
    paths: /^error\./,
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
    of: ({ generation }) => generation === 2,
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
    of: oursOrRestored,
    cases: /^what a stream shows/,
    paths: /^class$/,
    as: actual => actual === 'CompletionStream',
  },
  {
    reason: 'a Promise with the two methods, not a class of its own',
    of: oursOrRestored,
    cases: /^the promise/,
    paths: /^class$/,
  },
  {
    reason: 'a client of completions alone',
    of: ours,
    cases: /^post\(\) of any path/,
    paths: ANY,
  },

  // What the official SDK makes of it, where it is one that was given its completions back.
  {
    reason: 'a client that the program makes itself, and does not give to withCompletions',
    of: restored,
    cases: /^(?:a program in CommonJS|a class of its own|post\(\) of any path)/,
    paths: ANY,
  },
  {
    reason: '1.x sends its key as a bearer token',
    of: restoredOnOne,
    cases: EVERY_CASE,
    paths: /^requests\.\d+\.headers\.authorization$/,
    as: (actual, reference) => /^Bearer\b/.test(`${actual}`) && reference === undefined,
  },
  {
    reason: '1.x sends its key as a bearer token',
    of: restoredOnOne,
    cases: EVERY_CASE,
    paths: /^requests\.\d+\.headers\.x-api-key$/,
    as: actual => actual === undefined,
  },
  {
    reason: 'the version that 1.x speaks, unless what is sent needs the old one',
    of: restoredOnOne,
    cases: EVERY_CASE,
    paths: /^requests\.\d+\.headers\.anthropic-version$/,
    as: actual => actual === '2026-10-21',
  },
  {
    reason: 'the SDK says who it is',
    of: restoredOnOne,
    cases: EVERY_CASE,
    paths: /^requests\.\d+\.headers\.(?:user-agent|x-stainless-package-version)$/,
    as: actual => typeof actual === 'string' && actual.endsWith('1.12.0'),
  },
  {
    reason: 'errors of 1.x have a name of their own',
    of: restoredOnOne,
    cases: EVERY_CASE,
    paths: /(?:^|\.)name$/,
    as: (actual, reference) => /^A?[A-Z]\w+Error$/.test(`${actual}`) && reference === 'Error',
  },
  {
    reason: 'errors of 1.x have a name of their own',
    of: restoredOnOne,
    cases: EVERY_CASE,
    paths: /(?:^|\.)text$/,
    as: (actual, reference) => unnamed(`${actual}`) === reference,
  },
  {
    reason: '1.x has a class for more of the statuses',
    of: restoredOnOne,
    cases:
      /^(?:a (?:402|408|413|504|529)|x-should-retry: false on a 529|maxRetries|withOptions|options that are changed)/,
    paths: /^error\.class$/,
  },
  {
    reason: 'the response is the one of asResponse(), whose body can still be read',
    of: oursOrRestored,
    cases: /^withResponse\(\)$/,
    paths: /^isRead$/,
  },
  {
    reason: 'the logger receives the warnings about a call that was changed',
    of: client => oursOrRestored(client) && atMessages(client),
    cases: /^a logger$/,
    paths: /^levels$/,
  },
  {
    reason: 'the escaped constants of 0.61 to 0.137 are understood, which the server rejects',
    of: hookedOn('0.100.1', '0.137.0'),
    cases: /^prompts built with the module's own constants/,
    paths: ANY,
  },
  {
    reason: '1.x has no constants: they are imported from this package',
    of: restoredOnOne,
    cases: /^the constants/,
    paths: /^(?:statics|required)$/,
  },
  {
    reason: '1.x reads the type from the body',
    of: restoredOnOne,
    cases: /^errors that a program makes itself/,
    paths: /\.type$/,
  },
  {
    reason: '1.x takes one way to prove who you are, and not two',
    of: restoredOnOne,
    cases: /^(?:a key and a token|what a client shows|the environment)/,
    paths: ANY,
  },
  {
    reason: 'whether there is a key is for the SDK to say',
    of: restoredOnOne,
    cases: /^(?:no key|an empty key|a key taken away)/,
    paths: ANY,
  },

  // What is the first generation's alone.
  {
    reason: 'the version that the Messages API has: 2023-01-01 was before its time',
    of: first,
    cases: EVERY_CASE,
    paths: /^requests\.\d+\.headers\.anthropic-version$/,
    as: (actual, reference) => actual === '2023-06-01' && reference === '2023-01-01',
  },
  {
    reason: 'this package is not that SDK',
    of: first,
    cases: EVERY_CASE,
    paths: /^requests\.\d+\.headers\.anthropic-sdk$/,
    as: actual => actual === undefined,
  },
  {
    reason: 'what the server said is the cause of the error: the old one did not read it',
    of: first,
    cases: /^complete(?:Stream)?\(\) (?:of a|with a wrong key)/,
    paths: /^error\.hasCause$/,
    as: actual => actual === true,
  },
  {
    reason: 'the AbortError of the platform, of the same name and message as that of node-fetch',
    of: first,
    cases: /^complete\(\), aborted/,
    paths: /^error\.(?:class|code|type)$/,
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
