/** The anchor: a pass-through on node:http that does nothing but pass through. */
import { Agent, createServer, request } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 256 })
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
  incoming.pipe(through)
})
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('SIGINT', () => process.exit(0))
process.on('message', () => process.send({ cpu: process.cpuUsage(), memory: process.memoryUsage().rss }))
