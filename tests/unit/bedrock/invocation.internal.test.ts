import { describe, expect, test } from 'vitest'
import {
  bedrockErrorOf,
  exceptionFrame,
  isLegacyInvocation,
  parseInvokePath,
  readLegacyBody,
} from '../../../src/adapters/bedrock-invocation.ts'
import {
  bedrockTarget,
  geographyOf,
  inferenceProfile,
  namedGeography,
} from '../../../src/adapters/bedrock-models.ts'
import { APIError } from '../../../src/errors.ts'

const PROMPT = '\n\nHuman: Hi\n\nAssistant:'
const LEGACY = { prompt: PROMPT, max_tokens_to_sample: 9 }
const PROFILE_ARN = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-v2'
const OPAQUE_ARNS = [
  'application-inference-profile/abc',
  'provisioned-model/abc',
  'custom-model/abc',
  'custom-model-deployment/abc',
  'imported-model/abc',
  'prompt/ABC:1',
  'default-prompt-router/anthropic.claude:1',
].map(resource => `arn:aws:bedrock:us-east-1:123456789012:${resource}`)

describe('the path of an invocation', () => {
  test.each([
    ['/model/anthropic.claude-v2%3A1/invoke', 'anthropic.claude-v2:1', false],
    ['/model/us.anthropic.claude-v2:1/invoke-with-response-stream', 'us.anthropic.claude-v2:1', true],
    [
      '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Fanthropic.claude-v2/invoke',
      'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2',
      false,
    ],
  ])('%s', (path, modelId, isStreamed) => {
    expect(parseInvokePath(path)).toEqual({ modelId, isStreamed })
  })

  test.each([
    '/model/a/converse',
    '/model/invoke',
    '/v1/complete',
    '/model/%E0%A4%A/invoke',
    '/x/model/a/invoke',
  ])('%s is not one', path => expect(parseInvokePath(path)).toBeUndefined())
})

describe('a legacy invocation', () => {
  test.each([
    'anthropic.claude-v2',
    'anthropic.claude-v2:1',
    'anthropic.claude-v2:1:18k',
    'anthropic.claude-instant-v1:2:100k',
    'us.anthropic.claude-v2:1',
    'global.anthropic.claude-sonnet-5-5',
    'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2',
    PROFILE_ARN,
    ...OPAQUE_ARNS,
  ])('is a legacy body for %s', modelId => expect(isLegacyInvocation(modelId, LEGACY)).toBe(true))

  test.each<[string, unknown]>([
    ['anthropic.claude-v2', { messages: [], max_tokens: 9 }],
    ['anthropic.claude-v2', { ...LEGACY, messages: [] }],
    ['anthropic.claude-v2', {}],
    ['anthropic.claude-v2', null],
    ['anthropic.claude-v2', []],
    ['anthropic.claude-v2', 'text'],
    ['meta.llama3-8b-instruct-v1:0', { prompt: PROMPT, max_gen_len: 9 }],
    ['us.meta.llama3-1-70b-instruct-v1:0', LEGACY],
    ['mistral.mistral-7b-instruct-v0:2', { prompt: PROMPT, max_tokens: 9 }],
    ['amazon.titan-text-express-v1', { inputText: 'Hi', textGenerationConfig: {} }],
    ['cohere.command-text-v14', { prompt: 'Hi', max_tokens: 9 }],
    ['ai21.j2-ultra-v1', { prompt: 'Hi', maxTokens: 9 }],
    [OPAQUE_ARNS[0] ?? '', { prompt: PROMPT, max_gen_len: 9 }],
  ])('is not one: %s with %j', (modelId, body) => expect(isLegacyInvocation(modelId, body)).toBe(false))
})

describe('the body of a legacy invocation', () => {
  test.each<[object, string]>([
    [{ prompt: PROMPT }, '#: required key [max_tokens_to_sample] not found'],
    [{ max_tokens_to_sample: 9 }, '#: required key [prompt] not found'],
    [{ ...LEGACY, stream: true }, '#: extraneous key [stream] is not permitted'],
    [{ ...LEGACY, model: 'claude-2' }, '#: extraneous key [model] is not permitted'],
    [{ ...LEGACY, a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 }, '#: extraneous key [e] is not permitted and 1 more'],
  ])('%j is rejected in the words of Bedrock', (body, sentence) => {
    expect(() => readLegacyBody({ ...body }, 'anthropic.claude-v2', false)).toThrow(
      `${sentence}, please reformat your input and try again.`,
    )
  })

  test('keeps the fields of Bedrock and the betas, and drops the version', () => {
    const { request, extras } = readLegacyBody(
      {
        ...LEGACY,
        anthropic_version: 'bedrock-2023-05-31',
        anthropic_beta: ['a'],
        'amazon-bedrock-guardrailConfig': { tagSuffix: 'x' },
      },
      'anthropic.claude-v2',
      true,
    )
    expect(request).toEqual({ ...LEGACY, model: 'anthropic.claude-v2', stream: true })
    expect(extras).toEqual({ anthropic_beta: ['a'], 'amazon-bedrock-guardrailConfig': { tagSuffix: 'x' } })
  })
})

describe('errors', () => {
  test.each([
    [400, 'ValidationException', 400],
    [401, 'AccessDeniedException', 403],
    [403, 'AccessDeniedException', 403],
    [404, 'ResourceNotFoundException', 404],
    [413, 'ValidationException', 400],
    [429, 'ThrottlingException', 429],
    [500, 'InternalServerException', 500],
    [502, 'InternalServerException', 500],
    [503, 'ServiceUnavailableException', 503],
    [504, 'ModelTimeoutException', 408],
    [529, 'ServiceUnavailableException', 503],
  ])('status %d is %s', (status, code, own) => {
    const error = bedrockErrorOf(status, { type: 'error', error: { type: 'api_error', message: 'No' } })
    expect({ code: error.code, status: error.status, message: error.message }).toEqual({
      code,
      status: own,
      message: 'No',
    })
  })

  test.each([
    ['rate_limit_error', 'throttlingException'],
    ['overloaded_error', 'throttlingException'],
    ['invalid_request_error', 'validationException'],
    ['api_error', 'internalServerException'],
    ['timeout_error', 'modelStreamErrorException'],
  ])('%s in a stream is %s', (type, exception) => {
    const error = new APIError(
      undefined,
      { type: 'error', error: { type, message: 'No' } },
      undefined,
      undefined,
    )
    expect(new TextDecoder().decode(exceptionFrame(error))).toContain(exception)
  })

  test('errors that are not the API’s become modelStreamErrorException', () => {
    expect(new TextDecoder().decode(exceptionFrame(new TypeError('lost')))).toContain(
      'modelStreamErrorException',
    )
  })
})

describe('geographies', () => {
  test.each([
    ['us-east-1', 'us'],
    ['ca-central-1', 'us'],
    ['us-gov-west-1', 'us-gov'],
    ['eu-west-3', 'eu'],
    ['ap-northeast-1', 'apac'],
    ['sa-east-1', 'global'],
    [undefined, 'global'],
  ])('%s is in %s', (region, geography) => expect(geographyOf(region)).toBe(geography))

  test.each([
    ['claude-opus-4-8', 'us.anthropic.claude-opus-4-8'],
    ['anthropic.claude-opus-4-8', 'us.anthropic.claude-opus-4-8'],
    ['claude-haiku-4-5', 'us.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['claude-haiku-4-5-20251001', 'us.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['anthropic.claude-opus-4-6-v1', 'us.anthropic.claude-opus-4-6-v1'],
  ])('the profile of %s is %s', (model, profile) => expect(inferenceProfile(model, 'us')).toBe(profile))

  test.each([
    ['eu.anthropic.claude-v2:1', 'eu'],
    [PROFILE_ARN, 'us'],
    ['anthropic.claude-v2', undefined],
    ['amer.anthropic.claude-v2', undefined],
  ])('%s names %s', (modelId, geography) => expect(namedGeography(modelId)).toBe(geography))
})

describe('the model of a call to Bedrock', () => {
  const SONNET = 'anthropic.claude-sonnet-4-5-20250929-v1:0'
  const replaced = (modelId: string, models: object | undefined, today: string): boolean =>
    bedrockTarget(modelId, 'us-east-1', {}, { models: models && { ...models }, today })?.models?.[modelId]
      ?.replacement !== undefined

  test.each<[title: string, modelId: string, models: object | undefined, today: string, isReplaced: boolean]>(
    [
      ['a retired one', 'anthropic.claude-v2:1', undefined, '2026-11-29', true],
      [
        'one that the user calls live',
        'anthropic.claude-v2:1',
        { 'anthropic.claude-v2:1': { status: 'live' } },
        '2026-11-29',
        false,
      ],
      ['one on the last of its days on Bedrock', SONNET, undefined, '2027-04-07', false],
      ['one on the day of its retirement on Bedrock', SONNET, undefined, '2027-04-08', true],
    ],
  )('is replaced or kept by the rows and the day: %s', (_, modelId, models, today, isReplaced) => {
    expect(replaced(modelId, models, today)).toBe(isReplaced)
  })
})
