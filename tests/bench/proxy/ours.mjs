import { serveProxy } from '../../../dist/node.js'
import { say } from './process.mjs'

const { url } = await serveProxy({
  upstream: `http://127.0.0.1:${process.env.UPSTREAM_PORT}`,
  // As many slow streams as the bench opens.
  maxConnections: 10_000,
})
say(new URL(url).port)
