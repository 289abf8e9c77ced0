import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type LiveModel,
  MODEL_TABLE,
  parseModelId,
  resolveModel,
  TABLE_DAY,
} from 'legacy-completions/translate'
import { afterAll, describe, expect, it } from 'vitest'

/** These tests ask package registries, and so run at night: `npm run test:models`. */
const isNight = process.env.NIGHTLY !== undefined
const folder = mkdtempSync(join(tmpdir(), 'model-sources-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a command, or says why its source cannot be compared. */
function fetched(command: string, ...given: string[]): string | undefined {
  try {
    return execFileSync(command, given, {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 120_000,
      maxBuffer: 2 ** 26,
    })
  } catch (error) {
    console.warn(`skipped: ${command} ${given.join(' ')} failed (${String(error).split('\n')[0]})`)
    return undefined
  }
}

const live = Object.entries(MODEL_TABLE).flatMap(([id, row]): [string, LiveModel][] =>
  row.status === 'live' ? [[id, row]] : [],
)

/** `January 22nd, 2027` as `2027-01-22`. */
function dayOf(written: string): string {
  const [, month = '', day = '', year = ''] = /^(\w+) (\d+)\w*, (\d{4})$/.exec(written) ?? []
  return new Date(`${month} ${day}, ${year} UTC`).toISOString().slice(0, 10)
}

describe.skipIf(!isNight)('the newest official SDK', () => {
  const isHere = isNight && fetched('npm', 'pack', '@anthropic-ai/sdk@latest', '--silent') !== undefined
  if (isHere) fetched('tar', 'xzf', readdirSync(folder).find(name => name.endsWith('.tgz')) ?? '')
  const read = (file: string): string => readFileSync(join(folder, 'package', file), 'utf8')

  it.skipIf(!isHere)('names the live models of the table', () => {
    const [union = ''] = /export type Model =[^;]*;/.exec(read('resources/messages/messages.d.ts')) ?? []
    const named = [...union.matchAll(/'(claude-[^']+)'/g)].map(([, id = '']) => id)
    expect(named.length).toBeGreaterThan(10)
    expect(live.map(([id]) => id).sort()).toEqual(named.sort())
  })

  /** Where the SDK and the documentation disagree. */
  const UNSETTLED: Readonly<Record<string, string>> = {
    'claude-mythos-preview': 'the SDK has 2026-06-30; the documentation of 2026-10-10 has no day yet',
  }

  it.skipIf(!isHere)('has the days of retirement that the table has', () => {
    const listed = [...read('internal/data/deprecated-models.js').matchAll(/'(claude-[^']+)': '([^']+)'/g)]
    expect(listed.length).toBeGreaterThan(0)
    const days = listed.map(([, id = '', day = '']) => [id, dayOf(day)] as const)
    const ours = live.flatMap(([id, { retires }]) => (retires === undefined ? [] : [[id, retires] as const]))
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(days.filter(([id]) => !(id in UNSETTLED))))
  })
})

interface Priced {
  litellm_provider?: string
  max_output_tokens?: number
  max_input_tokens?: number
  supports_assistant_prefill?: boolean
  deprecation_date?: string
}

describe.skipIf(!isNight)('the public model list of LiteLLM', () => {
  const UNPACK =
    'import glob, sys, zipfile; z = zipfile.ZipFile(glob.glob("litellm-*.whl")[0]); sys.stdout.buffer.write(z.read("litellm/model_prices_and_context_window_backup.json"))'
  const isHere =
    isNight && fetched('python3', '-m', 'pip', 'download', 'litellm', '--no-deps', '-q') !== undefined
  const json = isHere ? fetched('python3', '-c', UNPACK) : undefined
  const rows: [string, Priced][] = Object.entries<Priced>(JSON.parse(json ?? '{}'))
  const anthropic = rows.filter(
    ([id, { litellm_provider }]) => litellm_provider === 'anthropic' && /claude/.test(id),
  )

  it.skipIf(json === undefined)('has the limits, the prefill and the days of Anthropic’s models', () => {
    const differing = anthropic.flatMap(([id, priced]) => {
      const { row, isKnown, retired } = resolveModel(id)
      if (retired !== undefined) return []
      if (!isKnown) return [`${id} is not in the table`]
      return [
        [priced.max_output_tokens, row.maxOutputTokens],
        [priced.max_input_tokens, row.contextTokens],
        [priced.supports_assistant_prefill ?? row.prefill, row.prefill],
        // It lists only some days, and for a preview the day of the announcement.
        [id === 'claude-mythos-preview' ? undefined : priced.deprecation_date, row.retires],
      ].flatMap(([theirs, ours]) =>
        theirs === undefined || theirs === ours ? [] : [`${id}: ${theirs}, not ${ours}`],
      )
    })
    expect(anthropic.length).toBeGreaterThan(10)
    expect(differing).toEqual([])
  })

  it.skipIf(json === undefined)('has the days that the table has for Amazon Bedrock', () => {
    const ofBedrock = rows.filter(
      ([id, { deprecation_date }]) => /claude/.test(id) && deprecation_date !== undefined,
    )
    const differing = ofBedrock.flatMap(([id, { deprecation_date: day = '' }]) => {
      const { platform, model } = parseModelId(id)
      const ours = MODEL_TABLE[model]?.clouds?.bedrock?.retires
      return platform !== 'bedrock' || ours === undefined || ours >= day ? [] : [`${id}: ${day}, not ${ours}`]
    })
    expect(ofBedrock.length).toBeGreaterThan(0)
    expect(differing).toEqual([])
  })
})

it('the table was read on a day', () => {
  expect(TABLE_DAY).toMatch(/^\d{4}-\d\d-\d\d$/)
})
