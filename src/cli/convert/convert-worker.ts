/** Worker thread of `convert`. */
import { parentPort, workerData } from 'node:worker_threads'
import { FileError } from '../files.ts'
import { runWorker, type WorkerMessage } from './run.ts'

const post = (message: WorkerMessage): void => parentPort?.postMessage(message)

try {
  await runWorker(workerData, post)
} catch (error) {
  // `postMessage` does not keep the class of an error, so post a FileError as its path and code.
  if (!(error instanceof FileError)) throw error
  post({ path: error.path, code: error.code })
}
