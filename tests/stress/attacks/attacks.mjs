/** The attacks, as data: each has the bytes to send and a check of `serve` afterwards. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, openSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import {
  ask,
  callOf,
  delta,
  ENDLESS_MODES,
  head,
  message,
  OK,
  posted,
  repeat,
  TOKEN,
  talk,
  until,
} from './sockets.mjs'

const MIB = 1024 * 1024
/** The default of --max-body. */
const MAX_BODY = 2 * MIB

const tokens = join(tmpdir(), `attack-tokens-${process.pid}`)
writeFileSync(tokens, `search:${TOKEN}\n`, { mode: 0o600 })
const HOLDING = ['--hold-key', '--tokens-file', tokens]

const folder = mkdtempSync(join(tmpdir(), 'attack-tokens-'))
const link = join(folder, 'link')
symlinkSync(tokens, link)
/** Replaces the target of the link at once, as Kubernetes does with the files of a Secret. */
const replaceLink = target => {
  symlinkSync(target, `${link}.next`)
  renameSync(`${link}.next`, link)
}
const others = join(folder, 'others')
writeFileSync(others, 'another:another-token-of-theirs\n', { mode: 0o600 })
/** Targets that do not have usable tokens. */
const unusable = ['world-readable', 'short', 'empty', 'missing', 'link', '.', 'pipe'].map(name =>
  join(folder, name),
)
writeFileSync(unusable[0], 'another:another-token-of-theirs\n')
chmodSync(unusable[0], 0o644)
writeFileSync(unusable[1], 'short\n', { mode: 0o600 })
writeFileSync(unusable[2], '', { mode: 0o600 })
execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')])

/** A process whose heap is limited as Node limits it in a container with 256 MiB. */
const CONTAINER = { env: { NODE_OPTIONS: '--max-old-space-size=128' } }

const isServing = async ({ port }) => (await ask(port, posted('/v1/complete', callOf()))) === 200
const metric = async ({ url }, name) => {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(
    text
      .split('\n')
      .find(line => line.startsWith(`${name} `))
      ?.split(' ')[1],
  )
}

/** A JSON body of a size, filled with a repeated piece. */
const filled = (piece, before = '', after = '', size = MAX_BODY - 1000) =>
  before + piece.repeat(Math.floor((size - before.length - after.length) / Buffer.byteLength(piece))) + after
const promptOf = (piece, size) =>
  filled(
    piece,
    '{"model":"claude-opus-4-8","max_tokens_to_sample":9,"prompt":"\\n\\nHuman: ',
    '\\n\\nAssistant:"}',
    size,
  )

/** Bodies of the largest allowed size that cost the most to read, and the status of each. */
const costly = {
  'one long turn': [promptOf('a'), 200],
  'a prompt of two-byte characters': [promptOf('\u00e9'), 200],
  'a prompt of four-byte characters': [promptOf('\u{1f419}'), 200],
  'a prompt of JSON escapes': [promptOf('\\u65e5'), 200],
  'a prompt of backslashes': [promptOf('\\\\'), 200],
  'empty turns': [promptOf('\\n\\nHuman:\\n\\nAssistant:'), 400],
  'as many turns as allowed': [promptOf('\\n\\nHuman: a\\n\\nAssistant: b', 9900 * 13), 200],
  'as many quoted markers as allowed': [promptOf('\\"\\n\\nHuman: a', 9900 * 14), 200],
  'turns of one letter': [promptOf('\\n\\nHuman: a\\n\\nAssistant: b'), 400],
  'turns of one role': [promptOf('\\n\\nHuman: a'), 400],
  'labels after single newlines': [promptOf('\\nHuman: a\\nAssistant: b'), 400],
  'labels after CRLF': [promptOf('\\r\\n\\r\\nHuman: a'), 400],
  'labels after backslash-n': [promptOf('\\\\n\\\\nHuman: a'), 400],
  'quoted markers': [promptOf('\\"\\n\\nHuman: a'), 400],
  'labels in lower case': [promptOf('\\n\\nhuman:'), 400],
  'labels with a space before the colon': [promptOf('\\n\\nHuman :'), 400],
  'labels with a full-width colon': [promptOf('\\n\\nHuman\uff1a'), 400],
  'labels with an escaped colon': [promptOf('\\n\\nHuman\\u003a'), 400],
  'lone surrogates': [promptOf('\\ud800'), 200],
  'a JSON text that is one string': [filled('a', '"', '"'), 400],
  'an object with the field __proto__': [`{"__proto__":{"model":"a"},${callOf().slice(1)}`, 400],
  'a number of a million digits': [callOf().replace('100', `1${'0'.repeat(1_000_000)}`), 400],
  'indented labels': [promptOf('\\n\\n  Human: a'), 400],
  'blank lines': [promptOf('\\n'), 200],
  colons: [promptOf(':'), 200],
  'unknown fields': [filled('"a":1,', `${callOf().slice(0, -1)},`, '"z":1}'), 400],
  'one unknown field with a long name': [filled('a', `${callOf().slice(0, -1)},"`, '":1}'), 400],
  'unknown fields with long names': [
    `${callOf().slice(0, -1)},${Array.from({ length: 40 }, (_, at) => `"${at}${'a'.repeat(50_000)}":1`)}}`,
    400,
  ],
  'nested arrays': [filled('['), 400],
  'nested arrays in a field': [filled('[', '{"model":', '}'), 400],
  'empty arrays': [filled('[],', '[', '[]]'), 400],
  numbers: [filled('1,', '{"stop_sequences":[', '1]}'), 400],
  'stop sequences of one letter': [callOf({ stop_sequences: Array(9000).fill('a') }), 200],
  'long stop sequences': [callOf({ stop_sequences: Array(40).fill('a'.repeat(50_000)) }), 400],
  'stop sequences as long as allowed': [callOf({ stop_sequences: Array(64).fill('a'.repeat(1000)) }), 200],
  'blank stop sequences': [
    callOf({ stop_sequences: Array.from({ length: 9000 }, (_, at) => ' '.repeat(at % 14)) }),
    200,
  ],
  'a long model name': [callOf({ model: 'a'.repeat(MAX_BODY - 1000) }), 400],
  'a prompt without markers': [
    filled('a', '{"model":"claude-2","max_tokens_to_sample":9,"prompt":"', '"}'),
    400,
  ],
  'half of a JSON text': [filled('a', '{"model":"'), 400],
  spaces: [filled(' '), 400],
  quotes: [filled('""'), 400],
  'bytes that are not UTF-8': [Buffer.alloc(MAX_BODY - 1000, 0xff), 400],
}

const inner = 'GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n'
const body = callOf()
const length = { 'content-length': body.length }
const smuggling = [
  `${head('/v1/complete', { ...length, 'transfer-encoding': 'chunked' })}0\r\n\r\n${inner}`,
  `${head('/v1/complete', { 'content-length': 0 }).slice(0, -2)}content-length: ${body.length}\r\n\r\n${inner}`,
  head('/v1/complete', { 'content-length': `0, ${body.length}` }) + inner,
  head('/v1/complete', { 'content-length': '+5' }) + inner,
  head('/v1/complete', { 'content-length': '0x10' }) + inner,
  head('/v1/complete', { 'content-length': '5 5' }) + inner,
  `${head('/v1/complete', { 'transfer-encoding': 'xchunked' })}0\r\n\r\n${inner}`,
  `${head('/v1/complete', { 'transfer-encoding': 'chunked, identity' })}0\r\n\r\n${inner}`,
  `${head('/v1/complete', { 'transfer-encoding': '\x0bchunked' })}0\r\n\r\n${inner}`,
  head('/v1/complete', { 'content-length ': 0, ...length }) + inner,
  head('/v1/complete', { 'x-a': 'b\r\n transfer-encoding: chunked', ...length }) + body,
  head('/v1/complete', { 'x-a': 'b\rcontent-length: 0', ...length }) + body,
  head('/v1/complete', { 'x-a': 'b\0c', ...length }) + body,
  `POST /v1/complete HTTP/1.1\nhost: a\ncontent-length: 5\n\nhello${inner}`,
  `${head('/v1/complete', { 'transfer-encoding': 'chunked' })}5;a=b\r\nhello\r\n0\r\nx: y\r\n\r\n`,
  `${head('/v1/complete', { 'transfer-encoding': 'chunked' })}fffffffffffffffff\r\n${inner}`,
  `${head('/v1/files', { 'transfer-encoding': 'chunked' })}-1\r\n${inner}`,
  `${head('/v1/files', { connection: 'transfer-encoding', 'transfer-encoding': 'chunked' })}0\r\n\r\n`,
]

const escapes = [
  '/../v1/messages',
  '/v1/../../admin',
  '/%2e%2e/admin',
  '/%2e%2e%2fadmin',
  '/..%5c..%5cadmin',
  '/..\\admin',
  '/.%2e/%2e./admin',
  '/%252e%252e%252fadmin',
  '/..;/admin',
  '/;/../admin',
  '/%c0%ae%c0%ae/admin',
  '//admin',
  '/v1//../..//admin',
  '/v1/models/..%00/admin',
  '/v1/complete/../../../admin',
]

/** `serve` with a log that nobody can read; `count` requests later it still answers. */
const loses = (name, process_, prepare = () => {}, count = 200) => ({
  name,
  args: [],
  process: process_,
  async run({ serve, check }) {
    prepare(serve)
    const path = `/v1/${'a'.repeat(4000)}`
    for (let left = count; left > 0; left -= 50)
      await Promise.all(Array.from({ length: 50 }, () => ask(serve.port, head(path, {}, 'GET'))))
    check(await isServing(serve), 'a request is not answered')
    const lost = await metric(serve, 'legacy_completions_log_lines_lost_total')
    check(lost > 0, `${lost} lines counted as lost`)
    return `${lost} lost`
  },
})

/** A frame of HTTP/2. */
const frame = (type, flags, stream, payload = Buffer.alloc(0)) => {
  const bytes = Buffer.alloc(9)
  bytes.writeUIntBE(payload.length, 0, 3)
  bytes[3] = type
  bytes[4] = flags
  bytes.writeUInt32BE(stream, 5)
  return Buffer.concat([bytes, payload])
}
const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)])
/** `GET https:/`, from the static table of HPACK. */
const FIELDS = Buffer.from([0x82, 0x87, 0x84])

/** Returns a function whose results open 1,000 streams each, and reset them at once. */
const resets = () => {
  let stream = -1
  const reset = () => {
    stream += 2
    return [frame(1, 5, stream, FIELDS), frame(3, 0, stream, Buffer.from([0, 0, 0, 8]))]
  }
  return () => Buffer.concat(Array.from({ length: 1000 }, reset).flat())
}

const RESET = frame(3, 0, 1, Buffer.from([0, 0, 0, 8]))
/** `POST https:/` with a key. */
const POSTED = Buffer.concat([
  Buffer.from([0x83, 0x87, 0x84, 0, 9]),
  Buffer.from('x-api-key'),
  Buffer.from([TOKEN.length]),
  Buffer.from(TOKEN),
])
const times = (count, ...frames) => Buffer.concat(Array(count).fill(frames).flat())

/** Floods of HTTP/2 without TLS: bytes that begin a connection, and what follows without an end. */
const http2 = {
  'rapid reset': [PREFACE, resets],
  'CONTINUATION without an end': [
    Buffer.concat([PREFACE, frame(1, 1, 1, FIELDS)]),
    frame(9, 0, 1, Buffer.alloc(16_384, 0x82)),
  ],
  'SETTINGS without an end': [PREFACE, times(1000, frame(4, 0, 0))],
  'PING without an end': [PREFACE, times(1000, frame(6, 0, 0, Buffer.alloc(8)))],
  'PRIORITY without an end': [PREFACE, times(1000, frame(2, 0, 3, Buffer.from([0, 0, 0, 1, 1])))],
  'WINDOW_UPDATE without an end': [PREFACE, times(1000, frame(8, 0, 0, Buffer.from([0, 0, 0, 1])))],
  'unknown frames without an end': [PREFACE, times(1000, frame(0x55, 0, 0, Buffer.alloc(8)))],
  'empty DATA without an end': [
    Buffer.concat([PREFACE, frame(1, 4, 1, POSTED)]),
    times(1000, frame(0, 0, 1)),
  ],
  'a stream that is reset again and again': [PREFACE, times(500, frame(1, 5, 1, FIELDS), RESET)],
  'requests on a stream that was reset': [
    Buffer.concat([PREFACE, frame(1, 5, 1, FIELDS), RESET]),
    times(500, frame(1, 5, 1, FIELDS)),
  ],
  'frames without a preface': [frame(4, 0, 0), frame(6, 0, 0, Buffer.alloc(8))],
}

const json = message('Hi.')
const EVIL = OK.replace('Hi.', 'Ha!')
const chunkedJson = `content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${json.length.toString(16)}\r\n${json}\r\n0\r\n`

/** Responses of an upstream, with the statuses that a translated and a forwarded request may get. */
const rawResponses = {
  '20 × 103 before the response': ['HTTP/1.1 103 A\r\nlink: </a>\r\n\r\n'.repeat(20) + OK, [200], [200]],
  '102 before the response': [`HTTP/1.1 102 A\r\n\r\n${OK}`, [200], [200]],
  '100 before the response': [`HTTP/1.1 100 A\r\n\r\n${OK}`, [200, 502], [200, 502]],
  '101 without an upgrade': [
    `HTTP/1.1 101 A\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n${OK}`,
    [502],
    [502],
  ],
  '204 with a body': ['HTTP/1.1 204 A\r\ncontent-length: 5\r\n\r\nhello', [502], [0, 204, 502]],
  '204 with a response as its body': [
    `HTTP/1.1 204 A\r\ncontent-length: ${EVIL.length}\r\n\r\n${EVIL}`,
    [502],
    [0, 204, 502],
  ],
  '205 with a body': ['HTTP/1.1 205 A\r\ncontent-length: 5\r\n\r\nhello', [502], [205, 502]],
  '304 with a body': ['HTTP/1.1 304 A\r\ncontent-length: 5\r\n\r\nhello', [0, 304, 502], [0, 304, 502]],
  'a redirect': [
    'HTTP/1.1 307 A\r\nlocation: http://127.0.0.1:1/elsewhere\r\ncontent-length: 0\r\n\r\n',
    [307, 502],
    [307],
  ],
  trailers: [`HTTP/1.1 200 A\r\ntrailer: x-a\r\n${chunkedJson}x-a: b\r\n\r\n`, [200], [200]],
  'trailers of 100 kB': [
    `HTTP/1.1 200 A\r\n${chunkedJson}${'x-a: b\r\n'.repeat(12_500)}\r\n`,
    [200, 502],
    [0, 200],
  ],
  'two responses for one request': [OK + EVIL, [200], [200]],
  'two lengths': [OK.replace('\r\n', '\r\ncontent-length: 1\r\n'), [502], [502]],
  'a length and chunks': [`HTTP/1.1 200 A\r\ncontent-length: 5\r\n${chunkedJson}\r\n`, [502], [502]],
  'a status of 999': [OK.replace('200', '999'), [502, 999], [502, 999]],
  'a status of 099': [OK.replace('200', '099'), [502, 504], [502, 504]],
  'a reason in Latin-1': [OK.replace('OK', '\xe9t\xe9'), [200], [200]],
  'a reason with control characters': [OK.replace('OK', 'a\x01\x7fb'), [200, 502], [200, 502]],
  'a header with control characters': [OK.replace('\r\n', '\r\nx-a: a\x01b\r\n'), [200, 502], [200, 502]],
}

const badDelta = delta('\xff\xfe')
/** A stream whose text is not UTF-8. */
const notUTF8 = {
  'bytes that are not UTF-8': `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: ${badDelta.length}\r\n\r\n${badDelta}`,
}

/** Opens `count` connections, which each say something. */
const openAll = (port, count, bytes) =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const client = await talk(port)
      if (bytes !== undefined) client.say(bytes)
      return client
    }),
  )

export const attacks = [
  {
    name: 'smuggled requests',
    async run({ serve, upstream, check }) {
      for (const bytes of smuggling) {
        const before = upstream.targets.length
        const client = await talk(serve.port)
        client.socket.end(bytes, 'latin1')
        await until(() => client.isOver, 8000)
        check(upstream.targets.length - before <= 1, `two requests of ${JSON.stringify(bytes.slice(0, 200))}`)
      }
      check(!upstream.targets.includes('/smuggled'), 'a smuggled request reached the upstream')
      check(await isServing(serve), 'a request is not answered')
      return `${smuggling.length} forms`
    },
  },
  ...Object.entries(http2).map(([name, [beginning, piece]]) => ({
    name: `HTTP/2 without TLS: ${name}`,
    args: ['--request-timeout', '1500'],
    async run({ serve, upstream, check }) {
      const clients = await openAll(serve.port, 4, beginning)
      for (const { socket } of clients) repeat(socket, piece === resets ? resets() : piece)
      check(await until(() => clients.every(({ isOver }) => isOver)), 'the connection stays open')
      check(await until(() => upstream.open === 0), `${upstream.open} requests are still open`)
      check(await isServing(serve), 'a request is not answered')
      return clients[0].status() || 'closed'
    },
  })),
  {
    name: 'HTTP/2 without TLS: 50 idle connections',
    args: ['--request-timeout', '1500'],
    async run({ serve, check }) {
      const clients = await openAll(serve.port, 50, PREFACE)
      check(await until(() => clients.every(({ isOver }) => isOver)), 'they are waited for')
      return 'closed'
    },
  },
  {
    name: 'HTTP/2 without TLS: responses that a client does not read',
    args: ['--request-timeout', '1500'],
    async run({ serve, upstream, check }) {
      const session = connect(serve.url, { settings: { initialWindowSize: 0 } }).on('error', () => {})
      const streams = Array.from({ length: 20 }, () => {
        const headers = { 'x-api-key': TOKEN, 'anthropic-version': '2023-06-01' }
        const stream = session.request({ ':method': 'POST', ':path': '/v1/complete', ...headers })
        stream.on('error', () => {}).end(callOf())
        return stream
      })
      check(await until(() => streams.every(({ destroyed }) => destroyed), 30_000), 'streams stay open')
      check(upstream.targets.length === 20, `${upstream.targets.length} requests`)
      check(await until(() => session.destroyed), 'the connection stays open')
      check(await until(() => serve.openSockets() < 10), `${serve.openSockets()} sockets are open`)
      return 'reset'
    },
  },
  {
    name: 'an upgrade to HTTP/2',
    async run({ serve, upstream, check }) {
      const upgrade = {
        connection: 'upgrade, http2-settings',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABkAAQAAP__',
      }
      const statuses = []
      for (const path of ['/v1/complete', '/v1/messages']) {
        statuses.push(await ask(serve.port, posted(path, callOf(), upgrade)))
        const { upgrade: a, 'http2-settings': b } = upstream.headers
        check(a === undefined && b === undefined, `the upstream got ${a} and ${b}`)
      }
      check(statuses.join() === '200,200', `statuses ${statuses}`)
      return statuses.join(' ')
    },
  },
  {
    name: 'responses of the upstream that are odd or wrong',
    args: ['--timeout', '2000'],
    async run({ serve, upstream, check }) {
      for (const [name, [bytes, translated, forwarded]] of Object.entries(rawResponses))
        for (const [path, allowed] of [
          ['/v1/complete', translated],
          ['/v1/messages', forwarded],
        ]) {
          upstream.mode = 'raw'
          upstream.raw = bytes
          const status = await ask(serve.port, posted(path, callOf()), 6000)
          check(allowed.includes(status), `${name}, ${path}: status ${status}`)
          upstream.mode = 'answer'
          const client = await talk(serve.port)
          client.say(posted(path, callOf(), { connection: 'close' }))
          await until(() => client.isOver)
          check(client.heard.includes('Hi.'), `${name}, ${path}: the next response is ${client.heard}`)
          check(!serve.log().includes('client-gone'), `${name}, ${path}: the log blames the client`)
        }
      check(!upstream.targets.includes('/elsewhere'), 'a redirect was followed')
      return `${Object.keys(rawResponses).length} forms`
    },
  },
  {
    name: 'an upstream in endless 103',
    args: ['--timeout', '1500'],
    async run({ serve, upstream, check }) {
      upstream.mode = 'raw, without an end'
      upstream.raw = 'HTTP/1.1 103 A\r\nlink: </a>\r\n\r\n'.repeat(500)
      const clients = await openAll(serve.port, 4, posted('/v1/complete', callOf()))
      check(await until(() => clients.every(client => client.status() !== 0)), 'it does not end')
      check(await until(() => upstream.open === 0), `${upstream.open} requests are still open`)
      return clients[0].status()
    },
  },
  loses('a log on a full disk', { stdout: openSync('/dev/full', 'w') }),
  loses('a log whose reader has gone', {}, serve => serve.child.stdout.destroy()),
  loses('a log whose reader has stalled', {}, serve => serve.stall(), 1500),
  {
    name: 'paths that leave the directory of the upstream',
    base: '/tenant',
    async run({ serve, upstream, check }) {
      const statuses = new Set()
      for (const path of escapes) statuses.add(await ask(serve.port, head(path, {}, 'GET')))
      for (const target of upstream.targets) {
        const isBelow = target.startsWith('/tenant/') && !/%2e|\.\.|\\|%5c|%00|%c0/i.test(target)
        check(isBelow, `the upstream got ${target}`)
      }
      return [...statuses].join(' ')
    },
  },
  {
    name: 'paths beyond those of a held key',
    args: HOLDING,
    async run({ serve, upstream, check }) {
      const statuses = new Set()
      for (const path of [
        ...escapes,
        '/v1/files',
        '/v1/messages/batches',
        '/v1/organizations/users',
        '/V1/FILES',
      ])
        statuses.add(await ask(serve.port, head(path, {}, 'GET')))
      check(
        upstream.targets.every(target => target === '/v1/messages'),
        `the upstream got ${upstream.targets}`,
      )
      return [...statuses].join(' ')
    },
  },
  {
    name: '33 MB without a key, to a held key',
    args: HOLDING,
    async run({ serve, check }) {
      const large = Buffer.from(filled('[],', '[', '[]]', 33 * MIB))
      const statuses = []
      for (const headers of [{}, { 'transfer-encoding': 'chunked' }])
        for (const key of ['', 'another-token-of-theirs'])
          statuses.push(
            await ask(
              serve.port,
              headers['transfer-encoding'] === undefined
                ? posted('/v1/complete', large, { 'x-api-key': key })
                : head('/v1/complete', { ...headers, 'x-api-key': key }),
            ),
          )
      check(
        statuses.every(status => status === 401),
        `statuses ${statuses}`,
      )
      return statuses.join(' ')
    },
  },
  {
    name: '100 (Continue) before the key was looked at',
    args: HOLDING,
    async run({ serve, check }) {
      const rows = [
        [{ 'x-api-key': 'another-token-of-theirs', 'content-length': 10 }, 401],
        [{ 'content-length': 100 * MIB }, 413],
        [{ 'content-length': 10, 'content-encoding': 'lzma' }, 415],
      ]
      for (const [headers, status] of rows) {
        const client = await talk(serve.port)
        client.say(head('/v1/complete', { expect: '100-continue', ...headers }))
        await until(() => client.status() !== 0)
        check(client.status() === status, `${client.status()} and not ${status}`)
        check(await until(() => client.isOver, 2000), 'the connection stays open')
      }
      return rows.map(([, status]) => status).join(' ')
    },
  },
  {
    name: 'a body that does not end after 413',
    async run({ serve, check }) {
      const client = await talk(serve.port)
      client.say(head('/v1/complete', { 'transfer-encoding': 'chunked' }))
      const piece = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, ' '), Buffer.from('\r\n')])
      const begun = performance.now()
      while (!client.isOver && performance.now() - begun < 15_000) {
        if (!client.socket.write(piece)) await Promise.race([sleep(50), client.over])
      }
      check(client.status() === 413, `status ${client.status()}`)
      check(client.isOver, 'the connection was not closed')
      return client.status()
    },
  },
  {
    name: 'a body with a chunk for each byte',
    async run({ serve, check }) {
      const client = await talk(serve.port)
      client.say(head('/v1/complete', { 'transfer-encoding': 'chunked' }))
      repeat(client.socket, '1\r\n \r\n'.repeat(5000))
      check(await until(() => client.status() !== 0, 30_000), 'it does not end')
      check(client.status() === 413, `status ${client.status()}`)
      return client.status()
    },
  },
  {
    name: 'a gzip bomb',
    async run({ serve, check }) {
      const bomb = gzipSync(Buffer.alloc(1000 * MIB, ' '))
      const status = await ask(serve.port, posted('/v1/complete', bomb, { 'content-encoding': 'gzip' }))
      check(status === 413, `status ${status}`)
      return status
    },
  },
  {
    name: '200 small bodies that expand to the largest size',
    longestBlock: 1000,
    async run({ serve, check }) {
      const large = gzipSync(`${callOf().slice(0, -1)}${' '.repeat(MAX_BODY - 1000)}}`)
      const bytes = posted('/v1/complete', large, { 'content-encoding': 'gzip' })
      const clients = await openAll(serve.port, 200, bytes)
      check(await until(() => clients.every(client => client.status() !== 0), 60_000), 'it does not end')
      const statuses = [...new Set(clients.map(client => client.status()))].sort()
      check(
        statuses.every(status => status === 200 || status === 529),
        `statuses ${statuses}`,
      )
      return statuses.join(' ')
    },
  },
  ...Object.entries(costly).map(([name, [bytes, expected]]) => ({
    name: `${name}, ${(Buffer.byteLength(bytes) / MIB).toFixed(1)} MiB`,
    async run({ serve, check }) {
      const client = await talk(serve.port)
      client.say(posted('/v1/complete', bytes))
      await until(() => client.status() !== 0 || client.isOver, 30_000)
      await sleep(100)
      check(
        client.status() === expected,
        `status ${client.status()} and not ${expected}: ${client.heard.slice(0, 600)}`,
      )
      check(client.bytes < 10_000, `a response of ${client.bytes} bytes`)
      return client.status()
    },
  })),
  {
    name: '100 clients with the largest body, to a silent upstream',
    // Many requests: each is its own turn of the loop, and others wait for some of them.
    longestBlock: 2000,
    async run({ serve, upstream, check }) {
      upstream.mode = 'silent'
      const bytes = posted('/v1/complete', promptOf('\u00e9'))
      const clients = await openAll(serve.port, 100, bytes)
      await until(() => clients.filter(client => client.status() !== 0).length + upstream.open >= 100)
      const refused = clients.filter(client => client.status() === 529).length
      check(refused + upstream.open === 100, `${refused} refused, ${upstream.open} open`)
      for (const { socket } of clients) socket.destroy()
      upstream.mode = 'answer'
      check(await until(() => isServing(serve)), 'a request is not answered afterwards')
      return `${refused} × 529`
    },
  },
  {
    name: '2,000 requests in one packet, from 20 clients that do not read',
    args: ['--write-timeout', '1500'],
    async run({ serve, upstream, check }) {
      const clients = await openAll(serve.port, 20)
      for (const { socket } of clients) socket.pause()
      const one = posted('/v1/complete', callOf()).toString()
      for (const { say } of clients.slice(0, 10)) say(one.repeat(2000))
      await until(() => upstream.targets.length > 200)
      upstream.mode = 'silent'
      for (const { say } of clients.slice(10)) say(one.repeat(2000))
      check(await until(() => upstream.open === 20), `${upstream.open} requests of 20 connections are open`)
      await sleep(500)
      const { open } = upstream
      check(open === 20, `${open} requests of 20 connections are open at once`)
      for (const { socket } of clients) socket.destroy()
      upstream.mode = 'answer'
      check(await isServing(serve), 'a request is not answered')
      return `${open} open`
    },
  },
  {
    name: '10,000 requests for /metrics in one packet',
    async run({ serve, check }) {
      const [client] = await openAll(serve.port, 1, head('/metrics', {}, 'GET').repeat(10_000))
      check(await until(() => client.bytes > 1_000_000), `${client.bytes} bytes`)
      client.socket.destroy()
      check(await isServing(serve), 'a request is not answered')
      return client.status()
    },
  },
  {
    name: '1,000 idle connections',
    async run({ serve, check }) {
      const clients = await openAll(serve.port, 1000)
      check(await isServing(serve), 'a request is not answered')
      check(clients.filter(client => !client.isOver).length === 1000, 'connections were closed')
      for (const { socket } of clients) socket.destroy()
      return '200'
    },
  },
  {
    name: '1,500 connections, more than --max-connections',
    async run({ serve, check }) {
      // As on a busy machine: the connections come faster than they are accepted.
      serve.child.kill('SIGSTOP')
      const opening = openAll(serve.port, 1500)
      await sleep(500)
      serve.child.kill('SIGCONT')
      let most = 0
      const sample = setInterval(() => {
        most = Math.max(most, serve.openSockets())
      }, 20)
      const clients = await opening
      const countOpen = () => clients.filter(client => !client.isOver).length
      // The kernel keeps connections open until serve has the time to accept or to close them.
      const isLimited = await until(() => countOpen() <= 1024, 60_000)
      clearInterval(sample)
      check(isLimited, `${countOpen()} are open`)
      // The listening socket, and those to the log and to the upstream.
      check(most <= 1024 + 8, `serve has ${most} sockets`)
      for (const { socket } of clients) socket.destroy()
      check(await until(() => isServing(serve)), 'a request is not answered afterwards')
      return `${most} open`
    },
  },
  {
    name: '200 connections with 64 file descriptors',
    process: { files: 64 },
    isUnwatched: true,
    async run({ serve, check }) {
      const clients = await openAll(serve.port, 200, posted('/v1/complete', callOf()))
      await sleep(1000)
      for (const { socket } of clients) socket.destroy()
      check(await until(() => isServing(serve)), 'a request is not answered afterwards')
      return '200'
    },
  },
  {
    name: '500 clients that send a byte a second',
    args: ['--request-timeout', '1500'],
    async run({ serve, check }) {
      const clients = await openAll(serve.port, 500, head('/v1/complete', { 'content-length': 1000 }))
      for (let second = 0; second < 2; second++) {
        for (const client of clients) client.say('x')
        await sleep(1000)
      }
      check(await isServing(serve), 'a request is not answered')
      // Now they say nothing more.
      check(
        await until(() => clients.every(client => client.isOver || client.status() === 408)),
        'they are waited for',
      )
      return clients[0].status()
    },
  },
  {
    name: '300 heads that do not end',
    args: ['--request-timeout', '1500'],
    async run({ serve, check }) {
      const clients = await openAll(serve.port, 300, 'POST /v1/complete HTTP/1.1\r\nhost: a\r\nx-a: ')
      check(await until(() => clients.every(client => client.isOver)), 'they are waited for')
      check(await isServing(serve), 'a request is not answered')
      return clients[0].status()
    },
  },
  ...ENDLESS_MODES.filter(mode => mode !== 'endless usage').flatMap(mode =>
    ['2023-06-01', '2023-01-01'].flatMap(version =>
      [true, false].map(stream => ({
        name: `an upstream in ${mode}, version ${version}, ${stream ? 'streamed' : 'whole'}`,
        longestBlock: 1000,
        async run({ serve, upstream, check }) {
          upstream.mode = mode
          const call = callOf({ stream, max_tokens_to_sample: 8000 })
          const clients = await openAll(
            serve.port,
            4,
            posted('/v1/complete', call, { 'anthropic-version': version, connection: 'close' }),
          )
          check(await until(() => clients.every(({ isOver }) => isOver), 60_000), 'it does not end')
          check(await until(() => upstream.open === 0), `${upstream.open} requests are still open`)
          check(
            await until(() => serve.log().split('"cause":"too-large"').length > 4),
            'the log does not name the cause',
          )
          check(
            !clients.some(({ heard }) => heard.includes('"stop_reason":"stop')),
            'it ends like a whole one',
          )
          return clients[0].status()
        },
      })),
    ),
  ),
  ...ENDLESS_MODES.filter(mode => mode !== 'endless usage').flatMap(mode =>
    [
      ['16 calls', 16, {}, '2023-06-01'],
      // 64 streams of small events are too much work for a test.
      ...(mode === 'endless small events'
        ? [['16 calls in a container, version 2023-01-01', 16, CONTAINER, '2023-01-01']]
        : [
            ['64 calls in a container', 64, CONTAINER, '2023-06-01'],
            ['64 calls in a container, version 2023-01-01', 64, CONTAINER, '2023-01-01'],
          ]),
    ].map(([calls, count, process_, version]) => ({
      name: `an upstream in ${mode}, ${calls}`,
      process: process_,
      longestBlock: 1000,
      async run({ serve, upstream, check }) {
        upstream.mode = mode
        const bytes = [true, false].map(stream =>
          posted('/v1/complete', callOf({ stream, max_tokens_to_sample: stream ? 8000 : 100_000 }), {
            'anthropic-version': version,
            connection: 'close',
          }),
        )
        const clients = await openAll(serve.port, count)
        for (const [at, { say }] of clients.entries()) say(bytes[at % 2])
        check(await until(() => clients.every(({ isOver }) => isOver), 60_000), 'it does not end')
        check(await until(() => upstream.open === 0), `${upstream.open} requests are still open`)
        const statuses = [...new Set(clients.map(client => client.status()))].sort()
        check(
          statuses.every(status => [200, 502, 529].includes(status)),
          `statuses ${statuses}`,
        )
        const lines = () => serve.log().split(/"cause":"(?:too-large|overloaded)"/).length - 1
        check(await until(() => lines() === count), `${lines()} lines of the log name the cause`)
        const of = await Promise.all(
          ['too-large', 'overloaded'].map(cause =>
            metric(serve, `legacy_completions_upstream_errors_total{cause="${cause}"}`),
          ),
        )
        check((of[0] || 0) + (of[1] || 0) === count, `the metrics count ${of}`)
        upstream.mode = 'answer'
        check(await until(() => isServing(serve)), 'a request is not answered afterwards')
        return `${statuses.join(' ')}, ${of[1] || 0} × over`
      },
    })),
  ),
  ...['endless line', 'endless event', 'endless JSON', 'bytes that are not UTF-8'].map(mode => ({
    name: `an upstream in ${mode}, for an adapted call`,
    args: ['--adapt-messages', 'prefill'],
    async run({ serve, upstream, check }) {
      upstream.mode = mode in notUTF8 ? 'raw' : mode
      upstream.raw = notUTF8[mode] ?? ''
      const messages = [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'He' },
      ]
      const call = JSON.stringify({ model: 'claude-opus-4-8', max_tokens: 100, stream: true, messages })
      const clients = await openAll(serve.port, 16, posted('/v1/messages', call, { connection: 'close' }))
      check(await until(() => clients.every(({ isOver }) => isOver)), 'it does not end')
      const count = () => serve.log().split('"outcome":"upstream-failed"').length - 1
      check(await until(() => count() === 16), `${count()} lines of the log blame the upstream`)
      const isClosed = () => upstream.mode === 'raw' || upstream.open === 0
      check(await until(isClosed), `${upstream.open} requests are still open`)
      return clients[0].status() || 'cut'
    },
  })),
  {
    name: 'an upstream in endless usage, for two seconds',
    async run({ serve, upstream, check }) {
      upstream.mode = 'endless usage'
      const clients = await openAll(serve.port, 8, posted('/v1/complete', callOf({ stream: true })))
      await sleep(2000)
      for (const { socket } of clients) socket.destroy()
      check(await until(() => upstream.open === 0), `${upstream.open} requests are still open`)
      return clients[0].status()
    },
  },
  {
    name: '100 clients that do not read',
    longestBlock: 3000,
    args: ['--write-timeout', '1500'],
    async run({ serve, upstream, check }) {
      upstream.mode = 'flood'
      const bytes = [
        posted('/v1/messages', callOf({ stream: true })),
        posted('/v1/complete', callOf({ stream: true, max_tokens_to_sample: 100_000 })),
      ]
      const clients = await openAll(serve.port, 100)
      for (const { socket } of clients) socket.pause()
      for (const [at, { say }] of clients.entries()) say(bytes[at % 2])
      await until(() => upstream.open === 100)
      check(await until(() => upstream.open === 0, 20_000), `${upstream.open} streams are still open`)
      upstream.mode = 'answer'
      check(await isServing(serve), 'a request is not answered')
      for (const { socket } of clients) socket.destroy()
      return 'cut'
    },
  },
  {
    name: 'draining with 200 open streams',
    endsServe: true,
    isUnwatched: true,
    async run({ serve, upstream, check }) {
      upstream.mode = 'hold'
      const clients = await openAll(serve.port, 200, posted('/v1/complete', callOf({ stream: true })))
      await until(() => clients.every(client => client.heard.includes('Hel')))
      serve.child.kill('SIGTERM')
      await sleep(200)
      upstream.release()
      const { code } = await serve.exited
      check(code === 0, `exit code ${code}`)
      const whole = clients.filter(client => client.heard.includes('"stop_reason":"stop_sequence"')).length
      check(whole === 200, `${whole} of 200 streams are whole`)
      return `exit ${code}`
    },
  },
  {
    name: 'draining with half a request',
    args: ['--drain-timeout', '1000'],
    endsServe: true,
    isUnwatched: true,
    async run({ serve, check }) {
      await openAll(serve.port, 10, head('/v1/complete', { 'content-length': 1000 }))
      await openAll(serve.port, 10, 'POST /v1/com')
      await sleep(100)
      serve.child.kill('SIGTERM')
      const { code } = await serve.exited
      check(code === 0, `exit code ${code}`)
      check(serve.log().includes('"cut":10'), 'the log does not say how many were cut')
      return `exit ${code}`
    },
  },
  {
    name: 'draining with streams that do not end',
    args: ['--drain-timeout', '1000'],
    endsServe: true,
    isUnwatched: true,
    async run({ serve, upstream, check }) {
      upstream.mode = 'drip'
      await openAll(serve.port, 20, posted('/v1/complete', callOf({ stream: true })))
      await until(() => upstream.open === 20)
      serve.child.kill('SIGTERM')
      const { code } = await serve.exited
      check(code === 0, `exit code ${code}`)
      check(serve.log().includes('"cut":20'), 'the log does not say how many were cut')
      return `exit ${code}`
    },
  },
  {
    name: 'new tokens while a stream is open',
    args: HOLDING,
    async run({ serve, upstream, check }) {
      upstream.mode = 'hold'
      const [client] = await openAll(serve.port, 1, posted('/v1/complete', callOf({ stream: true })))
      await until(() => client.heard.includes('Hel'))
      writeFileSync(tokens, 'another:another-token-of-theirs\n')
      serve.child.kill('SIGHUP')
      await until(() => serve.log().includes('reloaded tokens'))
      const old = await ask(serve.port, posted('/v1/complete', callOf()))
      check(old === 401, `the old token gets ${old}`)
      upstream.mode = 'answer'
      const headers = { 'x-api-key': 'another-token-of-theirs' }
      const next = await ask(serve.port, posted('/v1/complete', callOf(), headers))
      check(next === 200, `the new token gets ${next}`)
      upstream.release()
      await until(() => client.heard.includes('"stop_reason":"stop_sequence"'))
      check(client.heard.includes('"stop_reason":"stop_sequence"'), 'the open stream was cut')
      writeFileSync(tokens, `search:${TOKEN}\n`)
      return `${old} ${next}`
    },
  },
  {
    name: 'a tokens file behind a link, replaced while a stream is open',
    args: ['--hold-key', '--tokens-file', link],
    async run({ serve, upstream, check }) {
      upstream.mode = 'hold'
      const [client] = await openAll(serve.port, 1, posted('/v1/complete', callOf({ stream: true })))
      await until(() => client.heard.includes('Hel'))
      upstream.mode = 'answer'
      const next = { 'x-api-key': 'another-token-of-theirs' }
      const statusOf = headers => ask(serve.port, posted('/v1/complete', callOf(), headers))
      const lines = () => serve.log().split('\n').length
      for (const target of unusable) {
        const before = lines()
        replaceLink(target)
        serve.child.kill('SIGHUP')
        check(await until(() => lines() > before, 3000), `${target}: the log has no line`)
        check((await statusOf({})) === 200, `${target}: the old token is rejected`)
        check((await statusOf(next)) === 401, `${target}: a token of it is accepted`)
      }
      replaceLink(others)
      serve.child.kill('SIGHUP')
      check(await until(() => serve.log().includes('reloaded tokens')), 'the tokens are not reloaded')
      check((await statusOf({})) === 401, 'the old token is accepted')
      check((await statusOf(next)) === 200, 'the new token is rejected')
      upstream.release()
      const isWhole = await until(() => client.heard.includes('"stop_reason":"stop_sequence"'))
      check(isWhole, 'the open stream was cut')
      return `${unusable.length} kept`
    },
  },
]
