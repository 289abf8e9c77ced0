/** Legacy calls of Amazon Bedrock by published clients: through the proxy, and through the plugin for the AWS SDK. */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { createEmulator, startEmulator } from '../../../dist/emulator.js'
import { serveProxy } from '../../../dist/node.js'
import {
  fetchPackages,
  goModule,
  javaProject,
  NotToBeHad,
  npmPackages,
  once,
  pythonPackages,
} from './installations.mjs'

const here = path => fileURLToPath(new URL(path, import.meta.url))
const TOKEN = 'TOKENOFTHEBEDROCKTEAM'
const MOST_MILLISECONDS = 120_000
const PIECES = [' Blue light', ' scatters', ' more.', '']
const STOP = '\n\nHuman:'

const AWS_CASES = { throttled: 'ThrottlingException', 'broken off': 'ThrottlingException' }

/** What a call of another vendor's model gets: the sentence of the proxy, or the answer of the model. */
const REJECTED = /their signature names the proxy as the host/
const OF_LLAMA = 'Hello from another vendor'

/** A client in Python, and the classes of its errors: for a whole response, then within a stream. */
const python = (name, requirements, program, throttled, brokenOff) => ({
  name,
  cases: { throttled, ...(brokenOff && { 'broken off': brokenOff }) },
  async command(folder) {
    const [own] = await pythonPackages(
      requirements,
      'bedrock.py',
    )(join(folder, requirements.replaceAll('.', '-')))
    return [own, here('python/bedrock.py'), program]
  },
})

const javascript = (version, plugin) => ({
  name: `@aws-sdk/client-bedrock-runtime ${version}${plugin ? ', bedrockCompletions' : ''}`,
  isDirect: plugin,
  cases: AWS_CASES,
  async command(folder) {
    const own = join(folder, `aws-sdk-${version.replaceAll('.', '-')}`)
    await once(own, [], async () => {
      mkdirSync(own, { recursive: true })
      writeFileSync(join(own, 'package.json'), '{ "private": true }')
      const options = ['--silent', '--no-audit', '--no-fund', '--prefix', own]
      await fetchPackages('npm', ['install', ...options, `@aws-sdk/client-bedrock-runtime@${version}`])
    })
    return [
      process.execPath,
      here('typescript/bedrock.cjs'),
      join(own, 'node_modules/@aws-sdk/client-bedrock-runtime'),
    ]
  },
})

const go = {
  name: 'aws-sdk-go-v2, bedrockruntime 1.63.13',
  cases: AWS_CASES,
  command: folder =>
    goModule('go-bedrock', 'github.com/aws/aws-sdk-go-v2/service/bedrockruntime')(join(folder, 'go-bedrock')),
}

const java = {
  name: 'AWS SDK for Java 2.59.1, its streams over HTTP/2',
  cases: AWS_CASES,
  command: folder => javaProject('java-bedrock', 'BedrockProgram')(join(folder, 'java-bedrock')),
}

/** The same client through a proxy that signs its requests with AWS credentials. */
const signed = client => ({ ...client, name: `${client.name}, re-signed`, isSigned: true })

const boto3 = version =>
  python(`boto3 ${version}`, `boto3-${version}`, 'boto3', 'ThrottlingException', 'EventStreamError')

/** `AnthropicBedrock` of npm, whose error class for an exception within a stream differs by version. */
const bedrockSdk = (version, brokenOff) => ({
  name: `AnthropicBedrock of bedrock-sdk ${version}`,
  cases: { throttled: 'RateLimitError', 'broken off': brokenOff },
  command: npmPackages('bedrock-sdk.cjs', `bedrock-sdk-${version}`),
})

const CLIENTS = [
  javascript('3.1164.0', true),
  javascript('3.445.0', true),
  javascript('3.1164.0', false),
  javascript('3.445.0', false),
  boto3('1.44.8'),
  boto3('1.28.57'),
  python(
    'aiobotocore 3.10.0',
    'aiobotocore-3.10.0',
    'aiobotocore',
    'ThrottlingException',
    'EventStreamError',
  ),
  bedrockSdk('0.9.1', 'ThrottlingException'),
  bedrockSdk('0.36.0', 'APIError'),
  go,
  java,
  ...[javascript('3.1164.0', false), boto3('1.44.8'), boto3('1.28.57'), go, java].map(signed),
  python(
    'AnthropicBedrock of anthropic 0.125.0',
    'anthropic-bedrock-0.125.0',
    'anthropic',
    'RateLimitError',
    'ValueError',
  ),
]

/** Clients with many packages, which are installed only when `bedrock` is named. */
const LARGE_CLIENTS = [
  python('langchain 0.0.330, Bedrock', 'langchain-0.0.330', 'langchain', 'ValueError'),
  python('langchain-aws 1.9.1, BedrockLLM', 'langchain-bedrock', 'langchain-aws', 'ThrottlingException'),
  python('langchain-community 0.4.2, Bedrock', 'langchain-bedrock', 'langchain-community', 'ValueError'),
  // It tries a throttled call again for minutes.
  python('llama-index 0.9.48, Bedrock', 'llama-index-0.9.48', 'llama-index'),
]

function reply({ messages }) {
  const question = messages.findLast(({ role }) => role === 'user')?.text ?? ''
  if (question.includes('throttled'))
    return { error: { type: 'rate_limit_error', message: 'Too many requests' } }
  const deltas = ['Blue light', ' scatters', ' more.']
  if (!question.includes('broken off')) return { deltas }
  return { deltas, streamError: { type: 'rate_limit_error', message: 'Too many requests' }, afterDeltas: 1 }
}

function run([command, ...args], input = '') {
  return new Promise((resolve, reject) => {
    const { PATH, HOME } = process.env
    const child = spawn(command, args, {
      env: {
        PATH,
        HOME,
        PYTHONDONTWRITEBYTECODE: '1',
        NODE_NO_WARNINGS: '1',
      },
      timeout: MOST_MILLISECONDS,
    })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', text => (out += text))
    child.stderr.setEncoding('utf8').on('data', text => (err += text))
    child.on('error', reject)
    child.on('close', () => {
      const lines = out.split('\n').filter(line => line.startsWith('{"case"'))
      resolve({ seen: lines.map(line => JSON.parse(line)), out, err })
    })
    child.stdin.end(input)
  })
}

/** What is wrong with a case, if anything. */
function faultOf({ case: name, text, pieces, stop, error, message, tokens }, { cases, isSigned }) {
  if (tokens !== undefined && !/^\d+$/.test(tokens)) return `${tokens} tokens`
  if (name === 'other vendor') {
    const isRight = isSigned ? text === OF_LLAMA : REJECTED.test(message)
    return isRight ? undefined : `${error}: ${message} ${text}`
  }
  const expected = cases[name]
  if (expected !== undefined) {
    const isNamed = expected.split('|').some(part => error?.includes(part))
    return isNamed && message.includes('Too many requests') ? undefined : `${error}: ${message}`
  }
  if (error) return `${error}: ${message}`
  const isText =
    pieces === undefined ? text?.trim() === PIECES.join('').trim() : isDeepStrictEqual(pieces, PIECES)
  const isJoined = pieces?.join('') === PIECES.join('')
  return (isText || isJoined) && (stop === undefined || stop === STOP)
    ? undefined
    : JSON.stringify({ text, pieces, stop })
}

const SECRET = 'the-secret-of-the-proxy'

/** An upstream that records the requests, and answers as Bedrock does. */
async function startUpstream() {
  const emulator = createEmulator({ reply })
  const requests = []
  const server = createServer(async (incoming, outgoing) => {
    let body = ''
    for await (const text of incoming.setEncoding('utf8')) body += text
    const { method, headers } = incoming
    const url = `http://${headers.host}${incoming.url}`
    requests.push({ method, url, headers, body, secret: SECRET })
    const response = incoming.url.startsWith('/model/meta.')
      ? Response.json({ generation: OF_LLAMA })
      : await emulator.fetch(url, { method, headers, body })
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    for await (const bytes of response.body) outgoing.write(bytes)
    outgoing.end()
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}`, requests, close: () => server.close() }
}

/** Has botocore recompute the signatures. */
async function checkSignatures(requests, folder, report) {
  const [own] = await pythonPackages('boto3-1.44.8', 'bedrock.py')(join(folder, 'boto3-1-44-8'))
  const input = requests.map(request => `${JSON.stringify(request)}\n`).join('')
  const { out, err } = await run([own, here('python/verify_signatures.py')], input)
  const wrong = requests.filter((_, at) => out.split('\n')[at] !== '{"signature": "ok"}')
  report.passed += requests.length - wrong.length
  report.failures.push(
    ...wrong.map(({ url }) => `signature of ${url}: ${err.slice(-300) || out.slice(0, 200)}`),
  )
  report.rows.push([
    'botocore 1.44.8 recomputes the signatures',
    `${requests.length - wrong.length} of ${requests.length} requests ok`,
  ])
}

/** @returns {Promise<{ rows: string[][], passed: number, failures: string[], missing: string[] }>} */
export async function checkBedrock(folder, isNamed) {
  const emulator = await startEmulator({ reply })
  const proxy = await serveProxy({
    upstream: emulator.url,
    apiKey: 'held-key',
    tokens: [TOKEN],
    onDiagnostic() {},
  })
  const upstream = await startUpstream()
  const signing = await serveProxy({
    upstream: upstream.url,
    awsCredentials: { accessKeyId: 'AKIAPROXY', secretAccessKey: SECRET },
    awsRegion: 'us-east-1',
    tokens: [TOKEN],
    onDiagnostic() {},
  })
  const report = { rows: [], passed: 0, failures: [], missing: [] }
  const check = async client => {
    try {
      const command = await client.command(folder)
      const place = client.isDirect
        ? [emulator.url, TOKEN, here('../../../dist/bedrock.cjs')]
        : [(client.isSigned ? signing : proxy).url, TOKEN]
      const { seen, err } = await run([...command, ...place])
      const faults = seen.map(line => [line.case, faultOf(line, client)]).filter(([, fault]) => fault)
      if (seen.length < 2) faults.push(['end', err.slice(-600)])
      report.passed += seen.length - faults.length
      report.failures.push(...faults.map(([name, fault]) => `${client.name}, ${name}: ${fault}`))
      const names = seen.map(
        line => `${line.case} ${faults.some(([name]) => name === line.case) ? 'FAILED' : 'ok'}`,
      )
      report.rows.push([client.name, names.join(', ')])
    } catch (error) {
      if (!(error instanceof NotToBeHad)) throw error
      report.missing.push(`${client.name}: ${error.message}`)
    }
  }
  try {
    // One after the other: two of them share an installation.
    for (const client of [...CLIENTS, ...(isNamed ? LARGE_CLIENTS : [])]) await check(client)
    if (upstream.requests.length > 0) await checkSignatures(upstream.requests, folder, report)
  } finally {
    await signing.close()
    upstream.close()
    await proxy.close()
    await emulator.close()
  }
  return report
}
