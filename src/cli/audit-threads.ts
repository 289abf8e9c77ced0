import { availableParallelism } from 'node:os'
import { setImmediate as nextTick } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Audit, type Problem, type Source, type Unread } from '../audit/index.ts'
import {
  type AuditJob,
  type AuditShare,
  auditChunk,
  auditChunks,
  CHUNK,
  chunksOf,
  currentOf,
} from './audit-files.ts'
import { type PlannedTask, type PlanTask, planTask } from './audit-plan.ts'
import { nameOf } from './source-files.ts'

/** A thread starts in about the time that this many files take. */
const FILES_OF_A_THREAD = 400
const MOST_THREADS = 4
/** Tasks that a thread has at once, so that it does not wait for the next. */
const TASKS_AHEAD = 2

/** Most nodes of a tree are garbage after its file: a larger young generation would only use memory. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 16 }

/** What a thread begins with. */
export interface AuditThreadData {
  job: AuditJob
  /** The number of the thread. The current thread is 0. */
  thread: number
}

/** A message to a thread: a task of the plan, with the paths of its files. */
export interface TaskMessage {
  task: PlanTask
  paths: readonly (readonly [file: string, path: string])[]
}

/** A message of a thread: the results of a chunk or of a task, or that no chunk is left. */
export type AuditThreadMessage = { share: AuditShare } | { planned: PlannedTask } | { isSearched: true }

/** Returns the number of threads that are worth their start for a number of files. */
export function threadsFor(files: number): number {
  return Math.max(1, Math.min(Math.floor(files / FILES_OF_A_THREAD), availableParallelism(), MOST_THREADS))
}

/** A thread other than the current one. */
class AuditThread {
  readonly number: number
  /** Why the thread ended; `undefined` while it runs. */
  ended: string | undefined
  readonly received = new Set<number>()
  readonly tasks: PlanTask[] = []
  readonly #worker: Worker
  /** Resolves when the thread has no chunk left, or has ended. */
  readonly searched: Promise<void>
  #onPlanned: (planned?: PlannedTask, task?: PlanTask) => void = () => {}

  constructor(job: AuditJob, number: number, onShare: (share: AuditShare) => void) {
    this.number = number
    const workerData: AuditThreadData = { job, thread: number }
    this.#worker = new Worker(new URL('./audit-worker.js', import.meta.url), {
      workerData,
      resourceLimits: RESOURCE_LIMITS,
    })
    this.searched = new Promise(resolve => {
      this.#worker.on('message', (message: AuditThreadMessage) => {
        if ('share' in message) {
          this.received.add(message.share.chunk)
          onShare(message.share)
        } else if ('planned' in message) {
          this.#onPlanned(message.planned, this.tasks.shift())
        } else resolve()
      })
      this.#worker.on('error', error => {
        this.ended = error instanceof Error ? error.message : String(error)
      })
      this.#worker.on('exit', code => {
        this.ended ??= `it ended with code ${code}`
        resolve()
        this.#onPlanned()
      })
    })
  }

  /** Calls back with each planned task, and without one when the thread ends. */
  onPlanned(listener: (planned?: PlannedTask, task?: PlanTask) => void): void {
    this.#onPlanned = listener
  }

  plan(message: TaskMessage): void {
    this.tasks.push(message.task)
    this.#worker.postMessage(message)
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** The threads of an audit, including the current one. Each reads and parses files; only results pass between them. */
export class AuditThreads {
  readonly #job: AuditJob
  readonly #others: AuditThread[]
  readonly #shares: AuditShare[] = []

  constructor(job: AuditJob, threads: number) {
    this.#job = job
    this.#others = Array.from(
      { length: threads - 1 },
      (_, index) => new AuditThread(job, index + 1, share => this.#shares.push(share)),
    )
  }

  /**
   * Audits the files of the job.
   *
   * @param onFile receives each file that the current thread begins to read.
   */
  async search(
    onFile: (file: string) => void,
  ): Promise<{ audit: Audit; problems: Problem[]; unread: Unread }> {
    const audit = new Audit(this.#job.options)
    const problems: Problem[] = []
    const unread: Unread = { generated: 0, binary: 0 }
    const add = (share: AuditShare): void => {
      audit.merge(share.part)
      problems.push(...share.problems)
      unread.generated += share.unread.generated
      unread.binary += share.unread.binary
    }
    await auditChunks(this.#job, 0, add, onFile)
    await Promise.all(this.#others.map(({ searched }) => searched))
    for (const share of this.#shares.splice(0)) add(share)
    for (const thread of this.#others) {
      if (thread.ended === undefined) continue
      // Read the chunks again whose results the thread did not send, except the file that ended it.
      const current = currentOf(this.#job, thread.number)
      for (const chunk of chunksOf(this.#job, thread.number))
        if (!thread.received.has(chunk)) add(await auditChunk(this.#job, 0, chunk, onFile, current))
      const path = this.#job.files[current]
      if (path !== undefined && !thread.received.has(Math.floor(current / CHUNK)))
        problems.push(endedThread(nameOf(path), thread))
    }
    problems.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
    return { audit, problems, unread }
  }

  /**
   * Plans tasks in all threads.
   *
   * @param read returns a file by its name
   * @param pathOf returns the path of a file
   * @param onFile receives each planned file
   */
  async plan(
    tasks: readonly PlanTask[],
    read: (file: string) => Source | undefined,
    pathOf: (file: string) => string,
    onFile: (file: string) => void,
  ): Promise<{ planned: PlannedTask[]; problems: Problem[] }> {
    const waiting = [...tasks]
    const planned: PlannedTask[] = []
    const problems: Problem[] = []
    const done = this.#others.map(
      thread =>
        new Promise<void>(resolve => {
          const fill = (): void => {
            while (thread.ended === undefined && thread.tasks.length < TASKS_AHEAD) {
              const task = waiting.shift()
              if (task === undefined) break
              thread.plan({ task, paths: [...task.files, ...task.manifests].map(one => [one, pathOf(one)]) })
            }
            if (thread.tasks.length === 0 || thread.ended !== undefined) resolve()
          }
          thread.onPlanned((result, task) => {
            if (result !== undefined) planned.push(result)
            for (const file of task?.files ?? []) onFile(file)
            fill()
          })
          fill()
        }),
    )
    const pause = async (file: string): Promise<void> => {
      onFile(file)
      // Return to the event loop, so that other threads get their next task.
      await nextTick()
    }
    const own = async (): Promise<void> => {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
        planned.push(await planTask(task, read, pause))
      }
    }
    await own()
    await Promise.all(done)
    for (const thread of this.#others) {
      const [broken, ...rest] = thread.tasks.splice(0)
      if (thread.ended === undefined || broken === undefined) continue
      // The file that ended the thread would end this one too.
      const file = broken.files[currentOf(this.#job, thread.number)]
      if (file !== undefined) problems.push(endedThread(file, thread))
      waiting.push({ ...broken, files: broken.files.filter(one => one !== file) }, ...rest)
    }
    await own()
    return { planned, problems }
  }

  /** Ends the other threads. */
  async end(): Promise<void> {
    await Promise.all(this.#others.map(thread => thread.end()))
  }
}

function endedThread(file: string, { ended }: AuditThread): Problem {
  return { file, message: `was left out because it ended the thread that read it: ${ended}`, isFailure: true }
}
