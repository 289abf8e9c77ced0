import {
  createReadStream,
  createWriteStream,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { completionFrom, type ReplyPlan } from '../translate/index.ts'
import type { Completion } from '../wire.ts'
import { UsageError } from './context.ts'
import { withFile } from './files.ts'

/** Paths of the files of one batch, in the folder that `convert --to batch` wrote. */
export interface BatchFiles {
  /** The body of the request that creates the batch. */
  requests: string
  /** How to convert each response back to a completion, in the order of the requests. */
  plans: string
  /** The results as downloaded from the API, in any order. */
  results: string
}

/** How to convert the response to one request. */
export interface PlannedReply {
  /** The request's `custom_id`. */
  id: string
  plan: ReplyPlan
}

/** Returns the paths of the files of a batch, given its number. */
export function batchFiles(folder: string, number: number): BatchFiles {
  const padded = String(number).padStart(3, '0')
  return {
    requests: join(folder, `requests-${padded}.json`),
    plans: join(folder, `plans-${padded}.jsonl`),
    results: join(folder, `results-${padded}.jsonl`),
  }
}

/** Lists the batches of a folder in the order of their requests. */
export function batchesIn(folder: string): BatchFiles[] {
  const names = withFile(folder, () => readdirSync(folder))
  const count = names.filter(name => /^requests-\d+\.json$/.test(name)).length
  if (count > 0) return Array.from({ length: count }, (_, index) => batchFiles(folder, index + 1))
  throw new UsageError(
    `${folder} holds no requests. Write them with: legacy-completions convert --to batch --out ${folder}`,
  )
}

/** Reads the ids of the created batches. The index is the number of the batch file. */
export function readIds(folder: string): string[] {
  const path = join(folder, 'batches.json')
  let ids: unknown
  try {
    ids = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const { code }: { code?: unknown } = Object(error)
    if (code === 'ENOENT') return []
    throw new UsageError(
      `${path} cannot be read. It holds the ids of the submitted batches. Restore it, or the batches cannot be collected.`,
    )
  }
  if (Array.isArray(ids) && ids.every(id => typeof id === 'string')) return ids
  throw new UsageError(
    `${path} is not a list of ids. It holds the ids of the submitted batches. Restore it, or the batches cannot be collected.`,
  )
}

/** Saves the ids atomically. Without its id, a batch that is paid for could not be collected. */
export function saveIds(folder: string, ids: readonly string[]): void {
  const path = join(folder, 'batches.json')
  withFile(path, () => {
    writeFileSync(`${path}.new`, `${JSON.stringify(ids)}\n`, { flush: true })
    renameSync(`${path}.new`, path)
  })
}

const LINE_BREAK = 10

/** The result of one request: a completion, or the reason why it has none. */
export type Collected = { id: string } & ({ completion: Completion } | { reason: string })

/** Yields the results of one batch in the order of its requests. */
export async function* collect(
  { plans, results }: BatchFiles,
  id: string,
  download: (id: string) => Promise<ReadableStream<Uint8Array>>,
): AsyncGenerator<Collected> {
  if (!existsSync(results)) await save(await download(id), results)
  const resultOf = await indexResults(results)
  for await (const { bytes } of linesOf(plans)) {
    const planned: PlannedReply = JSON.parse(bytes.toString())
    yield collected(planned, resultOf(planned.id))
  }
}

/**
 * Saves a download under its final name only when it is complete, so that an interrupted download is repeated. The API
 * keeps results for 29 days.
 */
async function save(body: ReadableStream<Uint8Array>, path: string): Promise<void> {
  await pipeline(body, createWriteStream(`${path}.part`))
  withFile(path, () => renameSync(`${path}.part`, path))
}

/**
 * Indexes results by request id. Results come in any order and may exceed the memory, so the index holds only their
 * offsets in the file.
 */
async function indexResults(path: string): Promise<(id: string) => unknown> {
  const places = new Map<string, { start: number; length: number }>()
  for await (const { start, bytes } of linesOf(path)) {
    const { custom_id }: { custom_id?: unknown } = Object(parse(bytes.toString()))
    if (typeof custom_id === 'string') places.set(custom_id, { start, length: bytes.length })
  }
  const fd = withFile(path, () => openSync(path, 'r'))
  return id => {
    const place = places.get(id)
    if (place === undefined) return undefined
    const bytes = Buffer.alloc(place.length)
    withFile(path, () => readSync(fd, bytes, 0, place.length, place.start))
    return Object(parse(bytes.toString())).result
  }
}

/**
 * Yields the lines of a file with their offsets. Splits at `\n` only: Node's readline also splits at line separators
 * that are valid inside JSON strings. Lines have no length limit, because each holds a paid response.
 */
async function* linesOf(path: string): AsyncGenerator<{ start: number; bytes: Buffer }> {
  let start = 0
  /** Bytes of the current line, which has not ended yet. */
  let begun: Buffer[] = []
  const chunks: AsyncIterable<Buffer> = createReadStream(path)
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(LINE_BREAK); end !== -1; end = chunk.indexOf(LINE_BREAK, from)) {
      const bytes = Buffer.concat([...begun, chunk.subarray(from, end)])
      if (bytes.length > 0) yield { start, bytes }
      start += bytes.length + 1
      begun = []
      from = end + 1
    }
    begun.push(chunk.subarray(from))
  }
  const bytes = Buffer.concat(begun)
  if (bytes.length > 0) yield { start, bytes }
}

function collected({ id, plan }: PlannedReply, result: unknown): Collected {
  const { type, message, error }: { type?: unknown; message?: unknown; error?: unknown } = Object(result)
  if (type === undefined) return { id, reason: 'The results hold no answer to it.' }
  if (type !== 'succeeded') return { id, reason: reasonOf(String(type), error) }
  try {
    return { id, completion: completionFrom(Object(message), plan) }
  } catch (failure) {
    return { id, reason: failure instanceof Error ? failure.message : String(failure) }
  }
}

/**
 * Describes why a request has no completion. `canceled` and `expired` need no explanation; an error has a message of
 * the API.
 */
function reasonOf(type: string, error: unknown): string {
  const { message }: { message?: unknown } = Object(Object(error).error)
  return typeof message === 'string' ? `${type}: ${message}` : type
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
