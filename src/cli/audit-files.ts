import { setImmediate as nextTick } from 'node:timers/promises'
import { Audit, type AuditOptions, type PartialAudit, type Problem, type Unread } from '../audit/index.ts'
import { type FileOptions, readSourceFile } from './source-files.ts'

/** Everything that a thread needs to audit a share of the files. Plain data. */
export interface AuditJob {
  files: readonly string[]
  fileOptions: FileOptions
  options: AuditOptions
  /** Counters that the threads share. */
  memory: SharedArrayBuffer
  /** The thread of each chunk of files, counted from 1; 0 if no thread has taken it. */
  owners: SharedArrayBuffer
}

/** The results of one chunk of files. */
export interface AuditShare {
  chunk: number
  part: PartialAudit
  problems: Problem[]
  unread: Unread
}

/** The slots of `memory`: chunks taken, files read, and then the file that each thread reads, counted from 1. */
const TAKEN = 0
const READ = 1
const CURRENT = 2
/** Number of files that a thread takes at once. */
export const CHUNK = 16

/** Creates the job of auditing files, for a number of threads. */
export function auditJob(
  files: readonly string[],
  fileOptions: FileOptions,
  options: AuditOptions,
  threads: number,
): AuditJob {
  return {
    files,
    fileOptions,
    options,
    memory: new SharedArrayBuffer((CURRENT + threads) * Int32Array.BYTES_PER_ELEMENT),
    owners: new SharedArrayBuffer(Math.ceil(files.length / CHUNK)),
  }
}

/** Returns the number of files of a job that all threads have read. */
export const filesRead = ({ memory }: AuditJob): number => Atomics.load(new Int32Array(memory), READ)

/** Notes the number of the file that a thread works on, so that a file that ends the thread can be named. */
export function setCurrent({ memory }: AuditJob, thread: number, file: number): void {
  Atomics.store(new Int32Array(memory), CURRENT + thread, file + 1)
}

/** Returns the number of the file that a thread works on, or -1. */
export const currentOf = ({ memory }: AuditJob, thread: number): number =>
  Atomics.load(new Int32Array(memory), CURRENT + thread) - 1

/** Returns the chunks that a thread has taken. */
export function chunksOf({ owners }: AuditJob, thread: number): number[] {
  return [...new Uint8Array(owners)].flatMap((owner, chunk) => (owner === thread + 1 ? [chunk] : []))
}

/**
 * Takes free chunks of the job and audits them until none is left.
 *
 * @param thread the number of the thread, from 0
 * @param send receives the results of each chunk
 */
export async function auditChunks(
  job: AuditJob,
  thread: number,
  send: (share: AuditShare) => void,
  onFile: (file: string) => void,
): Promise<void> {
  const counters = new Int32Array(job.memory)
  const owners = new Uint8Array(job.owners)
  for (;;) {
    const chunk = Atomics.add(counters, TAKEN, 1)
    if (chunk >= owners.length) return
    Atomics.store(owners, chunk, thread + 1)
    send(await auditChunk(job, thread, chunk, onFile))
    // Return to the event loop, so that the progress bar is drawn.
    await nextTick()
  }
}

/** Audits the files of one chunk, except one that ended another thread. */
export async function auditChunk(
  job: AuditJob,
  thread: number,
  chunk: number,
  onFile: (file: string) => void,
  except?: number,
): Promise<AuditShare> {
  const audit = new Audit(job.options)
  const problems: Problem[] = []
  const unread: Unread = { generated: 0, binary: 0 }
  const end = Math.min(job.files.length, (chunk + 1) * CHUNK)
  for (let index = chunk * CHUNK; index < end; index++) {
    const path = job.files[index]
    if (path === undefined || index === except) continue
    onFile(path)
    setCurrent(job, thread, index)
    const source = readSourceFile(path, job.fileOptions, problems, unread)
    if (source !== undefined) await audit.add(source)
    Atomics.add(new Int32Array(job.memory), READ, 1)
  }
  setCurrent(job, thread, -1)
  return { chunk, part: audit.part(), problems, unread }
}
