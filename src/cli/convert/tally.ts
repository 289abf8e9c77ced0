import { DIAGNOSTICS } from '../../diagnostics/index.ts'
import type { ConvertedBlock } from './block.ts'

const COUNTS = ['lines', 'converted', 'rejected', 'blank', 'respelled'] as const
/** In bytes. */
const SIZES = ['read', 'output', 'rejects'] as const
const NAMES: readonly string[] = [...COUNTS, ...SIZES, ...Object.keys(DIAGNOSTICS)]
const SLOT_OF = new Map(NAMES.map((name, slot) => [name, slot]))

/** What a run has come to so far, in numbers that threads can share. */
export class Tally {
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
