/** Pieces of a text that are joined at a time. */
const BLOCK = 64

/**
 * Collects two texts that have most of their pieces in common: what a model wrote, and what its reader gets.
 *
 * A common piece is kept once, and pieces are joined in blocks. With `text += piece` twice for each piece, the garbage
 * collector copies every piece until the texts are read: a stream takes 10 % longer.
 */
export class TextPair {
  #written = ''
  #returned = ''
  /** The common pieces after both texts. */
  #pieces: string[] = []

  add(written: string, returned: string): void {
    if (written === returned) {
      if (this.#pieces.push(written) === BLOCK) this.#joinBlock()
      return
    }
    this.#joinAll()
    this.#written += written
    this.#returned += returned
  }

  written(): string {
    this.#joinAll()
    return this.#written
  }

  returned(): string {
    this.#joinAll()
    return this.#returned
  }

  /** Joins the last block. The first piece is what was joined before. */
  #joinBlock(): void {
    const [joined = '', ...block] = this.#pieces.splice(0)
    this.#pieces.push(joined + block.join(''))
  }

  #joinAll(): void {
    const common = this.#pieces.splice(0).join('')
    this.#written += common
    this.#returned += common
  }
}
