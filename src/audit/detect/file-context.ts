/** Facts about a file that its text alone does not have: its path, and what other files of the program define. */
export interface FileContext {
  /** The path, relative to the audited directory. */
  path: string
  /** Names of constants that hold prompts or addresses in other files. */
  names: ReadonlySet<string>
  /** Whether another file in the same language declares the type of a completion. */
  hasReplyType: boolean
  /** Whether another file has the address of the API without a path. */
  hasAddress: boolean
}

/** Returns the context of a file before other files were read. */
export function firstContext(path: string): FileContext {
  return { path, names: new Set(), hasReplyType: false, hasAddress: false }
}
