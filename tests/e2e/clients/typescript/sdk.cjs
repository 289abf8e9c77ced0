/** A program of the second generation, 0.5 to the last with completions: `new Anthropic().completions.create()`. */
const { readFileSync } = require('node:fs')

const [installed = '', baseURL, callsFile = ''] = process.argv.slice(2)
const Anthropic = require(installed)
const { AI_PROMPT, HUMAN_PROMPT } = Anthropic

async function ask(call, seen) {
  const client = new Anthropic({ apiKey: call.key, baseURL })
  const { model, prompt = `${HUMAN_PROMPT} ${call.question}${AI_PROMPT}`, max_tokens_to_sample } = call
  const stops = call.stop_sequences && { stop_sequences: call.stop_sequences }
  const params = { model, prompt, max_tokens_to_sample, ...stops }
  if (!call.streamed) {
    const { completion, ...end } = await client.completions.create(params)
    Object.assign(seen, { text: completion, stop_reason: end.stop_reason, stop: end.stop, model: end.model })
    return
  }
  seen.pieces = []
  for await (const chunk of await client.completions.create({ ...params, stream: true })) {
    seen.pieces.push(chunk.completion)
    Object.assign(seen, { stop_reason: chunk.stop_reason, stop: chunk.stop, model: chunk.model })
  }
}

async function main() {
  for (const call of JSON.parse(readFileSync(callsFile, 'utf8'))) {
    const seen = { id: call.id }
    try {
      await ask(call, seen)
    } catch (error) {
      const { status, message, error: body } = error
      seen.error = { class: error.constructor.name, status, message, body }
    }
    console.log(JSON.stringify(seen))
  }
}

main()
