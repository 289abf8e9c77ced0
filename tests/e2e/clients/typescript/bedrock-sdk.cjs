/**
 * Legacy calls through `AnthropicBedrock` of `@anthropic-ai/bedrock-sdk` below 1.0: one JSON line per call. Arguments: the
 * package, the endpoint, the access key id.
 */
const [sdk, baseURL, awsAccessKey] = process.argv.slice(2)
const { AnthropicBedrock } = require(sdk)

const client = new AnthropicBedrock({
  awsAccessKey,
  awsSecretKey: 'unused',
  awsRegion: 'us-east-1',
  baseURL,
  maxRetries: 0,
})

// A new object for each call: 0.9.1 removes the model from the one that it gets.
const params = question => ({
  model: 'anthropic.claude-v2:1',
  max_tokens_to_sample: 100,
  prompt: `\n\nHuman: ${question}\n\nAssistant:`,
})

async function whole(question) {
  const { completion, stop } = await client.completions.create(params(question))
  return { text: completion, stop }
}

async function streamed(question) {
  const chunks = []
  for await (const chunk of await client.completions.create({ ...params(question), stream: true }))
    chunks.push(chunk)
  return { pieces: chunks.map(({ completion }) => completion), stop: chunks.at(-1).stop }
}

async function attempt(name, call) {
  let seen
  try {
    seen = await call()
  } catch (error) {
    seen = { error: error.constructor.name, message: error.message }
  }
  console.log(JSON.stringify({ case: name, ...seen }))
}

async function main() {
  await attempt('whole', () => whole('plain'))
  await attempt('streamed', () => streamed('plain'))
  await attempt('throttled', () => whole('throttled'))
  await attempt('broken off', () => streamed('broken off'))
}

main()
