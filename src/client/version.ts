/** Version of this package, sent in `user-agent`. A test compares it with package.json. */
export const VERSION: string = '0.1.0'
