/** A thread that takes part in a run. */
import { parentPort, workerData } from 'node:worker_threads'
import { FileError } from '../file-errors.ts'
import { takePart } from './run.ts'

/** What a thread has to say to the one that started it. */
export type Said = { line: number; reason: string } | { path: string; code: string }

const say = (said: Said): void => parentPort?.postMessage(said)

try {
  await takePart(workerData, say)
} catch (error) {
  // An error loses its class on its way to another thread.
  if (!(error instanceof FileError)) throw error
  say({ path: error.path, code: error.code })
}
