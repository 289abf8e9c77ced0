import { createEmulator } from 'legacy-completions/emulator'
import {
  type CompletionRequest,
  completionFrom,
  type LiveModel,
  type MessagesRequest,
  MODEL_TABLE,
  SOURCES,
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

/** Which remarks tell that a field is not as it was renamed. */
const TOLD_BY: Readonly<Record<string, readonly string[]>> = {
  max_tokens: ['max-tokens-capped', 'thinking-reserve'],
  messages: ['prefill-trimmed', 'prefill-continued'],
  temperature: ['unset-sentinel', 'sampling-dropped', 'sampling-exclusive'],
  top_p: ['unset-sentinel', 'sampling-dropped', 'sampling-exclusive'],
  top_k: ['unset-sentinel', 'sampling-dropped'],
  stop_sequences: ['stop-enforced-here', 'empty-stop-sequence', 'stop-in-prefill'],
  thinking: ['thinking-off'],
  output_config: ['thinking-reserve'],
}
/** Remarks that tell of no difference in a field. */
const TELLING_NOTHING = ['retiring-model']

/** The longest reply that is waited for in one piece: streaming a longer one changes nothing that the caller sees. */
const LONGEST_UNSTREAMED = 10_666

function fieldsThatDiffer(sent: MessagesRequest, renamed: object): string[] {
  const [a, b]: [Record<string, unknown>, Record<string, unknown>] = [{ ...sent }, { ...renamed }]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    field => JSON.stringify(a[field]) !== JSON.stringify(b[field]),
  )
}

describe.each(live)('%s', id => {
  const emulator = createEmulator()

  it.each(calls)(
    'is sent $title as it takes it, and every difference is told',
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
      // The same, whole: it is the reading of JSON that is shorter here.
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
            expect.arrayContaining([expect.toBeOneOf([...(TOLD_BY[field] ?? [])])]),
          )
      }
      // And none is told that is not there.
      for (const code of codes) {
        const fields = Object.keys(TOLD_BY).filter(field => TOLD_BY[field]?.includes(code))
        expect(TELLING_NOTHING.includes(code) || fields.some(field => differing.includes(field)), code).toBe(
          true,
        )
      }
    },
  )
})

describe('docs', () => {
  const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
    [header, header.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
  const link = (code: string): string => `[${code}](diagnostics.md#${code})`

  it('mapping.md shows what is told (mend with: npx vitest run tests/unit/translate -u)', async () => {
    const codesOf = (id: string, { asked }: Call): string =>
      [...new Set(translateRequest({ ...ASKED, model: id, ...asked }).diagnostics.map(({ code }) => code))]
        .map(link)
        .join(', ')
    // Models that are treated alike share a table.
    const alike = new Map<string, { ids: string[]; rows: string[][] }>()
    for (const [id] of live) {
      const rows = calls.map(call => [call.title, codesOf(id, call) || 'sent as it is'])
      const key = JSON.stringify(rows)
      alike.set(key, { ids: [...(alike.get(key)?.ids ?? []), id], rows })
    }
    const sections = [...alike.values()].map(
      ({ ids, rows }) => `## ${ids.join(', ')}\n\n${table(['a legacy call with', 'what is told'], rows)}\n`,
    )
    const text = `# Model compatibility

For each model and each kind of legacy call: the diagnostics that tell what is sent otherwise than renamed
(\`prompt\` → \`system\` and \`messages\`, \`max_tokens_to_sample\` → \`max_tokens\`). A model that is retired is treated as
its replacement; see [the models](models.md).

${sections.join('\n')}`
    await expect(text).toMatchFileSnapshot('../../../docs/mapping.md')
  })

  it('models.md is what the table says (mend with: npx vitest run tests/unit/translate -u)', async () => {
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
      off: 'not unless asked',
      disabled: 'yes; off with `disabled`',
      between_tools: 'yes; off with `between_tools`',
      always: 'always',
    }
    const text = `# Models and retirement dates

What the translation knows of each model, from \`src/translate/model-table.ts\`. The \`models\` option changes or adds
rows; \`refreshModels\` reads limits and days from the models endpoint.

## Live

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

## Retired

${table(
  ['id', 'retired', 'replacement', 'source'],
  Object.entries(MODEL_TABLE).flatMap(([id, row]) =>
    row.status === 'retired'
      ? [[`\`${id}\``, row.retired ?? 'unknown', `\`${row.replacement}\``, row.source]]
      : [],
  ),
)}

The spellings of early 2023 (\`claude-v1.3\`, \`claude-instant-v1-100k\`) and those of partner clouds and gateways
(\`us.anthropic.claude-haiku-4-5-20251001-v1:0\`, \`claude-haiku-4-5@20251001\`, \`anthropic/claude-opus-4.8\`) are known.

## Unknown

A Claude model that stands in no row is taken for a newer one: no prefill, no sampling, always thinking. Any other id is
taken for another server's model, and is sent what the old API took.

## Sources

${table(
  ['source', 'read', 'what'],
  Object.entries(SOURCES).map(([name, { read, what }]) => [name, read, what]),
)}
`
    await expect(text).toMatchFileSnapshot('../../../docs/models.md')
  })
})
