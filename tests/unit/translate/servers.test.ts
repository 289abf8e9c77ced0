import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { APIError, UnreadableReplyError } from 'legacy-completions'
import { type Completion, completionFrom, readEvent, reshapeEvents } from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'
import { PLAN } from './replies.ts'

/** Recorded responses of real servers, kept outside the project. */
const wire = fileURLToPath(new URL('../../../../shared/corpus/wire/', import.meta.url))
const isHere = existsSync(wire)
const why = isHere ? '' : ' (skipped: there is no corpus next to this checkout)'

interface Recording {
  name: string
  body: string
  isStream: boolean
}

/** Every answer of status 200 to `POST /v1/messages`. */
function recordings(): Recording[] {
  const files = readdirSync(wire, { recursive: true, encoding: 'utf8' }).map(file =>
    file.replaceAll('\\', '/'),
  )
  const captured = files
    .filter(file => /^servers\/[^/]+\/\w+\.txt$/.test(file) && !file.startsWith('servers/misc'))
    .flatMap(name => {
      const text = readFileSync(wire + name, 'utf8').replaceAll('\r\n', '\n')
      const answer = /^>>> POST \/v1\/messages\n.*?\n<<< 200 [^\n]*\n(.*?)\n\n\n(.*)$/s.exec(text)
      if (!answer?.[2]) return []
      return [
        { name, body: answer[2], isStream: /^content-type: text\/event-stream/im.test(answer[1] ?? '') },
      ]
    })
  const recorded = files
    .filter(file => /^v1-messages\/(?:ok|stream)\/.*\.response\.(?:json|sse)$/.test(file))
    .map(name => ({ name, body: readFileSync(wire + name, 'utf8'), isStream: name.endsWith('.sse') }))
  return [...captured, ...recorded]
}

/** Takes a stream apart as the standard says, in the plainest way. */
function eventsOf(body: string): { event?: string; data: string }[] {
  return body
    .replaceAll('\r\n', '\n')
    .split('\n\n')
    .flatMap(block => {
      const lines = block.split('\n')
      const valuesOf = (field: string): string[] =>
        lines
          .filter(line => line.startsWith(`${field}:`))
          .map(line => line.slice(field.length + 1).trimStart())
      const [event] = valuesOf('event')
      const data = valuesOf('data')
      return data.length === 0 ? [] : [{ ...(event !== undefined && { event }), data: data.join('\n') }]
    })
}

function read({ body, isStream }: Recording): Completion | APIError {
  try {
    if (!isStream) return completionFrom(JSON.parse(body), PLAN)
    const reshaper = reshapeEvents(PLAN)
    for (const sent of eventsOf(body)) {
      const event = readEvent(sent)
      if (event) reshaper.push(event)
    }
    return reshaper.end()
  } catch (error) {
    expect(error).toBeInstanceOf(APIError)
    return error as APIError
  }
}

describe(`recorded replies${why}`, () => {
  it.skipIf(!isHere)('become completions, or an error where they are none', () => {
    const all = recordings()
    expect(all.filter(({ isStream }) => isStream).length).toBeGreaterThan(30)
    expect(all.filter(({ isStream }) => !isStream).length).toBeGreaterThan(100)
    for (const recording of all) {
      const { name, isStream } = recording
      const reply = read(recording)
      // mockllm's streams are in a grammar of its own.
      if (isStream && name.startsWith('servers/mockllm')) {
        expect(reply, name).toBeInstanceOf(UnreadableReplyError)
        continue
      }
      expect(reply, name).not.toBeInstanceOf(APIError)
      const { stop, stop_reason, ...texts } = reply as Completion
      for (const [field, value] of Object.entries(texts))
        expect(value, `${name} ${field}`).toBeTypeOf('string')
      expect(stop_reason, name).toMatch(/^\w+$/)
      expect(stop, name).not.toBe('')
    }
  })
})
