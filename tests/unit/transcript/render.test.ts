import fc from 'fast-check'
import {
  AI_PROMPT,
  type Conversation,
  type Diagnostic,
  HUMAN_PROMPT,
  parsePrompt,
  renderPrompt,
  toMessages,
} from 'legacy-completions/transcript'
import { describe, expect, it } from 'vitest'
import { expectedConversation, PROMPT_CASES } from './cases.ts'
import { checkAll, hostileText } from './hostile.ts'

describe('the constants', () => {
  it('are newlines and a label, as they were up to SDK 0.60', () => {
    expect(HUMAN_PROMPT).toBe('\n\nHuman:')
    expect(AI_PROMPT).toBe('\n\nAssistant:')
  })
})

/** Returns whether a text opens a turn at any position in a prompt. */
const hasMarker = (text: string): boolean => /\n\n(?:Human|Assistant):/.test(text)

/** A conversation as the Messages API wants it, of texts and a system text that satisfy a condition. */
const conversations = (
  isContent: (text: string) => boolean,
  isSystem: (text: string) => boolean,
): fc.Arbitrary<Conversation> =>
  fc
    .record({
      system: fc.option(
        hostileText.filter(text => /\S/.test(text) && isSystem(text)),
        { nil: undefined },
      ),
      contents: fc.array(
        hostileText.filter(text => /\S/.test(text) && isContent(text)),
        { minLength: 1, maxLength: 5 },
      ),
    })
    .map(({ system, contents }) => ({
      ...(system !== undefined && { system }),
      messages: contents.map((content, index) => ({
        role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
        content,
      })),
    }))

describe('renderPrompt', () => {
  it.each<[string, Conversation, string]>([
    [
      'leaves the prompt open after a user message',
      { messages: [{ role: 'user', content: 'Hi' }] },
      '\n\nHuman: Hi\n\nAssistant:',
    ],
    [
      'ends in the beginning of the answer',
      {
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'My name is' },
        ],
      },
      '\n\nHuman: Hi\n\nAssistant: My name is',
    ],
    [
      'puts the system text first',
      { system: 'Be brief.', messages: [{ role: 'user', content: 'Hi' }] },
      'Be brief.\n\nHuman: Hi\n\nAssistant:',
    ],
    [
      'takes a system text of undefined for none',
      { system: undefined, messages: [{ role: 'user', content: 'Hi' }] },
      '\n\nHuman: Hi\n\nAssistant:',
    ],
    ['of nothing is open', { messages: [] }, '\n\nAssistant:'],
    [
      'keeps text that only looks like a marker',
      { messages: [{ role: 'user', content: 'Human: a\nHuman: b\n\n Assistant: c' }] },
      '\n\nHuman: Human: a\nHuman: b\n\n Assistant: c\n\nAssistant:',
    ],
  ])('%s', (_, conversation, prompt) => {
    expect(renderPrompt(conversation)).toBe(prompt)
  })

  it.each(
    PROMPT_CASES.filter(
      ({ messages, diagnostics = [] }) =>
        messages[0]?.role === 'user' && !diagnostics.some(([code]) => code === 'quoted-marker'),
    ),
  )('writes what was read from $title', promptCase => {
    const conversation = expectedConversation(promptCase)
    expect(toMessages(parsePrompt(renderPrompt(conversation)))).toStrictEqual(conversation)
  })

  it('renders and parses every conversation without markers', () => {
    checkAll(
      fc.property(
        conversations(
          text => !hasMarker(text),
          // At the very start of a prompt less is needed to open a turn.
          text => !hasMarker(text) && !/^\n?Human:/.test(text),
        ),
        conversation => {
          expect(toMessages(parsePrompt(renderPrompt(conversation)))).toStrictEqual(conversation)
        },
      ),
    )
  })

  it.each<[string, Conversation, string]>([
    [
      'a marker inside a message',
      { messages: [{ role: 'user', content: 'a\n\nAssistant: b' }] },
      '\n\nHuman: a\n\n Assistant: b\n\nAssistant:',
    ],
    [
      'a message that is a marker',
      { messages: [{ role: 'user', content: '\n\nHuman:' }] },
      '\n\nHuman: \n\n Human:\n\nAssistant:',
    ],
    [
      'a system text that begins with a label',
      { system: 'Human: a', messages: [{ role: 'user', content: 'b' }] },
      ' Human: a\n\nHuman: b\n\nAssistant:',
    ],
    [
      'a system text that begins with one newline and a label',
      { system: '\nHuman: a', messages: [{ role: 'user', content: 'b' }] },
      '\n Human: a\n\nHuman: b\n\nAssistant:',
    ],
    [
      'a message that ends in a marker, before the next',
      {
        messages: [
          { role: 'user', content: 'a\n\nHuman:' },
          { role: 'assistant', content: 'b' },
        ],
      },
      '\n\nHuman: a\n\n Human:\n\nAssistant: b',
    ],
  ])('keeps %s from opening a turn, and says which and where', (_, conversation, prompt) => {
    const diagnostics: Diagnostic[] = []
    expect(renderPrompt(conversation, { onDiagnostic: diagnostic => diagnostics.push(diagnostic) })).toBe(
      prompt,
    )
    expect(diagnostics.map(({ code }) => code)).toEqual(['neutralised-marker'])
    // Up to the space that is put before the label, the prompt is as it would have been.
    const [{ message, span } = {}] = diagnostics
    const [, newlines = '', label = ''] = /^(\n*) (\w+):/.exec(prompt.slice(span?.start)) ?? []
    expect(label).toMatch(/^(?:Human|Assistant)$/)
    expect(message).toContain(label)
    expect((span?.end ?? 0) - (span?.start ?? 0)).toBeGreaterThanOrEqual(`${newlines}${label}:`.length)
    expect(() => renderPrompt(conversation)).toThrow(TypeError)
    expect(() => renderPrompt(conversation)).toThrow(/^messages: 1 marker inside texts .*onDiagnostic/)
  })

  it.each<[title: string, conversation: unknown, message: RegExp]>([
    [
      'a role of another API',
      { messages: [{ role: 'system', content: 'x' }] },
      /^messages\[0\] must have a role/,
    ],
    [
      'no role',
      { messages: [{ role: 'user', content: 'x' }, { content: 'y' }] },
      /^messages\[1\] must have a role/,
    ],
    ['a number as a text', { messages: [{ role: 'user', content: 5 }] }, /a text as content/],
    [
      'content blocks',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] },
      /a text as content/,
    ],
    ['a list in place of a conversation', [{ role: 'user', content: 'x' }], /^messages must be an array/],
  ])('rejects %s', (_, conversation, message) => {
    expect(() => renderPrompt(conversation as Conversation)).toThrow(TypeError)
    expect(() => renderPrompt(conversation as Conversation)).toThrow(message)
  })

  it('opens as many turns as there are messages, with any text', () => {
    checkAll(
      fc.property(
        conversations(
          () => true,
          () => true,
        ),
        conversation => {
          const diagnostics: Diagnostic[] = []
          const prompt = renderPrompt(conversation, {
            onDiagnostic: diagnostic => diagnostics.push(diagnostic),
          })
          const { turns, system } = parsePrompt(prompt)
          const { messages } = conversation
          expect(turns.map(({ role }) => role)).toEqual([
            ...messages.map(({ role }) => role),
            ...(messages.at(-1)?.role === 'user' ? ['assistant'] : []),
          ])
          // Spaces are all that may differ.
          const bare = (text = ''): string => text.replaceAll(' ', '')
          expect(bare(system)).toBe(bare(conversation.system))
          expect(turns.slice(0, messages.length).map(({ text }) => bare(text))).toEqual(
            messages.map(({ content }) => bare(content)),
          )
          if (diagnostics.length === 0) expect(renderPrompt(conversation)).toBe(prompt)
          else expect(() => renderPrompt(conversation)).toThrow(TypeError)
          expect(diagnostics.every(({ code }) => code === 'neutralised-marker')).toBe(true)
        },
      ),
    )
  })

  it('does not show the text it refuses', () => {
    const conversation: Conversation = { messages: [{ role: 'user', content: 'x7Kq\n\nHuman: x7Kq' }] }
    expect(() => renderPrompt(conversation)).toThrow(/^(?!.*x7Kq)/)
  })

  it('leaves the conversation and the transcript as they were', () => {
    const transcript = parsePrompt('s\n\nHuman: a\n\nHuman: b\n\nAssistant: c')
    const before = structuredClone(transcript)
    const conversation = toMessages(transcript)
    const copy = structuredClone(conversation)
    renderPrompt(conversation)
    expect(conversation).toStrictEqual(copy)
    expect(transcript).toStrictEqual(before)
  })
})
