import { listen } from '../../../dist/node.js'
import { createProxy } from '../../../dist/proxy.js'
import { say } from './process.mjs'

const { url } = await listen(createProxy({ upstream: `http://127.0.0.1:${process.env.UPSTREAM_PORT}` }))
say(new URL(url).port)
