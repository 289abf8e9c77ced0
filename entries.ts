/** The entry points of the package: the name each is built and exported under, and its source. */
export const ENTRIES: Readonly<Record<string, string>> = {
  index: 'src/index.ts',
  transcript: 'src/transcript/index.ts',
  repair: 'src/repair/index.ts',
  translate: 'src/translate/index.ts',
  sdk: 'src/adapters/sdk.ts',
  fetch: 'src/adapters/fetch.ts',
  bedrock: 'src/adapters/bedrock.ts',
  v0: 'src/v0.ts',
  proxy: 'src/proxy/fetch-handler.ts',
  node: 'src/node.ts',
  emulator: 'src/emulator/index.ts',
  audit: 'src/audit/index.ts',
}
