import { setImmediate as nextTick } from 'node:timers/promises'
import { DIAGNOSTICS } from '../../diagnostics/index.ts'
import type { ConvertedBlock } from './block.ts'

/** The block that is to be claimed next. */
const NEXT = 0
/** The block whose turn it is to be written. */
const TURN = 1
const END = 2
const SLOTS = 3
/** In milliseconds. */
const LONGEST_WAIT = 50

/**
 * Lets threads convert blocks at the same time and write them one after the other, in order, without anything passing
 * through another thread.
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

  /** Claims the next block that no thread has; `undefined` when all are claimed or the run ends. */
  claim(): number | undefined {
    if (Atomics.load(this.#slots, END) === 1) return undefined
    const block = Atomics.add(this.#slots, NEXT, 1)
    return block < this.#blocks ? block : undefined
  }

  /** How many blocks are written. */
  get done(): number {
    return Atomics.load(this.#slots, TURN)
  }

  /** Waits until all blocks before are written; false when that will never be. */
  async await(block: number): Promise<boolean> {
    for (;;) {
      const turn = Atomics.load(this.#slots, TURN)
      if (turn === block) return true
      if (turn < 0) return false
      Atomics.wait(this.#slots, TURN, turn, LONGEST_WAIT)
      // A thread may have died without a word: that is heard here.
      await nextTick()
    }
  }

  pass(block: number): void {
    Atomics.store(this.#slots, TURN, block + 1)
    Atomics.notify(this.#slots, TURN)
  }

  /** No further block is claimed; those that are being converted are written. */
  end(): void {
    Atomics.store(this.#slots, END, 1)
  }

  /** A block could not be written: no later one may be. */
  fail(): void {
    this.end()
    Atomics.store(this.#slots, TURN, -1)
    Atomics.notify(this.#slots, TURN)
  }
}

const COUNTS = ['lines', 'converted', 'rejected', 'blank', 'respelled'] as const
/** In bytes. */
const SIZES = ['read', 'output', 'rejects'] as const
const NAMES: readonly string[] = [...COUNTS, ...SIZES, ...Object.keys(DIAGNOSTICS)]
const SLOT_OF = new Map(NAMES.map((name, slot) => [name, slot]))

/** What a run has come to so far, in numbers that threads can share. */
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

  /** Those that are not 0, by name. */
  values(): Record<string, number> {
    return Object.fromEntries(
      NAMES.map(name => [name, this.get(name)] as const).filter(([, count]) => count > 0),
    )
  }

  /** The diagnostics that arose, and how often. */
  codes(): [code: string, count: number][] {
    return Object.entries(this.values()).filter(([name]) => name in DIAGNOSTICS)
  }
}
