import { AI_PROMPT, Anthropic, HUMAN_PROMPT } from 'legacy-completions'
import { type AnswerReply, createEmulator } from 'legacy-completions/emulator'
import { type Asked, indexed, isObject } from '../../support/recordings.ts'
import { type Speech, speeches } from '../../unit/client/speeches.ts'
import { type Truth, truthOf } from './oracle.ts'

/** A legacy call as every adapter takes it. */
export interface LegacyCall {
  model: string
  max_tokens_to_sample: number
  prompt: string
  stop_sequences: string[]
}

/** The bytes that a server answered a call with, and what is right about them. */
export interface Answer extends Truth {
  name: string
  speech: Speech
  call: LegacyCall
  /** Whether the caller asked for a stream; a whole reply may come as one all the same. */
  isStreamed: boolean
  isEventStream: boolean
  body: Buffer
  /** Each beginning of one of these may be what had come when an answer breaks off. */
  texts: readonly string[]
  /** What has an emulator give these bytes; those of a real server it cannot give. */
  reply?: AnswerReply
}

interface Script {
  name: string
  reply: AnswerReply
  call?: Partial<LegacyCall>
  /** What the completion is; the bytes are asked what they say, and must say this. */
  completion: string
  stop_reason?: string
  stop?: string | null
}

const ask = (begun = ''): string => `${HUMAN_PROMPT} Hello, Claude${AI_PROMPT}${begun}`
const WORDS = Array.from({ length: 120 }, (_, at) => `word${at}`).join(' ')
const ODD = 'Grüße 日本 🐙! "quoted" \\ back\tslash\nline \u2028 \ufffd end'

/** Of every kind of way that an answer can take. */
const SCRIPTS: readonly Script[] = [
  { name: 'short', reply: { text: 'Hello!' }, completion: ' Hello!' },
  { name: 'odd characters', reply: { text: ODD }, completion: ` ${ODD}` },
  { name: 'long', reply: { text: WORDS }, completion: ` ${WORDS}` },
  { name: 'empty', reply: { text: '' }, completion: '' },
  {
    name: 'a stop that is enforced here',
    reply: { text: 'One two\n\nHuman: three four', ignoreStops: true },
    completion: ' One two',
  },
  {
    name: 'a beginning of a stop',
    reply: { text: 'One\n\nHum two\n\nHu' },
    completion: ' One\n\nHum two\n\nHu',
  },
  {
    name: 'max_tokens',
    reply: { text: 'one two three four five six' },
    call: { max_tokens_to_sample: 3 },
    completion: ' one two three',
    stop_reason: 'max_tokens',
    stop: null,
  },
]

/** Those that only the Messages API has. */
const MESSAGES_SCRIPTS: readonly Script[] = [
  {
    // Such a reply is always streamed by the server, also where the caller wants it whole.
    name: 'a blank stop',
    reply: { text: 'One two\n\nthree four' },
    call: { stop_sequences: ['\n\n'] },
    completion: ' One two',
    stop: '\n\n',
  },
  {
    name: 'a prefill',
    reply: { text: '1, "b": 2}' },
    call: { model: 'claude-haiku-4-5', prompt: ask(' {"a": ') },
    completion: '1, "b": 2}',
  },
  {
    name: 'thinking',
    reply: {
      content: [
        { type: 'thinking', thinking: 'Let me see…', signature: 'c2ln' },
        { type: 'text', text: 'I see.' },
        { type: 'text', text: ' And more.' },
      ],
    },
    completion: ' I see. And more.',
  },
  {
    name: 'a refusal',
    reply: { text: 'I cannot', stopReason: 'refusal' },
    completion: ' I cannot',
    stop_reason: 'refusal',
    stop: null,
  },
]

/** Every script, in every speech that has it, whole and streamed; and what real servers sent, where it is at hand. */
export async function recordAnswers(): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const speech of ['messages', 'complete', 'complete of 2023-01-01'] as const) {
    const scripts = speech === 'messages' ? [...SCRIPTS, ...MESSAGES_SCRIPTS] : SCRIPTS
    for (const script of scripts) {
      for (const isStreamed of [false, true]) answers.push(await record(script, speech, isStreamed))
    }
  }
  return [...answers, ...realAnswers('v1-messages', 'messages'), ...realAnswers('v1-complete', 'complete')]
}

async function record(script: Script, speech: Speech, isStreamed: boolean): Promise<Answer> {
  const emulator = createEmulator({ reply: script.reply })
  const { options, params } = speeches[speech]
  let body = Buffer.alloc(0)
  let isEventStream = false
  const client = new Anthropic({
    apiKey: 'any',
    authToken: null,
    baseURL: 'http://emulator.test',
    ...options,
    async fetch(url, init) {
      const response = await emulator.fetch(url, init)
      isEventStream = (response.headers.get('content-type') ?? '').includes('event-stream')
      body = Buffer.from(await response.clone().arrayBuffer())
      return response
    },
  })
  const call = { ...params, prompt: ask(), stop_sequences: [], ...script.call }
  if (isStreamed) await client.completions.stream(call).finalCompletion()
  else await client.completions.create(call)

  const truth = truthOf(body, isEventStream, grammarOf(speech), askedBy(call))
  const { completion, stop_reason = 'stop_sequence', stop = '\n\nHuman:' } = script
  const meant = JSON.stringify({ completion, stop_reason, stop })
  const { expected } = truth
  const said = JSON.stringify({
    completion: expected.completion,
    stop_reason: expected.stop_reason,
    stop: expected.stop,
  })
  // Two oracles that disagree would judge nothing.
  if (meant !== said) throw new Error(`${script.name} in ${speech}: meant is ${meant}, but sent was ${said}`)
  return {
    ...truth,
    name: script.name,
    speech,
    call,
    isStreamed,
    isEventStream,
    body,
    // What is held back for a stop is in the partial text as well.
    texts: [completion, ` ${script.reply.text ?? ''}`],
    reply: script.reply,
  }
}

/** What real servers sent whole and in full, asked for by a plain call: only the bytes matter here. */
function realAnswers(folder: 'v1-messages' | 'v1-complete', speech: 'messages' | 'complete'): Answer[] {
  const call: LegacyCall = { ...speeches[speech].params, prompt: ask(), stop_sequences: [] }
  const answers: Answer[] = []
  for (const { name, status, headers, body, request } of [
    ...indexed(`${folder}/ok`),
    ...indexed(`${folder}/stream`),
  ]) {
    if (status !== 200 || body.length > LONGEST_REAL || !isPlain(request)) continue
    const isEventStream = (headers['content-type'] ?? '').includes('event-stream')
    try {
      const truth = truthOf(body, isEventStream, speech, askedBy(call))
      const texts = [truth.expected.completion]
      answers.push({ ...truth, name, speech, call, isStreamed: isEventStream, isEventStream, body, texts })
    } catch {
      // One that does not end by itself is what the faults make of the others.
    }
  }
  return answers
}

/** Longer ones say nothing that these do not, and take their time. */
const LONGEST_REAL = 20_000

/** Whether the answer can be read without what was asked: no stop of the caller's, no beginning of the answer. */
function isPlain({ stop_sequences, messages }: Readonly<Record<string, unknown>>): boolean {
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined
  const hasStops = Array.isArray(stop_sequences) && stop_sequences.length > 0
  return !hasStops && !(isObject(last) && last.role === 'assistant')
}

const grammarOf = (speech: Speech): 'messages' | 'complete' =>
  speech === 'messages' ? 'messages' : 'complete'

function askedBy({ model, stop_sequences, prompt }: LegacyCall): Asked {
  const prefill = prompt.slice(prompt.lastIndexOf(AI_PROMPT) + AI_PROMPT.length).trimStart()
  return { model, stop_sequences, prefill }
}
