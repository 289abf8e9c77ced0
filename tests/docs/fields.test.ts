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

/** The names of what an interface of `src/wire.ts` has. */
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

/** Calls, each to show what becomes of a field, and what is said of it where that is not all. */
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
    note: 'text before the first turn is the system text; one space behind each colon is no part of the text',
  },
  {
    field: 'prompt',
    call: { prompt: '\n\nHuman: Hi\n\nAssistant: Well, ' },
    note: 'a prefill, on a model that takes it; see [Prefill](today.md#prefill)',
  },
  { field: 'max_tokens_to_sample', call: {} },
  {
    field: 'max_tokens_to_sample',
    call: { max_tokens_to_sample: 100_000 },
    note: 'no more than the model can write; a long reply is streamed underneath',
  },
  { field: 'stop_sequences', call: { stop_sequences: ['END'] } },
  {
    field: 'stop_sequences',
    call: { stop_sequences: ['END', '\n\n'] },
    note: 'whitespace only: enforced here, in a stream that is cut at the hit',
  },
  { field: 'temperature', call: { temperature: 0.5 }, note: 'where the model takes it' },
  { field: 'temperature', call: { temperature: -1 }, note: '-1 means unset' },
  { field: 'top_p', call: { top_p: 0.9 }, note: 'where the model takes it, and no `temperature` is given' },
  { field: 'top_k', call: { top_k: 5 }, note: 'where the model takes it' },
  { field: 'metadata', call: { metadata: { user_id: 'u-1' } } },
  { field: 'stream', call: { stream: true } },
]

/** What each field of a request owes to. */
const SENT_FOR: Readonly<Record<keyof MessagesRequest, string>> = {
  model: '`model`',
  max_tokens: '`max_tokens_to_sample`; on a model that always thinks, with a reserve',
  messages: '`prompt`',
  system: '`prompt`: the text before its first turn',
  stop_sequences: '`stop_sequences`, without those of only whitespace',
  temperature: '`temperature`',
  top_p: '`top_p`',
  top_k: '`top_k`',
  metadata: '`metadata`',
  thinking: 'nothing: keeps a model from thinking that would',
  output_config: 'nothing: keeps the thinking of a model short that cannot be kept from it',
  stream: '`stream`; also where a stop has to be enforced here, and where a reply is long',
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
  type: 'nothing: always `"completion"`',
  id: '`id`, spelled as the old API did',
  completion:
    'the text of all text blocks of `content`, after one space where the prompt ended in a bare `\\n\\nAssistant:`',
  stop_reason: '`stop_reason`, see below',
  model: '`model`',
  stop: '`stop_sequence` and `stop_reason`, see below',
  log_id: '`id`, as above',
  _message: 'the whole message, `usage` included; not enumerable',
  _request_id: 'the header `request-id`; not enumerable',
}

/** How messages end. */
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
  { event: { type: 'ping' }, note: 'the proxy and the fetch hand it on' },
  {
    event: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
    note: 'text that may begin a stop sequence is held back until it is told apart',
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

/** What a field always becomes; others show in what an example differs from the plain call. */
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
  it('is what the translation does (mend with: npx vitest run tests/docs/fields.test.ts -u)', async () => {
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

What becomes of each field of a call, and of each field of its reply. What is shown is what the translation makes of an
example; [What becomes of a call](mapping.md) goes through the models.

## From the legacy request to the Messages request

The examples ask \`claude-haiku-4-5\`, which takes a prefill and sampling.

${table(
  ['field', 'for example', 'is sent as', 'remark'],
  REQUESTS.map(one => [
    `\`${one.field}\``,
    code({ ...CALL, ...one.call }[one.field]),
    sentFor(one),
    one.note ?? '',
  ]),
)}
An unknown field is refused, as the old server did: \`stop: extra fields not permitted\`.

## What the fields of a Messages request owe to

${table(
  ['field', 'comes from'],
  Object.entries(SENT_FOR).map(([name, from]) => [`\`${name}\``, from]),
)}
The header \`anthropic-version\` is \`2023-06-01\`, the version under which sampling can be sent; \`apiVersion\` says another.

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

## How it ends

${table(
  ['the message', 'the completion', "with `style: 'messages'`"],
  ENDS.map(end => [code(end), endOf(end, 'legacy'), endOf(end, 'messages')]),
)}
A \`stop_reason\` that the old API had no word for is kept, with a
[foreign-stop-reason](diagnostics.md#foreign-stop-reason): an unknown word is better than a false normal end. A stop
sequence is also looked for here, whatever the server says: some report a hit as \`end_turn\`, some do not stop.

## From events to chunks

${table(['event', 'chunk', 'remark'], events)}
An \`error\` event is thrown, with the text so far in \`partialText\`. So is a stream that ends without \`message_stop\`.
`
    await expect(text).toMatchFileSnapshot('../../docs/fields.md')
  })

  it('leaves no field out', () => {
    expect([...new Set(REQUESTS.map(({ field }) => field))].sort()).toEqual(
      membersOf('CompletionRequest').sort(),
    )
    expect(Object.keys(SENT_FOR).sort()).toEqual(membersOf('MessagesRequest').sort())
    expect(Object.keys(GIVEN_FOR).sort()).toEqual(membersOf('Completion').sort())
  })

  it('shows what is sent: every field of a Messages request is, by some call', () => {
    const calls: readonly Partial<CompletionRequest>[] = [
      ...REQUESTS.map(({ call }) => call),
      { model: 'claude-sonnet-5' },
      { model: 'claude-opus-5-5' },
    ]
    const sent = new Set(calls.flatMap(call => Object.keys(translateRequest({ ...CALL, ...call }).request)))
    expect([...sent].sort()).toEqual(Object.keys(SENT_FOR).sort())
  })
})
