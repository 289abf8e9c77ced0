import type { AuditedFile, Problem, Source } from '../audit/index.ts'
import type { MigrateDiagnostic } from './diagnostic.ts'
import type { MigrateRuleName } from './rules.ts'

/** The options of a migration. */
export interface MigrateOptions {
  /**
   * - `1`: keeps every call and moves the imports to this package.
   * - `2`: also rewrites calls to the Messages API.
   *
   * @default 1
   */
  stage?: 1 | 2 | undefined
  /** Names of the rules that are not applied. All rules apply by default. */
  skip?: ReadonlySet<MigrateRuleName> | undefined
  /**
   * What happens to the space that a completion began with.
   * - `drop`: the rewritten code reads the text without it.
   * - `keep`: the rewritten code adds it.
   *
   * @default 'drop'
   */
  leadingSpace?: 'drop' | 'keep' | undefined
  /** The id of the model for rewritten calls. By default, a retired model becomes its recommended replacement. */
  model?: string | undefined
  /**
   * The text of `legacy_completions.py`. With it, stage 1 adds the file to Python programs and makes them run on it.
   * Without it, stage 1 changes no Python file.
   */
  pythonFile?: string | undefined
  /** The version of this package to write into manifests. */
  version: string
  /**
   * The other files of the program: those for which `isOpened` returns `false`. Their texts may be getters that read
   * them from the disk, because few are needed.
   */
  others?: readonly Source[] | undefined
  /** Manifests, lock files and Python modules outside of the sources. They are read but never changed. */
  manifests?: readonly Source[] | undefined
  /**
   * The day, as `YYYY-MM-DD`, for which models count as retired. The command passes the current day.
   *
   * @default the day of the model table
   */
  today?: string | undefined
  /** Returns the results of an audit of a source, which is then not searched again. */
  audited?: ((file: string) => AuditedFile | undefined) | undefined
  /** Receives the name of each file with a word of the legacy interface, before its calls are rewritten. A promise pauses the run. */
  onFile?: ((file: string) => void | Promise<void>) | undefined
}

/** A changed file. */
export interface MigratedFile {
  file: string
  before: string
  after: string
  /** Whether the migration adds this file. */
  isNew?: boolean
}

/** The result for one call. */
export interface MigratedCall {
  file: string
  /** The line in the original file, counted from 1. */
  line: number
  /**
   * - `rewritten`: now calls the Messages API (stage 2).
   * - `left`: not rewritten; the reason is in `code` (stage 2).
   * - `kept`: still a legacy call, which runs on this package (stage 1).
   */
  state: 'rewritten' | 'left' | 'kept'
  code?: MigrateDiagnostic['code']
}

/** The result of a migration. */
export interface Migration {
  files: MigratedFile[]
  diagnostics: MigrateDiagnostic[]
  /** Every call of the SDK, in the order of the sources. */
  calls: MigratedCall[]
  /** The files that could not be migrated, with the reasons. */
  problems: Problem[]
}

/**
 * Runs a part of the work on a file. An unexpected error in it becomes a problem of the file, and the run continues.
 *
 * @returns the result; `undefined` after an error
 */
export type Attempt = <T>(file: string, work: () => T) => T | undefined
