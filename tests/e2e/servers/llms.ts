import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { RIGHT_KEY } from './cases.ts'
import { startProgram } from './program.ts'
import type { Running } from './running.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The core of claude-code-router, which translates to the OpenAI API of a server behind it. */
export async function startLlms(behind: Running): Promise<Running> {
  const port = await freePort()
  const providers = [
    ['plain', behind.where('plain').url],
    ['turns', behind.where('turns').url],
  ]
  // It may write what it likes, but not into somebody's home.
  const home = here('.tmp/home')
  mkdirSync(home, { recursive: true })
  const env = { KEY: RIGHT_KEY, HOME: home }
  const args = [here('llms-server.mjs'), `${port}`, ...providers.flat()]
  const program = await startProgram(process.execPath, args, env)
  const manifest = here('node_modules/@musistudio/llms/package.json')
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'))
  return {
    name: 'llms',
    version,
    closesStreams: false,
    where: text => ({ url: program.url, model: `${text},noise` }),
    close: () => program.close(),
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
