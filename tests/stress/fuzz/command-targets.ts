import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchFiles, type Collected, collect, readIds } from '../../../src/cli/batch-files.ts'
import { UsageError } from '../../../src/cli/context.ts'
import { readCheckpoint } from '../../../src/cli/convert/run.ts'
import { migrateSources } from '../../../src/migrate/migrate.ts'
import { translateRequest } from '../../../src/translate/index.ts'
import { type Ended, run } from '../../unit/cli/command.ts'
import { attempt, CODE_WORDS, holds, JSON_WORDS, type Target } from './promises.ts'

const CALL = `import Anthropic, { AI_PROMPT, HUMAN_PROMPT } from '@anthropic-ai/sdk'
const client = new Anthropic()
const reply = await client.completions.create({
  model: 'claude-2.1',
  max_tokens_to_sample: 9,
  prompt: \`\${HUMAN_PROMPT} Hi\${AI_PROMPT}\`,
})
console.log(reply.completion)
`
const PYTHON_CALL = `from anthropic import AI_PROMPT, HUMAN_PROMPT, Anthropic
client = Anthropic()
reply = client.completions.create(model="claude-2.1", max_tokens_to_sample=9, prompt=f"{HUMAN_PROMPT} Hi{AI_PROMPT}")
print(reply.completion)
`

const { plan } = translateRequest({
  model: 'm',
  max_tokens_to_sample: 9,
  prompt: '\n\nHuman: Hi\n\nAssistant:',
})
const PLANS = `${JSON.stringify({ id: 'line-1', plan })}\n${JSON.stringify({ id: 'line-2', plan })}\n`
const RESULTS =
  '{"custom_id":"line-2","result":{"type":"canceled"}}\n{"custom_id":"line-1","result":{"type":"succeeded","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"output_tokens":5}}}}\n'
/** The results are there already: nobody is to be asked. */
const refuse = (): Promise<never> => Promise.reject(new Error('asked'))

/** Acts on a folder that holds these files, one of them of the input. */
async function inFolder(
  files: Readonly<Record<string, string>>,
  act: (folder: string) => void | Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fuzzed-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(join(folder, name, '..'), { recursive: true })
      writeFileSync(join(folder, name), content, 'latin1')
    }
    await act(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function holdsItsEnd({ code, err }: Ended): void {
  holds(code === 0 || code === 1 || (code === 2 && err !== ''), 'a command ends in order, or says why not')
}

/** The files that the commands read in addition to their input. */
export const COMMAND_TARGETS: Readonly<Record<string, Target>> = {
  'audit baseline': {
    run: input =>
      inFolder({ 'src/a.ts': "const model = 'claude-2'\n", 'known.json': input }, async folder =>
        holdsItsEnd(await run(['audit', join(folder, 'src'), '--baseline', join(folder, 'known.json')])),
      ),
    words: [...JSON_WORDS, '"version":1', '"uses":', '"fingerprint":"', '"file":'],
    seeds: [
      '{"version":1,"uses":[{"fingerprint":"0123456789abcdef/1","file":"a.ts","code":"x","excerpt":""}]}',
    ],
  },
  'convert progress': {
    run: input =>
      inFolder({ progress: input }, folder => {
        const reached = attempt(UsageError, () => readCheckpoint(join(folder, 'progress'), 'x'))
        holds(reached instanceof UsageError || typeof reached.part === 'number', 'a run goes on somewhere')
      }),
    words: [...JSON_WORDS, '"run":', '"part":', '"tally":', '"lines":', '"output":'],
    seeds: ['{"run":"x","part":0,"tally":{"lines":0,"output":0}}', 'null', '{"run":7}'],
  },
  'batch ids': {
    run: input =>
      inFolder({ 'batches.json': input }, folder => {
        const ids = attempt(UsageError, () => readIds(folder))
        holds(ids instanceof UsageError || ids.every(id => typeof id === 'string'), 'ids are texts')
      }),
    words: [...JSON_WORDS, '"msgbatch_1"'],
    seeds: ['["msgbatch_1"]', '[]', '[null]'],
  },
  'batch results': {
    run: input =>
      inFolder({ 'plans-001.jsonl': PLANS, 'results-001.jsonl': input }, async folder => {
        const outcomes: Collected[] = []
        for await (const one of collect(batchFiles(folder, 1), 'msgbatch_1', refuse)) outcomes.push(one)
        holds(outcomes.length === 2, 'every request has an outcome')
        for (const one of outcomes) holds('completion' in one || one.reason !== '', 'which has a reason')
      }),
    words: [
      ...JSON_WORDS,
      '"custom_id":"line-1"',
      '"result":',
      '"type":"succeeded"',
      '"message":',
      '"content":',
    ],
    seeds: [
      RESULTS,
      '{"custom_id":"line-1","result":{"type":"errored","error":{"error":{"message":"no"}}}}\n',
    ],
  },
  'serve tokens': {
    run: input =>
      inFolder({ tokens: input }, async folder =>
        holdsItsEnd(
          await run(['serve', '--port', '0', '--hold-key', '--tokens-file', join(folder, 'tokens')], {
            env: { ANTHROPIC_API_KEY: 'none' },
            signal: AbortSignal.abort(),
          }),
        ),
      ),
    words: ['\n', '#', ' ', 'token', '\r', '\t', '\0', '\xff'],
    seeds: ['# comment\ntoken-a\n\ntoken-b\n', ''],
  },
  migrate: {
    async run(input) {
      const file = input.length % 2 === 0 ? 'a.ts' : 'a.py'
      const migrate = (text: string): ReturnType<typeof migrateSources> =>
        migrateSources([{ file, text }], { stage: 2, version: '1.0.0' })
      const [first] = (await migrate(input)).files
      if (first === undefined) return
      holds(first.after !== first.before, 'a file that is said to change does')
      const [second] = (await migrate(first.after)).files
      holds(second === undefined, 'what is migrated stays as it is')
    },
    words: [...CODE_WORDS, 'completions', 'create', 'prompt', ','],
    seeds: [CALL, PYTHON_CALL],
  },
}
