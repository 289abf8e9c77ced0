/** A call that is answered whole, over loopback: what it costs the process that makes it. */
import Newest from '@anthropic-ai/sdk'
import Pinned from 'sdk-0.137.0'
import { completionsFetch } from '../../../dist/fetch.js'
import Anthropic from '../../../dist/index.js'
import { nodeHttpFetch } from '../../../dist/node.js'
import { withCompletions } from '../../../dist/sdk.js'
import { start } from '../proxy/contestants.mjs'
import { interleave, ratioOf } from './measure.mjs'

const CALLS = 400
const model = 'claude-opus-4-8'
const legacy = { model, prompt: '\n\nHuman: Why is the sky blue?\n\nAssistant:', max_tokens_to_sample: 300 }
const messages = {
  model,
  max_tokens: 300,
  messages: [{ role: 'user', content: 'Why is the sky blue?' }],
}

export async function measure() {
  const { port } = await start('upstream.mjs')
  const options = { apiKey: 'none', baseURL: `http://127.0.0.1:${port}` }
  const newest = new Newest(options)
  const adapted = withCompletions(new Newest(options))
  const ours = new Anthropic(options)
  const node = new Anthropic({ ...options, fetch: nodeHttpFetch() })
  const pinned = new Pinned(options)
  const hooked = new Pinned({ ...options, fetch: completionsFetch() })

  /** Each reads the text, so that nobody can do less than the others. */
  const calls = {
    newest: async () => (await newest.messages.create(messages)).content[0].text,
    adapted: async () => (await adapted.completions.create(legacy)).completion,
    ours: async () => (await ours.completions.create(legacy)).completion,
    node: async () => (await node.completions.create(legacy)).completion,
    pinned: async () => (await pinned.completions.create(legacy)).completion,
    hooked: async () => (await hooked.completions.create(legacy)).completion,
  }
  const texts = new Set(await Promise.all(Object.values(calls).map(async call => (await call()).trim())))
  if (texts.size !== 1) throw new Error(`${texts.size} texts were read, and not one`)

  const runs = Object.values(calls).map(call => async () => {
    for (let count = 0; count < CALLS; count++) await call()
  })
  const taken = await interleave(runs, { rounds: 11, warmUp: 3 })
  const timeOf = Object.fromEntries(Object.keys(calls).map((name, index) => [name, taken[index]]))
  const row = (what, label, name, baseline, atMost) => ({
    what,
    label,
    measured: ratioOf(timeOf[name], timeOf[baseline]),
    atMost,
  })
  return {
    title: 'A call over loopback: × the CPU time of the SDK',
    rows: [
      row(
        '`create` of the client, compared with `messages.create` of the newest SDK',
        'create',
        'ours',
        'newest',
        1.05,
      ),
      row(
        '`create` of the client with `nodeHttpFetch`, compared with `messages.create` of the newest SDK',
        '… nodeHttpFetch',
        'node',
        'newest',
        0.85,
      ),
      row(
        '`withCompletions`, compared with the same client’s `messages.create`',
        'withCompletions',
        'adapted',
        'newest',
        1.05,
      ),
      row(
        '`completionsFetch` with SDK 0.137, compared with its own `completions.create`',
        'completionsFetch',
        'hooked',
        'pinned',
        1.15,
      ),
    ],
  }
}
