/** A Messages backend that costs as little as it can: fixed bytes, 200 deltas a stream. */
import { createServer } from 'node:http'

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

const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('latin1')
  request.on('data', piece => {
    body += piece
  })
  request.on('end', () => {
    if (!body.includes('"stream":true')) {
      response.writeHead(200, { 'content-type': 'application/json', 'request-id': 'req_1' }).end(whole)
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_1' })
    response.write(start)
    // Each delta is written by itself, as a model's are.
    for (let count = 0; count < 200; count++) response.write(delta)
    response.end(end)
  })
})
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
