import { listen } from '../../../dist/node.js'
import { createProxy } from '../../../dist/proxy.js'

const { url } = await listen(createProxy({ upstream: `http://127.0.0.1:${process.env.UPSTREAM_PORT}` }))
process.send({ port: Number(new URL(url).port) })
process.on('message', () => process.send({ cpu: process.cpuUsage(), memory: process.memoryUsage().rss }))
