import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parsePrompt, toMessages } from 'legacy-completions/transcript'
import { translateRequest } from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'

/** Real prompts and transcripts, kept outside the project: some of their text is offensive. */
const corpus = fileURLToPath(new URL('../../../../shared/corpus/', import.meta.url))
const isHere = existsSync(corpus)
const why = isHere ? '' : ' (skipped: there is no corpus next to this checkout)'

const readLines = (name: string): { id: string; prompt?: string; transcript?: string }[] =>
  readFileSync(corpus + name, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

describe(`real prompts${why}`, () => {
  it.skipIf(!isHere)('without an error give requests by the rules of the Messages API', () => {
    const lines = [...readLines('prompts.jsonl'), ...readLines('transcripts/hh-rlhf-harmless.jsonl')]
    let translated = 0
    for (const { id, prompt = '', transcript = prompt } of lines) {
      const parsed = parsePrompt(transcript)
      expect(() => toMessages(parsed), id).not.toThrow()
      const translate = (): ReturnType<typeof translateRequest> =>
        translateRequest({ model: 'claude-haiku-4-5', prompt: transcript, max_tokens_to_sample: 256 })
      const isEscaped = transcript.includes('\\n\\nHuman:')
      if (!isEscaped && parsed.diagnostics.some(({ severity }) => severity === 'error')) {
        expect(translate, id).toThrow(/^400 /)
        continue
      }
      translated++
      const { request, diagnostics } = translate()
      // Compared as booleans, so that a failure shows no text.
      expect(JSON.stringify(JSON.parse(JSON.stringify(request))) === JSON.stringify(request), id).toBe(true)
      expect(Object.values(request).includes(undefined), id).toBe(false)
      expect(request.messages.length, id).toBeGreaterThan(0)
      for (const [index, { role, content }] of request.messages.entries()) {
        expect(role, id).toBe(index % 2 === 0 ? 'user' : 'assistant')
        expect(/\S/.test(content), id).toBe(true)
      }
      const last = request.messages.at(-1)
      expect(last?.role === 'assistant' && /\s$/.test(last.content), id).toBe(false)
      expect(request.system === undefined || /\S/.test(request.system), id).toBe(true)
      expect(
        diagnostics.every(({ message, fix }) => !/\{\w+\}/.test(message + fix)),
        id,
      ).toBe(true)
    }
    expect(translated).toBeGreaterThan(2000)
  })
})
