import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startEmulator } from 'legacy-completions/emulator'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { sentencesOf } from '../../docs/sentences.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('.tmp/errors/', import.meta.url))
const tsc = resolve(folder, '../../../../../node_modules/typescript/bin/tsc')

interface Program {
  file: string
  text: string
  /** Whether the compiler reports the sentence, not the program. */
  isCompiled?: boolean
}

/** A program for each sentence that ends in it with the SDK 1.x. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  "Cannot read properties of undefined (reading 'create')": {
    file: 'call.mjs',
    text: `import Anthropic from '@anthropic-ai/sdk'
await new Anthropic().completions.create({ model: 'claude-2.1', max_tokens_to_sample: 9, prompt: '' })`,
  },
  "does not provide an export named 'HUMAN_PROMPT'": {
    file: 'constants.mjs',
    text: `import { HUMAN_PROMPT } from '@anthropic-ai/sdk'
console.log(HUMAN_PROMPT)`,
  },
  'undefined Why is the sky blue?undefined': {
    file: 'constants.cjs',
    text: `const Anthropic = require('@anthropic-ai/sdk')
console.log(\`\${Anthropic.HUMAN_PROMPT} Why is the sky blue?\${Anthropic.AI_PROMPT}\`)`,
  },
  "Module '\"@anthropic-ai/sdk\"' has no exported member 'HUMAN_PROMPT'": {
    file: 'constants.mts',
    text: `import { HUMAN_PROMPT } from '@anthropic-ai/sdk'
export const prompt: string = HUMAN_PROMPT`,
    isCompiled: true,
  },
  "Property 'completions' does not exist on type 'Anthropic'": {
    file: 'call.mts',
    text: `import Anthropic from '@anthropic-ai/sdk'
export const completions: unknown = new Anthropic().completions`,
    isCompiled: true,
  },
  'Client is not a constructor': {
    file: 'client.cjs',
    text: `const { Client } = require('@anthropic-ai/sdk')
new Client('key')`,
  },
  'countTokens is not a function': {
    file: 'count.mjs',
    text: `import Anthropic from '@anthropic-ai/sdk'
await new Anthropic().countTokens('Hi')`,
  },
  'Could not resolve authentication method': {
    file: 'key.mjs',
    text: `import Anthropic from '@anthropic-ai/sdk'
const messages = [{ role: 'user', content: 'Hi' }]
await new Anthropic({ apiKey: null }).messages.create({ model: 'claude-opus-4-8', max_tokens: 9, messages })`,
  },
  'Streaming is required for operations that may take longer than 10 minutes': {
    file: 'long.mjs',
    text: `import Anthropic from '@anthropic-ai/sdk'
const messages = [{ role: 'user', content: 'Hi' }]
await new Anthropic().messages.create({ model: 'claude-opus-4-8', max_tokens: 21_334, messages })`,
  },
}

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
})

describe('the sentences of the SDK 1.x in docs/errors.md', () => {
  it('have one program each', () => {
    expect(sentencesOf('typescript').sort()).toEqual(Object.keys(PROGRAMS).sort())
  })

  it.each(Object.entries(PROGRAMS))('%s', async (sentence, { file, text, isCompiled }) => {
    writeFileSync(join(folder, file), text)
    const emulator = await startEmulator()
    onTestFinished(() => emulator.close())
    const env = { ...process.env, ANTHROPIC_API_KEY: 'test', ANTHROPIC_BASE_URL: emulator.url }
    const options = '--noEmit --strict --target es2022 --module nodenext --skipLibCheck --ignoreConfig'
    const args = isCompiled ? [tsc, ...options.split(' '), file] : [file]
    const { stdout, stderr } = await run(process.execPath, args, { cwd: folder, env }).catch(error => error)
    expect(`${stdout}${stderr}`).toContain(sentence)
    expect(emulator.requests).toEqual([])
  })
})
