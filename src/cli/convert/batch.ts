import { createReadStream, mkdirSync, readdirSync } from 'node:fs'
import type { TranslateOptions } from '../../translate/index.ts'
import type { PlannedReply } from '../batch/folder.ts'
import { type CliContext, UsageError } from '../context.ts'
import { asFileError, withFile } from '../file-errors.ts'
import { BatchWriter } from './batch-writer.ts'
import { blockConverter } from './block.ts'
import { type LineConverter, Refusal, readPromptField } from './line.ts'
import { openInput, openOutput, refuseSameFile } from './open-files.ts'
import { streamedLines } from './read-lines.ts'
import { summary } from './report.ts'
import { type RejectNotice, writeRejects } from './run.ts'
import { Tally } from './tally.ts'
import { type RequestDefaults, translated } from './to-request.ts'

/** What is to become batches. */
export interface BatchJob {
  field: string
  defaults: RequestDefaults
  translation: TranslateOptions
  input: string | undefined
  /** The folder of the batches. */
  output: string | undefined
  rejects: string | undefined
}

/** Writes JSON lines as the requests of Message Batches: 0 when all of them were, 1 when some could not be. */
export async function convertBatch(job: BatchJob, { stdin, err, signal }: CliContext): Promise<number> {
  const { input: path, output: folder, rejects } = job
  if (folder === undefined)
    throw new UsageError('--to batch needs --out: the folder that the batches are written to.')
  refuseSameFile({ 'The input': path, '--rejects': rejects })
  const input = path === undefined ? undefined : openInput(path)
  prepareFolder(folder)
  const kept = rejects === undefined ? undefined : openOutput(rejects, false)
  const stream = input ? createReadStream('', { fd: input.fd, highWaterMark: 1024 * 1024 }) : stdin()

  const writer = new BatchWriter(folder)
  /** Of the block that is being converted, in the order of its requests. */
  let plans: PlannedReply[] = []
  const convert = blockConverter(toBatchConverter(job, plan => void plans.push(plan)))
  const tally = new Tally(new SharedArrayBuffer(Tally.BYTES))
  const notices: RejectNotice[] = []
  const started = performance.now()
  try {
    for await (const lines of streamedLines(stream)) {
      const block = convert(lines, tally.get('lines'))
      writer.write(block.bytes, plans)
      plans = []
      writeRejects(block, kept, tally, notice => void notices.push(notice))
      tally.addBlock(block)
    }
    writer.close()
  } catch (error) {
    throw asFileError(path ?? 'Standard input', error)
  }
  const seconds = (performance.now() - started) / 1000
  err(summary(tally, notices, { bytes: tally.get('read'), seconds, rejects }))
  err(`${writer.batches} batch(es) in ${folder}. Send them with: legacy-completions batch submit ${folder}\n`)
  return signal.aborted || tally.get('rejected') > 0 ? 1 : 0
}

/** Turns a record into one request of a batch, named by the number of its line. */
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
      // A batch has no streams; what would have been cut off while it was written is cut off when it is collected.
      const { stream: _, ...params } = outcome.request
      return { text: JSON.stringify({ custom_id: id, params }), diagnostics: outcome.diagnostics }
    },
  }
}

/** A folder may hold one run alone: a second one would mix its requests with others. */
function prepareFolder(folder: string): void {
  withFile(folder, () => mkdirSync(folder, { recursive: true }))
  if (withFile(folder, () => readdirSync(folder)).length > 0)
    throw new UsageError(
      `--out: ${folder} is not empty. Name a new folder, so that no batch is mixed with another.`,
    )
}
