import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { setImmediate as nextTick } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Audit, type AuditOptions, type PartialAudit, type Problem, type Unread } from '../audit/index.ts'
import { type FileOptions, readSourceFile } from './source-files.ts'

/** Everything that a thread needs to audit a share of the files. Plain data. */
export interface AuditJob {
  files: readonly string[]
  fileOptions: FileOptions
  options: AuditOptions
  /** The number of files that a thread has taken, and the number that were read. */
  memory: SharedArrayBuffer
}

/** The results of one thread. */
export interface AuditShare {
  part: PartialAudit
  problems: Problem[]
  unread: Unread
}

const TAKEN = 0
const READ = 1
/** Number of files that a thread takes at once. */
const CHUNK = 16
/** A thread starts in about the time that this many files take. */
const FILES_OF_A_THREAD = 400
const MOST_THREADS = 4

/** Returns the number of threads that are worth their start for a number of files. */
export function threadsFor(files: number): number {
  return Math.max(1, Math.min(Math.floor(files / FILES_OF_A_THREAD), availableParallelism(), MOST_THREADS))
}

/** Creates the job of auditing files, for any number of threads. */
export function auditJob(
  files: readonly string[],
  fileOptions: FileOptions,
  options: AuditOptions,
): AuditJob {
  return {
    files,
    fileOptions,
    options,
    memory: new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT),
  }
}

/** Returns the number of files of a job that all threads have read. */
export const filesRead = ({ memory }: AuditJob): number => Atomics.load(new Int32Array(memory), READ)

/**
 * Audits files in a number of threads, including the current one. Each thread reads files and parses them, and only the
 * findings pass between threads.
 *
 * @param onFile receives each file that the current thread begins to read.
 */
export async function auditFiles(
  job: AuditJob,
  threads: number,
  onFile: (file: string) => void,
): Promise<{ audit: Audit; problems: Problem[]; unread: Unread }> {
  const audit = new Audit(job.options)
  const others = Array.from({ length: threads - 1 }, () => runThread(job))
  const [own, ...shares] = await Promise.all([auditShare(job, audit, onFile), ...others])
  const { problems, unread } = own
  for (const share of shares) {
    audit.merge(share.part)
    problems.push(...share.problems)
    unread.generated += share.unread.generated
    unread.binary += share.unread.binary
  }
  problems.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
  return { audit, problems, unread }
}

/** Takes free files of the job and audits them until none is left. */
export async function auditShare(
  { files, fileOptions, memory }: AuditJob,
  audit: Audit,
  onFile: (file: string) => void,
): Promise<Omit<AuditShare, 'part'>> {
  const counters = new Int32Array(memory)
  const problems: Problem[] = []
  const unread: Unread = { generated: 0, binary: 0 }
  for (;;) {
    const from = Atomics.add(counters, TAKEN, CHUNK)
    if (from >= files.length) return { problems, unread }
    for (const path of files.slice(from, from + CHUNK)) {
      onFile(path)
      const source = readSourceFile(path, fileOptions, problems, unread)
      if (source !== undefined) await audit.add(source)
      Atomics.add(counters, READ, 1)
    }
    // Return to the event loop, so that the progress bar is drawn.
    await nextTick()
  }
}

async function runThread(job: AuditJob): Promise<AuditShare> {
  const worker = new Worker(new URL('./audit-worker.js', import.meta.url), { workerData: job })
  let share: AuditShare | undefined
  worker.on('message', (message: AuditShare) => {
    share = message
  })
  await once(worker, 'exit')
  if (share === undefined) throw new Error('a thread of the audit ended without a result')
  return share
}
