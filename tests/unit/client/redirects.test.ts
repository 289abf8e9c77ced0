import { APIConnectionError, NotFoundError } from 'legacy-completions'
import { describe, expect, test } from 'vitest'
import { messageJson, serve } from '../../support/raw-server.ts'
import { params } from './adapters.ts'
import { failure } from './outcomes.ts'

describe('a redirect', () => {
  test.each([307, 308])('of status %i within the origin repeats the request', async status => {
    const seen: (string | undefined)[] = []
    const server = await serve((request, response) => {
      seen.push(request.headers['x-api-key'] as string)
      if (request.url === '/v1/messages') {
        response.writeHead(status, { location: '/v1/messages/' }).end()
        return
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(messageJson())
    })
    expect((await server.client().completions.create(params)).completion).toBe(' Hi.')
    expect(seen).toEqual(['test-key', 'test-key'])
  })

  test('to another origin is not followed, so that the key stays where it was sent', async () => {
    let asked = 0
    const other = await serve((_, response) => {
      asked += 1
      response.writeHead(200, { 'content-type': 'application/json' }).end(messageJson())
    })
    let requests = 0
    const server = await serve((_, response) => {
      requests += 1
      response.writeHead(307, { location: `${other.url}/v1/messages` }).end()
    })
    const error = await failure(() => server.client().completions.create(params), APIConnectionError)
    expect(error.message).toContain(other.url)
    expect(error.remedy).toContain('baseURL')
    expect([asked, requests]).toEqual([0, 1])
  })

  test('that would make it a GET is an answer like any other', async () => {
    const server = await serve((_, response) => {
      response.writeHead(302, { location: '/elsewhere', 'content-type': 'text/plain' }).end('moved')
    })
    expect(await failure(() => server.client().completions.create(params), Error)).toMatchObject({
      status: 302,
    })
  })

  test('in a circle ends', async () => {
    let requests = 0
    const server = await serve((_, response) => {
      requests += 1
      response.writeHead(307, { location: '/v1/messages' }).end()
    })
    await failure(() => server.client({ maxRetries: 0 }).completions.create(params), Error)
    expect(requests).toBeLessThan(10)
  })

  test('that leads nowhere is the answer of where it leads', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/v1/messages') {
        response.writeHead(307, { location: '/gone' }).end()
        return
      }
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"error":{"type":"not_found_error","message":"gone"}}')
    })
    await failure(() => server.client().completions.create(params), NotFoundError)
  })
})
