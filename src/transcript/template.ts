import { neutralise } from './render.ts'
import { AI_PROMPT, HUMAN_PROMPT } from './scan.ts'

/**
 * A template tag that keeps interpolated values from opening a turn: a marker inside a value gets a space
 * before it. The two constants themselves, interpolated as they are, open turns as usual.
 *
 * A value that *equals* one of the constants cannot be told from the constant; where text from outside may be
 * exactly that, refuse it before.
 *
 * @throws TypeError for a backslash that JavaScript cannot read as an escape, as in `C:\\users`.
 * @example
 * prompt`${HUMAN_PROMPT} Summarise: ${article}${AI_PROMPT}`
 */
export function prompt(strings: TemplateStringsArray, ...values: readonly unknown[]): string {
  let joined = ''
  /** Where values from outside stand, in order. */
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
  // A marker may also come about where a value meets its neighbours, so every overlap counts. Its one
  // trailing space says nothing, and so does not count.
  return neutralise(joined, ({ start, label, role }) => {
    const end = label + (role === 'user' ? HUMAN_PROMPT : AI_PROMPT).length - '\n\n'.length
    return !guarded.some(value => value.start < end && value.end > start)
  }).safe
}

/** A tag is handed `undefined` for such a text, where a plain template would be a syntax error. */
function unreadable(valuesBefore: number): TypeError {
  return new TypeError(
    `The template's text after ${valuesBefore} value(s) holds a backslash that starts no escape. Write \\\\ for a backslash.`,
  )
}
