import { serveProxy } from 'legacy-completions/node'
import { afterAll, describe, expect, test } from 'vitest'
import { type Adapter, FORMS, publishedAdapters } from './adapters.ts'
import { startServers } from './all.ts'
import { askAtLength, askCase, checkBrokenOff, checkCase, isAskedOf } from './ask.ts'
import { CASES } from './cases.ts'
import type { Place } from './running.ts'

const { servers, close } = await startServers()

/** One proxy stands before each server. */
const opened = new Map<string, { adapters: Adapter[]; close(): Promise<void> }>()
async function adaptersTo(url: string): Promise<Adapter[]> {
  let there = opened.get(url)
  if (there === undefined) {
    const proxy = await serveProxy({ upstream: url })
    there = { adapters: await publishedAdapters(proxy), close: () => proxy.close() }
    opened.set(url, there)
  }
  return there.adapters
}
const nowhere = 'http://127.0.0.1:9'
const adapterNames = (await adaptersTo(nowhere)).map(({ name }) => name)

async function open(name: string, { url }: Place): Promise<Adapter> {
  const adapter = (await adaptersTo(url)).find(adapter => adapter.name === name)
  if (adapter === undefined) throw new Error(`There is no adapter ${name}.`)
  return adapter
}

afterAll(async () => {
  for (const { close } of opened.values()) await close()
  await close()
})

const [plainest] = CASES
if (plainest?.becomes === undefined) throw new Error('The first case is to have an answer.')
const { becomes } = plainest

for (const [name, server] of Object.entries(servers)) {
  if (typeof server === 'string') {
    describe.skip(`${name}: not run: ${server}`, () => test('all of its cases', () => {}))
    continue
  }
  describe.each(adapterNames)(`${name} ${server.version} through %s`, adapter => {
    for (const one of CASES.filter(one => isAskedOf(one, server.name))) {
      test.each(FORMS)(`${one.title}, %s`, async form => {
        const place = server.where(one.says)
        await checkCase(one, await open(adapter, place), form, place)
      })
    }

    const { breakingOff, closesStreams } = server
    const callAfterStream = async (): Promise<void> => {
      const place = server.where('plain')
      for (let round = 0; round < 20; round++) {
        for (const form of ['streamed', 'whole'] as const) {
          const ask = async () => askCase(plainest, await open(adapter, place), form, place)
          let { error, reading } = await ask()
          // It cannot know whether the server took the request, says so, and old clients ask again.
          if (error !== undefined && adapter === 'serveProxy') ({ error, reading } = await ask())
          expect(error).toBeUndefined()
          expect(reading).toMatchObject(becomes)
        }
      }
    }
    if (closesStreams) test('a call right after a stream, whose connection it has closed', callAfterStream)

    if (breakingOff === undefined) return
    // aimock breaks off streams alone.
    const forms = FORMS.filter(form => form !== 'whole' || server.name !== 'aimock')
    test.each(forms)('an answer that breaks off, %s', form =>
      breakingOff(async place => {
        const through = await open(adapter, place)
        checkBrokenOff(await askAtLength(through, form, place), through, form)
      }),
    )
  })
}
