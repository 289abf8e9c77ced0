/**
 * Serves @musistudio/llms on loopback until standard input ends. Arguments: the port, and for each provider its name and
 * the address of the OpenAI API that it stands for; the key that they are asked with is in KEY.
 */
import { createRequire } from 'node:module'

// Its ES module cannot be loaded by Node.
const { default: Server } = createRequire(import.meta.url)('@musistudio/llms')

const [port, ...pairs] = process.argv.slice(2)
const providers = []
for (let at = 0; at < pairs.length; at += 2) {
  const [name, url] = pairs.slice(at)
  providers.push({
    name,
    api_base_url: `${url}/v1/chat/completions`,
    api_key: process.env.KEY,
    models: ['noise'],
  })
}
await new Server({ initialConfig: { HOST: '127.0.0.1', PORT: port, providers }, logger: false }).start()
console.log(`http://127.0.0.1:${port}`)
process.stdin.resume().once('end', () => process.exit())
