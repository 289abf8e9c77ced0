import { connect } from 'node:http2'
import { startEmulator } from 'legacy-completions/emulator'
import { expect, onTestFinished, test } from 'vitest'

const BODY = JSON.stringify({
  model: 'claude-2.1',
  max_tokens_to_sample: 90,
  prompt: '\n\nHuman: Hi\n\nAssistant:',
  stream: true,
})
const HEADERS = { 'x-api-key': 'k', 'anthropic-version': '2023-06-01', 'content-type': 'application/json' }

interface Sent {
  status: number
  text: string
}

function sendOverHttp2(url: string, path: string): { response: Promise<Sent>; leave: () => void } {
  const session = connect(url)
  onTestFinished(() => session.destroy())
  const stream = session.request({ ...HEADERS, ':method': 'POST', ':path': path })
  const response = new Promise<Sent>((done, failed) => {
    let status = 0
    let text = ''
    stream.on('response', headers => {
      status = Number(headers[':status'])
    })
    stream.setEncoding('utf8').on('data', piece => {
      text += piece
    })
    stream.on('error', failed).on('end', () => done({ status, text }))
  })
  stream.end(BODY)
  return { response, leave: () => stream.close(8) }
}

const start = async (...given: Parameters<typeof startEmulator>): ReturnType<typeof startEmulator> => {
  const emulator = await startEmulator(...given)
  onTestFinished(() => emulator.close())
  return emulator
}

test('one port serves HTTP/2 without TLS and HTTP/1.1', async () => {
  const { url } = await start()
  const other = await fetch(`${url}/v1/complete`, { method: 'POST', headers: HEADERS, body: BODY })
  const { status, text } = await sendOverHttp2(url, '/v1/complete').response
  expect(status).toBe(200)
  expect(text).toBe(await other.text())
})

test('twenty HTTP/2 streams of one session are served at once', async () => {
  const { url, requests } = await start({ reply: { text: 'Hi', faults: { responseDelayMs: 50 } } })
  const session = connect(url)
  onTestFinished(() => session.destroy())
  const statuses = await Promise.all(
    Array.from(
      { length: 20 },
      () =>
        new Promise(done => {
          const stream = session.request({ ...HEADERS, ':method': 'POST', ':path': '/v1/complete' })
          stream.on('response', headers => done(headers[':status']))
          stream.resume().end(BODY)
        }),
    ),
  )
  expect(statuses).toEqual(Array(20).fill(200))
  expect(requests).toHaveLength(20)
})

test('a client that resets its stream is noticed', async () => {
  const { url, requests } = await start({ reply: { text: 'word '.repeat(80), faults: { delayMs: 30 } } })
  const { response, leave } = sendOverHttp2(url, '/v1/complete')
  response.catch(() => {})
  await expect.poll(() => requests.length).toBe(1)
  await new Promise(done => setTimeout(done, 100))
  leave()
  await expect.poll(() => requests[0]?.aborted).toBe(true)
})

test('a response that breaks off resets the stream', async () => {
  const { url } = await start({ reply: { text: 'Half a sentence', faults: { cutAfterBytes: 100 } } })
  await expect(sendOverHttp2(url, '/v1/complete').response).rejects.toThrow(/closed|code/)
})

test('an open session does not keep the server from closing', async () => {
  const emulator = await startEmulator()
  const session = connect(emulator.url)
  session.on('error', () => {})
  await new Promise(done => session.once('connect', done))
  await emulator.close()
  session.destroy()
})
