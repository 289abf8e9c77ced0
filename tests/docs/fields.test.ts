import type { Completion, CompletionRequest, Message, MessagesRequest } from 'legacy-completions'
import {
  completionFrom,
  type MessagesEvent,
  reshapeEvents,
  type TranslateOptions,
  translateRequest,
} from 'legacy-completions/translate'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { textOf } from './markdown.ts'

const WIRE = ts.createSourceFile('wire.ts', textOf('src/wire.ts'), ts.ScriptTarget.Latest, true)

/** Returns the member names of an interface of `src/wire.ts`. */
function membersOf(name: string): string[] {
  const found = WIRE.statements.find(one => ts.isInterfaceDeclaration(one) && one.name.text === name)
  if (found === undefined || !ts.isInterfaceDeclaration(found)) throw new Error(`there is no ${name}`)
  return found.members.map(member => member.name?.getText(WIRE) ?? '')
}

const CALL: CompletionRequest = {
  model: 'claude-haiku-4-5',
  max_tokens_to_sample: 300,
  prompt: '\n\nHuman: Hi\n\nAssistant:',
}

/** Example calls: the field that each one shows, and a note where the request alone does not explain it. */
const REQUESTS: readonly {
  field: keyof CompletionRequest
  call: Partial<CompletionRequest>
  note?: string
}[] = [
  { field: 'model', call: {} },
  { field: 'model', call: { model: 'claude-2.1' }, note: 'a retired id becomes its replacement' },
  { field: 'prompt', call: {} },
  {
    field: 'prompt',
    call: { prompt: 'Be brief.\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Why?\n\nAssistant:' },
    note: 'text before the first turn is the system prompt; the one space after each colon is not part of the text',
  },
  {
    field: 'prompt',
    call: { prompt: '\n\nHuman: Hi\n\nAssistant: Well, ' },
    note: 'a prefill, on a model that accepts it; see [Prefill](today.md#prefill)',
  },
  { field: 'max_tokens_to_sample', call: {} },
  {
    field: 'max_tokens_to_sample',
    call: { max_tokens_to_sample: 100_000 },
    note: 'lowered to the model’s limit; long responses are streamed from the server',
  },
  { field: 'stop_sequences', call: { stop_sequences: ['END'] } },
  {
    field: 'stop_sequences',
    call: { stop_sequences: ['END', '\n\n'] },
    note: 'a stop sequence of only whitespace is enforced by the library, which cancels the stream at the match',
  },
  { field: 'temperature', call: { temperature: 0.5 }, note: 'if the model accepts it' },
  { field: 'temperature', call: { temperature: -1 }, note: '-1 means "not set"' },
  { field: 'top_p', call: { top_p: 0.9 }, note: 'if the model accepts it and the call has no `temperature`' },
  { field: 'top_k', call: { top_k: 5 }, note: 'if the model accepts it' },
  { field: 'metadata', call: { metadata: { user_id: 'u-1' } } },
  { field: 'stream', call: { stream: true } },
]

/** The source of each field of a Messages request. */
const SENT_FOR: Readonly<Record<keyof MessagesRequest, string>> = {
  model: '`model`',
  max_tokens: '`max_tokens_to_sample`; on a model that always thinks, with a reserve',
  messages: '`prompt`',
  system: '`prompt`: the text before its first turn',
  stop_sequences: '`stop_sequences`, without stop sequences of only whitespace',
  temperature: '`temperature`',
  top_p: '`top_p`',
  top_k: '`top_k`',
  metadata: '`metadata`',
  thinking: 'added by the library: turns thinking off, on models that think by default',
  output_config: 'added by the library: asks for little thinking, on models that always think',
  stream: '`stream`; also set if the library enforces a stop sequence, and for long responses',
}

const MESSAGE: Message = {
  id: 'msg_01AbCd',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5',
  content: [{ type: 'text', text: 'Hello.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 8, output_tokens: 3 },
}

const GIVEN_FOR: Readonly<Record<keyof Completion, string>> = {
  type: 'always `"completion"`',
  id: '`id`, in the old API’s format',
  completion:
    'the text of all text blocks of `content`, after one space where the prompt ended in a bare `\\n\\nAssistant:`',
  stop_reason: '`stop_reason`, see below',
  model: '`model`',
  stop: '`stop_sequence` and `stop_reason`, see below',
  log_id: 'the same value as `id`',
  _message: 'the whole message, `usage` included; not enumerable',
  _request_id: 'the header `request-id`; not enumerable',
}

/** The ends of messages. */
const ENDS: readonly { stop_reason: string; stop_sequence?: string }[] = [
  { stop_reason: 'end_turn' },
  { stop_reason: 'stop_sequence', stop_sequence: 'END' },
  { stop_reason: 'end_turn', stop_sequence: 'END' },
  { stop_reason: 'max_tokens' },
  { stop_reason: 'model_context_window_exceeded' },
  { stop_reason: 'refusal' },
  { stop_reason: 'pause_turn' },
  { stop_reason: 'tool_use' },
]

const EVENTS: readonly { event: MessagesEvent; note?: string }[] = [
  { event: { type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null } } },
  { event: { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } },
  { event: { type: 'ping' }, note: 'the proxy and `completionsFetch` forward it' },
  {
    event: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
    note: 'text that may begin a stop sequence is held back until more text arrives',
  },
  { event: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'lo.' } } },
  { event: { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } } },
  { event: { type: 'content_block_stop', index: 0 } },
  { event: { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null } } },
  { event: { type: 'message_stop' } },
]

const code = (value: unknown): string => `\`${JSON.stringify(value).replaceAll('|', '\\|')}\``
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |\n`).join('')

/** Request fields that are always shown. For other fields, the page shows the difference from the plain call. */
const ALWAYS: Readonly<Record<string, readonly string[]>> = {
  model: ['model'],
  prompt: ['system', 'messages'],
  max_tokens_to_sample: ['max_tokens', 'stream'],
}

function sentFor({ field, call }: (typeof REQUESTS)[number]): string {
  const { request } = translateRequest({ ...CALL, ...call })
  const { request: plain } = translateRequest(CALL)
  const shown = Object.entries(request).filter(
    ([name, value]) =>
      ALWAYS[field]?.includes(name) || JSON.stringify(value) !== JSON.stringify(Reflect.get(plain, name)),
  )
  return shown.length === 0 ? 'nothing' : code(Object.fromEntries(shown))
}

function endOf(end: (typeof ENDS)[number], style: TranslateOptions['style']): string {
  const { plan } = translateRequest({ ...CALL, stop_sequences: ['END'] }, { style })
  const { stop_reason, stop } = completionFrom({ ...MESSAGE, stop_sequence: null, ...end }, plan)
  return code({ stop_reason, stop })
}

describe('docs/fields.md', () => {
  it('shows what the translation does (update with: npx vitest run tests/docs/fields.test.ts -u)', async () => {
    const reshaper = reshapeEvents(translateRequest({ ...CALL, stream: true }).plan)
    const events = EVENTS.map(({ event, note = '' }) => {
      const chunks = reshaper
        .push(event)
        .map(({ completion, stop_reason, stop }) => ({ completion, stop_reason, stop }))
      const detail = 'delta' in event && 'type' in event.delta ? `, \`${event.delta.type}\`` : ''
      return [
        `\`${event.type}\`${detail}`,
        chunks.length === 0 ? 'nothing' : chunks.map(code).join(', '),
        note,
      ]
    })
    const text = `# Field mapping

Each field of a legacy request and response, with its counterpart in the Messages API. The examples are output of the
translation. [Model compatibility](mapping.md) shows the differences between models.

## From the legacy request to the Messages request

The examples call \`claude-haiku-4-5\`, which accepts prefill and sampling parameters.

${table(
  ['field', 'example', 'sent as', 'note'],
  REQUESTS.map(one => [
    `\`${one.field}\``,
    code({ ...CALL, ...one.call }[one.field]),
    sentFor(one),
    one.note ?? '',
  ]),
)}
Unknown fields are rejected in the old server's words: \`stop: extra fields not permitted\`.

## Sources of the Messages request's fields

${table(
  ['field', 'comes from'],
  Object.entries(SENT_FOR).map(([name, from]) => [`\`${name}\``, from]),
)}
The header \`anthropic-version\` is \`2023-06-01\`, the version under which the API accepts sampling parameters. The option
\`apiVersion\` changes it.

## From the message to the completion

${table(
  ['field', 'comes from'],
  Object.entries(GIVEN_FOR).map(([name, from]) => [`\`${name}\``, from]),
)}
A message

\`\`\`text
${JSON.stringify(MESSAGE)}
\`\`\`

becomes

\`\`\`text
${JSON.stringify(completionFrom(MESSAGE, translateRequest(CALL).plan))}
\`\`\`

## Stop reasons

${table(
  ['the message', 'the completion', "with `style: 'messages'`"],
  ENDS.map(end => [code(end), endOf(end, 'legacy'), endOf(end, 'messages')]),
)}
A \`stop_reason\` that the old API did not have is kept, and reported as
[foreign-stop-reason](diagnostics.md#foreign-stop-reason): an unknown value is better than a false normal end. The library
also looks for stop sequences in the text itself, because some servers report a match as \`end_turn\` and some do not stop.

## From events to chunks

${table(['event', 'chunk', 'note'], events)}
An \`error\` event makes the stream throw an error with the text so far in \`partialText\`. A stream that ends without
\`message_stop\` throws, too.
`
    await expect(text).toMatchFileSnapshot('../../docs/fields.md')
  })

  it('lists every field', () => {
    expect([...new Set(REQUESTS.map(({ field }) => field))].sort()).toEqual(
      membersOf('CompletionRequest').sort(),
    )
    expect(Object.keys(SENT_FOR).sort()).toEqual(membersOf('MessagesRequest').sort())
    expect(Object.keys(GIVEN_FOR).sort()).toEqual(membersOf('Completion').sort())
  })

  it('lists no request field that no call sends', () => {
    const calls: readonly Partial<CompletionRequest>[] = [
      ...REQUESTS.map(({ call }) => call),
      { model: 'claude-sonnet-5' },
      { model: 'claude-opus-5-5' },
    ]
    const sent = new Set(calls.flatMap(call => Object.keys(translateRequest({ ...CALL, ...call }).request)))
    expect([...sent].sort()).toEqual(Object.keys(SENT_FOR).sort())
  })
})
