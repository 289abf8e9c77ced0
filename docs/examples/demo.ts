/**
 * `npm run demo`: starts the emulator on loopback, so that no key is needed, and runs the examples against it
 * through the built package.
 */
import { Anthropic } from 'legacy-completions'
import { startEmulator } from 'legacy-completions/emulator'
import { examples, migrationPair } from './examples.ts'

const emulator = await startEmulator()
const said = new Set<string>()
const client = new Anthropic({
  apiKey: 'no-key-needed',
  baseURL: emulator.url,
  onDiagnostic({ severity, message }) {
    if (said.has(message)) return
    said.add(message)
    console.log(`  [${severity}] ${message}`)
  },
})
console.log(`The emulator listens on ${emulator.url}; no key is needed and nothing leaves this machine.`)

for (const { title, run } of examples) {
  console.log(`\n── ${title} ──`)
  await run(client, text => process.stdout.write(text))
  console.log()
}

console.log('\n── The migration pair: both calls send the same request ──')
await client.completions.create(migrationPair.completion)
await fetch(`${emulator.url}/v1/messages`, {
  method: 'POST',
  headers: {
    'x-api-key': 'no-key-needed',
    'anthropic-version': '2023-06-01',
    'content-type': 'application/json',
  },
  body: JSON.stringify(migrationPair.message),
})
const [translated, written] = emulator.requests.slice(-2).map(({ body }) => JSON.stringify(body, null, 2))
console.log(translated)
console.log(translated === written ? 'The same, byte for byte.' : `Not the same:\n${written}`)
if (translated !== written) process.exitCode = 1

await emulator.close()
