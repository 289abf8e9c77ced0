/** The blocks of README.md, as somebody would copy them. */
import { readFileSync } from 'node:fs'

const text = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({
  language,
  code,
}))

/** The first block of a language that holds something; README.md must have it. */
export function block(language, holding) {
  const found = blocks.find(one => one.language === language && one.code.includes(holding))
  if (found === undefined) throw new Error(`README.md has no block ${language} with ${holding}`)
  return found.code
}

/** The block that stands behind another one: what that prints. */
export function outputOf(code) {
  const next = blocks[blocks.findIndex(one => one.code === code) + 1]
  if (next?.language !== 'text') throw new Error('README.md does not show what that prints')
  return next.code
}

/** The line that a diff takes out, and the one it puts in. */
export function change(diff) {
  const [, out] = /^-(.*)$/m.exec(diff) ?? []
  const [, into] = /^\+(.*)$/m.exec(diff) ?? []
  if (!out || !into) throw new Error('no change of one line')
  return { out, into }
}

/** A text with a change made, which must have something to be made in. */
export function changed(program, { out, into }) {
  if (!program.includes(out)) throw new Error(`There is no ${out} to change.`)
  return program.replace(out, into)
}
