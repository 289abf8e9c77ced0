import { readLiteral } from './literal.ts'

/** A cell's code, and where each of its units stands in the notebook. */
export interface Cell {
  code: string
  offsets: readonly number[]
}

const CELL = /"cell_type"\s*:\s*"code"/g
const LINE = /"((?:[^"\\]|\\.)*)"/gy

/**
 * The code cells of a notebook. The JSON is searched and not parsed: a broken notebook gives the cells that it still
 * has, and each unit keeps its place in the file.
 */
export function codeCells(source: string): Cell[] {
  const starts = [...source.matchAll(CELL)].map(({ index }) => index)
  const sources = [...source.matchAll(/"source"\s*:\s*(?=\[|")/g)]
  return sources.flatMap(({ index, 0: key }) => {
    // The keys of a cell are written in the order of the alphabet: its kind comes before its source.
    const kind = source.lastIndexOf('"cell_type"', index)
    if (!starts.includes(kind)) return []
    return [cellAt(source, index + key.length)]
  })
}

function cellAt(source: string, open: number): Cell {
  let code = ''
  const offsets: number[] = []
  let at = source[open] === '[' ? open + 1 : open
  for (;;) {
    at += /^[\s,]*/.exec(source.slice(at, at + 400))?.[0].length ?? 0
    LINE.lastIndex = at
    const match = LINE.exec(source)
    if (match === null) return { code: magicsOut(code), offsets }
    const piece = readLiteral(source, at + 1, at + 1 + (match[1]?.length ?? 0))
    code += piece.text
    for (let unit = 0; unit < piece.text.length; unit++)
      offsets.push(piece.offsets?.[unit] ?? piece.start + unit)
    at = LINE.lastIndex
    if (source[open] !== '[') return { code: magicsOut(code), offsets }
  }
}

/** Lines for the shell and the notebook itself are no Python; blanks keep the places of the rest. */
function magicsOut(code: string): string {
  return code.replace(/^[ \t]*[!%][^\n]*/gm, line => ' '.repeat(line.length))
}
