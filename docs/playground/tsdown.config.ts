import type { UserConfig } from 'tsdown'

/** Builds the page into the site that typedoc has written. A plain script, so that it also runs from a disk. */
const build: UserConfig = {
  entry: { playground: 'playground.ts' },
  outDir: '../api/playground',
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  dts: false,
  copy: ['index.html', 'playground.css', 'results.css'],
  deps: { alwaysBundle: [/./] },
  outputOptions: { entryFileNames: '[name].js' },
}

export default build
