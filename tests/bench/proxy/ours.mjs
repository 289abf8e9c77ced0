import { serveProxy } from '../../../dist/node.js'

const { url } = await serveProxy({ upstream: `http://127.0.0.1:${process.env.UPSTREAM_PORT}` })
process.send({ port: Number(new URL(url).port) })
process.on('SIGINT', () => process.exit(0))
process.on('message', () => process.send({ cpu: process.cpuUsage(), memory: process.memoryUsage().rss }))
