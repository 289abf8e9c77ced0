import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { FileError } from '../file-errors.ts'
import { type RejectNotice, type Run, takePart } from './run.ts'
import { Turns } from './turns.ts'
import type { Said } from './worker.ts'

/** A thread's young objects are gone with their line: more room for them only takes memory. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 8 }

/** Has a file converted by a number of threads, of which this one is the first. */
export async function runInThreads(
  run: Run,
  threads: number,
  signal: AbortSignal,
  onNotice: (notice: RejectNotice) => void,
): Promise<void> {
  const turns = new Turns(run.memory.turns, run.parts)
  const end = (): void => turns.end()
  if (signal.aborted) end()
  signal.addEventListener('abort', end)
  try {
    const others = Array.from({ length: threads - 1 }, () => runThread(run, turns, onNotice))
    await Promise.all([takePart(run, onNotice), ...others])
  } finally {
    signal.removeEventListener('abort', end)
  }
}

async function runThread(run: Run, turns: Turns, onNotice: (notice: RejectNotice) => void): Promise<void> {
  const worker = new Worker(new URL('./convert-worker.js', import.meta.url), {
    workerData: run,
    resourceLimits: RESOURCE_LIMITS,
  })
  let failure: FileError | undefined
  worker.on('message', (said: Said) => {
    if ('code' in said) failure = new FileError(said.path, said.code)
    else onNotice(said)
  })
  try {
    await once(worker, 'exit')
  } catch (error) {
    // It ended of something that it did not expect: the others would wait for its turn.
    turns.fail()
    throw error
  }
  if (failure !== undefined) throw failure
}
