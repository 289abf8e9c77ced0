import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type APIError, BadRequestError } from 'legacy-completions'
import { createEmulator } from 'legacy-completions/emulator'
import { parsePrompt, renderSource, toMessages } from 'legacy-completions/transcript'
import { completionFrom, type MessagesRequest, translateRequest } from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'

/** Real prompts and transcripts, kept outside the project: some of their text is offensive. */
const corpus = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url))
const isHere = existsSync(corpus)
const skipped = isHere ? '' : ' (skipped: there is no corpus next to this checkout)'

function readLines<T>(name: string): T[] {
  return isHere
    ? readFileSync(corpus + name, 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as T)
    : []
}

const emulator = createEmulator()
const post = (path: string, body: unknown): Promise<Response> =>
  emulator.fetch(`http://emulator.invalid${path}`, {
    method: 'POST',
    headers: { 'x-api-key': 'test', 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

/** A model that takes a prefill, so that every accepted prompt has a request. */
const model = 'claude-haiku-4-5'
const translate = (prompt: string): ReturnType<typeof translateRequest> =>
  translateRequest({ model, prompt, max_tokens_to_sample: 20 })

describe(`real transcripts${skipped}`, () => {
  const transcripts = readLines<{ id: string; transcript: string; roles: string }>(
    'transcripts/hh-rlhf-harmless.jsonl',
  )

  it.skipIf(!isHere)('have the turns that the index counts, and lose nothing', () => {
    expect(transcripts.length).toBeGreaterThan(2000)
    for (const { id, transcript, roles } of transcripts) {
      const parsed = parsePrompt(transcript)
      expect(parsed.turns.map(({ role }) => (role === 'user' ? 'H' : 'A')).join(''), id).toBe(roles)
      expect(renderSource(parsed) === transcript, id).toBe(true)
      const { messages } = toMessages(parsed)
      expect(
        messages.every(({ role }, index) => role === (index % 2 === 0 ? 'user' : 'assistant')),
        id,
      ).toBe(true)
    }
  })

  it.skipIf(!isHere)('give requests that the Messages endpoint takes', async () => {
    for (const { id, transcript } of transcripts) {
      const { request, plan } = translate(transcript)
      const response = await post('/v1/messages', request)
      const reply = await response.json()
      expect(response.status, `${id}: ${JSON.stringify(reply.error)}`).toBe(200)
      expect(completionFrom(reply, plan).type).toBe('completion')
    }
  })
})

describe(`real prompts${skipped}`, () => {
  const prompts = readLines<{ id: string; prompt: string }>('prompts.jsonl')

  it.skipIf(!isHere)('lose nothing', () => {
    expect(prompts.length).toBeGreaterThan(300)
    for (const { id, prompt } of prompts) expect(renderSource(parsePrompt(prompt)) === prompt, id).toBe(true)
  })

  it.skipIf(!isHere)('are accepted or rejected as by the legacy endpoint, in its words', async () => {
    let taken = 0
    for (const { id, prompt } of prompts) {
      const legacy = await post('/v1/complete', { model: 'claude-2.1', prompt, max_tokens_to_sample: 20 })
      const { error } = await legacy.json()
      let request: MessagesRequest | undefined
      try {
        request = translate(prompt).request
      } catch (refusal) {
        expect(refusal, id).toBeInstanceOf(BadRequestError)
        expect((refusal as APIError).message, id).toContain(
          JSON.stringify(error?.message ?? 'taken').slice(1, -1),
        )
        continue
      }
      // The old server rejected the constants that an SDK exported by mistake; here they are understood.
      if (!prompt.includes('\\n\\nHuman:')) expect(legacy.status, `${id}: ${error?.message}`).toBe(200)
      const response = await post('/v1/messages', request)
      expect(response.status, `${id}: ${JSON.stringify((await response.json()).error)}`).toBe(200)
      taken++
    }
    expect(taken).toBeGreaterThan(200)
  })
})
