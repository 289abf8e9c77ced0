/** Worker thread of `audit`. */
import { parentPort, workerData } from 'node:worker_threads'
import { auditChunks, setCurrent } from './audit-files.ts'
import { planTask } from './audit-plan.ts'
import type { AuditThreadData, AuditThreadMessage, TaskMessage } from './audit-threads.ts'
import { readSourceFile } from './source-files.ts'

const { job, thread }: AuditThreadData = workerData
const post = (message: AuditThreadMessage): void => parentPort?.postMessage(message)

let last: Promise<void> = auditChunks(
  job,
  thread,
  share => post({ share }),
  () => {},
).then(() => post({ isSearched: true }))

parentPort?.on('message', ({ task, paths }: TaskMessage) => {
  // The tasks run one after the other.
  last = last.then(async () => {
    const pathOf = new Map(paths)
    const planned = await planTask(
      task,
      file => readSourceFile(pathOf.get(file) ?? file, job.fileOptions, []),
      file => setCurrent(job, thread, task.files.indexOf(file)),
    )
    setCurrent(job, thread, -1)
    post({ planned })
  })
})
