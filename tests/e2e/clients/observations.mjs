/** What a client was asked and what it has seen, in terms that are the same for all. */
import { cases } from './cases.mjs'

const KEY = 'test-key'

/**
 * @typedef {object} Call
 * @property {string} id the tag in its question
 * @property {import('./cases.mjs').ClientCase} of
 * @property {string} road `whole` or `streamed`
 * @property {string} mode
 * @property {string} question
 * @property {object} asked what the program is given
 */

/** @returns {Call[]} every case that a client can be asked, in every way */
export function callsOf({ modes = ['sync'], model = 'claude-2.1', hasConstants = false }) {
  const calls = []
  for (const mode of modes) {
    for (const road of ['whole', 'streamed']) {
      for (const of of cases) {
        if ((of.onlyStreamed && road === 'whole') || (of.onlyWithConstants && !hasConstants)) continue
        const id = `${mode}-${road}-${of.name.replace(' ', '-')}`
        const question = `${of.question} (${id})`
        const prompt = of.prompt(question)
        const fields = { key: KEY, model, max_tokens_to_sample: 100, ...of.fields }
        const asked = { id, mode, streamed: road === 'streamed', question, prompt, ...fields }
        calls.push({ id, of, road, mode, question, asked })
      }
    }
  }
  return calls
}

/** Which call a conversation belongs to: the tag in it. */
export function callIn({ messages }, calls) {
  const said = messages.map(({ text }) => text).join('\n')
  return calls.find(({ id }) => said.includes(`(${id})`))
}

/** Returns the result of a call that the client is expected to see. */
export function expectedOf({ of, road, mode, question }, client) {
  const { tells, dialect, fields, differs = {} } = client
  const outcome = { attempts: 1, ...of.seen(question), ...differs[of.name] }
  const { attempts, pieces, error, text = pieces?.join(''), ...end } = outcome
  const expected = { attempts }
  if (error) expected.error = tells(error, { road, mode })
  else Object.assign(expected, { text, ...end })
  if (road === 'streamed' && pieces) expected.pieces = dialect === 'cumulative' ? addUp(pieces) : pieces
  return fields === undefined ? expected : only([...fields, 'attempts', 'error'], expected)
}

/** Returns the result that the client saw, in the format of the expected one. */
export function seenOf({ text, pieces, error, ...end }, attempts, expected, { dialect }) {
  const seen = { attempts, ...end, pieces }
  if (error) {
    const { class: name, status, message, body } = error
    const sent = body?.error ?? {}
    seen.error = { class: name, status, type: sent.type, message: sent.message, says: message }
  } else seen.text = text ?? (dialect === 'cumulative' ? pieces?.at(-1) : pieces?.join(''))
  return matching(expected, seen)
}

/** Returns the seen fields that have an expectation. An error and a text are always compared. */
function matching(expected, seen) {
  const compared = only([...Object.keys(expected), 'text', 'error'], seen)
  if (expected.error && seen.error) {
    compared.error = only(Object.keys(expected.error), seen.error)
    // In addition to the server's words, an error may contain a remedy, a request or a dictionary.
    for (const words of ['message', 'says']) {
      if (seen.error[words]?.includes(expected.error[words])) compared.error[words] = expected.error[words]
    }
  }
  return compared
}

function only(names, values) {
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => names.includes(name) && value !== undefined),
  )
}

function addUp(pieces) {
  return pieces.map((piece, at) => (piece === null ? null : pieces.slice(0, at + 1).join('')))
}
