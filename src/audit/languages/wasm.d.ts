/** A WebAssembly binary: what `parsers.plugin.mjs` makes of it, base64 of its gzip. */
declare module '*.wasm' {
  const base64: string
  export default base64
}
