/** The clients: which versions, how each is run, and where its generation differs from what the others see. */
import { goModule, javaProject, npmPackages, pythonPackages, system } from './installations.mjs'

/**
 * @typedef {object} Failure
 * @property {number} status
 * @property {string} type
 * @property {string} message
 */

/**
 * @typedef {object} Client
 * @property {string} name
 * @property {(folder: string) => Promise<string[]>} install makes it ready, and says how its program is started;
 *   rejects with the reason where it is not to be had
 * @property {readonly string[]} [modes] ways to call it, each of which sees all cases
 * @property {string} [model]
 * @property {boolean} [hasConstants] HUMAN_PROMPT and AI_PROMPT
 * @property {'incremental' | 'cumulative'} [dialect] whether a piece of a stream is what was added, or all so far
 * @property {readonly string[]} [fields] what it shows of a completion, where that is not all
 * @property {(failure: Failure, way: { road: string, mode: string }) => object} tells how it tells a failure: `class`,
 *   `status`, `type` and `message` of the server, and `says`, what its own message has in it
 * @property {Record<string, object>} [differs] what it sees otherwise, by case
 */

const SYNC_AND_ASYNC = ['sync', 'async']

/** The classes of Python and TypeScript. */
const CLASSES = { 400: 'BadRequestError', 401: 'AuthenticationError', 429: 'RateLimitError' }

const inPython = failure => ({ class: CLASSES[failure.status] ?? 'APIStatusError', ...failure })

const pythonSdk = version => ({
  name: `Python SDK ${version}`,
  install: pythonPackages(`anthropic-${version}`, 'sdk.py'),
  modes: SYNC_AND_ASYNC,
  hasConstants: true,
  tells: inPython,
})

const langChain = (name, version) => ({
  name: `${name} ${version}`,
  install: pythonPackages(`${name}-${version}`, 'langchain_llms.py'),
  modes: SYNC_AND_ASYNC,
  // It hands on the text, and nothing else.
  fields: ['text', 'pieces'],
  tells: inPython,
  differs: {
    // A prompt that does not begin with a turn it takes for a question, and begins the answer to it.
    system: { text: 'My instructions: undefined' },
  },
})

/**
 * @param {string} version
 * @param {object} [brokenOff] how it tells an error that comes in a stream
 */
const typescriptSdk = (version, brokenOff) => ({
  name: `TypeScript SDK ${version}`,
  install: npmPackages('sdk.cjs', `sdk-${version}`),
  hasConstants: true,
  tells: failure =>
    failure.status === 200
      ? (brokenOff ?? { class: 'APIError', type: failure.type, message: failure.message })
      : { class: CLASSES[failure.status], ...failure },
})

/** The first generation did not try again. */
const NO_RETRY = {
  retry: { attempts: 1, error: { status: 429, type: 'rate_limit_error', message: 'Too many at once' } },
}

/** @type {readonly Client[]} */
export const clients = [
  {
    name: 'Python SDK 0.2.10',
    install: pythonPackages('anthropic-0.2.10', 'first_generation.py'),
    modes: SYNC_AND_ASYNC,
    hasConstants: true,
    model: 'claude-v1',
    dialect: 'cumulative',
    tells({ status, type, message }, { mode }) {
      if (status === undefined) return { class: 'ApiException', says: message }
      if (status !== 200) {
        const says = `post request failed with status code: ${status}`
        return { class: 'ApiException', type, message, says }
      }
      // Its dialect has no error events, so the connection breaks.
      return mode === 'sync'
        ? { class: 'ChunkedEncodingError', says: 'Connection broken' }
        : { class: 'ClientPayloadError', says: 'Response payload is not completed' }
    },
    differs: {
      ...NO_RETRY,
      // It checks the prompt itself, and was made before there were system texts.
      system: { attempts: 0, error: { message: 'Prompt must start with anthropic.HUMAN_PROMPT' } },
    },
  },
  pythonSdk('0.3.11'),
  pythonSdk('0.7.8'),
  pythonSdk('0.18.1'),
  pythonSdk('0.39.0'),
  pythonSdk('0.125.0'),
  langChain('langchain', '0.0.300'),
  langChain('langchain-anthropic', '0.1.23'),
  {
    name: 'Go SDK 1.84.0',
    install: goModule(),
    tells: failure => ({ class: '*apierror.Error', ...failure }),
  },
  {
    name: 'Java SDK 2.75.0',
    install: javaProject(),
    tells: failure => ({
      class: { 400: 'BadRequestException', 401: 'UnauthorizedException' }[failure.status] ?? 'SseException',
      ...failure,
    }),
  },
  {
    name: 'TypeScript SDK 0.4.4',
    install: npmPackages('first-generation.cjs', 'sdk-0.4.4'),
    hasConstants: true,
    model: 'claude-v1',
    dialect: 'cumulative',
    tells: ({ status }, { road }) =>
      status === 200
        ? { class: 'TypeError', says: 'terminated' }
        : {
            class: 'Error',
            says: road === 'whole' ? `Sampling error: ${status} ` : `HTTP status code ${status}: `,
          },
    differs: {
      ...NO_RETRY,
      // It rejects, and all the same sends the call again every second until a stream ends.
      'broken off': { attempts: 3 },
    },
  },
  // Up to 0.20 the words get lost on the way; up to 0.39 they are those of the event.
  typescriptSdk('0.5.10', { class: 'APIConnectionError', says: 'Connection error.' }),
  typescriptSdk('0.9.1', { class: 'APIConnectionError', says: 'Connection error.' }),
  typescriptSdk('0.20.9', { class: 'APIConnectionError', says: 'Connection error.' }),
  typescriptSdk('0.39.0', { class: 'APIConnectionError', says: '"message":"Overloaded"' }),
  typescriptSdk('0.60.0'),
  // Their constants have backslashes instead of newlines, which the proxy understands.
  typescriptSdk('0.100.1'),
  typescriptSdk('0.137.0'),
  { name: 'curl', install: system('curl', 'curl/requests.mjs'), tells: failure => failure },
]
