import { describe, expect, it } from 'vitest'

type Errors = typeof import('../../../src/errors.ts')

const errors: Errors = await import('../../../src/errors.ts')

/** The same module a second time, as a second installed copy of the package would bring it. */
const copy: Errors = await import(/* @vite-ignore */ `../../../src/errors.ts?${'copy'}`)

const {
  AnthropicError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  BadRequestError,
  IncompleteReplyError,
  InternalServerError,
  RateLimitError,
  refuse,
} = errors

describe('APIError.generate', () => {
  it.each<[number, keyof Errors]>([
    [400, 'BadRequestError'],
    [401, 'AuthenticationError'],
    [402, 'APIError'],
    [403, 'PermissionDeniedError'],
    [404, 'NotFoundError'],
    [408, 'APIError'],
    [409, 'ConflictError'],
    [413, 'APIError'],
    [418, 'APIError'],
    [422, 'UnprocessableEntityError'],
    [429, 'RateLimitError'],
    [499, 'APIError'],
    [500, 'InternalServerError'],
    [504, 'InternalServerError'],
    [529, 'InternalServerError'],
    [302, 'APIError'],
  ])('makes of %i a %s', (status, name) => {
    const error = APIError.generate(status, undefined, undefined, undefined)
    expect(error.constructor).toBe(errors[name])
    expect(error.status).toBe(status)
  })

  it('makes of no status a connection error', () => {
    const cause = new Error('ECONNRESET')
    const error = APIError.generate(undefined, cause, undefined, undefined)
    expect(error.constructor).toBe(APIConnectionError)
    expect(error).toMatchObject({ message: 'Connection error.', cause, status: undefined, error: undefined })
  })
})

describe('a message', () => {
  const body = { type: 'error', error: { type: 'rate_limit_error', message: 'x' }, request_id: 'req_1' }

  it.each<[string, number | undefined, unknown, string | undefined, string]>([
    ['a body', 429, body, undefined, `429 ${JSON.stringify(body)}`],
    ['a body and a text', 429, body, 'ignored', `429 ${JSON.stringify(body)}`],
    ['a text that is no JSON', 502, undefined, '<html>', '502 <html>'],
    ['a text as the body', 502, 'no', undefined, '502 "no"'],
    ['a body that has a message itself', 400, { message: 'no', code: 7 }, undefined, '400 no'],
    ['no body', 429, undefined, undefined, '429 status code (no body)'],
    ['an empty body', 429, undefined, '', '429 status code (no body)'],
    ['an error event', undefined, body, undefined, JSON.stringify(body)],
    ['nothing', undefined, undefined, undefined, '(no status code or body)'],
  ])('of %s is the old SDK’s', (_, status, error, text, message) => {
    expect(new APIError(status, error, text, undefined).message).toBe(message)
  })

  it('of the errors of no answer is the old SDK’s', () => {
    expect(new APIUserAbortError().message).toBe('Request was aborted.')
    expect(new APIConnectionError().message).toBe('Connection error.')
    expect(new APIConnectionTimeoutError().message).toBe('Request timed out.')
    expect(new APIUserAbortError({ message: 'x' }).message).toBe('x')
    expect(new APIConnectionTimeoutError({ message: 'x' }).message).toBe('x')
  })
})

describe('the fields', () => {
  it('are the old SDK’s', () => {
    const headers = new Headers({ 'Request-Id': 'req_1' })
    const body = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
    const error = APIError.generate(529, body, undefined, headers)
    expect(error).toMatchObject({ status: 529, error: body, requestID: 'req_1', type: 'overloaded_error' })
    expect(error.headers).toBe(headers)
    expect(error.name).toBe('Error')
  })

  it('have no request id without the header', () => {
    expect(new APIError(500, undefined, undefined, new Headers()).requestID).toBeNull()
    expect(new APIError(500, undefined, undefined, undefined).requestID).toBeUndefined()
  })

  it.each<[string, unknown, string | null]>([
    ['the envelope', { type: 'error', error: { type: 'api_error', message: 'x' } }, 'api_error'],
    ['an error without an envelope around', { error: { type: 'server_error', code: 500 } }, 'server_error'],
    ['an error that is a text', { error: 'Missing model in request body' }, null],
    ['an error of null', { error: null }, null],
    ['a type that is no text', { error: { type: 5 } }, null],
    ['FastAPI’s detail', { detail: [{ type: 'missing' }] }, null],
    ['a text', '<html>', null],
    ['a list', [1], null],
    ['null', null, null],
    ['nothing', undefined, null],
  ])('tell the type from %s', (_, body, type) => {
    expect(new APIError(500, body, undefined, undefined).type).toBe(type)
  })

  it('appear only when they are set', () => {
    expect(Object.keys(new APIError(500, undefined, undefined, undefined)).sort()).toEqual(
      ['error', 'headers', 'requestID', 'status', 'type'].sort(),
    )
  })
})

describe('isInstance', () => {
  const classes = (Object.keys(errors) as (keyof Errors)[]).filter(name => name !== 'refuse')

  const make = (from: Errors): Record<string, Error> => ({
    RateLimitError: from.APIError.generate(429, undefined, undefined, undefined),
    InternalServerError: from.APIError.generate(529, undefined, undefined, undefined),
    BadRequestError: from.refuse('x'),
    APIConnectionTimeoutError: new from.APIConnectionTimeoutError(),
    IncompleteReplyError: new from.IncompleteReplyError(),
    APIUserAbortError: new from.APIUserAbortError(),
    AnthropicError: new from.AnthropicError('x'),
  })

  it('has two copies to compare', () => {
    expect(copy.APIError).not.toBe(APIError)
    expect(new copy.APIError(1, 1, '', undefined)).not.toBeInstanceOf(APIError)
  })

  it.each(Object.keys(make(errors)))('knows a %s of either copy as what instanceof knows it as', name => {
    const [ours, theirs] = [make(errors)[name], make(copy)[name]]
    for (const kind of classes) {
      const Ours = errors[kind] as unknown as typeof AnthropicError
      const Theirs = copy[kind] as unknown as typeof AnthropicError
      const expected = ours instanceof Ours
      expect([kind, Ours.isInstance(ours), Ours.isInstance(theirs)]).toEqual([kind, expected, expected])
      expect([kind, Theirs.isInstance(ours), Theirs.isInstance(theirs)]).toEqual([kind, expected, expected])
    }
  })

  it('ignores errors of other packages', () => {
    class Foreign extends Error {}
    Object.defineProperty(Foreign, 'name', { value: 'RateLimitError' })
    for (const value of [new Error('x'), new Foreign('x'), undefined, null, 'x', {}, RateLimitError]) {
      expect(RateLimitError.isInstance(value)).toBe(false)
      expect(AnthropicError.isInstance(value)).toBe(false)
    }
  })

  it('knows a class that a caller derived', () => {
    class Mine extends RateLimitError {}
    const error = new Mine(429, undefined, undefined, undefined)
    expect([
      Mine.isInstance(error),
      RateLimitError.isInstance(error),
      copy.APIError.isInstance(error),
    ]).toEqual([true, true, true])
    expect(Mine.isInstance(APIError.generate(429, undefined, undefined, undefined))).toBe(false)
  })

  it('leaves no mark in a print-out', () => {
    const error = APIError.generate(429, undefined, undefined, undefined)
    expect(Object.getOwnPropertySymbols(error)).toEqual([])
    expect(JSON.stringify(error)).not.toContain('legacy-completions')
  })
})

it('the errors of this package are connection errors to code that knows only the old names', () => {
  expect(new IncompleteReplyError()).toBeInstanceOf(APIConnectionError)
  expect(new errors.UnreadableReplyError()).toBeInstanceOf(APIConnectionError)
  expect(refuse('x')).toBeInstanceOf(BadRequestError)
  expect(APIError.generate(599, undefined, undefined, undefined)).toBeInstanceOf(InternalServerError)
})
