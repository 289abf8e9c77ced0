import type { Transcript } from '../../transcript/index.ts'
import { isBlank } from '../../transcript/parse.ts'

/**
 * Whether a transcript that was read from UTF-8, each byte made a character, is the one of the text itself, but for its
 * offsets. Where that is not plain to see, it counts as not.
 *
 * Markers are ASCII, and in UTF-8 no byte of another character is. Beyond ASCII the grammar knows only blanks, of which
 * a whole turn may consist, and the quotation marks that a marker may stand right behind.
 */
export function isReadAlike({ source, system = '', turns }: Transcript): boolean {
  return (
    beginsAlike(system) &&
    turns.every(({ text, marker }) => beginsAlike(text) && endsAlike(source.slice(0, marker.start)))
  )
}

/** A text that is all ASCII, or does not begin with a blank, is blank in neither reading or in both. */
function beginsAlike(text: string): boolean {
  const first = text.charCodeAt(0)
  if (first > 32 && first < 127) return true
  return /^[\0-\x7f]*$/.test(text) || !isBlank(decode(text.slice(0, LONGEST_CHARACTER)).charAt(0))
}

/** What ends in a quotation mark or a tag may be a quotation in one reading alone. */
function endsAlike(text: string): boolean {
  const end = text.slice(-LONGEST_CHARACTER)
  if (/^$|[\0-\x7f]$/.test(end)) return !/["'`<>]$/.test(end)
  const last = decode(/[\xc2-\xf4][\x80-\xbf]*$/.exec(end)?.[0] ?? '')
  return /^[^\p{Pi}\p{Pf}\p{Ps}]$/u.test(last)
}

/** In bytes. */
const LONGEST_CHARACTER = 4

const decode = (bytes: string): string => Buffer.from(bytes, 'latin1').toString()
