import { setImmediate as nextTick } from 'node:timers/promises'

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
export class Turns {
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

  /** The next block that nobody has; `undefined` when there is none, or the run is to end. */
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
