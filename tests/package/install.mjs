/**
 * Packs the package, installs the tarball in empty projects and uses it there as a stranger would: by `import`, by
 * `require`, and from TypeScript under each module resolution. Needs a package registry for its dependencies.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const project = mkdtempSync(join(tmpdir(), 'legacy-completions-'))
const run = (command, ...args) =>
  execFileSync(command, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

const program = `
const emulator = await startEmulator()
const client = new Client({ apiKey: 'test', baseURL: emulator.url })
const prompt = HUMAN_PROMPT + ' Hi! My name is Alice.' + AI_PROMPT + ' Hello.' + HUMAN_PROMPT + ' What is my name?' + AI_PROMPT
const whole = await client.completions.create({ model: 'claude-2.1', max_tokens_to_sample: 50, prompt })
let streamed = ''
for await (const chunk of client.completions.stream({ model: 'claude-2.1', max_tokens_to_sample: 50, prompt })) streamed += chunk.completion
const refused = await client.completions.create({ model: 'claude-2.1', max_tokens_to_sample: 50, prompt: 'Hi' }).catch(error => error)
const older = new FirstClient('test', { apiUrl: emulator.url })
const first = await older.complete({ model: 'claude-v1', max_tokens_to_sample: 50, prompt, stop_sequences: [] })
const hooked = await completionsFetch()(emulator.url + '/v1/complete', {
  method: 'POST',
  headers: { 'x-api-key': 'test', 'anthropic-version': '2023-06-01' },
  body: JSON.stringify({ model: 'claude-2.1', max_tokens_to_sample: 50, prompt }),
})
const wrapped = withCompletions({ messages: { create: async () => ({ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [{ type: 'text', text: 'Hi.' }], stop_reason: 'end_turn' }) } })
const restored = await wrapped.completions.create({ model: 'claude-2.1', max_tokens_to_sample: 50, prompt })
await emulator.close()
const adapters = [first.completion, (await hooked.json()).completion, restored.completion, repairPrompt('\\\\n\\\\nHuman: a').repairs.length].join('|')
if (adapters !== ' Your name is Alice.| Your name is Alice.| Hi.|2') throw new Error('unexpected: ' + adapters)
const turns = parsePrompt(prompt).turns.length
const says = [whole.completion, streamed, refused instanceof Client.BadRequestError, refused instanceof BadRequestError, turns].join('|')
if (says !== ' Your name is Alice.| Your name is Alice.|true|true|4') throw new Error('unexpected: ' + says)
`

/** What a stranger writes, by the file they write it in. */
const programs = {
  'default-and-named.mjs': `
import Client, { AI_PROMPT, BadRequestError, HUMAN_PROMPT } from 'legacy-completions'
import { startEmulator } from 'legacy-completions/emulator'
import { completionsFetch } from 'legacy-completions/fetch'
import { repairPrompt } from 'legacy-completions/repair'
import { withCompletions } from 'legacy-completions/sdk'
import { Client as FirstClient } from 'legacy-completions/v0'
import { parsePrompt } from 'legacy-completions/transcript'
import { translateRequest } from 'legacy-completions/translate'
if (typeof translateRequest !== 'function') throw new Error('no translateRequest')
${program}`,
  'the-class-itself.cjs': `
const Client = require('legacy-completions')
const { AI_PROMPT, BadRequestError, HUMAN_PROMPT } = Client
const { startEmulator } = require('legacy-completions/emulator')
const { completionsFetch } = require('legacy-completions/fetch')
const { repairPrompt } = require('legacy-completions/repair')
const { withCompletions } = require('legacy-completions/sdk')
const { Client: FirstClient } = require('legacy-completions/v0')
const { parsePrompt } = require('legacy-completions/transcript')
if (typeof Client !== 'function' || Client.default !== Client || Client.Anthropic !== Client) throw new Error('not the class')
if (require('legacy-completions/translate').translateRequest !== Client.translateRequest) throw new Error('two copies')
const main = async () => {${program}}
main().catch(error => { console.error(error); process.exitCode = 1 })`,
}

const typed = `
import Client, { AI_PROMPT, type Completion, HUMAN_PROMPT, RateLimitError } from 'legacy-completions'
import { type Emulator, startEmulator } from 'legacy-completions/emulator'
import { completionsFetch, type Fetch } from 'legacy-completions/fetch'
import { type RepairedPrompt, repairPrompt } from 'legacy-completions/repair'
import { type WithCompletions, withCompletions } from 'legacy-completions/sdk'
import { Client as FirstClient } from 'legacy-completions/v0'
import { parsePrompt, type Transcript } from 'legacy-completions/transcript'
export const hook: Fetch = completionsFetch({ prefill: 'error' })
export const repaired: RepairedPrompt = repairPrompt('')
const messages = { messages: { create: async (body: { model: string }): Promise<string> => body.model } }
export const wrapped: WithCompletions<typeof messages> = withCompletions(messages)
export const first: FirstClient = new FirstClient('k')
export const names: Promise<Client.Completion> = wrapped.completions.create({ model: 'm', prompt: '', max_tokens_to_sample: 1 })
export type Params = Client.Completions.CompletionCreateParamsStreaming
const client: Client = new Client({ apiKey: 'k', maxRetries: 1 })
export const transcript: Transcript = parsePrompt(HUMAN_PROMPT + AI_PROMPT)
export const whole: Promise<Completion> = client.completions.create({ model: 'm', prompt: '', max_tokens_to_sample: 1 })
export async function read(): Promise<string> {
  const stream = await client.completions.create({ model: 'm', prompt: '', max_tokens_to_sample: 1, stream: true })
  let text = ''
  for await (const chunk of stream) text += chunk.completion
  return text
}
export const status = (error: unknown): number | undefined => (error instanceof RateLimitError ? error.status : undefined)
export const emulator: Promise<Emulator> = startEmulator()
`
/** Module settings that people have; TypeScript resolves the package differently under each. */
const resolutions = [
  ['esm.mts', '--module nodenext'],
  ['cjs.cts', '--module nodenext'],
  ['bundler.ts', '--module esnext --moduleResolution bundler'],
  ['node10.ts', '--module commonjs --moduleResolution node10 --ignoreDeprecations 6.0 --esModuleInterop'],
]

let passed = 0
let failed = 0
const check = (name, action) => {
  try {
    action()
    passed++
    console.log(`ok      ${name}`)
  } catch (error) {
    failed++
    console.log(`FAILED  ${name}\n${error.stdout || error.message}`)
  }
}

try {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', project], { cwd: root, stdio: 'ignore' })
  writeFileSync(join(project, 'package.json'), '{ "private": true }')
  run('npm', 'install', '--silent', '--no-audit', '--no-fund', `./legacy-completions-${version}.tgz`)
  for (const [file, text] of Object.entries(programs)) {
    writeFileSync(join(project, file), text)
    check(file, () => run(process.execPath, file))
  }
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  for (const [file, options] of resolutions) {
    writeFileSync(join(project, file), typed)
    const settings =
      '--noEmit --strict --target es2022 --lib es2023,dom,dom.asynciterable --skipLibCheck false'
    check(`types of ${file}`, () =>
      run(process.execPath, tsc, ...settings.split(' '), ...options.split(' '), file),
    )
  }
} finally {
  rmSync(project, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
if (failed > 0) process.exitCode = 1
