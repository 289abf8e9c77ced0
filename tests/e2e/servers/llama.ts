import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { RIGHT_KEY } from './cases.ts'
import { noiseModel } from './model.ts'
import { type Program, startProgram } from './program.ts'
import type { Place, Running } from './running.ts'
import { grammarOf, type TextName } from './texts.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const folder = here('.tmp/llama')

/** A llama.cpp server that has one thing to say. */
async function speaker(python: string, text: TextName): Promise<Program> {
  mkdirSync(folder, { recursive: true })
  const model = `${folder}/noise-${text}.gguf`
  const grammar = `${folder}/${text}.gbnf`
  writeFileSync(model, noiseModel())
  writeFileSync(grammar, grammarOf(text))
  return startProgram(python, [here('llama-server.py'), model, grammar, RIGHT_KEY])
}

const MODEL = 'noise'

/**
 * llama.cpp's server with a model of noise, held to each text by a grammar.
 *
 * @param python One that has xllamacpp, which carries the server.
 */
export async function startLlama(python: string, version: string): Promise<Running> {
  const [plain, turns] = await Promise.all([speaker(python, 'plain'), speaker(python, 'turns')])
  const urls: Readonly<Record<string, string>> = { plain: plain.url, turns: turns.url }
  return {
    name: 'llama.cpp',
    version,
    closesStreams: true,
    where(text) {
      const url = urls[text]
      if (url === undefined) throw new Error(`No server says ${text}.`)
      return { url, model: MODEL }
    },
    async breakingOff(ask) {
      const long = await speaker(python, 'long')
      const place: Place = { url: long.url, model: MODEL, word: 'long' }
      try {
        const [outcome] = await Promise.all([ask(place), killWhileItSpeaks(long)])
        return outcome
      } finally {
        await long.close()
      }
    },
    async close() {
      await Promise.all([plain.close(), turns.close()])
    },
  }
}

/** Waits until some of the text has been said. */
async function killWhileItSpeaks(server: Program): Promise<void> {
  const headers = { authorization: `Bearer ${RIGHT_KEY}` }
  for (let attempt = 0; attempt < 2000; attempt++) {
    const slots: unknown = await (await fetch(`${server.url}/slots`, { headers })).json()
    if (Array.isArray(slots) && slots.some(slot => decodedOf(slot) > ENOUGH)) return server.kill()
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  throw new Error('The server has said nothing.')
}

/** Tokens. */
const ENOUGH = 50

function decodedOf(slot: unknown): number {
  const { is_processing, next_token }: { is_processing?: unknown; next_token?: unknown } = Object(slot)
  if (is_processing !== true) return 0
  const tokens: unknown[] = Array.isArray(next_token) ? next_token : [next_token]
  return Math.max(...tokens.map(token => Number(Object(token).n_decoded ?? 0)))
}
