import type { Span } from '../diagnostics/index.ts'
import type { PromptText } from './legacy-use.ts'
import { readLiteral } from './literal.ts'
import { EMPTY, type Reading, type Token } from './reading.ts'
import { isPromptText } from './words.ts'

/** A quoted text within a line, escapes and all. */
const QUOTED = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'/g

/** Reads a file without a grammar: configuration, shell, prose. Each line is a text, and what is quoted in it another. */
export function readLines(source: string): Reading {
  const tokens: Token[] = []
  const prompts: PromptText[] = []
  for (const line of linesOf(source)) {
    const text = source.slice(line.start, line.end)
    if (!/claude|anthropic|complete|sample|_prompt|human:|assistant:|completion/i.test(text)) continue
    tokens.push({ type: 'text', piece: { type: 'text', text, ...line }, ...line })
    for (const { index, 0: quoted } of text.matchAll(QUOTED)) {
      const start = line.start + index
      const piece = readLiteral(source, start + 1, start + quoted.length - 1, quoted.startsWith("'"))
      if (/\bHuman:|\bAssistant:/.test(piece.text))
        prompts.push({ start, end: start + quoted.length, pieces: [piece] })
    }
  }
  const quoted = prompts.filter(({ pieces: [piece] }) => piece?.type === 'text' && isPromptText(piece.text))
  return { ...EMPTY, tokens, prompts: [...quoted, ...blocks(source, quoted)] }
}

function* linesOf(source: string): Generator<Span> {
  for (let start = 0; start <= source.length; ) {
    const end = source.indexOf('\n', start)
    yield { start, end: end === -1 ? source.length : end }
    if (end === -1) return
    start = end + 1
  }
}

/** Turns that stand as lines of their own, from a `Human:` to the `Assistant:` that it ends in. */
const BLOCK = /^[ \t]*Human:[^\n]*(?:\n(?![ \t]*(?:AI:|```))[^\n]*){0,80}?\n[ \t]*Assistant:[^\n]*/gm

function blocks(source: string, quoted: readonly PromptText[]): PromptText[] {
  return [...source.matchAll(BLOCK)]
    .map(({ index, 0: text }) => ({ start: index, end: index + text.length, text }))
    .filter(({ start, end }) => !quoted.some(one => one.start < end && start < one.end))
    .map(({ start, end, text }) => ({
      start,
      end,
      pieces: [{ type: 'text', text: `\n\n${text.trimStart()}`, start, end }],
    }))
}
