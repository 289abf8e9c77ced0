/** Thrown when the search of one file exceeds its time limit. */
export class FileTimeout extends Error {}

let deadline = Number.POSITIVE_INFINITY
let countdown = 0

/**
 * Runs the search of one file with a time limit. The search is synchronous, so it has to call `checkTime` regularly.
 *
 * @throws FileTimeout when the limit is exceeded.
 */
export function withTimeLimit<T>(milliseconds: number, search: () => T): T {
  deadline = performance.now() + milliseconds
  try {
    return search()
  } finally {
    deadline = Number.POSITIVE_INFINITY
  }
}

/** Throws FileTimeout if the time limit is exceeded. Cheap enough to call for every token. */
export function checkTime(): void {
  // Reading the clock costs more than most steps, so only every 64th call does.
  if (++countdown < 64) return
  countdown = 0
  if (isOverdue()) throw new FileTimeout()
}

/** Returns whether the time limit of the current search is exceeded. */
export const isOverdue = (): boolean => performance.now() > deadline
