/** What of a file's text says nothing of its meaning, and is to come back as it was. */
export interface TextFile {
  /** Without a byte order mark, lines ended by `\n`. */
  text: string
  /** Puts back what was taken off. */
  restore: (text: string) => string
}

/** The text of a file as it is worked on; nothing where its lines end in more than one way. */
export function openText(contents: string): TextFile | undefined {
  const bom = contents.startsWith('\uFEFF') ? '\uFEFF' : ''
  const text = contents.slice(bom.length)
  const isCrlf = text.includes('\r\n')
  if (isCrlf && /(?<!\r)\n/.test(text)) return undefined
  const restore = (edited: string): string => bom + (isCrlf ? edited.replaceAll('\n', '\r\n') : edited)
  return { text: isCrlf ? text.replaceAll('\r\n', '\n') : text, restore }
}
