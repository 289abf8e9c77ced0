/**
 * Legacy calls of Amazon Bedrock through the AWS SDK for JavaScript v3: one JSON line per call. Arguments: the folder of the
 * SDK, the endpoint, the access key id, and the plugin's module where it is to be used.
 */
const [sdk, endpoint, accessKeyId, plugin] = process.argv.slice(2)
const { BedrockRuntimeClient, InvokeModelCommand, InvokeModelWithResponseStreamCommand } = require(sdk)

const MODEL = 'anthropic.claude-v2:1'
const client = new BedrockRuntimeClient({
  region: 'us-east-1',
  endpoint,
  credentials: { accessKeyId, secretAccessKey: 'unused' },
  maxAttempts: 1,
})
if (plugin) client.middlewareStack.use(require(plugin).bedrockCompletions({ onDiagnostic() {} }))

const body = question =>
  JSON.stringify({ prompt: `\n\nHuman: ${question}\n\nAssistant:`, max_tokens_to_sample: 100 })

async function whole(question, modelId = MODEL) {
  const reply = await client.send(new InvokeModelCommand({ modelId, body: body(question) }))
  const { completion, stop, ...rest } = JSON.parse(reply.body.transformToString())
  return {
    text: completion,
    stop,
    fields: ['type', 'completion', 'stop_reason', 'stop'].filter(
      name => name in { completion, stop, ...rest },
    ),
  }
}

async function otherVendor() {
  const body = JSON.stringify({ prompt: 'Hi', max_gen_len: 9 })
  const reply = await client.send(new InvokeModelCommand({ modelId: 'meta.llama3-8b-instruct-v1:0', body }))
  return { text: JSON.parse(reply.body.transformToString()).generation }
}

async function streamed(question) {
  const reply = await client.send(
    new InvokeModelWithResponseStreamCommand({ modelId: MODEL, body: body(question) }),
  )
  const chunks = []
  for await (const { chunk } of reply.body) chunks.push(JSON.parse(Buffer.from(chunk.bytes).toString()))
  return { pieces: chunks.map(({ completion }) => completion), stop: chunks.at(-1).stop }
}

async function attempt(name, call) {
  let seen
  try {
    seen = await call()
  } catch (error) {
    seen = { error: error.name, message: error.message }
  }
  console.log(JSON.stringify({ case: name, ...seen }))
}

async function main() {
  await attempt('whole', () => whole('plain'))
  await attempt('ARN', () =>
    whole('plain', 'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2'),
  )
  await attempt('streamed', () => streamed('plain'))
  await attempt('throttled', () => whole('throttled'))
  await attempt('broken off', () => streamed('broken off'))
  if (!plugin) await attempt('other vendor', otherVendor)
  client.destroy()
}

main()
