import type { UserConfig } from 'tsdown'

/** Compiles the demo, which imports the package by its name: what runs is what is published. */
const build: UserConfig = {
  entry: { demo: 'demo.ts' },
  outDir: '../../.tmp/demo',
  format: 'esm',
  platform: 'node',
  target: 'es2022',
  dts: false,
  deps: { neverBundle: [/^legacy-completions/] },
}

export default build
