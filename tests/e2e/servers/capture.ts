import { serveProxy } from 'legacy-completions/node'
import { expect, test } from 'vitest'
import { FORMS, ownAdapters } from './adapters.ts'
import { startServers } from './all.ts'
import { askAtLength, askCase, isAskedOf } from './ask.ts'
import { CASES } from './cases.ts'
import { type Exchange, writeCaptures } from './exchange.ts'
import { relay } from './relay.ts'
import type { Running } from './running.ts'
import type { TextName } from './texts.ts'

/** Asks every case through a relay that writes the answers down. That they are right is for the tests to say. */
async function capture(server: Running): Promise<number> {
  const exchanges = new Map<string, Exchange>()
  const targets = new Map<TextName, string>()
  const standing = await relay(targets, exchanges)
  const proxy = await serveProxy({ upstream: 'http://127.0.0.1:9' })
  try {
    for (const adapter of ownAdapters(proxy).filter(({ name }) => name !== 'serveProxy')) {
      for (const form of FORMS) {
        for (const one of CASES.filter(one => isAskedOf(one, server.name))) {
          const place = server.where(one.says)
          targets.set(one.says, place.url)
          await askCase(one, adapter, form, { ...place, url: standing.urlOf(one.says) })
        }
        // Of a whole answer that breaks off there is nothing to write down.
        if (server.breakingOff === undefined || form !== 'streamed') continue
        await server.breakingOff(place => {
          targets.set('long', place.url)
          return askAtLength(adapter, form, { ...place, url: standing.urlOf('long') })
        })
      }
    }
  } finally {
    await standing.close()
    await proxy.close()
  }
  writeCaptures({ server: server.name, version: server.version, exchanges: [...exchanges.values()] })
  return exchanges.size
}

test('the answers of the servers are written down', { timeout: 300_000 }, async () => {
  const { servers, close } = await startServers()
  try {
    for (const [name, server] of Object.entries(servers)) {
      if (typeof server === 'string') console.log(`${name}: not written down: ${server}`)
      else expect(await capture(server)).toBeGreaterThan(10)
    }
  } finally {
    await close()
  }
})
