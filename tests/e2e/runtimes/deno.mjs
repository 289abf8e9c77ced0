import { installed, resultOf } from './command.mjs'

// Its install script moves the binary; where that is not allowed to run, it is still where it came.
const binary = installed('deno/deno', '@deno/linux-x64-glibc/deno')
const RUN = ['run', '--no-prompt', '--no-remote', '--node-modules-dir=manual', '--no-lock']

/** Leave for the network, the modules, and the environment but for what the package itself would read of it. */
const LEAVE = [
  '--allow-net=127.0.0.1',
  '--allow-read',
  '--allow-env',
  '--deny-env=ANTHROPIC_API_KEY,ANTHROPIC_AUTH_TOKEN,ANTHROPIC_BASE_URL',
]

export const runtimes = [
  ['import', 'command-line.mjs'],
  ['require', 'command-line.cjs'],
].map(([system, program]) => ({
  name: `Deno, by ${system}`,
  missing: binary === undefined && 'the registry has no deno for this platform',
  run: ({ url }) => resultOf(binary, [...RUN, ...LEAVE, program, url]),
}))
