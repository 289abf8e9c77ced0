import { createEmulator } from 'legacy-completions/emulator'
import {
  type CompletionRequest,
  completionFrom,
  type LiveModel,
  type MessagesRequest,
  MODEL_TABLE,
  SOURCES,
  TABLE_DAY,
  translateRequest,
} from 'legacy-completions/translate'
import { describe, expect, it } from 'vitest'

const live = Object.entries(MODEL_TABLE).flatMap(([id, row]): [string, LiveModel][] =>
  row.status === 'live' ? [[id, row]] : [],
)

const ASKED = { prompt: '\n\nHuman: Name a colour.\n\nAssistant:', max_tokens_to_sample: 300 }
/** The same call as it would be with its fields renamed and nothing else done. */
const RENAMED = { max_tokens: 300, messages: [{ role: 'user', content: 'Name a colour.' }] }

interface Call {
  title: string
  asked: Partial<CompletionRequest>
  renamed: object
}

const turn = (role: string, content: string): object => ({ role, content })

/** What old programs send. */
const calls: readonly Call[] = [
  { title: 'a question', asked: {}, renamed: {} },
  {
    title: 'several turns',
    asked: { prompt: '\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant:' },
    renamed: { messages: [turn('user', 'a'), turn('assistant', 'b'), turn('user', 'c')] },
  },
  {
    title: 'a system text',
    asked: { prompt: `Be brief.${ASKED.prompt}` },
    renamed: { system: 'Be brief.' },
  },
  {
    title: 'a prefill',
    asked: { prompt: `${ASKED.prompt} The colour is` },
    renamed: { messages: [...RENAMED.messages, turn('assistant', 'The colour is')] },
  },
  { title: '`temperature: 0`', asked: { temperature: 0 }, renamed: { temperature: 0 } },
  { title: '`top_p: 0.9`', asked: { top_p: 0.9 }, renamed: { top_p: 0.9 } },
  { title: '`top_k: 5`', asked: { top_k: 5 }, renamed: { top_k: 5 } },
  {
    title: '-1 for all three',
    asked: { temperature: -1, top_p: -1, top_k: -1 },
    renamed: { temperature: -1, top_p: -1, top_k: -1 },
  },
  { title: '100000 tokens', asked: { max_tokens_to_sample: 100_000 }, renamed: { max_tokens: 100_000 } },
  {
    title: 'the stop `"\\n\\n"`',
    asked: { stop_sequences: ['\n\n'] },
    renamed: { stop_sequences: ['\n\n'] },
  },
  {
    title: 'all at once',
    asked: {
      prompt: `Be brief.${ASKED.prompt} The colour is `,
      max_tokens_to_sample: 1_000_000,
      temperature: 0,
      top_p: 0.9,
      top_k: 5,
      stop_sequences: ['\n\n', 'END', ''],
      metadata: { user_id: 'u-1' },
    },
    renamed: {
      system: 'Be brief.',
      messages: [...RENAMED.messages, turn('assistant', 'The colour is ')],
      max_tokens: 1_000_000,
      temperature: 0,
      top_p: 0.9,
      top_k: 5,
      stop_sequences: ['\n\n', 'END', ''],
      metadata: { user_id: 'u-1' },
    },
  },
]

/** The diagnostics that report a difference between a sent field and the renamed one. */
const REPORTED_BY: Readonly<Record<string, readonly string[]>> = {
  max_tokens: ['max-tokens-capped', 'thinking-reserve'],
  messages: ['prefill-trimmed', 'prefill-continued'],
  temperature: ['unset-sentinel', 'sampling-dropped', 'sampling-exclusive'],
  top_p: ['unset-sentinel', 'sampling-dropped', 'sampling-exclusive'],
  top_k: ['unset-sentinel', 'sampling-dropped'],
  stop_sequences: ['stop-enforced-here', 'empty-stop-sequence', 'stop-in-prefill'],
  thinking: ['thinking-off'],
  output_config: ['thinking-reserve'],
}
/** Diagnostics that report no difference in a field. */
const WITHOUT_DIFFERENCE = ['retiring-model']

/** The largest `max_tokens` of a request that is not streamed. Streaming a longer response does not change the completion. */
const LONGEST_UNSTREAMED = 10_666

function fieldsThatDiffer(sent: MessagesRequest, renamed: object): string[] {
  const [a, b]: [Record<string, unknown>, Record<string, unknown>] = [{ ...sent }, { ...renamed }]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    field => JSON.stringify(a[field]) !== JSON.stringify(b[field]),
  )
}

describe.each(live)('%s', id => {
  // The day of the table, which the translation here uses.
  const emulator = createEmulator({ today: TABLE_DAY })

  it.each(calls)(
    'receives a request that it accepts for $title, and every difference is reported',
    async ({ asked, renamed }) => {
      const { request, headers, diagnostics, plan } = translateRequest({ ...ASKED, model: id, ...asked })
      const send = (body: MessagesRequest): Promise<Response> =>
        emulator.fetch('http://emulator.test/v1/messages', {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json', 'x-api-key': 'test' },
          body: JSON.stringify(body),
        })
      const answer = await send(request)
      expect([answer.status, answer.ok ? '' : await answer.text()]).toEqual([200, ''])
      // The same request without streaming: its response is JSON, which is easier to read here.
      const message = await (await send({ ...request, stream: false })).json()
      expect(completionFrom(message, plan).completion).toMatch(/\S/)

      const codes = diagnostics.map(({ code }) => code)
      const differing = fieldsThatDiffer(request, { model: id, ...RENAMED, ...renamed })
      for (const field of differing) {
        if (field === 'stream') {
          const isLong = request.max_tokens > LONGEST_UNSTREAMED
          expect(isLong || codes.includes('stop-enforced-here'), 'why it is streamed').toBe(true)
        } else
          expect(codes, field).toEqual(
            expect.arrayContaining([expect.toBeOneOf([...(REPORTED_BY[field] ?? [])])]),
          )
      }
      // No diagnostic reports a difference that does not exist.
      for (const code of codes) {
        const fields = Object.keys(REPORTED_BY).filter(field => REPORTED_BY[field]?.includes(code))
        const isTrue = WITHOUT_DIFFERENCE.includes(code) || fields.some(field => differing.includes(field))
        expect(isTrue, code).toBe(true)
      }
    },
  )
})

describe('docs', () => {
  const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
    [header, header.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
  const link = (code: string): string => `[${code}](diagnostics.md#${code})`

  it('mapping.md shows every diagnostic by model (update with: npx vitest run tests/unit/translate -u)', async () => {
    const codesOf = (id: string, { asked }: Call): string[] => [
      ...new Set(translateRequest({ ...ASKED, model: id, ...asked }).diagnostics.map(({ code }) => code)),
    ]
    const links = (codes: readonly string[]): string => codes.map(link).join(', ') || '–'
    // Models with the same behavior share a column.
    const alike = new Map<string, { ids: string[]; always: string[]; cells: string[] }>()
    for (const [id] of live) {
      const codes = calls.map(call => codesOf(id, call))
      const always = (codes[0] ?? []).filter(code => codes.every(row => row.includes(code)))
      const cells = codes.map(row => links(row.filter(code => !always.includes(code))))
      const key = JSON.stringify([always, cells])
      alike.set(key, { ids: [...(alike.get(key)?.ids ?? []), id], always, cells })
    }
    const groups = [...alike.values()].map((group, index) => ({
      ...group,
      name: String.fromCharCode('A'.charCodeAt(0) + index),
    }))
    const text = `# Model compatibility

The diagnostics of each kind of legacy call, by group of models. Every call renames fields: \`prompt\` becomes \`system\` and
\`messages\`, and \`max_tokens_to_sample\` becomes \`max_tokens\`. – means that nothing else changes. A retired model behaves
like its replacement; [Models](models.md) lists the replacements.

## Groups of models

${table(
  ['group', 'models', 'diagnostics of every call'],
  groups.map(({ name, ids, always }) => [name, ids.map(id => `\`${id}\``).join(', '), links(always)]),
)}

## Diagnostics of each kind of call

${table(
  ['a legacy call with', ...groups.map(({ name }) => name)],
  calls.map(({ title }, index) => [title, ...groups.map(({ cells }) => cells[index] ?? '')]),
)}
`
    await expect(text).toMatchFileSnapshot('../../../docs/mapping.md')
  })

  it('models.md shows the model table (update with: npx vitest run tests/unit/translate -u)', async () => {
    const samplingOf = ({ sampling }: LiveModel): string => {
      const taken = (['temperature', 'top_p', 'top_k'] as const).filter(field => sampling[field])
      const exclusive = sampling.oneOf.length > 0 ? ` (one of ${sampling.oneOf.join(', ')})` : ''
      return taken.length === 0 ? 'none' : `${taken.join(', ')}${exclusive}`
    }
    const daysOf = ({ deprecated, retires, notRetiredBefore, replacement }: LiveModel): string =>
      [
        deprecated && `deprecated ${deprecated}`,
        retires && `retires ${retires}`,
        notRetiredBefore && `not before ${notRetiredBefore}`,
        replacement && `then ${replacement}`,
      ]
        .filter(Boolean)
        .join(', ')
    const count = (tokens: number): string => tokens.toLocaleString('en-US')
    const THINKING = {
      off: 'only on request',
      disabled: 'yes; off with `disabled`',
      between_tools: 'yes; off with `between_tools`',
      always: 'always',
    }
    const text = `# Models, replacements and retirement dates

Which Claude models are live, which are retired, what replaces each retired model, and when the others end. This is the model
table of this version: the \`models\` option changes rows or adds them, and \`refreshModels\` reads limits and dates from the models
endpoint.

## Live models

${table(
  [
    'id',
    'context',
    'output',
    'prefill',
    'sampling (under 2023-06-01)',
    'thinks',
    'retirement',
    'API versions',
    'source',
  ],
  live.map(([id, row]) => [
    `\`${id}\``,
    count(row.contextTokens),
    count(row.maxOutputTokens),
    row.prefill ? 'yes' : 'no',
    samplingOf(row),
    THINKING[row.thinking],
    daysOf(row),
    row.apiVersions.join(', '),
    row.source,
  ]),
)}

## Retired models

${table(
  ['id', 'retired', 'replacement', 'source'],
  Object.entries(MODEL_TABLE).flatMap(([id, row]) =>
    row.status === 'retired'
      ? [[`\`${id}\``, row.retired ?? 'unknown', `\`${row.replacement}\``, row.source]]
      : [],
  ),
)}

The library also recognizes the spellings of early 2023 (\`claude-v1.3\`, \`claude-instant-v1-100k\`) and those of partner
clouds and gateways (\`us.anthropic.claude-haiku-4-5-20251001-v1:0\`, \`claude-haiku-4-5@20251001\`,
\`anthropic/claude-opus-4.8\`).

## Unknown models

The library treats a Claude model without a row as a newer one: no prefill, no sampling parameters, always thinking. It treats
any other id as a model of another server, and sends what the old API accepted.

## Sources

${table(
  ['source', 'read on', 'used for'],
  Object.entries(SOURCES).map(([name, { read, what }]) => [name, read, what]),
)}
`
    await expect(text).toMatchFileSnapshot('../../../docs/models.md')
  })
})
