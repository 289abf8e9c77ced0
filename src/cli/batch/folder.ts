import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ReplyPlan } from '../../translate/index.ts'
import { UsageError } from '../context.ts'
import { withFile } from '../file-errors.ts'

/** What belongs to one batch, by name, in the folder that `convert --to batch` wrote. */
export interface BatchFiles {
  /** The body of the request that creates the batch. */
  requests: string
  /** What is to be done to each reply on its way back, in the order of the requests. */
  plans: string
  /** The results, as the API gave them: in any order. */
  results: string
}

/** What is to be done to the reply to one request. */
export interface PlannedReply {
  /** The request's `custom_id`. */
  id: string
  plan: ReplyPlan
}

export function batchFiles(folder: string, number: number): BatchFiles {
  const padded = String(number).padStart(3, '0')
  return {
    requests: join(folder, `requests-${padded}.json`),
    plans: join(folder, `plans-${padded}.jsonl`),
    results: join(folder, `results-${padded}.jsonl`),
  }
}

/** The batches of a folder, in the order of their requests. */
export function batchesIn(folder: string): BatchFiles[] {
  const names = withFile(folder, () => readdirSync(folder))
  const count = names.filter(name => /^requests-\d+\.json$/.test(name)).length
  if (count > 0) return Array.from({ length: count }, (_, index) => batchFiles(folder, index + 1))
  throw new UsageError(
    `${folder} holds no requests. Write them with: legacy-completions convert --to batch --out ${folder}`,
  )
}

/** The ids of the batches that were created, by the number of their file. */
export function readIds(folder: string): string[] {
  const path = join(folder, 'batches.json')
  let ids: unknown
  try {
    ids = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const { code }: { code?: unknown } = Object(error)
    if (code === 'ENOENT') return []
    throw new UsageError(
      `${path} cannot be read. It says which batches were created: mend it, or they are lost.`,
    )
  }
  if (Array.isArray(ids) && ids.every(id => typeof id === 'string')) return ids
  throw new UsageError(
    `${path} is no list of ids. It says which batches were created: mend it, or they are lost.`,
  )
}

/** Written whole or not at all: what is paid for must not be forgotten. */
export function saveIds(folder: string, ids: readonly string[]): void {
  const path = join(folder, 'batches.json')
  withFile(path, () => {
    writeFileSync(`${path}.new`, `${JSON.stringify(ids)}\n`, { flush: true })
    renameSync(`${path}.new`, path)
  })
}
