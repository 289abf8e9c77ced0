import { setImmediate as nextTick } from 'node:timers/promises'
import { DIAGNOSTICS } from '../../diagnostics/index.ts'
import type { ConvertedBlock } from './block.ts'

/** Slot: the next block to claim. */
const NEXT = 0
/** Slot: the block whose turn it is to be written. */
const TURN = 1
const END = 2
const SLOTS = 3
/** Longest wait before checking again, in milliseconds. */
const LONGEST_WAIT = 50

/**
 * Coordinates threads that convert blocks in parallel and write them in order. Each thread writes its own blocks, so no
 * data passes between threads.
 */
export class OrderedWriter {
  readonly #slots: Int32Array
  readonly #blocks: number
  static readonly BYTES: number = SLOTS * Int32Array.BYTES_PER_ELEMENT

  constructor(memory: SharedArrayBuffer, blocks: number) {
    this.#slots = new Int32Array(memory)
    this.#blocks = blocks
  }

  startAt(block: number): void {
    this.#slots[NEXT] = block
    this.#slots[TURN] = block
  }

  /** Claims the next free block. Returns `undefined` if all blocks are claimed or the run ends. */
  claim(): number | undefined {
    if (Atomics.load(this.#slots, END) === 1) return undefined
    const block = Atomics.add(this.#slots, NEXT, 1)
    return block < this.#blocks ? block : undefined
  }

  /** Number of written blocks. */
  get done(): number {
    return Atomics.load(this.#slots, TURN)
  }

  /** Waits until all earlier blocks are written. Resolves with `false` if one of them failed. */
  async await(block: number): Promise<boolean> {
    for (;;) {
      const turn = Atomics.load(this.#slots, TURN)
      if (turn === block) return true
      if (turn < 0) return false
      Atomics.wait(this.#slots, TURN, turn, LONGEST_WAIT)
      // Return to the event loop, which reports a thread that exited unexpectedly.
      await nextTick()
    }
  }

  pass(block: number): void {
    Atomics.store(this.#slots, TURN, block + 1)
    Atomics.notify(this.#slots, TURN)
  }

  /** Ends the run: no further block is claimed, and those being converted are still written. */
  end(): void {
    Atomics.store(this.#slots, END, 1)
  }

  /** Reports that a block could not be written, so that no later one is. */
  fail(): void {
    this.end()
    Atomics.store(this.#slots, TURN, -1)
    Atomics.notify(this.#slots, TURN)
  }
}

const COUNTS = ['lines', 'converted', 'rejected', 'blank', 'respelled'] as const
/** Sizes in bytes. */
const SIZES = ['read', 'output', 'rejects'] as const
const NAMES: readonly string[] = [...COUNTS, ...SIZES, ...Object.keys(DIAGNOSTICS)]
const SLOT_OF = new Map(NAMES.map((name, slot) => [name, slot]))

/** Totals of a run, in memory that threads share. */
export class SharedCounters {
  readonly memory: SharedArrayBuffer
  readonly #slots: Float64Array
  static readonly BYTES: number = NAMES.length * Float64Array.BYTES_PER_ELEMENT

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.#slots = new Float64Array(memory)
  }

  get(name: string): number {
    return this.#slots[SLOT_OF.get(name) ?? -1] ?? 0
  }

  add(name: string, count: number): void {
    const slot = SLOT_OF.get(name)
    if (slot !== undefined) this.#slots[slot] = this.get(name) + count
  }

  addBlock({ lines, converted, rejects, blank, respelled, codes, read }: ConvertedBlock): void {
    const counts = { lines, converted, rejected: rejects.length, blank, respelled }
    for (const name of COUNTS) this.add(name, counts[name])
    for (const [code, count] of codes) this.add(code, count)
    this.add('read', read)
  }

  /** Returns the counters above 0 by name. */
  values(): Record<string, number> {
    return Object.fromEntries(
      NAMES.map(name => [name, this.get(name)] as const).filter(([, count]) => count > 0),
    )
  }

  /** Returns the reported diagnostic codes with their counts. */
  codes(): [code: string, count: number][] {
    return Object.entries(this.values()).filter(([name]) => name in DIAGNOSTICS)
  }
}
