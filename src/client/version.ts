/** The version of this package, as its `user-agent` says; a test compares it with package.json. */
export const VERSION: string = '0.1.0'
