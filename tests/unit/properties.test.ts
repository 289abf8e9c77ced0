import fc from 'fast-check'
import { type Completion, type Message, reshapeEvents } from 'legacy-completions'
import { createEmulator } from 'legacy-completions/emulator'
import {
  type Conversation,
  parsePrompt,
  renderPrompt,
  renderSource,
  toMessages,
} from 'legacy-completions/transcript'
import type { MessagesEvent } from 'legacy-completions/translate'
import { completionFrom, translateRequest } from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'

/** What prompts are made of, and what is likely to break them. */
const shards = [
  '\n\nHuman:',
  '\n\nAssistant:',
  '\nHuman:',
  'Assistant:',
  '\\n\\nHuman:',
  '\r\n',
  '\n',
  ' ',
  ':',
  'Human',
  'n:',
  't:',
  '\0',
  '\ud83d',
  '\ude00',
  '人:强',
  'text',
]
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...shards), fc.string({ unit: 'binary', maxLength: 5 })))
  .map(parts => parts.join(''))

describe('the grammar', () => {
  it('loses nothing', () => {
    fc.assert(
      fc.property(hostile, source => {
        const transcript = parsePrompt(source)
        expect(renderSource(transcript)).toBe(source)
        let offset = transcript.system?.length ?? 0
        for (const { span, marker, text } of transcript.turns) {
          expect([span.start, marker.start, marker.end + text.length]).toEqual([offset, offset, span.end])
          offset = span.end
        }
        expect(offset).toBe(source.length)
      }),
      { numRuns: 3000 },
    )
  })

  it('reads back what it writes', () => {
    const text = hostile.filter(text => /\S/.test(text) && !/(?:Human|Assistant):/.test(text))
    const conversation: fc.Arbitrary<Conversation> = fc
      .record({
        system: fc.option(text, { nil: undefined }),
        texts: fc.array(text, { minLength: 1, maxLength: 6 }),
      })
      .map(({ system, texts }) => ({
        ...(system !== undefined && { system }),
        messages: texts.map((content, index) => ({
          role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
          content,
        })),
      }))
    fc.assert(
      fc.property(conversation, said => {
        expect(toMessages(parsePrompt(renderPrompt(said)))).toEqual(said)
      }),
      { numRuns: 2000 },
    )
  })
})

/** Where a text ends, found in the plainest way there is: try every place, and every sequence at it. */
function firstStop(text: string, stops: readonly string[]): { text: string; stop: string | null } {
  const named = stops.filter(stop => stop !== '').sort((a, b) => b.length - a.length)
  for (let end = 1; end <= text.length; end++) {
    const stop = named.find(stop => text.slice(0, end).endsWith(stop))
    if (stop !== undefined) return { text: text.slice(0, end - stop.length), stop }
  }
  return { text, stop: null }
}

const message = (text: string): Message => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [{ type: 'text', text }],
  stop_reason: 'end_turn',
  stop_sequence: null,
})

function events(deltas: readonly string[]): MessagesEvent[] {
  return [
    { type: 'message_start', message: { ...message(''), content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    ...deltas.map(
      (text): MessagesEvent => ({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text },
      }),
    ),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null } },
    { type: 'message_stop' },
  ]
}

/** A text in pieces: any chunking of it. */
const pieces = (unit: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  fc.array(
    fc.array(unit, { maxLength: 4 }).map(units => units.join('')),
    { maxLength: 12 },
  )

describe('stop sequences', () => {
  it('end the text where a naive search of the whole text would', () => {
    const letter = fc.constantFrom('a', 'b', '\n', ' ')
    const sequence = fc.array(letter, { minLength: 1, maxLength: 4 }).map(letters => letters.join(''))
    fc.assert(
      fc.property(pieces(letter), fc.array(sequence, { maxLength: 5 }), (deltas, stops) => {
        const { plan } = translateRequest({
          model: 'm',
          max_tokens_to_sample: 9,
          prompt: '\n\nHuman: x\n\nAssistant: a prefill',
          stop_sequences: stops,
        })
        const reshaper = reshapeEvents(plan)
        for (const event of events(deltas)) reshaper.push(event)
        const { completion, stop } = reshaper.end()
        const oracle = firstStop(deltas.join(''), stops)
        expect({ completion, stop }).toEqual({ completion: oracle.text, stop: oracle.stop ?? '\n\nHuman:' })
      }),
      { numRuns: 5000 },
    )
  })
})

describe('a stream', () => {
  const prompts = [
    '\n\nHuman: x\n\nAssistant:',
    '\n\nHuman: x\n\nAssistant: so\n',
    '\n\nHuman: x\n\nAssistant: it was ',
  ]
  const unit = fc.constantFrom('\n', ' ', 'Human:', 'H', 'word', '人', '😀', '4.', '\n\n')

  it('gives the same completion however it is cut into pieces, and the same as the whole reply', () => {
    fc.assert(
      fc.property(
        pieces(unit),
        fc.constantFrom(...prompts),
        fc.subarray(['\n\n', '4.', ' ']),
        (deltas, prompt, stop_sequences) => {
          const { plan } = translateRequest({ model: 'm', max_tokens_to_sample: 9, prompt, stop_sequences })
          const whole = completionFrom(message(deltas.join('')), plan)
          for (const cut of [deltas, [deltas.join('')], [...deltas.join('')]]) {
            const reshaper = reshapeEvents(plan)
            const chunks: Completion[] = events(cut).flatMap(event => reshaper.push(event))
            expect(chunks.map(({ completion }) => completion).join('')).toBe(whole.completion)
            expect(chunks.map(({ stop_reason }) => stop_reason).filter(reason => reason !== null)).toEqual([
              whole.stop_reason,
            ])
            expect({ ...chunks.at(-1), completion: whole.completion }).toEqual(whole)
            expect(reshaper.end()).toEqual(whole)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('the two endpoints', () => {
  it('take and refuse the same prompts, in the same words', async () => {
    const emulator = createEmulator()
    const init = (body: object): RequestInit => ({
      method: 'POST',
      headers: { 'x-api-key': 'test', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify(body),
    })
    const marked = fc
      .array(
        fc.constantFrom('\n\nHuman:', '\n\nAssistant:', 'Human:', '\nHuman:', ' hi', '\n', ' ', '\n\n'),
        { minLength: 1, maxLength: 8 },
      )
      .map(parts => parts.join(''))
    await fc.assert(
      fc.asyncProperty(marked, async prompt => {
        const legacy = await emulator.fetch(
          'http://emulator.invalid/v1/complete',
          init({ model: 'claude-2.1', prompt, max_tokens_to_sample: 9 }),
        )
        const { error } = await legacy.json()
        const translate = (): ReturnType<typeof translateRequest> =>
          translateRequest({ model: 'claude-haiku-4-5', prompt, max_tokens_to_sample: 9 })
        if (error !== undefined) {
          expect(translate).toThrow(JSON.stringify(error.message).slice(1, -1))
          return
        }
        const response = await emulator.fetch(
          'http://emulator.invalid/v1/messages',
          init(translate().request),
        )
        expect(response.status, JSON.stringify({ prompt, reply: await response.text() })).toBe(200)
      }),
      { numRuns: 1500 },
    )
  })
})
