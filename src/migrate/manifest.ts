const STRING = String.raw`"(?:[^"\\]|\\.)*"`

/**
 * A package.json with one more dependency, at its place in the alphabet, written as the lines beside it are. A
 * manifest that has it already, or has no object of dependencies to put it into and no brace to open one behind,
 * stays as it is.
 */
export function addDependency(manifest: string, name: string, range: string): string {
  if (new RegExp(`"${name}"\\s*:`).test(manifest)) return manifest
  const entry = `${JSON.stringify(name)}: ${JSON.stringify(range)}`
  const block = /("dependencies"\s*:\s*\{)([^{}]*)\}/.exec(manifest)
  if (block === null) return openBlock(manifest, entry)
  const [, head = '', body = ''] = block
  const start = block.index + head.length
  const entries = [...body.matchAll(new RegExp(String.raw`(${STRING})\s*:\s*${STRING}`, 'g'))]
  const lead = /^\s*/.exec(body)?.[0] ?? ''
  const next = entries.find(([, key = '']) => JSON.parse(key) > name)
  if (entries.length === 0) {
    const indent = /\n([ \t]*)"dependencies"/.exec(manifest)?.[1]
    const inside = indent === undefined ? entry : `\n${indent}${indent}${entry}\n${indent}`
    return manifest.slice(0, start) + inside + manifest.slice(start + body.length)
  }
  if (next !== undefined) {
    const at = start + next.index
    return `${manifest.slice(0, at)}${entry},${lead === '' ? ' ' : lead}${manifest.slice(at)}`
  }
  const last = entries.at(-1)
  const at = start + (last === undefined ? 0 : last.index + last[0].length)
  return `${manifest.slice(0, at)},${lead === '' ? ' ' : lead}${entry}${manifest.slice(at)}`
}

/** Opens the object of dependencies at the end of the manifest. */
function openBlock(manifest: string, entry: string): string {
  const end = /(\S)(\s*)\}\s*$/.exec(manifest)
  const indent = /^\{\s*\n([ \t]+)"/.exec(manifest)?.[1]
  if (end === null || indent === undefined || end[1] === '{') return manifest
  const at = end.index + 1
  return `${manifest.slice(0, at)},\n${indent}"dependencies": {\n${indent}${indent}${entry}\n${indent}}${manifest.slice(at)}`
}
