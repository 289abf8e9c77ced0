/** The page: reads its controls, shows the answer, and keeps its link up to date. Nothing here leaves the browser. */
import type { Diagnostic } from '../../src/transcript/index.ts'
import { type Answer, answerTo, wayBack, writtenAs } from './answer.ts'
import { buildControls, fillControls, readControls } from './controls.ts'
import { button, byId, element } from './element.ts'
import { EXAMPLES } from './examples.ts'
import { asRequest } from './input.ts'
import { focusOn, showRemarks, showTurns } from './show.ts'
import { hashOf, type State, stateOf } from './state.ts'

/** How long nothing is typed before the link is written and the outcome said aloud, in milliseconds. */
const PAUSE = 400

/** Chromium opens no longer link, in characters; others open longer ones. */
const LONGEST_LINK = 2_000_000

const text = byId('text', HTMLTextAreaElement)
const status = byId('status', HTMLElement)
let settling: ReturnType<typeof setTimeout> | undefined

interface Shown {
  state: State
  answer: Answer
}

function show(): Shown {
  const state = readControls()
  const answer = answerTo(state)
  byId('reading', HTMLElement).textContent = sayReading(answer)
  byId('turns', HTMLElement).replaceChildren(showTurns(answer))
  byId('remarks', HTMLElement).replaceChildren(showRemarks(answer, selectInText))
  byId('request', HTMLElement).replaceChildren(...showRequest(answer, state))
  const { translation } = answer
  byId('way-back', HTMLElement).hidden = translation === undefined
  const steps = translation === undefined ? [] : wayBack(translation.plan)
  byId('back', HTMLElement).replaceChildren(...steps.map(step => element('li', {}, step)))
  return { state, answer }
}

/** Writes the link, and says the outcome for those who do not see it. */
function settle({ state, answer }: Shown): void {
  clearTimeout(settling)
  history.replaceState(null, '', hashOf(state))
  say(summaryOf(answer))
}

/** While somebody types, each letter is shown at once, and settled when no other follows. */
function showSoon(): void {
  const shown = show()
  clearTimeout(settling)
  settling = setTimeout(() => settle(shown), PAUSE)
}

function say(sentence: string): void {
  if (status.textContent !== sentence) status.textContent = sentence
}

function sayReading({ input: { kind, notJson } }: Answer): string {
  if (notJson !== undefined) return `Read as a prompt. As a request in JSON it cannot be read: ${notJson}`
  if (kind === 'prompt') return text.value === '' ? '' : 'Read as a prompt, as it stands.'
  return kind === 'string' ? 'Read as a prompt in the form of a JSON string.' : 'Read as a request in JSON.'
}

function summaryOf({ segments, diagnostics, translation }: Answer): string {
  const counts = (['error', 'warning', 'info'] as const).flatMap(severity => {
    const count = diagnostics.filter(one => one.severity === severity).length
    return count === 0 ? [] : [counted(count, severity === 'info' ? 'remark' : severity)]
  })
  const turns = segments.filter(({ kind }) => kind !== 'system' && kind !== 'removed').length
  const outcome = translation === undefined ? 'no request' : `a request to ${translation.request.model}`
  return `${counted(turns, 'turn')}; ${counts.join(', ') || 'no remarks'}; ${outcome}.`
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

function showRequest({ translation }: Answer, { form }: State): Node[] {
  if (translation === undefined)
    return [element('p', { class: 'hint' }, 'Nothing would be sent; the remarks say why.')]
  const code = writtenAs(form, translation)
  const version = translation.headers['anthropic-version']
  return [
    element('p', { class: 'hint' }, `POST /v1/messages, anthropic-version ${version}`),
    element('pre', { id: 'code', tabindex: '0', role: 'region', 'aria-label': 'The request' }, code),
    button('Copy', { id: 'copy-code' }, () => copy(code, 'The request')),
  ]
}

function selectInText({ span }: Diagnostic): void {
  if (span === undefined) return
  text.focus()
  text.setSelectionRange(span.start, span.end)
}

async function copy(copied: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(copied)
    say(`${what} is copied.`)
  } catch {
    // A page that was opened from a disk may not be let near the clipboard.
    say(`This browser does not let the page copy. ${what} can be selected and copied by hand.`)
  }
}

function copyLink(): void {
  settle(show())
  if (location.href.length <= LONGEST_LINK) copy(location.href, 'The link')
  else say('The prompt is too long for a link: browsers open none of more than 2 MB.')
}

/** Puts a text in the place of another, which the browser's way back brings again. */
function write(content: string): void {
  settle(show())
  history.pushState(null, '', location.href)
  text.value = content
  settle(show())
  text.focus()
}

function writeAsRequest(): void {
  const { text: content, model } = readControls()
  try {
    write(asRequest(content, model))
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
  }
}

function open(): void {
  const state = stateOf(location.hash)
  // A link that says nothing is one to an empty page; without a link there is something to see.
  fillControls(location.href.includes('#') ? state : { ...state, text: EXAMPLES[0]?.text ?? '' })
  settle(show())
}

buildControls()
for (const { title, text: content } of EXAMPLES)
  byId('examples', HTMLElement).append(button(title, {}, () => write(content)))
byId('controls', HTMLFormElement).addEventListener('submit', event => event.preventDefault())
document.addEventListener('input', showSoon)
byId('as-request', HTMLButtonElement).addEventListener('click', writeAsRequest)
byId('copy-link', HTMLButtonElement).addEventListener('click', copyLink)
// The place to skip to is no state, and must not take the link's.
byId('skip', HTMLAnchorElement).addEventListener('click', event => {
  event.preventDefault()
  focusOn('results')
})
addEventListener('hashchange', open)
open()
