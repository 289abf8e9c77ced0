import fc from 'fast-check'
import { parsePrompt, renderSource, type Transcript, toMessages } from 'legacy-completions/transcript'
import { describe, expect, it } from 'vitest'
import { expectedConversation, PROMPT_CASES } from './cases.ts'
import { checkAll, hostileText, splitTurns } from './hostile.ts'

describe('parsePrompt', () => {
  it.each([undefined, null, 5, {}, ['\n\nHuman: Hi\n\nAssistant:']])('rejects %j by name', value => {
    expect(() => parsePrompt(value as never)).toThrow(new TypeError('The prompt must be a string.'))
  })

  it.each(PROMPT_CASES)('reads $title', promptCase => {
    const { prompt, system, turns, prefill, diagnostics = [] } = promptCase
    const transcript = parsePrompt(prompt)
    expect(transcript.system).toBe(system)
    expect(transcript.turns.map(({ role, text }) => [role, text])).toEqual(turns)
    expect(transcript.prefill).toBe(prefill)
    expect(
      transcript.diagnostics.map(({ code, span }) => [
        code,
        span?.start,
        prompt.slice(span?.start, span?.end),
      ]),
    ).toEqual(diagnostics)
    expect(toMessages(transcript)).toStrictEqual(expectedConversation(promptCase))
  })

  it.each(PROMPT_CASES)('names the labels in its diagnostics: $title', ({ prompt }) => {
    for (const { message, span } of parsePrompt(prompt).diagnostics) {
      const label = /^(?:A|Two) (\w*) (?:turn|marker)s? |^"(\w*):"/.exec(message)?.slice(1).join('')
      if (label !== undefined) expect(prompt.slice(span?.start, span?.end)).toMatch(RegExp(`\\b${label}:`))
      expect(label).not.toBe('')
    }
  })

  it('has cases with titles of their own', () => {
    expect(new Set(PROMPT_CASES.map(({ title }) => title)).size).toBe(PROMPT_CASES.length)
  })
})

/** What holds for the transcript of every text. */
function expectSound(prompt: string, transcript: Transcript): void {
  expect(renderSource(transcript)).toBe(prompt)
  expect(transcript.source).toBe(prompt)

  let end = transcript.system?.length ?? 0
  expect(prompt.slice(0, end)).toBe(transcript.system ?? '')
  for (const { span, marker, text } of transcript.turns) {
    expect(span.start).toBe(end)
    expect(marker.start).toBe(span.start)
    expect(marker.end).toBeGreaterThan(marker.start)
    expect(prompt.slice(marker.end, span.end)).toBe(text)
    end = span.end
  }
  expect(end).toBe(prompt.length)

  let last = 0
  for (const { span } of transcript.diagnostics) {
    expect(span).toBeDefined()
    expect(span?.start).toBeGreaterThanOrEqual(last)
    expect(span?.end).toBeGreaterThanOrEqual(span?.start ?? Number.NaN)
    expect(span?.end).toBeLessThanOrEqual(prompt.length)
    last = span?.start ?? last
  }
  expect(JSON.parse(JSON.stringify(transcript))).toStrictEqual(transcript)
}

describe('a transcript', () => {
  it.each(PROMPT_CASES)('loses nothing of $title', ({ prompt }) => {
    expectSound(prompt, parsePrompt(prompt))
  })

  it('loses nothing of any case cut off at any place', () => {
    for (const { prompt } of PROMPT_CASES) {
      for (let at = 0; at <= prompt.length; at++) {
        const [before, after] = [prompt.slice(0, at), prompt.slice(at)]
        expect(renderSource(parsePrompt(before)) + renderSource(parsePrompt(after))).toBe(prompt)
      }
    }
  })

  it('loses nothing of hostile text', () => {
    checkAll(fc.property(hostileText, text => expectSound(text, parsePrompt(text))))
  })

  it('has its diagnostics in the order of their offsets', () => {
    const startsOf = (text: string): number[] =>
      parsePrompt(text).diagnostics.map(({ span }) => span?.start ?? Number.NaN)
    // The label is noticed before the empty turn.
    expect(startsOf('\n\nHuman:\n\nAssistant: a\nHuman: b\n\nAssistant:')).toEqual([0, 0, 23, 31])
    checkAll(
      fc.property(hostileText, text => {
        const starts = startsOf(text)
        expect(starts).toEqual([...starts].sort((a, b) => a - b))
      }),
    )
  })

  it('survives JSON before it is rendered', () => {
    checkAll(
      fc.property(hostileText, text => {
        const transcript: Transcript = JSON.parse(JSON.stringify(parsePrompt(text)))
        expect(renderSource(transcript)).toBe(text)
        expect(toMessages(transcript)).toStrictEqual(toMessages(parsePrompt(text)))
      }),
    )
  })

  it('has the turns that the rules say, by another reading of them', () => {
    checkAll(
      fc.property(hostileText, text => {
        const { system = '', turns } = parsePrompt(text)
        expect({ system, turns: turns.map(({ role, text }) => ({ role, text })) }).toEqual(splitTurns(text))
      }),
      3000,
    )
  })

  it('never lets blank, repeated or assistant-first messages through once it has no error', () => {
    checkAll(
      fc.property(hostileText, text => {
        const transcript = parsePrompt(`\n\nHuman: ${text}\n\nAssistant:`)
        if (transcript.diagnostics.some(({ severity }) => severity === 'error')) return
        const { system, messages } = toMessages(transcript)
        expect(messages.length).toBeGreaterThan(0)
        expect(system).toBeUndefined()
        for (const [index, { role, content }] of messages.entries()) {
          expect(role).toBe(index % 2 === 0 ? 'user' : 'assistant')
          expect(content).toMatch(/\S/)
        }
      }),
    )
  })

  it('says nothing of the prompt in its diagnostics', () => {
    const secret = 'x7Kq'
    checkAll(
      fc.property(fc.array(hostileText, { minLength: 2, maxLength: 6 }), pieces => {
        const { diagnostics } = parsePrompt(pieces.join(secret))
        expect(JSON.stringify(diagnostics)).not.toContain(secret)
      }),
    )
  })

  it('holds 100 MB', () => {
    const turn = `\n\nHuman: ${'a line: of text\n'.repeat(6_000)}\n\nAssistant: yes\r\n`
    const prompt = turn.repeat(Math.ceil(100_000_000 / turn.length))
    expect(prompt.length).toBeGreaterThanOrEqual(100_000_000)
    const transcript = parsePrompt(prompt)
    expect(transcript.turns.length).toBe((2 * prompt.length) / turn.length)
    // Not toBe: a failure would print both.
    expect(renderSource(transcript) === prompt).toBe(true)
  })

  it('holds a megabyte of nothing but lookalikes and blanks', () => {
    const prompt = `${' '.repeat(500_000)}Human:${'\n \tHuman:'.repeat(10_000)}${'<'.repeat(300_000)}\n\nHuman: x`
    expect(renderSource(parsePrompt(prompt)) === prompt).toBe(true)
  })
})
