import { Anthropic } from '../../client/client.ts'
import { startEmulator } from '../../emulator/index.ts'
import { type Command, defineCommand } from '../command.ts'
import type { CliContext } from '../context.ts'
import { examples, migrationPair } from '../demo-examples.ts'
import { paint } from '../terminal.ts'

/** `legacy-completions demo`: runs the examples of the old documentation against the emulator. */
export const demo: Command = defineCommand({
  usage: '',
  examples: 'legacy-completions demo',
  options: { Options: {} },
  notes: `The demo starts the emulator on loopback. No key is needed, and nothing leaves the machine.

Exit code: 0 when every example ran, 1 when the two requests of the last one differ.`,
  run: (_, context) => runDemo(context),
})

const KEY = 'no-key-needed'

async function runDemo(context: CliContext): Promise<number> {
  const { out, err } = context
  const emulator = await startEmulator()
  try {
    const reported = new Set<string>()
    const client = new Anthropic({
      apiKey: KEY,
      baseURL: emulator.url,
      onDiagnostic({ severity, code, message }) {
        if (reported.has(message)) return
        reported.add(message)
        err(`  ${paint(`${severity} ${code}`, severity, context)}: ${message}\n`)
      },
    })
    out(`The emulator listens on ${emulator.url}. No key is needed, and nothing leaves this machine.\n`)
    for (const { title, run } of examples) {
      out(`\n── ${title} ──\n`)
      await run(client, out)
      out('\n')
    }

    out('\n── Before and after a migration: both calls send the same request ──\n')
    await client.completions.create(migrationPair.completion)
    await fetch(`${emulator.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': KEY, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
      body: JSON.stringify(migrationPair.message),
    })
    const [translated, written] = emulator.requests.slice(-2).map(({ body }) => JSON.stringify(body, null, 2))
    const isSame = translated === written
    out(`${translated}\n${isSame ? 'The same, byte for byte.' : `Not the same:\n${written}`}\n`)
    return isSame ? 0 : 1
  } finally {
    await emulator.close()
  }
}
