import { installed, resultOf } from './command.mjs'

// Its install script moves the binary; where that is not allowed to run, it is still where it came.
const binary = installed('bun/bin/bun.exe', '@oven/bun-linux-x64/bin/bun')

export const runtimes = [
  ['import', 'command-line.mjs'],
  ['require', 'command-line.cjs'],
].map(([system, program]) => ({
  name: `Bun, by ${system}`,
  missing: binary === undefined && 'the registry has no bun for this platform',
  run: ({ url }) => resultOf(binary, ['run', program, url]),
}))
