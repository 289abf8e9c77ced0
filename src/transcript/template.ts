import { neutralise } from './render.ts'
import { AI_PROMPT, HUMAN_PROMPT } from './scan.ts'

/**
 * Template tag that prevents interpolated values from opening a turn: a marker inside a value gets a space before it.
 * `HUMAN_PROMPT` and `AI_PROMPT`, interpolated as whole values, open turns as usual.
 *
 * A value that *equals* one of the constants cannot be distinguished from it. If external text may be exactly that,
 * reject it first.
 *
 * @throws TypeError for a backslash that JavaScript cannot read as an escape, as in `C:\\users`.
 * @example
 * prompt`${HUMAN_PROMPT} Summarise: ${article}${AI_PROMPT}`
 */
export function prompt(strings: TemplateStringsArray, ...values: readonly unknown[]): string {
  let joined = ''
  /** The spans of interpolated values in `joined`, except the two constants, in order. */
  const guarded: { start: number; end: number }[] = []
  for (let index = 0; index < strings.length; index++) {
    const text = strings[index]
    if (text === undefined) throw unreadable(index)
    joined += text
    if (index >= values.length) break
    const value = String(values[index])
    const start = joined.length
    joined += value
    if (value !== HUMAN_PROMPT && value !== AI_PROMPT) guarded.push({ start, end: joined.length })
  }
  // A marker may also arise where a value and its surroundings meet, so any overlap counts. The space that may follow a
  // marker is harmless and does not count.
  return neutralise(joined, ({ start, label, role }) => {
    const end = label + (role === 'user' ? HUMAN_PROMPT : AI_PROMPT).length - '\n\n'.length
    return !guarded.some(value => value.start < end && value.end > start)
  }).safe
}

/** A tag receives `undefined` for text with an invalid escape, which is a syntax error in an untagged template. */
function unreadable(valuesBefore: number): TypeError {
  return new TypeError(
    `The template's text after ${valuesBefore} value(s) holds a backslash that starts no escape. Write \\\\ for a backslash.`,
  )
}
