/** Failing inputs that were met in public, with their right results. They are kept outside the project. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Anthropic, type CompletionRequest, translateRequest } from 'legacy-completions'
import { startEmulator } from 'legacy-completions/emulator'
import { completionsFetch, installCompletionsFetch } from 'legacy-completions/fetch'
import { createProxy } from 'legacy-completions/proxy'
import { parsePrompt, toMessages } from 'legacy-completions/transcript'
import { describe, expect, it, onTestFinished } from 'vitest'
import { builtCommand, type Ended, run, start } from './cli/command.ts'

interface SharedCase {
  id: string
  input: unknown
}

const cases = fileURLToPath(new URL('../../../shared/cases/', import.meta.url))
/** The files that other tests do not read. */
const AREAS: readonly string[] = existsSync(cases)
  ? readdirSync(cases).filter(name => /\.jsonl$/.test(name) && !/^(?:audit|migrate)\./.test(name))
  : []
const readCases = (name: string): SharedCase[] =>
  readFileSync(cases + name, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

type Check = (input: never) => void | Promise<void>

const CALL = { model: 'claude-2.1', max_tokens_to_sample: 300, prompt: '\n\nHuman: Hi\n\nAssistant:' }

type Translated = ReturnType<typeof translateRequest> & { thrown?: unknown; codes: string[] }

/** A translation, or the error and the diagnostics of a refused one. */
function translate(legacy: CompletionRequest, prompts?: 'repair'): Partial<Translated> & { codes: string[] } {
  try {
    const translated = translateRequest(legacy, { prompts })
    return { ...translated, codes: translated.diagnostics.map(({ code }) => code) }
  } catch (thrown) {
    const { diagnostics = [] } = Object(thrown) as { diagnostics?: Translated['diagnostics'] }
    return { thrown, diagnostics, codes: diagnostics.map(({ code }) => code) }
  }
}

const repair = (prompt: string) => translate({ ...CALL, prompt }, 'repair')

const rejectsAsUnrepairable: Check = (input: string) => {
  const { thrown, codes } = repair(input)
  expect(thrown).toBeDefined()
  expect(codes).toContain('unrepairable-prompt')
}

/** Warns at a line of the prompt. */
const warnsAtLine =
  (line: number): Check =>
  (prompt: string) => {
    const lines = parsePrompt(prompt)
      .diagnostics.filter(({ severity }) => severity === 'warning')
      .map(({ span }) => prompt.slice(0, span?.end).split('\n').length)
    expect(lines).toContain(line)
  }

const folder = (): string => {
  const created = mkdtempSync(join(tmpdir(), 'legacy-completions-cases-'))
  onTestFinished(() => rmSync(created, { recursive: true, force: true }))
  return created
}

/** Runs a command whose words that name a file are paths in a folder with these files. */
async function runIn(
  files: Readonly<Record<string, string>>,
  command: string,
): Promise<Ended & { read(name: string): string }> {
  const directory = folder()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  const args = command.split(' ').map(word => (/\.\w+$/.test(word) ? join(directory, word) : word))
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8')
  return { ...(await run(args)), read }
}

const requestsOf = ({ out }: Ended): { messages: unknown; system?: unknown } => JSON.parse(out)
const HI = [{ role: 'user', content: 'Hi' }]

/** Sends a call to a client whose server answers with this text. */
async function complete(input: CompletionRequest, text: string): Promise<string> {
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: input.model,
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  }
  const client = new Anthropic({ apiKey: 'k', logLevel: 'off', fetch: async () => Response.json(message) })
  return (await client.completions.create({ ...input, stream: false })).completion
}

const HEADERS = { 'x-api-key': 'k', 'anthropic-version': '2023-06-01', 'content-type': 'application/json' }

/** The status and the text of the emulator's answer to a message request. */
async function emulate(body: unknown): Promise<{ status: number; message: string }> {
  const emulator = await startEmulator()
  onTestFinished(() => emulator.close())
  const init = { method: 'POST', headers: HEADERS, body: JSON.stringify(body) }
  const response = await fetch(`${emulator.url}/v1/messages`, init)
  const answer = (await response.json()) as { error?: { message: string } }
  return { status: response.status, message: answer.error?.message ?? '' }
}

const isServedOrNamesTheEmulator: Check = async (input: unknown) => {
  const { status, message } = await emulate(input)
  if (status !== 200) expect(message).toMatch(/emulator/)
}

const event = (value: { type: string; [field: string]: unknown }): string =>
  `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [],
  stop_reason: null,
}
const delta = (text: string): string =>
  event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
const STARTED = [
  event({ type: 'message_start', message: { ...message, usage: { input_tokens: 1, output_tokens: 1 } } }),
  event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
]

/** The response to a streamed call through the fetch hook, whose upstream sends these events and then ends or breaks. */
function hooked(events: readonly string[], version: string, ending: 'end' | 'break'): Promise<Response> {
  const upstream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const [next] = sent.splice(0, 1)
      if (next !== undefined) controller.enqueue(new TextEncoder().encode(next))
      else if (ending === 'end') controller.close()
      else controller.error(new TypeError('terminated'))
    },
  })
  const sent = [...events]
  const hook = completionsFetch({
    logLevel: 'off',
    fetch: async () => new Response(upstream, { headers: { 'content-type': 'text/event-stream' } }),
  })
  return hook('https://api.anthropic.com/v1/complete', {
    method: 'POST',
    headers: { ...HEADERS, 'anthropic-version': version },
    body: JSON.stringify({ ...CALL, stream: true }),
  })
}

/** Serves each endpoint with a status; 200 is a whole answer. */
async function serve(statuses: Readonly<Record<string, number>>): Promise<string> {
  const server = createServer((request, response) => {
    const status = statuses[request.url ?? ''] ?? 404
    const answer =
      request.url === '/v1/complete'
        ? {
            type: 'completion',
            id: 'compl_1',
            completion: ' a',
            stop_reason: 'stop_sequence',
            model: 'm',
            stop: null,
          }
        : {
            ...message,
            content: [{ type: 'text', text: 'a' }],
            stop_reason: 'end_turn',
            stop_sequence: null,
            usage: {},
          }
    const body =
      status === 200 ? answer : { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const checks: Readonly<Record<string, Check>> = {
  'repair-quoted-tags': (input: string) => {
    const { request, codes } = repair(input)
    expect(request?.messages).toEqual([{ role: 'user', content: input.replace('\n\nHuman: ', '') }])
    expect(codes).toContain('repaired-missing-assistant')
  },
  'repair-quoted-history': rejectsAsUnrepairable,
  'repair-literal-array': rejectsAsUnrepairable,
  'repair-literal-record': rejectsAsUnrepairable,
  // A table whose column is named is read: each of its rows is a prompt.
  csv: async (input: Record<string, string>) => {
    const { code, out, err } = await runIn(input, 'convert prompts.csv')
    if (code === 0)
      expect(
        out
          .trim()
          .split('\n')
          .map(line => JSON.parse(line).messages),
      ).toEqual([HI, [{ role: 'user', content: 'Ho' }]])
    else expect([code, out, /csv/i.test(err)]).toEqual([1, '', true])
  },
  'refusal-crlf': async (input: Record<string, string>) => {
    const { code, err } = await runIn(input, 'convert crlf.txt')
    expect(code).toBe(1)
    expect(err).toContain('crlf-marker')
    expect(err).toContain('3:1')
    expect(err).toContain('--prompts repair')
  },
  'id-vendor-dot': (input: CompletionRequest) => {
    expect(translate(input).request).toMatchObject({ model: 'anthropic/claude-2.1', max_tokens: 300 })
  },
  'id-instant': (input: CompletionRequest) => {
    const { request, codes } = translate(input)
    expect(codes).toContain('retired-model')
    expect(request?.model).toBe(translate({ ...input, model: 'claude-instant-1' }).request?.model)
  },
  'id-space': (input: CompletionRequest) => {
    const { request, thrown, diagnostics } = translate(input)
    if (thrown === undefined) expect(JSON.stringify(diagnostics)).toContain(`\\"${input.model}\\"`)
    expect(request?.max_tokens ?? 300).toBe(300)
  },
  'near-miss-lower': warnsAtLine(5),
  'near-miss-fullwidth': warnsAtLine(5),
  'bom-prompt': async (input: Record<string, string>) => {
    const ended = await runIn(input, 'convert bom.txt')
    expect(requestsOf(ended)).toMatchObject({ messages: HI })
    expect(requestsOf(ended).system).toBeUndefined()
    expect(ended.err).not.toMatch(/blank-system/)
  },
  'bom-label': async (input: Record<string, string>) => {
    expect(requestsOf(await runIn(input, 'convert bom2.txt --prompts repair'))).toMatchObject({
      messages: HI,
    })
  },
  'reverse-assistant-first': async (input: Record<string, string>) => {
    const { code, read } = await runIn(input, 'convert --reverse m.jsonl --out p.jsonl --rejects r.jsonl')
    expect([code, read('p.jsonl'), read('r.jsonl').trim().split('\n').length]).toEqual([1, '', 1])
  },
  'reverse-blocks': async (input: Record<string, string>) => {
    const { read } = await runIn(input, 'convert --reverse m.jsonl --out p.jsonl')
    expect(JSON.parse(read('p.jsonl'))).toMatchObject({ prompt: '\n\nHuman: Hi\n\nAssistant:' })
  },
  'joined-quoted': (input: string) => {
    const text = toMessages(parsePrompt(input))
      .messages.map(({ content }) => content)
      .join('\n')
    expect(text.split('Human:').length).toBe(text.split('Assistant:').length)
  },
  quadratic: async () => {
    const big = (turns: number): string =>
      `\n\nHuman: ${'\nHuman: hi there you\nAssistant: yes sir'.repeat(turns)}\n\nAssistant:`
    const time = async (turns: number): Promise<number> => {
      const started = performance.now()
      await runIn({ 'big.txt': big(turns) }, 'convert big.txt')
      return performance.now() - started
    }
    const once = await time(20_000)
    expect(once).toBeLessThan(5000)
    // Half a second of leeway, for a machine that has much else to do.
    expect(await time(40_000)).toBeLessThan(3 * once + 500)
  },
  signals: async () => {
    const directory = folder()
    const file = join(directory, 'q.txt')
    writeFileSync(file, `\n\nHuman: ${'\nHuman: "'.repeat(60_000)}\n\nAssistant:`)
    const child = start(await builtCommand('shared-cases'), ['convert', file])
    await sleep(1000)
    const interrupted = performance.now()
    child.kill('SIGINT')
    await child.ended
    expect(performance.now() - interrupted).toBeLessThan(1000)
  },
  'lone-surrogate': (input: string) => {
    const { diagnostics = [] } = translate({ ...CALL, prompt: input })
    const found = diagnostics.filter(({ severity }) => severity !== 'info').map(({ message }) => message)
    expect(found.some(text => text.includes('line 3') && text.includes('U+D83D'))).toBe(true)
  },
  'enum-member': (input: string) => {
    const { thrown, diagnostics } = repair(input)
    expect(thrown).toBeDefined()
    expect(JSON.stringify(diagnostics)).toContain('SystemPrompt.HUMAN')
  },
  'bare-marker-behind-turn': async (input: CompletionRequest) => {
    expect(await complete(input, ', here it is')).toBe(', here it is')
  },
  'prefill-tail-partial': async (input: CompletionRequest) => {
    expect(await complete(input, '    return x')).toBe('return x')
  },
  'emulator-tools': isServedOrNamesTheEmulator,
  'emulator-service-tier': isServedOrNamesTheEmulator,
  'emulator-effort': async (input: unknown) => {
    expect(await emulate(input)).toEqual({
      status: 400,
      message: "This model does not support effort level 'xhigh'. Supported levels: high, low, max, medium.",
    })
  },
  'emulator-message-text': async (input: unknown) => {
    expect(await emulate(input)).toEqual({
      status: 400,
      message: 'messages.0: Input does not match the expected shape.',
    })
  },
  'ping-first': async () => {
    const ends = [
      event({ type: 'content_block_stop', index: 0 }),
      event({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: {} }),
      event({ type: 'message_stop' }),
    ]
    const events = [...STARTED, event({ type: 'ping' }), delta('a'), delta('b'), ...ends]
    const text = await (await hooked(events, '2023-06-01', 'end')).text()
    expect([...text.matchAll(/^event: (\w+)/gm)].map(([, name]) => name)[0]).toBe('completion')
  },
  'cut-2023-01-01': async () => {
    const response = await hooked([...STARTED, delta('a')], '2023-01-01', 'break')
    await expect(response.text()).rejects.toThrow()
  },
  'response-identity': async () => {
    const emulator = await startEmulator()
    onTestFinished(() => emulator.close())
    const client = new Anthropic({ apiKey: 'k', baseURL: emulator.url, logLevel: 'off' })
    const call = client.completions.create(CALL)
    const raw = await call.asResponse()
    expect((await call.withResponse()).response).toBe(raw)
  },
  'compare-primary-fails': async () => {
    const baseURL = await serve({ '/v1/complete': 529, '/v1/messages': 200 })
    const client = new Anthropic({
      apiKey: 'k',
      baseURL,
      maxRetries: 0,
      endpoint: 'complete',
      logLevel: 'off',
    })
    const error: unknown = await client.completions.compare(CALL, { sampleRate: 1 }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    const { difference } = Object(error) as { difference?: Promise<{ differs: string[] }> }
    expect((await difference)?.differs).toContain('error')
  },
  'compare-stream': async () => {
    const baseURL = await serve({ '/v1/complete': 200, '/v1/messages': 200 })
    const client = new Anthropic({
      apiKey: 'k',
      baseURL,
      maxRetries: 0,
      endpoint: 'complete',
      logLevel: 'off',
    })
    const result: unknown = await Promise.resolve()
      .then(() => client.completions.compare({ ...CALL, stream: true }, { sampleRate: 1 }))
      .catch((thrown: unknown) => thrown)
    const { completion } = Object(result) as { completion?: object }
    if (result instanceof Error) expect(result.message).toContain('stream')
    else expect(Symbol.asyncIterator in Object(completion)).toBe(true)
  },
  'retry-count': async () => {
    const counts: (string | null)[] = []
    const client = new Anthropic({
      apiKey: 'k',
      maxRetries: 3,
      logLevel: 'off',
      async fetch(_, init) {
        counts.push(new Headers(init?.headers).get('x-stainless-retry-count'))
        const headers = { 'retry-after-ms': '1' }
        if (counts.length < 3) return new Response('', { status: 429, headers })
        return Response.json({
          ...message,
          content: [{ type: 'text', text: 'a' }],
          stop_reason: 'end_turn',
          usage: {},
        })
      },
    })
    await client.completions.create(CALL)
    expect(counts[2]).toBe('2')
  },
  // The SDKs that have their own fetch run in tests/e2e/sdks; here the hook finds one by its globals.
  'install-node-fetch': () => {
    const before = globalThis.fetch
    const uninstall = installCompletionsFetch({ logLevel: 'off' })
    expect(globalThis.fetch).not.toBe(before)
    uninstall()
    expect(globalThis.fetch).toBe(before)
  },
  'proxy-advice': async (input: string) => {
    const init = { method: 'POST', headers: HEADERS, body: input }
    const response = await createProxy()(new Request('http://proxy.test/v1/complete', init))
    const text = await response.text()
    expect(text).not.toMatch(/HUMAN_PROMPT|AI_PROMPT|import/)
    expect(text).toContain('serve --prompts repair')
  },
  'docs-base-url': () => {
    const page = ['proxy', 'pinned']
      .map(name => readFileSync(fileURLToPath(new URL(`../../docs/${name}.md`, import.meta.url)), 'utf8'))
      .join('\n')
    expect(page).toContain('0.11.0')
    expect(page).toContain('0.7.0')
    expect(page).not.toMatch(/ANTHROPIC_BASE_URL[^\n]*0\.(?:20\.9|7\.8)/)
  },
}

/** The check of a case: its id begins with the area, and then with the name of the check. */
const checkOf = (id: string): Check | undefined => {
  const name = id.replace(/^\w+-/, '')
  return checks[name] ?? checks[Object.keys(checks).find(key => name.startsWith(`${key}-`)) ?? '']
}

it.skipIf(AREAS.length > 0)('the folder of shared cases is not next to this checkout', () => {})

for (const area of AREAS) {
  describe(area, () => {
    // A line that was added since has no check yet; its test says so.
    for (const { id, input } of readCases(area)) {
      it(id, { timeout: 60_000 }, async ({ skip }) => {
        const check = checkOf(id)
        if (check === undefined) return skip('this case has no check')
        await check(input as never)
      })
    }
  })
}
