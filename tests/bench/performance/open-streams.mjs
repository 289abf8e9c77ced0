/** Opens streams, reads from each what comes in some seconds, and says what they take: resident memory, in kB a stream. */
const [client, port, count] = process.argv.slice(2)
const options = { apiKey: 'none', baseURL: `http://127.0.0.1:${port}`, maxRetries: 0 }
const model = 'claude-opus-4-8'
// The upstream answers this prompt with an event a second, for as long as somebody listens.
const text = 'Count slowly.'

async function opener() {
  if (client !== 'newest') {
    const { default: Anthropic } = await import('../../../dist/index.js')
    const fetch = client === 'node' ? (await import('../../../dist/node.js')).nodeHttpFetch() : undefined
    const { completions } = new Anthropic({ ...options, fetch })
    const prompt = `\n\nHuman: ${text}\n\nAssistant:`
    return () => completions.create({ model, prompt, max_tokens_to_sample: 300, stream: true })
  }
  const { default: Newest } = await import('@anthropic-ai/sdk')
  const { messages } = new Newest(options)
  return () =>
    messages.create({ model, max_tokens: 300, stream: true, messages: [{ role: 'user', content: text }] })
}

const settled = async () => {
  for (let count = 0; count < 3; count++) {
    globalThis.gc()
    await new Promise(resolve => setTimeout(resolve, 300))
  }
  return process.memoryUsage().rss
}

const open = await opener()
const first = await open()
const reading = async stream => {
  for await (const _ of stream);
}
const read = [reading(first)]
const idle = await settled()
for (let opened = 1; opened < Number(count); opened++) {
  read.push(reading(await open()))
}
for (const each of read) each.catch(() => {})
await new Promise(resolve => setTimeout(resolve, 3000))
const loaded = await settled()
process.send((loaded - idle) / Number(count) / 1024, () => process.exit(0))
