import { closeSync } from 'node:fs'
import { batchFiles, type PlannedReply } from '../batch/folder.ts'
import { openOutput } from './open-files.ts'
import { type OpenFile, writeWhole } from './run.ts'

/** What the API takes as one batch (platform.claude.com/docs, batch processing, read 2026-08-21). */
export interface BatchLimits {
  requests: number
  bytes: number
}
export const BATCH_LIMITS: BatchLimits = { requests: 100_000, bytes: 256_000_000 }

const HEAD = Buffer.from('{"requests":[\n')
const BETWEEN = Buffer.from(',\n')
const TAIL = Buffer.from('\n]}\n')
const LINE_BREAK = 10

/** Writes requests as the bodies that create batches, each within the limits, and their plans beside them. */
export class BatchWriter {
  /** How many were begun. */
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

  /** `entries` are lines, a request each; `plans` says of each what is to be done to its reply. */
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
