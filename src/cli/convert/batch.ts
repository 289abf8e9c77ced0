import { closeSync, mkdirSync, readdirSync } from 'node:fs'
import type { TranslateOptions } from '../../translate/index.ts'
import { counted } from '../arguments.ts'
import { batchFiles, type PlannedReply } from '../batch-files.ts'
import { type CliContext, UsageError } from '../context.ts'
import { asFileError, type OpenFile, openOutput, refuseSameFile, withFile, writeWhole } from '../files.ts'
import { blockConverter } from './block.ts'
import { type LineConverter, Refusal, readPromptField } from './line.ts'
import { type RequestDefaults, translated } from './line-converters.ts'
import { SharedCounters } from './ordered-writer.ts'
import { streamedLines } from './read-lines.ts'
import { summary } from './report.ts'
import { type RejectNotice, writeRejects } from './run.ts'

/** Input and output of `convert --to batch`. */
export interface BatchJob {
  field: string
  defaults: RequestDefaults
  translation: TranslateOptions
  input: string | undefined
  /** Records as JSON lines. */
  lines: AsyncIterable<Uint8Array>
  /** Folder for the batch files. */
  output: string | undefined
  rejects: string | undefined
}

/** Converts JSON lines to requests of Message Batches. Returns 0 if every line was converted, 1 otherwise. */
export async function convertBatch(job: BatchJob, { err, signal }: CliContext): Promise<number> {
  const { input: path, output: folder, rejects } = job
  if (folder === undefined)
    throw new UsageError('--to batch needs --out: the folder that the batches are written to.')
  refuseSameFile({ 'The input': path, '--rejects': rejects })
  prepareFolder(folder)
  const kept = rejects === undefined ? undefined : openOutput(rejects, false)

  const writer = new BatchWriter(folder)
  /** Conversion plans of the current block, in the order of its requests. */
  let plans: PlannedReply[] = []
  const convert = blockConverter(toBatchConverter(job, plan => void plans.push(plan)))
  const counters = new SharedCounters(new SharedArrayBuffer(SharedCounters.BYTES))
  const notices: RejectNotice[] = []
  const started = performance.now()
  try {
    for await (const lines of streamedLines(job.lines)) {
      const block = convert(lines, counters.get('lines'))
      writer.write(block.bytes, plans)
      plans = []
      writeRejects(block, kept, counters, notice => void notices.push(notice))
      counters.addBlock(block)
    }
    writer.close()
  } catch (error) {
    throw asFileError(path ?? 'Standard input', error)
  }
  const seconds = (performance.now() - started) / 1000
  err(summary(counters, notices, { bytes: counters.get('read'), seconds, rejects }))
  err(
    `${counted(writer.batches, 'batch', 'batches')} in ${folder}. Send them with: legacy-completions batch submit ${folder}\n`,
  )
  return signal.aborted || counters.get('rejected') > 0 ? 1 : 0
}

/** Converts a record to one request of a batch. The `custom_id` contains the line number. */
function toBatchConverter(
  { field, defaults, translation }: BatchJob,
  onPlan: (plan: PlannedReply) => void,
): LineConverter {
  return {
    line(line, number) {
      const read = readPromptField(line, field)
      if (read instanceof Refusal) return read
      const outcome = translated(read.record, read.prompt, defaults, translation)
      if (outcome instanceof Refusal) return outcome
      const id = `line-${number + 1}`
      onPlan({ id, plan: outcome.plan })
      // Batches do not support `stream`. Stop sequences that need a stream are enforced by `batch collect` instead.
      const { stream: _, ...params } = outcome.request
      return { text: JSON.stringify({ custom_id: id, params }), diagnostics: outcome.diagnostics }
    },
  }
}

/** Creates the output folder. It must be empty, because two runs in one folder would mix their requests. */
function prepareFolder(folder: string): void {
  withFile(folder, () => mkdirSync(folder, { recursive: true }))
  if (withFile(folder, () => readdirSync(folder)).length > 0)
    throw new UsageError(
      `--out: ${folder} is not empty. Name a new folder, so that no batch is mixed with another.`,
    )
}

/** The API's limits for one batch (platform.claude.com/docs, batch processing, read 2026-08-21). */
export interface BatchLimits {
  requests: number
  bytes: number
}
export const BATCH_LIMITS: BatchLimits = { requests: 100_000, bytes: 256_000_000 }

const HEAD = Buffer.from('{"requests":[\n')
const BETWEEN = Buffer.from(',\n')
const TAIL = Buffer.from('\n]}\n')
const LINE_BREAK = 10

/**
 * Writes requests as bodies that create batches, each within the limits, with the conversion plans in a second file.
 */
export class BatchWriter {
  /** Number of batches begun so far. */
  batches = 0
  readonly #folder: string
  readonly #limits: BatchLimits
  #files: { requests: OpenFile; plans: OpenFile } | undefined
  #requests = 0
  #bytes = 0

  constructor(folder: string, limits: BatchLimits = BATCH_LIMITS) {
    this.#folder = folder
    this.#limits = limits
  }

  /** Adds requests. `entries` holds one request per line; `plans` holds the conversion plan of each. */
  write(entries: Uint8Array, plans: readonly PlannedReply[]): void {
    let start = 0
    for (const plan of plans) {
      const end = entries.indexOf(LINE_BREAK, start)
      this.#add(entries.subarray(start, end), plan)
      start = end + 1
    }
  }

  close(): void {
    if (this.#files === undefined) return
    const { requests, plans } = this.#files
    writeWhole(requests, TAIL)
    closeSync(requests.fd)
    closeSync(plans.fd)
    this.#files = undefined
  }

  #add(entry: Uint8Array, plan: PlannedReply): void {
    const size = BETWEEN.length + entry.length
    const isFull =
      this.#requests >= this.#limits.requests || this.#bytes + size + TAIL.length > this.#limits.bytes
    if (isFull) this.close()
    const { requests, plans } = this.#files ?? this.#open()
    writeWhole(requests, Buffer.concat([this.#requests === 0 ? HEAD : BETWEEN, entry]))
    writeWhole(plans, Buffer.from(`${JSON.stringify(plan)}\n`))
    this.#requests++
    this.#bytes += size
  }

  #open(): { requests: OpenFile; plans: OpenFile } {
    const paths = batchFiles(this.#folder, ++this.batches)
    this.#files = { requests: openOutput(paths.requests, false), plans: openOutput(paths.plans, false) }
    this.#requests = 0
    this.#bytes = HEAD.length
    return this.#files
  }
}
