import type { Problem, Source } from '../audit/index.ts'
import type { MigrateRemark } from './remark.ts'
import type { MigrateRuleName } from './rules.ts'

export interface MigrateOptions {
  /** 1 keeps every call and moves imports to this package; 2 also rewrites calls. @default 1 */
  stage?: 1 | 2 | undefined
  /** Rules that are left out. */
  skip?: ReadonlySet<MigrateRuleName> | undefined
  /** Whether the space that a completion began with is dropped, or put back. @default 'drop' */
  leadingSpace?: 'drop' | 'keep' | undefined
  /** The model that rewritten calls name instead of the recommended replacement of a retired one. */
  model?: string | undefined
  /** The version of this package that a manifest asks for. */
  version: string
  /** Manifests and lock files outside of the sources: they are read, and never changed. */
  manifests?: readonly Source[] | undefined
}

/** A file that is to be changed. */
export interface MigratedFile {
  file: string
  before: string
  after: string
}

/** What happens to one call. */
export interface MigratedCall {
  file: string
  /** From 1, in the file as it was. */
  line: number
  /** `rewritten` to the Messages API, or `left` with the reason in `code`; in stage 1 `kept`, on this package. */
  state: 'rewritten' | 'left' | 'kept'
  code?: MigrateRemark['code']
}

export interface Migration {
  files: MigratedFile[]
  remarks: MigrateRemark[]
  /** Every call of the SDK, in the order of the sources. */
  calls: MigratedCall[]
  /** What kept a file from being migrated. */
  problems: Problem[]
}
