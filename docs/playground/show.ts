import { type Diagnostic, lineColumn } from '../../src/transcript/index.ts'
import type { Answer } from './answer.ts'
import { button, element } from './element.ts'
import { type Piece, piecesOf, type Segment } from './segments.ts'

const KINDS: Readonly<Record<Segment['kind'], string>> = {
  system: 'System',
  user: 'Human',
  assistant: 'Assistant',
  prefill: 'Assistant, prefill',
  removed: 'Repaired away',
}

/** More parts than this would be a page that no browser lays out in time. */
const MOST_SHOWN = 500

/** The prompt itself, turn by turn, with a number where a remark begins. */
export function showTurns({ input, segments, diagnostics }: Answer): Node {
  if (segments.length === 0) return element('p', { class: 'hint' }, 'There is no prompt yet.')
  const list = element('ol', { class: 'turns' })
  for (const segment of segments.slice(0, MOST_SHOWN)) {
    const isLast = segment === segments.at(-1)
    const pieces = piecesOf(input.prompt, segment, diagnostics, isLast)
    const isOpen = segment.kind === 'assistant' && isLast
    list.append(
      element(
        'li',
        { class: `turn ${segment.kind}` },
        element('span', { class: 'label' }, isOpen ? 'Assistant, open' : KINDS[segment.kind]),
        element('div', { class: 'text' }, ...pieces.flatMap(piece => showPiece(piece, diagnostics))),
      ),
    )
  }
  return element('div', {}, list, ...sayMore(segments.length))
}

function sayMore(count: number): Node[] {
  if (count <= MOST_SHOWN) return []
  return [element('p', { class: 'hint' }, `${count - MOST_SHOWN} more are not shown here.`)]
}

function showPiece({ text, isMarker, remarks, begins }: Piece, diagnostics: readonly Diagnostic[]): Node[] {
  const numbers = begins.map(index => {
    const { severity = 'info', code = '' } = diagnostics[index] ?? {}
    const name = `Remark ${index + 1}, ${severity}: ${code}`
    return button(`${index + 1}`, { class: `number ${severity}`, 'aria-label': name, title: name }, () =>
      focusOn(`remark-${index}`),
    )
  })
  if (text === '') return numbers
  const severities = new Set(remarks.map(index => diagnostics[index]?.severity))
  const worst = (['error', 'warning', 'info'] as const).find(severity => severities.has(severity))
  if (worst === undefined && !isMarker) return [...numbers, new Text(text)]
  const shown = isMarker ? showLineBreaks(text) : [text]
  return [...numbers, element('span', { class: `${isMarker ? 'marker' : ''} ${worst ?? ''}` }, ...shown)]
}

/** The newlines of a marker are a part of it, and are to be seen. */
function showLineBreaks(marker: string): (Node | string)[] {
  return marker
    .split(/(\n)/)
    .map(part => (part === '\n' ? element('span', { 'aria-hidden': 'true' }, '↵') : part))
}

/** What is remarked, each with its place, what to do about it, and where it is explained. */
export function showRemarks(
  { input, diagnostics, refusal }: Answer,
  goTo: (diagnostic: Diagnostic) => void,
): Node {
  const said = diagnostics.some(({ severity }) => severity === 'error') ? undefined : refusal
  const refused =
    said === undefined ? [] : [element('p', { class: 'refusal' }, element('b', {}, 'Refused. '), said)]
  if (diagnostics.length === 0) {
    const nothing = element('p', { class: 'hint' }, 'Nothing is to be remarked.')
    return element('div', {}, ...(refused.length > 0 ? refused : [nothing]))
  }
  const items = diagnostics.slice(0, MOST_SHOWN).map((diagnostic, index) => {
    const { code, severity, message, fix } = diagnostic
    return element(
      'li',
      { class: `remark ${severity}`, id: `remark-${index}`, tabindex: '-1' },
      element(
        'p',
        { class: 'remark-head' },
        element('span', { class: `number ${severity}` }, `${index + 1}`),
        element('span', { class: `severity ${severity}` }, severity),
        placeOf(diagnostic, input.prompt, input.kind === 'prompt' ? goTo : undefined),
        element('a', { href: `../documents/diagnostics.html#${code}` }, code),
      ),
      element('p', {}, visible(message)),
      element('p', { class: 'fix' }, element('b', {}, 'To do: '), visible(fix)),
    )
  })
  return element(
    'div',
    {},
    ...refused,
    element('ol', { class: 'remarks' }, ...items),
    ...sayMore(diagnostics.length),
  )
}

/** Line and column; where the text field holds the prompt itself, as a way to that place. */
function placeOf(
  diagnostic: Diagnostic,
  prompt: string,
  goTo: ((diagnostic: Diagnostic) => void) | undefined,
): Node {
  if (diagnostic.span === undefined) return element('span', { class: 'place' }, 'the call')
  const { line, column } = lineColumn(prompt, diagnostic.span.start)
  const place = `${line}:${column}`
  if (goTo === undefined) return element('span', { class: 'place' }, place)
  const name = `${place}, line and column: select it in the prompt`
  return button(place, { class: 'place', 'aria-label': name, title: name }, () => goTo(diagnostic))
}

/** Line breaks in a sentence are the two newlines of a marker, and are shown as they are written. */
function visible(sentence: string): string {
  return sentence.replaceAll('\n', '\\n')
}

export function focusOn(id: string): void {
  document.getElementById(id)?.focus()
}
