/**
 * A backend that costs as little as it can: fixed bytes, 200 deltas a stream, or as many as there is time for. It speaks
 * Messages, and whole replies of the legacy endpoint.
 */
import { createServer } from 'node:http'
import { say } from './process.mjs'

const event = data => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
const base = {
  id: 'msg_01EjfrPvPEsRDRUKD6VoBxtK',
  type: 'message',
  role: 'assistant',
  model: 'claude-opus-4-8',
}
const usage = { input_tokens: 12, output_tokens: 200 }
const whole = JSON.stringify({
  ...base,
  content: [{ type: 'text', text: 'The sky scatters blue light more than red. '.repeat(20) }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage,
})
const legacy = JSON.stringify({
  type: 'completion',
  id: 'compl_01EjfrPvPEsRDRUKD6VoBxtK',
  completion: ` ${JSON.parse(whole).content[0].text}`,
  stop_reason: 'stop_sequence',
  stop: '\n\nHuman:',
  model: base.model,
  log_id: 'compl_01EjfrPvPEsRDRUKD6VoBxtK',
})
const start =
  event({
    type: 'message_start',
    message: { ...base, content: [], stop_reason: null, stop_sequence: null, usage },
  }) + event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } })
const delta = event({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: ' scatters' },
})
const end =
  event({ type: 'content_block_stop', index: 0 }) +
  event({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage }) +
  event({ type: 'message_stop' })

/** Streams that go on until their client leaves. */
const slow = new Set()
setInterval(() => {
  for (const response of slow) response.write(delta)
}, 1000).unref()

const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('latin1')
  request.on('data', piece => {
    body += piece
  })
  request.on('end', () => {
    const type = body.includes('"stream":true') ? 'text/event-stream' : 'application/json'
    response.writeHead(200, { 'content-type': type, 'request-id': 'req_1' })
    if (type === 'application/json') return response.end(request.url === '/v1/complete' ? legacy : whole)
    response.write(start)
    if (body.includes('slowly')) {
      slow.add(response)
      response.once('close', () => slow.delete(response))
      return
    }
    // Each delta is written by itself, as a model's are.
    for (let count = 0; count < 200; count++) response.write(delta)
    response.end(end)
  })
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 8192 }, () => say(server.address().port))
