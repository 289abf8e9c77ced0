import { failureOf } from '../audit/failure.ts'
import { CODES } from './codes.ts'
import { messageOf } from './comments.ts'
import type { MigrateDiagnostic, Note } from './diagnostic.ts'
import type { Attempt, Migration } from './migration.ts'
import type { OpenedFile } from './program.ts'
import type { Work } from './work.ts'

/** Collects the results of a run, file by file. */
export class Results {
  readonly migration: Migration
  readonly #isRewriting: boolean

  /** @param isRewriting whether the run is one of stage 2, which rewrites calls */
  constructor(migration: Migration, isRewriting: boolean) {
    this.migration = migration
    this.#isRewriting = isRewriting
  }

  /** Runs a part of the work on a file. */
  readonly attempt: Attempt = (file, work) => {
    try {
      return work()
    } catch (error) {
      this.#fail(file, error)
      return undefined
    }
  }

  /** Does the same as `attempt` for work that is asynchronous. */
  async attemptAsync<T>(file: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      this.#fail(file, error)
      return undefined
    }
  }

  /** Returns whether an unexpected error ended a part of the work on a file. */
  hasFailed(file: string): boolean {
    return this.migration.problems.some(one => one.file === file && one.isFailure === true)
  }

  #fail(file: string, error: unknown): void {
    const problem = failureOf(file, error)
    if (!this.hasFailed(file)) this.migration.problems.push(problem)
  }

  /** Adds the diagnostic of a note. */
  report(one: OpenedFile, note: Note): void {
    this.migration.diagnostics.push({
      file: one.file,
      line: one.lineAt(note.at),
      code: note.code,
      kind: 'message' in note ? 'changed' : CODES[note.code].kind,
      message: messageOf(note, offset => String(one.lineAt(offset))),
    })
  }

  /** Adds the calls of a file with their states. */
  addCalls({ one, rewritten, left, notes }: Pick<Work, 'one' | 'rewritten' | 'left' | 'notes'>): void {
    const codes = new Map<number, MigrateDiagnostic['code']>()
    for (const note of notes)
      if (!('message' in note) && CODES[note.code].kind === 'left' && !codes.has(note.at))
        codes.set(note.at, note.code)
    const state = this.#isRewriting ? 'left' : 'kept'
    const calls = [
      ...rewritten.map(({ start }) => ({ start, state: 'rewritten' as const, code: undefined })),
      ...left.map(({ start }) => ({ start, state, code: codes.get(start) }) as const),
    ]
    for (const { start, state: of, code } of calls.sort((a, b) => a.start - b.start))
      this.migration.calls.push({
        file: one.file,
        line: one.lineAt(start),
        state: of,
        ...(code && { code }),
      })
  }
}
