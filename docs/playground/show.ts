import type { DiagnosticCode } from '../../src/transcript/index.ts'
import { type Diagnostic, lineColumn } from '../../src/transcript/index.ts'
import type { Answer } from './answer.ts'
import { button, element } from './element.ts'
import type { Fix } from './fixes.ts'
import { type Piece, piecesOf, type Segment } from './segments.ts'

const KINDS: Readonly<Record<Segment['kind'], string>> = {
  system: 'System',
  user: 'Human',
  assistant: 'Assistant',
  prefill: 'Assistant, prefill',
  removed: 'Removed by repair',
}

/** Browsers take too long to lay out more elements than this. */
const MOST_SHOWN = 500

/** Shows the prompt turn by turn, with a number where a diagnostic begins. */
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
  return [element('p', { class: 'hint' }, `${count - MOST_SHOWN} more are not shown.`)]
}

function showPiece({ text, isMarker, marked, begins }: Piece, diagnostics: readonly Diagnostic[]): Node[] {
  const numbers = begins.map(index => {
    const { severity = 'info', code = '' } = diagnostics[index] ?? {}
    const name = `Diagnostic ${index + 1}, ${severity}: ${code}`
    return button(`${index + 1}`, { class: `number ${severity}`, 'aria-label': name, title: name }, () =>
      focusOn(`diagnostic-${index}`),
    )
  })
  if (text === '') return numbers
  const severities = new Set(marked.map(index => diagnostics[index]?.severity))
  const worst = (['error', 'warning', 'info'] as const).find(severity => severities.has(severity))
  if (worst === undefined && !isMarker) return [...numbers, new Text(text)]
  const shown = isMarker ? showLineBreaks(text) : [text]
  return [...numbers, element('span', { class: `${isMarker ? 'marker' : ''} ${worst ?? ''}` }, ...shown)]
}

/** Makes the newlines of a marker visible: they are part of it. */
function showLineBreaks(marker: string): (Node | string)[] {
  return marker
    .split(/(\n)/)
    .map(part => (part === '\n' ? element('span', { 'aria-hidden': 'true' }, '↵') : part))
}

interface DiagnosticActions {
  /** Selects the location in the text field. */
  goTo(diagnostic: Diagnostic): void
  fixes: ReadonlyMap<DiagnosticCode, readonly Fix[]>
  apply(fix: Fix): void
}

/** Shows the diagnostics, each with its location, its fixes and a link to its documentation. */
export function showDiagnostics(
  { input, diagnostics, refusal }: Answer,
  { goTo, fixes, apply }: DiagnosticActions,
): Node {
  const reason = diagnostics.some(({ severity }) => severity === 'error') ? undefined : refusal
  const rejected =
    reason === undefined ? [] : [element('p', { class: 'refusal' }, element('b', {}, 'Rejected. '), reason)]
  if (diagnostics.length === 0) {
    const nothing = element('p', { class: 'hint' }, 'There are no diagnostics.')
    return element('div', {}, ...(rejected.length > 0 ? rejected : [nothing]))
  }
  const items = diagnostics.slice(0, MOST_SHOWN).map((diagnostic, index) => {
    const { code, severity, message, fix } = diagnostic
    const buttons = (fixes.get(code) ?? []).map(one => button(one.label, {}, () => apply(one)))
    return element(
      'li',
      { class: `diagnostic ${severity}`, id: `diagnostic-${index}`, tabindex: '-1' },
      element(
        'p',
        { class: 'diagnostic-head' },
        element('span', { class: `number ${severity}` }, `${index + 1}`),
        element('span', { class: `severity ${severity}` }, severity),
        locationOf(diagnostic, input.prompt, input.kind === 'prompt' ? goTo : undefined),
        element('a', { href: `/diagnostics#${code}` }, code),
      ),
      element('p', {}, ...withCode(visible(message))),
      element('p', { class: 'fix' }, element('b', {}, 'Fix: '), ...withCode(visible(fix))),
      ...(buttons.length > 0 ? [element('div', { class: 'row' }, ...buttons)] : []),
    )
  })
  return element(
    'div',
    {},
    ...rejected,
    element('ol', { class: 'diagnostics' }, ...items),
    ...sayMore(diagnostics.length),
  )
}

/** Line and column; a button that selects them where the text field holds the prompt itself. */
function locationOf(
  diagnostic: Diagnostic,
  prompt: string,
  goTo: ((diagnostic: Diagnostic) => void) | undefined,
): Node {
  if (diagnostic.span === undefined) return element('span', { class: 'place' }, 'call')
  const { line, column } = lineColumn(prompt, diagnostic.span.start)
  const place = `${line}:${column}`
  if (goTo === undefined) return element('span', { class: 'place' }, place)
  const name = `${place}, line and column: select it in the prompt`
  return button(place, { class: 'place', 'aria-label': name, title: name }, () => goTo(diagnostic))
}

/** Converts a message to text and, for the parts between backticks, code elements. */
function withCode(text: string): (HTMLElement | string)[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? element('code', {}, part) : part))
}

/** Writes newlines in a message as `\\n`: they are the newlines of a marker. */
function visible(sentence: string): string {
  return sentence.replaceAll('\n', '\\n')
}

export function focusOn(id: string): void {
  document.getElementById(id)?.focus()
}
