/** A file took longer to read than it may. */
export class FileTimeout extends Error {}

let deadline = Number.POSITIVE_INFINITY
let countdown = 0

/**
 * Runs the search of one file, and ends it after a time. The search is synchronous, so it has to ask for the time itself.
 *
 * @throws FileTimeout when the time is over.
 */
export function withTimeLimit<T>(milliseconds: number, search: () => T): T {
  deadline = performance.now() + milliseconds
  try {
    return search()
  } finally {
    deadline = Number.POSITIVE_INFINITY
  }
}

/** Ends the search where its time is over. Cheap enough for every token. */
export function checkTime(): void {
  // Asking for the time costs more than most steps.
  if (++countdown < 64) return
  countdown = 0
  if (isOverdue()) throw new FileTimeout()
}

export const isOverdue = (): boolean => performance.now() > deadline
