import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Anthropic } from '../../client/client.ts'
import { request } from '../../client/http.ts'
import { UnreadableReplyError } from '../../errors.ts'
import { counted, number, text } from '../arguments.ts'
import { batchesIn, collect, readIds, saveIds } from '../batch-files.ts'
import { type Command, defineCommand } from '../command.ts'
import { type CliContext, UsageError } from '../context.ts'
import { openOutput, withFile, writeWhole } from '../files.ts'

/**
 * `legacy-completions batch`: submits the requests that `convert --to batch` wrote, and converts the results to
 * completions.
 */
export const batch: Command = defineCommand({
  usage: 'submit|wait|collect FOLDER [options]',
  examples: `
# The folder is what convert --to batch wrote. The key is ANTHROPIC_API_KEY.
legacy-completions convert prompts.jsonl --to batch --model claude-opus-4-8 --max-tokens 300 --out batches
legacy-completions batch submit batches
legacy-completions batch wait batches
legacy-completions batch collect batches --out completions.jsonl --rejects failed.jsonl`,
  options: {
    Options: {
      interval: number('SECONDS', 'How often wait asks for the state of a batch', { default: 60 }),
      out: text('FILE', 'File for the completions of collect, one on each line in the order of the input', {
        short: 'o',
        default: 'standard output',
      }),
      rejects: text('FILE', 'File for the requests of collect without a completion, with the reason'),
    },
  },
  takesArguments: true,
  notes: `Each step can be run again: nothing is submitted twice, and no result is downloaded twice.

Environment:
  ANTHROPIC_API_KEY       The key; ANTHROPIC_AUTH_TOKEN for a bearer token instead
  ANTHROPIC_BASE_URL      Base URL of the API (default: https://api.anthropic.com)

Exit code: 0 when every request has a completion, 1 when one has none or the API failed, 2 when the command was called in a
way that it does not support.`,
  run: (given, context, positionals) => runStep(given, context, positionals),
})

interface Given {
  readonly interval: number | undefined
  readonly out: string | undefined
  readonly rejects: string | undefined
}

async function runStep(given: Given, context: CliContext, positionals: readonly string[]): Promise<number> {
  const [step, folder, ...others] = positionals
  if (folder === undefined || others.length > 0)
    throw new UsageError(
      'batch takes a step, submit, wait or collect, and the folder that convert --to batch wrote.',
    )
  const api = batchesApi(context)
  switch (step) {
    case 'submit':
      return submit(folder, api, context)
    case 'wait':
      return wait(folder, api, given.interval ?? 60, context)
    case 'collect':
      return collectAll(folder, api, given, context)
    default:
      throw new UsageError(`There is no step ${JSON.stringify(step)}: it is submit, wait or collect.`)
  }
}

/** Creates a batch for each request file that has none yet. */
async function submit(folder: string, api: BatchesApi, { err, signal }: CliContext): Promise<number> {
  const batches = batchesIn(folder)
  const ids = readIds(folder)
  for (const { requests } of batches.slice(ids.length)) {
    if (signal.aborted) return 1
    const { id } = await api.create(new Uint8Array(withFile(requests, () => readFileSync(requests))))
    ids.push(id)
    saveIds(folder, ids)
    err(`${requests}: ${id}\n`)
  }
  err(
    `${counted(ids.length, 'batch', 'batches')} submitted. Wait for them with: legacy-completions batch wait ${folder}\n`,
  )
  return 0
}

/** Polls until all batches have ended. */
async function wait(
  folder: string,
  api: BatchesApi,
  seconds: number,
  { err, signal }: CliContext,
): Promise<number> {
  for (const id of submitted(folder)) {
    let said = ''
    for (;;) {
      const shown = await api.show(id)
      if (said !== status(shown)) err(`${status(shown)}\n`)
      said = status(shown)
      if (shown.processing_status === 'ended') break
      await sleep(seconds * 1000, undefined, { signal }).catch(() => {})
      if (signal.aborted) return 1
    }
  }
  err(`All have ended. Collect the completions with: legacy-completions batch collect ${folder} --out FILE\n`)
  return 0
}

/** Writes the completions of all batches in the order of the input. Returns 1 if a request has no completion. */
async function collectAll(
  folder: string,
  api: BatchesApi,
  { out: output, rejects }: Given,
  { err, stdout }: CliContext,
): Promise<number> {
  const batches = batchesIn(folder)
  const ids = submitted(folder)
  if (ids.length < batches.length)
    throw new UsageError(
      `Only ${ids.length} of ${batches.length} batches were submitted: run batch submit again.`,
    )
  for (const id of ids) {
    if ((await api.show(id)).processing_status !== 'ended')
      throw new UsageError(`${id} has not ended yet: run batch wait first.`)
  }
  const sink = output === undefined ? { path: 'Standard output', fd: stdout } : openOutput(output, false)
  const kept = rejects === undefined ? undefined : openOutput(rejects, false)
  let [completions, failures] = [0, 0]
  for (const [index, id] of ids.entries()) {
    const files = batches[index]
    if (files === undefined) break
    for await (const result of collect(files, id, api.results)) {
      if ('completion' in result) {
        completions++
        writeWhole(sink, jsonLine({ custom_id: result.id, ...result.completion }))
        continue
      }
      failures++
      if (kept) writeWhole(kept, jsonLine({ custom_id: result.id, reason: result.reason }))
      else err(`${result.id}: ${result.reason}\n`)
    }
  }
  err(`${counted(completions, 'completion')}, ${counted(failures, 'request')} without one.\n`)
  return failures > 0 ? 1 : 0
}

function submitted(folder: string): string[] {
  const ids = readIds(folder)
  if (ids.length > 0) return ids
  throw new UsageError(`Nothing of ${folder} was submitted: run batch submit first.`)
}

function status({ id, processing_status, request_counts = {} }: Batch): string {
  const counts = Object.entries(request_counts).filter(([, count]) => count > 0)
  return `${id} ${processing_status}: ${counts.map(([name, count]) => `${count} ${name}`).join(', ')}`
}

const jsonLine = (value: object): Uint8Array => Buffer.from(`${JSON.stringify(value)}\n`)

/** The fields of a batch that the command reads. */
export interface Batch {
  id: string
  processing_status: string
  request_counts?: Readonly<Record<string, number>>
}

/** The three API calls for batches. Each throws the errors of the API client. */
export interface BatchesApi {
  create(body: Uint8Array<ArrayBuffer>): Promise<Batch>
  show(id: string): Promise<Batch>
  /** Returns the results as JSON lines, in any order. */
  results(id: string): Promise<ReadableStream<Uint8Array>>
}

const PATH = '/v1/messages/batches'
/** The API version for which the requests were written. */
const headers = { 'anthropic-version': '2023-06-01' }

/**
 * Creates the API client. Reads the key from the environment only, because other users of the machine can see
 * command-line arguments.
 */
export function batchesApi({ env, signal }: Pick<CliContext, 'env' | 'signal'>): BatchesApi {
  const client = new Anthropic({
    apiKey: env.ANTHROPIC_API_KEY ?? null,
    authToken: env.ANTHROPIC_AUTH_TOKEN ?? null,
    baseURL: env.ANTHROPIC_BASE_URL,
  })
  return {
    async create(body) {
      // Not retried: if the response was lost, the batch may exist, and a second one would be charged too.
      const sent = { method: 'POST', path: PATH, headers, body, signal } as const
      return readBatch(await request(client, sent, { maxRetries: 0 }))
    },
    async show(id) {
      const sent = { method: 'GET', path: `${PATH}/${encodeURIComponent(id)}`, headers, signal } as const
      return readBatch(await request(client, sent, {}))
    },
    async results(id) {
      const path = `${PATH}/${encodeURIComponent(id)}/results`
      const { body } = await request(client, { method: 'GET', path, headers, signal }, {})
      return body ?? new ReadableStream({ start: controller => controller.close() })
    },
  }
}

async function readBatch(response: Response): Promise<Batch> {
  const batch: unknown = await response.json().catch(() => undefined)
  if (isBatch(batch)) return batch
  throw new UnreadableReplyError({
    message: 'The answer is no batch. Is ANTHROPIC_BASE_URL a server that has /v1/messages/batches?',
  })
}

function isBatch(value: unknown): value is Batch {
  const { id, processing_status }: { id?: unknown; processing_status?: unknown } = Object(value)
  return typeof id === 'string' && typeof processing_status === 'string'
}
