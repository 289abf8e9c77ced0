/** The anchor: a pass-through on node:http that does nothing but pass through. */
import { Agent, createServer, request } from 'node:http'
import { say } from './process.mjs'

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
const port = Number(process.env.UPSTREAM_PORT)
const server = createServer((incoming, outgoing) => {
  const through = request(
    {
      agent,
      host: '127.0.0.1',
      port,
      path: incoming.url,
      method: incoming.method,
      headers: incoming.headers,
    },
    answer => {
      outgoing.writeHead(answer.statusCode, answer.headers)
      answer.pipe(outgoing)
    },
  )
  through.on('error', () => outgoing.destroy())
  outgoing.on('close', () => through.destroy())
  incoming.pipe(through)
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 8192 }, () => say(server.address().port))
