/** A program of the first generation, before 0.5: `new Client(key).complete()`. */
const { readFileSync } = require('node:fs')

const [installed = '', apiUrl, callsFile = ''] = process.argv.slice(2)
const { AI_PROMPT, Client, HUMAN_PROMPT } = require(installed)

async function ask(call, seen) {
  const client = new Client(call.key, { apiUrl })
  const { model, prompt = `${HUMAN_PROMPT} ${call.question}${AI_PROMPT}`, max_tokens_to_sample } = call
  const params = {
    model,
    prompt,
    max_tokens_to_sample,
    stop_sequences: call.stop_sequences ?? [HUMAN_PROMPT],
  }
  if (!call.streamed) {
    const { completion, ...end } = await client.complete(params)
    Object.assign(seen, { text: completion, stop_reason: end.stop_reason, stop: end.stop, model: end.model })
    return
  }
  seen.pieces = []
  const onUpdate = ({ completion }) => void seen.pieces.push(completion)
  const end = await client.completeStream(params, { onUpdate })
  Object.assign(seen, { stop_reason: end.stop_reason, stop: end.stop, model: end.model })
}

async function main() {
  for (const call of JSON.parse(readFileSync(callsFile, 'utf8'))) {
    const seen = { id: call.id }
    try {
      await ask(call, seen)
    } catch (error) {
      seen.error = { class: error.constructor.name, message: error.message }
    }
    console.log(JSON.stringify(seen))
  }
}

main()
