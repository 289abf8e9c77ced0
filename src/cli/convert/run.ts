import { writeSync } from 'node:fs'
import { setImmediate as nextTick } from 'node:timers/promises'
import { asFileError, withFile } from '../file-errors.ts'
import { blockConverter, type ConvertedBlock } from './block.ts'
import { type Checkpoint, saveCheckpoint } from './checkpoint.ts'
import { type Lines, partReader } from './read-lines.ts'
import { rejectLine } from './rejects.ts'
import { converterOf, type Settings } from './settings.ts'
import { Tally } from './tally.ts'
import { Turns } from './turns.ts'

/** Large enough that the cost of a call to the system is small, and small enough to stay in the cache. */
export const PART_BYTES: number = 512 * 1024

/** In bytes: that much lines take only where one of them is far longer than a part. */
const LARGE_PART = 2 * PART_BYTES

/** A file that is open, and its name for messages. */
export interface OpenFile {
  path: string
  fd: number
}

/** Where the results of a run go. */
export interface Sinks {
  output: OpenFile
  rejects?: OpenFile | undefined
  /** What an interrupted run can go on from; absent where none could. */
  checkpoint?: Checkpoint | undefined
}

/** All that a thread needs to take part in the conversion of a file. Plain data. */
export interface Run {
  settings: Settings
  input: OpenFile
  parts: number
  sinks: Sinks
  memory: { turns: SharedArrayBuffer; tally: SharedArrayBuffer }
}

/** A line that could not be converted, for the terminal. */
export interface RejectNotice {
  line: number
  reason: string
}

/** Only the first few are told: there may be millions. */
export const MOST_NOTICES = 5

/**
 * Takes part in the conversion of a file, beside other threads or alone: converts parts that nobody else has, and writes
 * each when its turn comes.
 *
 * @throws FileError when a file cannot be read or written; the other threads end then, too.
 */
export async function takePart(
  { settings, input, parts, sinks, memory }: Run,
  onNotice: (notice: RejectNotice) => void,
): Promise<void> {
  const turns = new Turns(memory.turns, parts)
  const tally = new Tally(memory.tally)
  const read = partReader(input.fd, PART_BYTES)
  const convert = blockConverter(converterOf(settings))
  try {
    for (let part = turns.claim(); part !== undefined; part = turns.claim()) {
      const claimed = part
      const lines = withFile(input.path, () => read(claimed))
      const isLarge = lines.bytes.length > LARGE_PART
      // Only one thread at a time takes the memory that a long line needs.
      if (isLarge && !(await turns.await(part))) return
      const block = convert(lines)
      if (!(await turns.await(part))) return
      writeBlock(block, sinks, tally, onNotice)
      if (sinks.checkpoint) saveCheckpoint(sinks.checkpoint, part + 1, tally)
      turns.pass(part)
      // Lets the process hear of signals, and draw.
      await nextTick()
    }
  } catch (error) {
    turns.fail()
    throw error
  }
}

/** Converts lines as they come, in one thread, until there are no more. */
export async function convertStream(
  settings: Settings,
  lines: AsyncIterable<Lines>,
  sinks: Sinks,
  tally: Tally,
  onNotice: (notice: RejectNotice) => void,
): Promise<void> {
  const convert = blockConverter(converterOf(settings))
  for await (const some of lines) writeBlock(convert(some), sinks, tally, onNotice)
}

function writeBlock(
  block: ConvertedBlock,
  { output, rejects }: Sinks,
  tally: Tally,
  onNotice: (notice: RejectNotice) => void,
): void {
  writeWhole(output, block.bytes)
  tally.add('output', block.bytes.length)
  writeRejects(block, rejects, tally, onNotice)
  tally.addBlock(block)
}

/** Writes down the lines of a block that could not be converted, before the block is counted. */
export function writeRejects(
  block: ConvertedBlock,
  rejects: OpenFile | undefined,
  tally: Tally,
  onNotice: (notice: RejectNotice) => void,
): void {
  for (const [index, reject] of block.rejects.entries()) {
    const line = tally.get('lines') + reject.line + 1
    if (rejects !== undefined) {
      const bytes = Buffer.from(rejectLine(line, reject))
      writeWhole(rejects, bytes)
      tally.add('rejects', bytes.length)
    }
    if (tally.get('rejected') + index < MOST_NOTICES) onNotice({ line, reason: reject.refusal.reason })
  }
}

/** How long to wait, in milliseconds, where a pipe that must not block is full. */
const PIPE_PAUSE = 1
const pause = new Int32Array(new SharedArrayBuffer(4))

export function writeWhole({ path, fd }: OpenFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(fd, bytes, written)
    } catch (error) {
      const { code }: { code?: unknown } = Object(error)
      if (code !== 'EAGAIN') throw asFileError(path, error)
      Atomics.wait(pause, 0, 0, PIPE_PAUSE)
    }
  }
}
