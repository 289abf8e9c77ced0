/** Returns the plugin; see `parsers.plugin.mjs`. */
export function parsersPlugin(options?: { folder?: string; format?: 'esm' | 'cjs' }): {
  name: string
  enforce: 'pre'
  resolveId(id: string): null | string | { id: string; external: true }
  load(id: string): null | string
  writeBundle(): void
}
