import { describe, expect, test } from 'vitest'
import { adapters } from './adapters.ts'
import { collect, join, roads } from './outcomes.ts'

const TEXT = 'Ein 🐙 und 👩‍👩‍👧‍👦, 日本語テキスト, \u{10FFFF}, é (two ways: é) — “quoted”.\n\tLine.\r\nEnd'
const SIZES = [undefined, 1, 2, 3, 7, 64, 4096]

describe.each(adapters)('through $name', ({ open, params, speech }) => {
  const cases: readonly [title: string, stops: string[], completion: string, stop: string][] = [
    ['to its end', [], ` ${TEXT}`, '\n\nHuman:'],
    ['up to a stop of the server’s', ['日本語'], ' Ein 🐙 und 👩‍👩‍👧‍👦, ', '日本語'],
    [
      'up to a stop of only whitespace, which is enforced here on the Messages API',
      ['\n\t'],
      ` ${TEXT.slice(0, TEXT.indexOf('\n'))}`,
      '\n\t',
    ],
  ]
  test.each(cases)('a reply %s is the same in chunks of every size', async (_, stops, completion, stop) => {
    const call = { ...params, stop_sequences: stops }
    const finals: unknown[] = []
    for (const chunkBytes of SIZES) {
      const faults = chunkBytes === undefined ? {} : { chunkBytes }
      const { client } = await open({ reply: { text: TEXT, faults } })
      const stream = client.completions.stream(call)
      const chunks = await collect(stream)
      const final = await stream.finalCompletion()
      expect(join(chunks)).toEqual(final)
      expect(final).toMatchObject({ completion, stop })
      // No chunk holds half a character.
      for (const chunk of chunks) expect(chunk.completion).not.toMatch(/\p{Surrogate}|\ufffd/u)
      // There is no message behind a legacy completion.
      if (speech === 'messages')
        expect(final._message).toMatchObject({ id: final.id.replace('compl_', 'msg_') })
      finals.push(final)
    }
    expect(new Set(finals.map(final => JSON.stringify(final))).size).toBe(1)
  })

  test.each(Object.entries(roads))('%s in single bytes', async (_, road) => {
    const { client } = await open({ reply: { text: TEXT, faults: { chunkBytes: 1 } } })
    expect((await road(client, params)).completion).toBe(` ${TEXT}`)
  })
})
