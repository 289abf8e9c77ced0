import { createEmulator } from 'legacy-completions/emulator'
import { type Serving, serveProxy } from 'legacy-completions/node'
import { translateRequest } from 'legacy-completions/translate'
import { afterAll, describe, expect, test } from 'vitest'
import { isObject, plainEvents } from '../../support/recordings.ts'
import { type Adapter, FORMS, ownAdapters } from './adapters.ts'
import { askAtLength, checkBrokenOff, checkCase, isAskedOf } from './ask.ts'
import { type Becomes, CASES, type Case, callOf } from './cases.ts'
import { type Captured, type Exchange, identityOf, readCaptures } from './exchange.ts'
import { replay, type Standing } from './relay.ts'
import { TEXTS } from './texts.ts'

/** What real servers answered, said again to every adapter, whole and in pieces. */

const MODELS = { aimock: () => 'mock', 'llama.cpp': () => 'noise', llms: (says: string) => `${says},noise` }
const captures: readonly Captured[] = [
  readCaptures('aimock'),
  readCaptures('llama.cpp'),
  readCaptures('llms'),
]
/** The word that `says: long` is asked for by, where it breaks off. */
const LONG_WORDS: Readonly<Record<string, string>> = { aimock: 'cut', 'llama.cpp': 'long' }

const closing: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closing) await close()
})

describe.each(captures)('$server $version, as it answered', ({ server, exchanges }) => {
  const cases = CASES.filter(one => isAskedOf(one, server))

  describe.each([Number.POSITIVE_INFINITY, 100])('in pieces of %s bytes', pieceBytes => {
    const opening = open(exchanges, pieceBytes)
    const names = ['client', 'withCompletions', 'completionsFetch', 'createProxy', 'serveProxy']
    test.each(names)('through %s', { timeout: 60_000 }, async name => {
      const { standing, adaptersTo } = await opening
      for (const one of cases) {
        const adapter = adapterNamed(await adaptersTo(one.says), name)
        const place = { url: standing.urlOf(one.says), model: MODELS[server](one.says) }
        for (const form of FORMS) {
          try {
            await checkCase(one, adapter, form, place)
          } catch (error) {
            throw new Error(`${one.title}, ${form}`, { cause: error })
          }
        }
      }
      const word = LONG_WORDS[server]
      if (word === undefined) return
      const adapter = adapterNamed(await adaptersTo('long'), name)
      const place = { url: standing.urlOf('long'), model: MODELS[server]('long'), word }
      for (const form of ['streamed', 'streamed otherwise'] as const)
        checkBrokenOff(await askAtLength(adapter, form, place), adapter, form)
    })
  })
})

interface Opened {
  standing: Standing
  adaptersTo(says: Case['says']): Promise<readonly Adapter[]>
}

async function open(exchanges: readonly Exchange[], pieceBytes: number): Promise<Opened> {
  const standing = await replay(exchanges, pieceBytes)
  closing.push(() => standing.close())
  const opened = new Map<string, Promise<Serving>>()
  return {
    standing,
    async adaptersTo(says) {
      const proxy = opened.get(says) ?? serveProxy({ upstream: standing.urlOf(says) })
      opened.set(says, proxy)
      const serving = await proxy
      closing.unshift(() => serving.close())
      return ownAdapters(serving)
    },
  }
}

function adapterNamed(adapters: readonly Adapter[], name: string): Adapter {
  const adapter = adapters.find(adapter => adapter.name === name)
  if (adapter === undefined) throw new Error(`There is no adapter ${name}.`)
  return adapter
}

describe('what the legacy endpoint would have given', () => {
  const answered = CASES.filter(({ becomes }) => becomes !== undefined)

  // The emulator writes that endpoint's answers by itself, and stops as that did.
  test.each(answered.filter(({ becomes }) => becomes?.stop !== null))('$title', async one => {
    const { call } = callOf(one, 'claude-2.1')
    const { fetch } = createEmulator({ reply: TEXTS[one.says] })
    const response = await fetch('http://emulator.test/v1/complete', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'anthropic-version': '2023-06-01',
        'x-api-key': 'any',
      },
      body: JSON.stringify({ ...call, model: 'claude-2.1' }),
    })
    const { completion, stop_reason, stop }: Becomes = Object(await response.json())
    expect({ completion, stop_reason, stop }).toEqual(one.legacy ?? one.becomes)
  })
})

// ── docs/servers.md ──────────────────────────────────────────────────────────────────────────────

/** The parts of a server's response that the page shows, read without the code under test. */
interface ServerResponse {
  status: number
  text: string
  reason: unknown
  sequence: unknown
}

function serverResponseOf({ status, lines, headers }: Exchange): ServerResponse {
  const body = Buffer.from(lines.join('\n'))
  if (!(headers['content-type'] ?? '').includes('event-stream')) {
    const { content, stop_reason, stop_sequence, error } = Object(JSON.parse(`${body}`))
    const blocks: unknown[] = Array.isArray(content) ? content : []
    const text = blocks.map(block => (isObject(block) ? `${block.text}` : '')).join('')
    return { status, text, reason: stop_reason ?? Object(error).type, sequence: stop_sequence }
  }
  const deltas = plainEvents(body).flatMap(({ data }) => (isObject(data?.delta) ? [data.delta] : []))
  const end = deltas.find(({ stop_reason }) => stop_reason !== undefined)
  const text = deltas.map(({ text = '' }) => text).join('')
  return { status, text, reason: end?.stop_reason, sequence: end?.stop_sequence }
}

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``

const formatResponse = ({ status, text, reason, sequence }: ServerResponse): string =>
  status === 200
    ? `${code(text)}, ${code(reason)}${sequence === null || sequence === undefined ? '' : ` at ${code(sequence)}`}`
    : `${status}, ${code(reason)}`

const given = ({ becomes, fails }: Case): string =>
  becomes
    ? `${code(becomes.completion)}, ${code(becomes.stop_reason)}${becomes.stop === null ? '' : ` at ${code(becomes.stop)}`}`
    : `\`${fails?.name}\``

function rowsOf({ server, exchanges }: Captured): string[] {
  const known = new Map(exchanges.map(exchange => [identityOf(exchange), exchange]))
  return CASES.filter(one => isAskedOf(one, server)).map(one => {
    const { call, key } = callOf(one, MODELS[server](one.says))
    const [whole = '', streamed = ''] = [false, true].map(stream => {
      const { request } = translateRequest({ ...call, stream })
      const { stream: isStreamed, ...rest } = request
      const asked = isStreamed ? request : rest
      const exchange = known.get(identityOf({ says: one.says, path: '/v1/messages', key, request: asked }))
      if (exchange === undefined) throw new Error(`${one.title} was not asked of ${server}.`)
      return formatResponse(serverResponseOf(exchange))
    })
    return `| ${one.title} | ${whole} | ${streamed === whole ? 'the same' : streamed} | ${given(one)} |`
  })
}

const ABOUT: Readonly<Record<Captured['server'], string>> = {
  aimock:
    'A scripted mock. It ignores stop sequences and `max_tokens`. Its chunks may split a character outside the basic plane into two events.',
  'llama.cpp':
    'The server of llama.cpp, as packaged in `xllamacpp`, with a random model whose output a grammar fixes. It reports `stop_sequence` together with `end_turn`. It repeats a prefill in whole responses, but not in streams. It closes the connection after a stream although its headers keep it open, so a request that is sent at that moment fails: `serveProxy` responds with 502 and `x-should-retry: true`, and old clients retry.',
  llms: '`@musistudio/llms`, the core of a router for coding agents, in front of the same llama.cpp. It drops `stop_sequences`.',
}

test('docs/servers.md shows the recorded responses', async () => {
  const tables = captures.map(captured =>
    [
      `## ${captured.server} ${captured.version}`,
      '',
      ABOUT[captured.server],
      '',
      '| case | whole response | stream | completion, through every entry point |',
      '|---|---|---|---|',
      ...rowsOf(captured),
      '',
    ].join('\n'),
  )
  const page = `# Third-party servers

Other servers also implement \`/v1/messages\`, and differ from Anthropic's API in details. Point any entry point at them with
\`baseURL\`, or \`serve --upstream\`. Your program gets the same completion from each of them:

| server | \`stop_sequences\` | \`max_tokens\` | prefill |
|---|---|---|---|
| aimock | ignored; legacy-completions enforces them | ignored | not repeated |
| llama.cpp | supported | supported | repeated in whole responses; legacy-completions removes it |
| llms | dropped; legacy-completions enforces them | supported | as in llama.cpp |

The tables below show recorded responses: the text, its \`stop_reason\` and its \`stop_sequence\`. The last column is the completion
that the client, \`withCompletions\`, \`completionsFetch\`, \`createProxy\` and \`serveProxy\` return for it. If a server cuts a stream,
all of them throw an error that has the text so far. If a stop sequence matches at the first character, the completion is
empty; the old models wrote a space before it.

${tables.join('\n')}`
  await expect(page).toMatchFileSnapshot('../../../docs/servers.md')
})
