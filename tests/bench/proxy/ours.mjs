import { serveProxy } from '../../../dist/node.js'
import { say } from './process.mjs'

const { url } = await serveProxy({ upstream: `http://127.0.0.1:${process.env.UPSTREAM_PORT}` })
say(new URL(url).port)
