import type { Conversation, EmulatorOptions, RecordedRequest, Reply } from 'legacy-completions/emulator'
import { cases } from '../../contract/contract-cases.ts'

/** Asks for a reply by its name: the server is in another process, and stands before any case is known. */
export const REPLY_HEADER = 'x-reply'
/** Names a call, so that the server can be asked later what became of it. */
export const CALL_HEADER = 'x-call'

/** What a call is answered with: its first attempt with the first, its second with the second; the last one stays. */
type Script = readonly Reply[] | ((conversation: Conversation) => Reply)

const ENDLESS = { text: 'word '.repeat(200) }

/** What is answered to those who do not ask for the reply of a case. */
const scripts: Readonly<Record<string, Script>> = {
  hello: ['Hi there.'],
  echo: ({ messages }) => `You said ${messages.at(-1)?.text}`,
  'slow to begin': [{ text: 'Hi.', faults: { responseDelayMs: 60_000 } }],
  'silent after a while': [{ ...ENDLESS, faults: { stallAfterBytes: 3000 } }],
  // Not all at once: what a fetch still holds when it hears of the loss may be lost, too.
  cut: [{ ...ENDLESS, faults: { cutAfterBytes: 3000, delayMs: 2 } }],
  'error event': [
    {
      text: 'one two three',
      streamError: { type: 'overloaded_error', message: 'Overloaded' },
      afterDeltas: 2,
    },
  ],
  'split characters': [{ text: '日本語 🐙👩‍👩‍👧 café', faults: { chunkBytes: 1 } }],
  'overloaded at first': [
    {
      error: { type: 'overloaded_error', message: 'Overloaded' },
      headers: { 'retry-after-ms': '1' },
    },
    'Hi there.',
  ],
  'not found': [{ error: { type: 'not_found_error', message: 'model: claude-9' } }],
  moved: [{ body: '', status: 307, headers: { location: '/v1/messages' } }, 'Hi there.'],
}

/** The name of the reply of a case. Titles have characters that no header can carry. */
export const replyOfCase = (index: number): string => `case ${index}`

function scriptOf(name: string): Script {
  const [, index] = /^case (\d+)$/.exec(name) ?? []
  const given = index === undefined ? undefined : cases[Number(index)]
  const script = given === undefined ? scripts[name] : [given.reply]
  if (script === undefined) throw new RangeError(`no reply is called ${JSON.stringify(name)}`)
  return script
}

/** What became of a call. */
export interface Fate {
  /** How often it was sent. */
  asked: number
  /** Whether its client went away before the answer had ended. */
  aborted: boolean
}

export function fateOf(call: string, requests: readonly RecordedRequest[]): Fate {
  const own = requests.filter(({ headers }) => headers[CALL_HEADER] === call)
  return { asked: own.length, aborted: own.some(({ aborted }) => aborted) }
}

/** Has an emulator answer what each request asks for. */
export function byName(requests: () => readonly RecordedRequest[]): EmulatorOptions {
  return {
    reply(conversation, { headers }) {
      const script = scriptOf(headers[REPLY_HEADER] ?? 'hello')
      if (typeof script === 'function') return script(conversation)
      const { asked } = fateOf(headers[CALL_HEADER] ?? '', requests())
      return script[Math.min(asked, script.length) - 1] ?? script[0] ?? ''
    },
  }
}
