import { findUsesIn } from '../../../src/audit/index.ts'
import { blockConverter } from '../../../src/cli/convert/block.ts'
import type { LineConverter } from '../../../src/cli/convert/line.ts'
import {
  toMessagesConverter,
  toPromptConverter,
  toRequestConverter,
} from '../../../src/cli/convert/line-converters.ts'
import { APIError, BadRequestError, UnreadableReplyError } from '../../../src/errors.ts'
import { repairPrompt } from '../../../src/repair/index.ts'
import { decodeEvents, type ServerSentEvent } from '../../../src/sse.ts'
import { parsePrompt, prompt, renderSource, toMessages } from '../../../src/transcript/index.ts'
import {
  completionFrom,
  readEvent,
  readLegacyEvents,
  reshapeEvents,
  translateRequest,
} from '../../../src/translate/index.ts'
import { COMMAND_TARGETS } from './command-targets.ts'
import { attempt, CODE_WORDS, holds, JSON_WORDS, type Target } from './promises.ts'

const LABELS = [
  '\n\nHuman:',
  '\n\nAssistant:',
  '\nHuman: ',
  'Assistant:',
  'Human',
  '\\n\\nHuman:',
  '\r\n',
  ' ',
  '\ud83d',
]
const PROMPT = '"prompt":"\\n\\nHuman: Hi\\n\\nAssistant:"'
const CALL = { model: 'claude-haiku-4-5', max_tokens_to_sample: 9, prompt: '\n\nHuman: Hi\n\nAssistant: so ' }

/** All that is read of a stream that comes in these pieces. */
function readStream(pieces: readonly Uint8Array[]): string {
  const events: ServerSentEvent[] = []
  const decoder = decodeEvents(event => events.push(event))
  const damage = attempt(UnreadableReplyError, () => {
    for (const piece of pieces) {
      const behind = decoder.feed(piece)
      if (behind !== undefined) throw behind
    }
  })
  const { plan } = translateRequest({ ...CALL, stop_sequences: ['4.'] })
  const reshaper = reshapeEvents(plan)
  const messages = events.map(sent =>
    attempt(APIError, () => {
      const event = readEvent(sent)
      return event === undefined ? [] : reshaper.push(event)
    }),
  )
  const reader = readLegacyEvents('m')
  const completions = events.map(sent => attempt(APIError, () => reader.push(sent)))
  const ends = [reshaper, reader].map(fold => [fold.abandon(), attempt(APIError, () => fold.end())])
  return JSON.stringify([events, String(damage), messages, completions, ends])
}

function convertAll(converter: LineConverter, input: string): void {
  const bytes = Buffer.from(input, 'latin1')
  const {
    lines,
    converted,
    blank,
    rejects,
    bytes: out,
  } = blockConverter(converter)({ bytes, isLastTooLong: false })
  holds(converted + blank + rejects.length === lines, 'every line is converted, blank or rejected')
  const written = Buffer.from(out).toString().split('\n')
  holds(written.pop() === '' && written.length === converted, 'every converted line has a line of its own')
  for (const line of written) JSON.parse(line)
}

const ofLines = (converter: LineConverter, seed: string): Target => ({
  run: input => convertAll(converter, input),
  words: [...JSON_WORDS, ...LABELS.map(label => JSON.stringify(label).slice(1, -1)), '\xff', '\xc3\xa9'],
  seeds: [seed, `${seed}\n\n${seed}`, `{"a":1,${seed.slice(1)}`],
})

const MESSAGE_START =
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[]}}\n\n'
const DELTA =
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi 4."}}\n\n'
const ENDING =
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n'
const COMPLETION =
  'event: completion\r\ndata: {"type":"completion","id":"c","completion":" Hi","stop_reason":null,"model":"m","stop":null,"log_id":"c"}\r\n\r\n'

const SOURCES = [
  'a.ts',
  'a.py',
  'a.go',
  'a.ipynb',
  'package.json',
  'a.md',
  'a.yaml',
  'a.vue',
  'a.rb',
  'a.java',
]

export const TARGETS: Readonly<Record<string, Target>> = {
  transcript: {
    run(input) {
      const transcript = parsePrompt(input)
      holds(renderSource(transcript) === input, 'nothing of a prompt is lost')
      toMessages(transcript)
      // The constants themselves are what a template opens its turns with.
      const value = LABELS.slice(0, 2).includes(input) ? '' : input
      const guarded = parsePrompt(prompt`\n\nHuman: ${value}\n\nAssistant:`)
      const roles = guarded.turns.map(({ role }) => role).join()
      holds(roles === 'user,assistant', 'a value opens no turn')
      repairPrompt(input)
    },
    words: LABELS,
    seeds: ['\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Why?\n\nAssistant:', 'Human: a\nAssistant: b'],
  },
  stream: {
    run(input) {
      const bytes = Buffer.from(input, 'latin1')
      const whole = readStream([bytes])
      holds(
        readStream([...bytes].map(byte => Uint8Array.of(byte))) === whole,
        'a stream reads alike in any pieces',
      )
    },
    words: [
      'data: ',
      'event: ',
      '\n\n',
      '\r\n',
      ':',
      '[DONE]',
      'error',
      '\xff',
      '\xe6\x97\xa5',
      ...JSON_WORDS,
    ],
    seeds: [
      MESSAGE_START + DELTA + ENDING,
      COMPLETION + COMPLETION.replace('null', '"stop_sequence"'),
      // A line that ends in a carriage return alone, and no line end behind it.
      `${COMPLETION.slice(0, -1)}:`,
      ': hi\n\n',
    ],
  },
  request: {
    run(input) {
      const value = attempt(SyntaxError, () => JSON.parse(input))
      if (value instanceof SyntaxError) return
      attempt(BadRequestError, () => {
        const { request } = translateRequest(value)
        holds(request.messages.length > 0, 'a request has a message')
        JSON.stringify(request)
      })
    },
    words: [
      ...JSON_WORDS,
      '"temperature":',
      '"top_k":',
      '"stop_sequences":',
      '"metadata":{"user_id":',
      '"stream":',
    ],
    seeds: [
      `{${PROMPT},"model":"claude-2.1","max_tokens_to_sample":5}`,
      `{${PROMPT},"model":"x","max_tokens_to_sample":1,"stop_sequences":["a"],"temperature":0.5,"top_p":-1}`,
    ],
  },
  reply: {
    run(input) {
      const value = attempt(SyntaxError, () => JSON.parse(input))
      if (typeof value !== 'object' || value === null || value instanceof SyntaxError) return
      attempt(APIError, () => completionFrom(value, translateRequest(CALL).plan))
    },
    words: [...JSON_WORDS, '"content":', '"text"', '"stop_reason":', '"usage":', '"type":"text",'],
    seeds: [
      '{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"output_tokens":5}}',
    ],
  },
  'model table': {
    run(input) {
      const models = attempt(SyntaxError, () => JSON.parse(input))
      if (typeof models !== 'object' || models === null || models instanceof SyntaxError) return
      // An invalid table is a TypeError.
      attempt(TypeError, () => translateRequest({ ...CALL, model: 'm' }, { models }))
    },
    words: [...JSON_WORDS, '"m":', '"status":"retired",', '"replacement":"m"', '"prefill":', '"maxOutput":'],
    seeds: ['{"m":{"prefill":true}}', '{"m":{"status":"retired","replacement":"n"},"n":{"status":"live"}}'],
  },
  'convert to messages': ofLines(toMessagesConverter('prompt'), `{${PROMPT},"id":7}`),
  'convert to requests': ofLines(
    toRequestConverter('prompt', { model: 'claude-2.1', maxTokens: 5 }, {}),
    `{${PROMPT},"temperature":0.5}`,
  ),
  'convert to prompts': ofLines(
    toPromptConverter('prompt'),
    '{"system":"s","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"text","text":"Yes"}]}]}',
  ),
  audit: {
    async run(input) {
      const file = SOURCES[input.length % SOURCES.length] ?? ''
      const { uses } = await findUsesIn([{ file, text: input }], { target: 'claude-opus-4-8' })
      for (const { line, column } of uses) holds(line >= 1 && column >= 1, 'a use stands somewhere')
    },
    words: [
      ...CODE_WORDS,
      'completions.create(',
      'prompt=',
      '#',
      '/*',
      '*/',
      '"""',
      'claude-2.1',
      'anthropic',
    ],
    seeds: [
      'client.completions.create(prompt=f"{HUMAN_PROMPT} hi{AI_PROMPT}", max_tokens_to_sample=1, model="claude-2")\n',
      `const c = new Anthropic(); c.completions.create({ prompt: \`\${HUMAN_PROMPT} a\${AI_PROMPT}\`, model: 'claude-2.1' })\n`,
    ],
  },
  ...COMMAND_TARGETS,
}
