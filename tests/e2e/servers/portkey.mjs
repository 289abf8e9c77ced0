/**
 * Portkey's gateway as a client of the old endpoint: it turns the OpenAI API's completions into `POST /v1/complete`, which
 * goes to the proxy here, and by that to the emulator. Prints what came of each call, as JSON.
 *
 * It listens on every interface of the machine; so this is run in a network of its own, which has the loopback alone.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { startEmulator } from '../../../dist/emulator.js'
import { serveProxy } from '../../../dist/node.js'

const PORT = 8787
const LONGEST_START = 30_000

const { status, error } = spawnSync('ip', ['link', 'set', 'lo', 'up'])
if (error !== undefined || status !== 0) throw new Error('The loopback could not be brought up.')

const emulator = await startEmulator({ reply: 'One two X three' })
const proxy = await serveProxy({ upstream: emulator.url })
const server = createRequire(import.meta.url).resolve('@portkey-ai/gateway/build/start-server.js')
const gateway = spawn(process.execPath, [server, `--port=${PORT}`, '--headless'], { stdio: 'ignore' })

const url = `http://127.0.0.1:${PORT}`
const isThere = () =>
  fetch(url).then(
    () => true,
    () => false,
  )

try {
  for (const start = performance.now(); !(await isThere()); ) {
    if (performance.now() - start > LONGEST_START) throw new Error('Portkey does not start.')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  for (const stream of [false, true]) {
    const response = await fetch(`${url}/v1/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer any-key',
        'x-portkey-provider': 'anthropic',
        'x-portkey-custom-host': `${proxy.url}/v1`,
      },
      body: JSON.stringify({ model: 'claude-2.1', prompt: 'Count.', max_tokens: 20, stop: ['X'], stream }),
    })
    const answer = { stream, status: response.status, body: await response.text() }
    const asked = emulator.requests.at(-1)
    console.log(JSON.stringify({ ...answer, asked: asked && { path: asked.path, body: asked.body } }))
  }
} finally {
  gateway.kill()
  await proxy.close()
  await emulator.close()
}
