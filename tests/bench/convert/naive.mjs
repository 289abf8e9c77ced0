/** What one writes first: lines by readline, JSON.parse, split by a regular expression, JSON.stringify. */
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'

const [input, output] = process.argv.slice(2)
const out = createWriteStream(output)
for await (const line of createInterface({
  input: createReadStream(input),
  crlfDelay: Number.POSITIVE_INFINITY,
})) {
  const { prompt, ...record } = JSON.parse(line)
  const parts = prompt.split(/\n\n(Human|Assistant): ?/)
  const messages = []
  for (let at = 1; at < parts.length; at += 2) {
    const content = parts[at + 1]
    if (content !== '') messages.push({ role: parts[at] === 'Human' ? 'user' : 'assistant', content })
  }
  if (parts[0] !== '') record.system = parts[0]
  record.messages = messages
  if (!out.write(`${JSON.stringify(record)}\n`)) await once(out, 'drain')
}
out.end()
await once(out, 'finish')
