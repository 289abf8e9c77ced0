import { UnreadableReplyError } from 'legacy-completions'
import { readEvent } from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'

interface EventCase {
  title: string
  event?: string
  data: string
  /** `undefined` for an event that says nothing. */
  read?: unknown
}

const DELTA = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } }
const START = { type: 'message_start', message: { id: 'msg_1', content: [] } }

const cases: readonly EventCase[] = [
  { title: 'a delta', event: 'content_block_delta', data: JSON.stringify(DELTA), read: DELTA },
  { title: 'a delta without a name', data: JSON.stringify(DELTA), read: DELTA },
  { title: 'a delta under another name', event: 'message', data: JSON.stringify(DELTA), read: DELTA },
  { title: 'a delta with spaces', data: JSON.stringify(DELTA, null, 1), read: DELTA },
  {
    title: 'a delta under the name of an error',
    event: 'error',
    data: JSON.stringify(DELTA),
    read: { type: 'error', error: { ...DELTA, message: 'unknown error' } },
  },
  {
    title: 'the start of a block',
    event: 'content_block_start',
    data: '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
    read: { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  },
  { title: 'a start', event: 'message_start', data: JSON.stringify(START), read: START },
  {
    title: 'an event that does not exist yet',
    event: 'news',
    data: '{"type":"news","x":1}',
    read: { type: 'news', x: 1 },
  },
  { title: 'a ping', event: 'ping', data: '{"type": "ping"}', read: { type: 'ping' } },
  { title: 'a ping of 2023', event: 'ping', data: '{}' },
  { title: 'a ping without data, which official SDKs never look at', event: 'ping', data: '' },
  { title: 'the end mark of other servers', data: '[DONE]' },
  { title: 'the end mark under a name', event: 'done', data: '[DONE]' },
  { title: 'null', data: 'null' },
  { title: 'a number', data: '5' },
  { title: 'a text', data: '"type"' },
  { title: 'a list', data: '[{"type":"ping"}]' },
  { title: 'an object without a type', data: '{"a":1}' },
  { title: 'a type that is no text', data: '{"type":5}' },
  { title: 'a type of null', data: '{"type":null}' },
  { title: 'a start without a message', data: '{"type":"message_start"}' },
  { title: 'a start whose message is null', data: '{"type":"message_start","message":null}' },
  { title: 'a start without an id', data: '{"type":"message_start","message":{}}' },
  { title: 'a start whose id is a number', data: '{"type":"message_start","message":{"id":5}}' },
  { title: 'a block without content', data: '{"type":"content_block_start","index":0}' },
  { title: 'a block of null', data: '{"type":"content_block_start","content_block":null}' },
  { title: 'a delta without a delta', data: '{"type":"content_block_delta","index":0}' },
  { title: 'a message_delta without a delta', data: '{"type":"message_delta","usage":{}}' },
  { title: 'a message_delta of null', data: '{"type":"message_delta","delta":null}' },
  {
    title: 'an error',
    event: 'error',
    data: '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    read: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
  },
  {
    title: 'an error without a name',
    data: '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    read: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
  },
  {
    title: 'an error of 2023, without a type and a name',
    data: '{"error":{"type":"overloaded_error","message":"Overloaded"}}',
    read: {
      type: 'error',
      error: { type: 'overloaded_error', message: 'Overloaded' },
      body: { error: { type: 'overloaded_error', message: 'Overloaded' } },
    },
  },
  {
    title: 'an error string next to other fields',
    data: '{"error":"Out of memory","code":5}',
    // The form of the others, so that programs which read error.message find it.
    read: { type: 'error', error: expect.objectContaining({ message: 'Out of memory', code: 5 }) },
  },
  ...[null, '', 0, false].map(error => ({
    title: `an error of ${JSON.stringify(error)}, which is not an error`,
    data: JSON.stringify({ error }),
  })),
  {
    title: 'an event that does not exist yet, with an error in it',
    data: '{"type":"news","error":{"type":"api_error","message":"x"}}',
    read: { type: 'news', error: { type: 'api_error', message: 'x' } },
  },
  {
    title: 'the same under the name of an error',
    event: 'error',
    data: '{"type":"news","error":{"type":"api_error","message":"x"}}',
    read: {
      type: 'error',
      error: { type: 'api_error', message: 'x' },
      body: { type: 'news', error: { type: 'api_error', message: 'x' } },
    },
  },
  ...[{ message: 'x' }, { type: 'api_error' }, {}].map(error => ({
    title: `the error ${JSON.stringify(error)}, of which a part is missing`,
    event: 'error',
    data: JSON.stringify({ type: 'error', error }),
    read: {
      type: 'error',
      error: { type: 'api_error', message: 'unknown error', ...error },
      body: { type: 'error', error },
    },
  })),
  {
    title: 'an error in its envelope that is a text',
    event: 'error',
    data: '{"type":"error","error":"Out of memory"}',
    read: { type: 'error', error: expect.objectContaining({ message: 'Out of memory' }) },
  },
  {
    title: 'an error of 2023, without a type',
    event: 'error',
    data: '{"error":{"type":"overloaded_error","message":"Overloaded"}}',
    read: {
      type: 'error',
      error: { type: 'overloaded_error', message: 'Overloaded' },
      body: { error: { type: 'overloaded_error', message: 'Overloaded' } },
    },
  },
  {
    title: 'an error without its envelope, as of llama.cpp',
    event: 'error',
    data: '{"code":500,"message":"x","type":"server_error"}',
    read: { type: 'error', error: { type: 'server_error', message: 'x', code: 500 } },
  },
  {
    title: 'an error that is a text',
    event: 'error',
    data: '"out of memory"',
    read: {
      type: 'error',
      error: { type: 'api_error', message: 'out of memory' },
      body: 'out of memory',
    },
  },
  {
    title: 'an error that is not JSON',
    event: 'error',
    data: 'Out of memory',
    read: { type: 'error', error: { type: 'api_error', message: 'Out of memory' }, body: 'Out of memory' },
  },
  {
    title: 'an error of null',
    event: 'error',
    data: 'null',
    read: { type: 'error', error: { type: 'api_error', message: 'null' }, body: null },
  },
  {
    title: 'an error that FastAPI says in a sentence',
    event: 'error',
    data: '{"detail":"Not Found"}',
    read: { type: 'error', error: { type: 'api_error', message: 'Not Found', detail: 'Not Found' } },
  },
  {
    title: 'an error that FastAPI says in a list',
    event: 'error',
    data: '{"detail":[{"type":"missing"}]}',
    read: {
      type: 'error',
      error: { type: 'api_error', message: 'unknown error', detail: [{ type: 'missing' }] },
    },
  },
  {
    title: 'an error without a word',
    event: 'error',
    data: '{}',
    read: { type: 'error', error: { type: 'api_error', message: 'unknown error' } },
  },
]

describe('readEvent', () => {
  it.each(cases)('reads $title', ({ event, data, read }) => {
    expect(readEvent({ event, data })).toEqual(read)
  })

  it.each(['x7Kq', '{"type":"x7Kq', '<html>x7Kq</html>', "{'type': 'x7Kq'}"])(
    'says of %j that it is not JSON, and shows nothing of it',
    data => {
      let error: unknown
      try {
        readEvent({ event: 'message_start', data })
      } catch (thrown) {
        error = thrown
      }
      expect(error).toBeInstanceOf(UnreadableReplyError)
      const { message, stack, cause } = error as UnreadableReplyError
      expect(message).toContain(`${data.length} characters`)
      expect(message).toContain('baseURL')
      expect(`${message} ${stack} ${cause}`).not.toContain('x7Kq')
    },
  )
})
