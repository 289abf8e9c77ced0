/**
 * Counts the source files and the named functions that one call runs through, for each entry point, by V8's coverage:
 * what a reader has to follow. Functions of packages, and those without a name, are not counted.
 *
 * `--list` prints their names.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Session } from 'node:inspector'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'

/**
 * The most files and functions of a whole call; the design of the call fails where it needs more. The functions that
 * check fields replace a package, whose functions did not count.
 */
const CEILINGS = {
  client: { files: 26, functions: 116 },
  withCompletions: { files: 21 },
  completionsFetch: { files: 23 },
  'fetch proxy': { files: 29 },
  'Node proxy': { files: 29 },
}

const root = resolve(import.meta.dirname, '../../..')
const out = join(root, '.tmp/trace')

/** One JavaScript file for each source file, so that the coverage can tell them apart. */
function transpile() {
  rmSync(out, { recursive: true, force: true })
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  }
  for (const file of readdirSync(join(root, 'src'), { recursive: true })) {
    if (!file.endsWith('.ts')) continue
    const { outputText } = ts.transpileModule(readFileSync(join(root, 'src', file), 'utf8'), {
      compilerOptions,
    })
    const target = join(out, file.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, outputText)
  }
}

const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-opus-4-8' }
const usage = { input_tokens: 8, output_tokens: 2 }
const ends = { stop_reason: 'end_turn', stop_sequence: null }
const EVENTS = [
  { type: 'message_start', message: { ...message, content: [], stop_reason: null, usage } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: ends, usage },
  { type: 'message_stop' },
]
const STREAM = EVENTS.map(event => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
const WHOLE = JSON.stringify({ ...message, content: [{ type: 'text', text: 'Hello' }], ...ends, usage })

async function startUpstream() {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    const isStreamed = JSON.parse(body).stream === true
    response.writeHead(200, { 'content-type': isStreamed ? 'text/event-stream' : 'application/json' })
    response.end(isStreamed ? STREAM : WHOLE)
  })
  await new Promise(done => server.listen(0, '127.0.0.1', done))
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() }
}

const params = {
  model: 'claude-opus-4-8',
  prompt: '\n\nHuman: Hi\n\nAssistant:',
  max_tokens_to_sample: 100,
}

/** Each entry point as a function that makes one call and reads all of its text. */
async function openEntryPoints(upstream) {
  const load = file => import(pathToFileURL(join(out, file)))
  const { default: Anthropic } = await load('index.js')
  const { withCompletions } = await load('adapters/sdk.js')
  const { completionsFetch } = await load('adapters/fetch.js')
  const { createProxy } = await load(
    readdirSync(join(out, 'proxy')).includes('fetch-handler.js')
      ? 'proxy/fetch-handler.js'
      : 'proxy/fetch.js',
  )
  const { serveProxy } = await load('proxy/node/server.js')
  const { default: SDK } = await import('@anthropic-ai/sdk')

  const options = { apiKey: 'none', baseURL: upstream }
  const client = new Anthropic(options)
  const sdk = withCompletions(new SDK(options))
  const fetchLegacy = completionsFetch()
  const handler = createProxy({ upstream })
  const proxy = await serveProxy({ upstream })

  const createWith = client => async stream => {
    if (!stream) return (await client.completions.create(params)).completion
    let text = ''
    for await (const chunk of await client.completions.create({ ...params, stream })) text += chunk.completion
    return text
  }
  const postWith = (send, url) => async stream => {
    const response = await send(`${url}/v1/complete`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': 'none' },
      body: JSON.stringify({ ...params, stream }),
    })
    const body = await response.text()
    if (!stream) return JSON.parse(body).completion
    return [...body.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data).completion ?? '').join('')
  }
  return {
    calls: {
      client: createWith(client),
      withCompletions: createWith(sdk),
      completionsFetch: postWith(fetchLegacy, upstream),
      'fetch proxy': postWith((url, init) => handler(new Request(url, init)), 'http://proxy.test'),
      'Node proxy': postWith(fetch, proxy.url),
    },
    close: () => proxy.close(),
  }
}

function startCoverage() {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  const prefix = pathToFileURL(out).href
  /** What has run since the last time, by file. */
  return () => {
    const ran = new Map()
    // The callback is called before `post` returns.
    session.post('Profiler.takePreciseCoverage', (error, report) => {
      if (error) throw error
      for (const { url, functions } of report.result) {
        if (!url.startsWith(prefix)) continue
        const called = functions.filter(({ ranges }) => ranges[0].count > 0)
        if (called.length === 0) continue
        const file = url.slice(prefix.length + 1).replace(/\.js$/, '.ts')
        ran.set(
          file,
          called.map(({ functionName }) => functionName).filter(name => name !== ''),
        )
      }
    })
    return ran
  }
}

transpile()
const upstream = await startUpstream()
const { calls, close } = await openEntryPoints(upstream.url)
const take = startCoverage()
let failures = 0
for (const [name, call] of Object.entries(calls)) {
  for (const stream of [false, true]) {
    // The first call loads what is loaded late.
    for (let count = 0; count < 3; count++) await call(stream)
    await new Promise(done => setTimeout(done, 20))
    take()
    const text = await call(stream)
    await new Promise(done => setTimeout(done, 20))
    const ran = take()
    if (text.trim() !== 'Hello') throw new Error(`${name}: read ${JSON.stringify(text)}`)
    const functions = [...ran.values()].flat().length
    const most = stream ? {} : CEILINGS[name]
    const isOver = ran.size > (most.files ?? Infinity) || functions > (most.functions ?? Infinity)
    if (isOver) failures++
    const ceiling = Object.entries(most)
      .map(([what, count]) => `at most ${count} ${what}`)
      .join(', ')
    const shown = `${name}, ${stream ? 'streamed' : 'whole'}:`.padEnd(28)
    console.log(
      `${shown} ${ran.size} files, ${functions} functions${ceiling && ` (${ceiling})`}${isOver ? ' TOO MANY' : ''}`,
    )
    if (process.argv.includes('--list'))
      for (const [file, names] of [...ran].sort()) console.log(`    ${file.padEnd(32)} ${names.join(' ')}`)
  }
}
await close()
upstream.close()
process.exitCode = failures === 0 ? 0 : 1
