import type { Answer } from './answer.ts'
import { byId, element } from './element.ts'

/** A longer text is shown without colors: the browser would lay it out twice. */
const LONGEST = 100_000

/** Colors the turn markers behind the text field, where it holds the prompt itself. */
export function highlight(field: HTMLTextAreaElement, { input, segments }: Answer): void {
  const layer = byId('highlight', HTMLElement)
  const text = field.value
  if (input.kind !== 'prompt' || text.length > LONGEST) {
    layer.replaceChildren()
    return
  }
  const parts = segments.flatMap(({ kind, span, marker }) => [
    element('mark', { class: kind }, text.slice(marker.start, marker.end)),
    text.slice(marker.end, span.end),
  ])
  // A newline at the end has no height of its own in an element.
  layer.replaceChildren(...parts, '\u200b')
  layer.scrollTop = field.scrollTop
  field.onscroll = () => {
    layer.scrollTop = field.scrollTop
  }
}
