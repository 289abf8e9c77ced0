import { describe, expect, it } from 'vitest'
import { asRequest, type Input, readInput } from '../../../docs/playground/input.ts'

const PROMPT = '\n\nHuman: Hi\n\nAssistant:'
const REQUEST = { model: 'claude-2.1', max_tokens_to_sample: 5, prompt: PROMPT }

const cases: readonly {
  name: string
  text: string
  kind: Input['kind']
  prompt: string
  notJson?: RegExp
}[] = [
  { name: 'a prompt', text: PROMPT, kind: 'prompt', prompt: PROMPT },
  { name: 'nothing', text: '', kind: 'prompt', prompt: '' },
  { name: 'a request', text: JSON.stringify(REQUEST), kind: 'request', prompt: PROMPT },
  {
    name: 'a request on many lines',
    text: `\n${JSON.stringify(REQUEST, null, 2)}\n`,
    kind: 'request',
    prompt: PROMPT,
  },
  { name: 'a request whose prompt is not a string', text: '{"prompt":5}', kind: 'request', prompt: '' },
  { name: 'a JSON string', text: JSON.stringify(PROMPT), kind: 'string', prompt: PROMPT },
  {
    name: 'a JSON string with CRLF',
    text: '"\\r\\n\\r\\nHuman: Hi"',
    kind: 'string',
    prompt: '\r\n\r\nHuman: Hi',
  },
  {
    name: 'a request that is cut off',
    text: '{"model":"m",\n"prompt":"',
    kind: 'prompt',
    prompt: '{"model":"m",\n"prompt":"',
    notJson: /JSON/,
  },
  {
    name: 'a prompt that begins in quotes',
    text: `"Be brief."${PROMPT}`,
    kind: 'prompt',
    prompt: `"Be brief."${PROMPT}`,
  },
  { name: 'a prompt that is JSON', text: '{"a": 1}', kind: 'prompt', prompt: '{"a": 1}' },
  {
    name: 'a prompt that begins in braces',
    text: `{name}${PROMPT}`,
    kind: 'prompt',
    prompt: `{name}${PROMPT}`,
  },
  { name: 'a list', text: '["prompt"]', kind: 'prompt', prompt: '["prompt"]' },
]

describe('pasted input', () => {
  it.each(cases)('is read: $name', ({ text, kind, prompt, notJson }) => {
    const input = readInput(text)
    expect(input).toMatchObject({ kind, prompt })
    if (notJson === undefined) expect(input.notJson).toBeUndefined()
    else expect(input.notJson).toMatch(notJson)
  })

  it('says the model, unless another is chosen', () => {
    const request = readInput(JSON.stringify(REQUEST))
    expect(request.request('').model).toBe('claude-2.1')
    expect(request.request('claude-opus-5-5')).toEqual({ ...REQUEST, model: 'claude-opus-5-5' })
    expect(readInput(PROMPT).request('').model).toBe('claude-2.1')
    expect(readInput(PROMPT).request('claude-opus-5-5').model).toBe('claude-opus-5-5')
  })

  it('is rejected in the old server’s words if it is not a request', () => {
    expect(() => readInput('{"prompt":5}').request('')).toThrow(/prompt: str type expected/)
  })

  it.each(cases.filter(({ prompt }) => prompt !== ''))(
    'is the same prompt as a request: $name',
    ({ text, prompt }) => {
      expect(readInput(asRequest(text, 'claude-opus-4-8'))).toMatchObject({ kind: 'request', prompt })
    },
  )
})
