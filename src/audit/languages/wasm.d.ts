/** A WebAssembly binary. `parsers.plugin.mjs` converts it to base64 of its gzip. */
declare module '*.wasm' {
  const base64: string
  export default base64
}
