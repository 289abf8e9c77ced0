import { APIError, BadRequestError } from 'legacy-completions'
import { type CompletionRequest, type Policies, translateRequest } from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'
import { ASKED } from './requests.ts'

interface Refusal {
  title: string
  request: unknown
  /** What the message says of the field, the reason and the remedy. */
  says: readonly string[]
}

const FIELDS =
  'a completion takes model, prompt, max_tokens_to_sample, stop_sequences, temperature, top_p, top_k, metadata, stream.'
const NOT_AN_OBJECT = [
  'value is not a valid dict. Pass an object with model, prompt and max_tokens_to_sample.',
] as const

const refusals: readonly Refusal[] = [
  ...[undefined, null, 'prompt', 5, true, []].map(request => ({
    title: JSON.stringify(request) ?? 'undefined',
    request,
    says: NOT_AN_OBJECT,
  })),
  {
    title: 'nothing',
    request: {},
    says: [
      'model: field required. Name a model',
      'prompt: field required. Pass one string',
      'max_tokens_to_sample: field required. Pass the largest number',
    ],
  },
  {
    title: 'required fields of null, which is nothing',
    request: { model: null, prompt: null, max_tokens_to_sample: null },
    says: ['model: ', 'prompt: ', 'max_tokens_to_sample: '],
  },
  ...[
    [{ model: 5 }, 'model: str type expected. Name a model'],
    [{ model: '' }, 'model: ensure this value has at least 1 characters. Name a model'],
    [{ prompt: ['\n\nHuman:'] }, 'prompt: str type expected. Pass one string'],
    [{ prompt: '' }, 'prompt: ensure this value has at least 1 characters. Pass one string'],
    [{ max_tokens_to_sample: 0 }, 'max_tokens_to_sample: range: 1..1,000,000. Pass the largest'],
    [{ max_tokens_to_sample: -1 }, 'max_tokens_to_sample: range: 1..1,000,000. Pass the largest'],
    [{ max_tokens_to_sample: 1.5 }, 'max_tokens_to_sample: value is not a valid integer. Pass the largest'],
    [{ max_tokens_to_sample: '256' }, 'max_tokens_to_sample: value is not a valid integer. Pass the largest'],
    [
      { max_tokens_to_sample: Number.NaN },
      'max_tokens_to_sample: value is not a valid integer. Pass the largest',
    ],
    [
      { max_tokens_to_sample: Infinity },
      'max_tokens_to_sample: value is not a valid integer. Pass the largest',
    ],
    [{ stop_sequences: 'x' }, 'stop_sequences: value is not a valid list. Pass an array of strings'],
    [{ stop_sequences: ['x', 1] }, 'stop_sequences.1: str type expected. Pass an array of strings'],
    [{ stop_sequences: [null] }, 'stop_sequences.0: str type expected. Pass an array of strings'],
    [{ temperature: 'hot' }, 'temperature: value is not a valid float. Pass a number from 0 to 1'],
    [{ temperature: Number.NaN }, 'temperature: value is not a valid float. Pass a number from 0 to 1'],
    [{ temperature: 1.01 }, 'temperature: range: -1 or 0..1. Pass a number from 0 to 1'],
    [{ temperature: -0.5 }, 'temperature: range: -1 or 0..1. Pass a number from 0 to 1'],
    [{ top_p: 2 }, 'top_p: range: -1 or 0..1. Pass a number from 0 to 1'],
    [{ top_p: false }, 'top_p: value is not a valid float. Pass a number from 0 to 1'],
    [{ top_k: -2 }, 'top_k: range: -1 or 0 and above. Pass a whole number'],
    [{ top_k: 0.5 }, 'top_k: value is not a valid integer. Pass a whole number'],
    [{ metadata: 'me' }, 'metadata: value is not a valid dict. Pass { user_id'],
    [{ metadata: { user_id: 5 } }, 'metadata.user_id: str type expected. Pass { user_id'],
    [{ metadata: { team: 'x' } }, 'metadata.team: extra fields not permitted. Remove it'],
    [{ stream: 'yes' }, 'stream: value could not be parsed to a boolean. Pass true or false'],
    [{ maxOutputTokens: 5 }, `maxOutputTokens: extra fields not permitted. Remove it; ${FIELDS}`],
    [{ messages: [] }, `messages: extra fields not permitted. Remove it; ${FIELDS}`],
    [JSON.parse('{"__proto__":5}'), '__proto__: extra fields not permitted. Remove it'],
    [{ constructor: 5 }, 'constructor: extra fields not permitted. Remove it'],
  ].map(([fields, says]) => ({
    title: JSON.stringify(fields),
    // Unlike a spread in a literal, this copies an own __proto__.
    request: Object.fromEntries([...Object.entries(ASKED), ...Object.entries(fields)]),
    says: [says],
  })),
  {
    title: 'several faults at once',
    request: { ...ASKED, temperature: 5, top_k: 'x', extra: 1 },
    says: ['temperature: range', '. top_k: value is not', '. extra: extra fields not permitted'],
  },
  {
    title: 'a prompt without turns',
    request: { ...ASKED, prompt: 'Hello, world' },
    says: [
      'prompt must start with "\n\nHuman:" turn after an optional system prompt, prompt must end with "\n\nAssistant:" turn. ',
      'Begin the conversation with HUMAN_PROMPT',
      'End the prompt with AI_PROMPT',
    ],
  },
  {
    title: 'a prompt without an Assistant',
    request: { ...ASKED, prompt: '\n\nHuman: Hello, Claude' },
    says: ['prompt must end with "\n\nAssistant:" turn. End the prompt with AI_PROMPT'],
  },
  {
    title: 'a prompt that the Assistant begins',
    request: { ...ASKED, prompt: '\n\nAssistant: a\n\nHuman: b\n\nAssistant:' },
    says: ['prompt must start with "\n\nHuman:" turn after an optional system prompt. Begin the'],
  },
  {
    title: 'a prompt with CRLF line ends',
    request: { ...ASKED, prompt: '\r\n\r\nHuman: Hi\r\nthere\r\n\r\nAssistant:\r\n' },
    says: [
      'prompt must start with "\n\nHuman:" turn',
      'Line 3, column 1: "Human:" after CRLF line ends does not open a turn.',
      "`prompts: 'repair'` accepts this prompt (repaired-crlf-marker).",
      '--prompts repair',
    ],
  },
  {
    title: 'a prompt with labels in other capitals',
    request: { ...ASKED, prompt: 'HUMAN: Hi\n\nASSISTANT:' },
    says: ['Line 1, column 1: A label that resembles "Human:" does not open a turn.'],
  },
  {
    title: 'a JSON array of prompts with escaped newlines',
    request: { ...ASKED, prompt: '["\\n\\nHuman: Hi\\n\\nAssistant:"]' },
    says: ['prompt must start with "\n\nHuman:" turn'],
  },
  {
    title: 'a prompt of constants that were undefined',
    request: { ...ASKED, prompt: 'undefined Hi undefined' },
    says: [
      'prompt must start with "\n\nHuman:" turn',
      'Import HUMAN_PROMPT and AI_PROMPT from legacy-completions.',
    ],
  },
]

function refusalOf(request: unknown, policies?: Policies): unknown {
  try {
    translateRequest(request as CompletionRequest, policies)
  } catch (error) {
    return error
  }
  return undefined
}

describe('a refusal', () => {
  it.each(refusals)('of $title names the field, the reason and the remedy', ({ request, says }) => {
    const error = refusalOf(request)
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toBeInstanceOf(APIError)
    const { status, error: body, type, message, diagnostics } = error as BadRequestError
    const { message: said } = (body as { error: { message: string } }).error
    expect({ status, body, type }).toEqual({
      status: 400,
      body: { type: 'error', error: { type: 'invalid_request_error', message: said } },
      type: 'invalid_request_error',
    })
    expect(message).toBe(`400 ${JSON.stringify(body)}`)
    for (const sentence of says) expect(said).toContain(sentence)
    expect(said).toMatch(/\.$|\. See https:\/\/\S+#[a-z-]+$/)
    // Sentences that run into each other, too.
    expect(said).not.toMatch(/\{\w+\}|(?<!")undefined| {2}|\.[A-Z]/)
    expect(diagnostics).toBeInstanceOf(Array)
  })

  const OPUS = 'claude-opus-4-8'
  it.each<[policy: keyof Policies, asked: Partial<CompletionRequest>, code: string, says: RegExp]>([
    [
      'sampling',
      { model: OPUS, temperature: 0 },
      'sampling-dropped',
      /does not accept `temperature: 0`\. Remove it from the call/,
    ],
    ['sampling', { temperature: 0, top_p: 0 }, 'sampling-exclusive', /not both\. Send only one/],
    [
      'prefill',
      { model: OPUS, prompt: `${ASKED.prompt} I` },
      'prefill-continued',
      /does not accept a prefill.* Ask for the wanted form/,
    ],
    [
      'prefill',
      { prompt: `${ASKED.prompt} I ` },
      'prefill-trimmed',
      /ends in whitespace.* Remove the whitespace/,
    ],
    [
      'maxTokens',
      { max_tokens_to_sample: 100_000 },
      'max-tokens-capped',
      /100000` is more than .* Set 64000/,
    ],
    ['thinking', { model: 'claude-opus-5-5' }, 'thinking-reserve', /always thinks.* Name a model/],
    [
      'retiredModel',
      { model: 'claude-2.1' },
      'retired-model',
      /`claude-2\.1` was retired on .* Name a live model/,
    ],
    [
      'stopSequences',
      { stop_sequences: ['\n'] },
      'stop-enforced-here',
      /only whitespace \(1 in this call\)\. Use a stop/,
    ],
    [
      'stopSequences',
      { stop_sequences: [''] },
      'empty-stop-sequence',
      /rejects an empty stop sequence\. Remove/,
    ],
  ])('by the policy %s is of %j', (policy, asked, code, says) => {
    const request = { ...ASKED, ...asked }
    const error = refusalOf(request, { [policy]: 'error' })
    expect(error).toBeInstanceOf(BadRequestError)
    const { diagnostics, message } = error as BadRequestError
    expect(diagnostics?.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual([
      code,
    ])
    expect(message).toMatch(says)
    expect(refusalOf(request, { [policy]: 'adapt' })).toBeUndefined()
  })

  it('by two policies names both and their remedies', () => {
    const asked = { ...ASKED, model: OPUS, temperature: 0, max_tokens_to_sample: 1_000_000 }
    expect(refusalOf(asked, { sampling: 'error', maxTokens: 'error' })).toMatchObject({
      message: expect.stringMatching(
        /can write, `claude-opus-4-8` does not accept `temperature: 0`\. Set .*\. Remove it/,
      ),
    })
  })

  it('has its own remedy only, not those of other diagnostics', () => {
    const asked = { ...ASKED, model: 'claude-2.1', temperature: 0, max_tokens_to_sample: 1_000_000 }
    const error = refusalOf(asked, { maxTokens: 'error' }) as BadRequestError
    expect(error.diagnostics?.map(({ code }) => code)).toEqual([
      'retired-model',
      'max-tokens-capped',
      'sampling-dropped',
    ])
    expect(error.message).not.toMatch(/live model|temperature/)
  })

  it.each<[options: object, says: RegExp]>([
    [{ sampling: 'drop' }, /^sampling must be 'adapt', 'error' or 'pass'\.$/],
    [{ prefill: '' }, /^prefill must be/],
    [{ maxTokens: null }, /^maxTokens must be/],
    [{ thinking: true }, /^thinking must be/],
    [{ retiredModel: 'Pass' }, /^retiredModel must be/],
    [{ stopSequences: 'none' }, /^stopSequences must be/],
    [{ prompts: 'lenient' }, /^prompts must be 'strict' or 'repair'\.$/],
    [{ style: 'modern' }, /^style must be 'legacy' or 'messages'\.$/],
    [{ thinkingReserve: -1 }, /^thinkingReserve must be a whole number/],
    [{ thinkingReserve: '4096' }, /^thinkingReserve must be a whole number/],
    [{ today: '30 Nov 2026' }, /^today must be a day written as YYYY-MM-DD\.$/],
  ])('names an option that is not valid: %j', (options, says) => {
    expect(() => translateRequest(ASKED, options)).toThrow(TypeError)
    expect(() => translateRequest(ASKED, options)).toThrow(says)
  })

  it('has the diagnostics of the prompt', () => {
    const error = refusalOf({ ...ASKED, prompt: 'Be brief.\nHuman: Hi' }) as BadRequestError
    expect(error.diagnostics?.map(({ code, span }) => [code, span])).toEqual([
      ['missing-human-turn', { start: 0, end: 0 }],
      ['single-newline-marker', { start: 10, end: 16 }],
      ['missing-assistant-turn', { start: 19, end: 19 }],
      ['repairable-prompt', { start: 9, end: 10 }],
    ])
  })
})
