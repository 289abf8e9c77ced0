/** What a script did with curl; Node only reads the calls and what curl printed. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'

const [baseUrl, callsFile = ''] = process.argv.slice(2)
const replyFile = `${callsFile}.reply`

async function curl({ key, model, prompt, max_tokens_to_sample, stop_sequences, streamed }) {
  const body = JSON.stringify({ model, prompt, max_tokens_to_sample, stop_sequences, stream: streamed })
  const { stdout } = await promisify(execFile)('curl', [
    // Into a file, which holds the last answer alone when there were several.
    ...['--silent', '--show-error', '--retry', '2', '--write-out', '%{http_code}', '--output', replyFile],
    ...['--header', 'content-type: application/json', '--header', 'anthropic-version: 2023-06-01'],
    ...['--header', `x-api-key: ${key}`, '--data-binary', body, `${baseUrl}/v1/complete`],
  ])
  return { text: readFileSync(replyFile, 'utf8'), status: Number(stdout) }
}

/** The events of a stream, cut as its dialect has it: name, data, empty line. */
function eventsIn(stream) {
  return stream
    .split(/\r?\n\r?\n/)
    .filter(event => event !== '')
    .map(event => {
      const [, name, data = ''] = /^event: ([^\r\n]*)\r?\ndata: ([^\r\n]*)$/.exec(event) ?? []
      if (name === undefined) throw new Error(`No event: ${JSON.stringify(event)}`)
      return { name, data: JSON.parse(data) }
    })
}

async function ask(call, seen) {
  const { text, status } = await curl(call)
  if (!call.streamed || status !== 200) {
    const body = JSON.parse(text)
    if (status !== 200) seen.error = { status, message: text, body }
    else {
      const { completion, stop_reason, stop, model } = body
      Object.assign(seen, { text: completion, stop_reason, stop, model })
    }
    return
  }
  seen.pieces = []
  for (const { name, data } of eventsIn(text)) {
    if (name === 'error') seen.error = { status, message: JSON.stringify(data), body: data }
    if (name !== 'completion') continue
    const { completion, stop_reason, stop, model } = data
    seen.pieces.push(completion)
    Object.assign(seen, { stop_reason, stop, model })
  }
}

for (const call of JSON.parse(readFileSync(callsFile, 'utf8'))) {
  const seen = { id: call.id }
  try {
    await ask(call, seen)
  } catch (error) {
    seen.error = { class: error.constructor.name, message: error.message }
  }
  console.log(JSON.stringify(seen))
}
