/** A file of Python is imported as its text: `parsers.plugin.mjs` does that in builds and tests. */
declare module '*.py' {
  const source: string
  export default source
}
