/** The playground: reads its controls, shows the translation, and keeps its link up to date. Nothing leaves the browser. */
import type { Diagnostic } from '../../src/transcript/index.ts'
import { type Answer, answerTo, legacyRequest, responseSteps, writtenAs } from './answer.ts'
import { buildControls, fillControls, readControls } from './controls.ts'
import { button, byId, element } from './element.ts'
import { EXAMPLES } from './examples.ts'
import { type Fix, fixesFor } from './fixes.ts'
import { highlight } from './highlight.ts'
import { asRequest } from './input.ts'
import { focusOn, showDiagnostics, showTurns } from './show.ts'
import { hashOf, type State, stateOf } from './state.ts'

/** Milliseconds after the last keystroke until the link is written and the outcome is announced. */
const PAUSE = 400

/** Characters of the longest link that Chromium opens; other browsers open longer ones. */
const LONGEST_LINK = 2_000_000

let text: HTMLTextAreaElement
let status: HTMLElement
let settling: ReturnType<typeof setTimeout> | undefined
let running: AbortController | undefined

interface Shown {
  state: State
  answer: Answer
}

function show(): Shown {
  const state = readControls()
  const answer = answerTo(state)
  byId('reading', HTMLElement).textContent = sayReading(answer)
  highlight(text, answer)
  byId('diagnostics', HTMLElement).replaceChildren(
    showDiagnostics(answer, { goTo: selectInText, fixes: fixesFor(state, answer), apply }),
  )
  byId('turns', HTMLElement).replaceChildren(showTurns(answer))
  byId('before', HTMLElement).replaceChildren(...showBefore(answer, state))
  byId('request', HTMLElement).replaceChildren(...showRequest(answer, state))
  const { translation } = answer
  byId('run-section', HTMLElement).hidden = translation === undefined
  byId('response-section', HTMLElement).hidden = translation === undefined
  const steps = translation === undefined ? [] : responseSteps(translation.plan)
  byId('response', HTMLElement).replaceChildren(...steps.map(step => element('li', {}, step)))
  return { state, answer }
}

/** Applies the fix of a diagnostic to the controls. */
function apply(fix: Fix): void {
  const state = readControls()
  if (fix.text !== undefined) write(fix.text)
  fillControls({ ...readControls(), ...fix, text: fix.text ?? state.text })
  settle(show())
}

/** Writes the link, and announces the outcome to screen readers. */
function settle({ state, answer }: Shown): void {
  clearTimeout(settling)
  history.replaceState(null, '', hashOf(state))
  say(summaryOf(answer))
}

/** Shows each keystroke at once, and writes the link when no other follows. */
function showSoon(): void {
  const shown = show()
  clearTimeout(settling)
  settling = setTimeout(() => settle(shown), PAUSE)
}

function say(sentence: string): void {
  if (status.textContent !== sentence) status.textContent = sentence
}

function sayReading({ input: { kind, notJson } }: Answer): string {
  if (notJson !== undefined) return `Read as a prompt, because it is not valid JSON: ${notJson}`
  if (kind === 'prompt') return text.value === '' ? '' : 'Read as a prompt.'
  return kind === 'string' ? 'Read as a prompt in a JSON string.' : 'Read as a request in JSON.'
}

function summaryOf({ segments, diagnostics, translation }: Answer): string {
  const counts = (['error', 'warning', 'info'] as const).flatMap(severity => {
    const count = diagnostics.filter(one => one.severity === severity).length
    return count === 0 ? [] : [severity === 'info' ? `${count} info` : counted(count, severity)]
  })
  const turns = segments.filter(({ kind }) => kind !== 'system' && kind !== 'removed').length
  const outcome = translation === undefined ? 'no request' : `a request to ${translation.request.model}`
  return `${counted(turns, 'turn')}; ${counts.join(', ') || 'no diagnostics'}; ${outcome}.`
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

function showBefore({ input }: Answer, { model }: State): Node[] {
  const request = legacyRequest(input, model)
  if (request === undefined) return [element('p', { class: 'hint' }, 'There is no request yet.')]
  return showCode(JSON.stringify(request, null, 2), 'before-code', 'The Text Completions request')
}

function showRequest({ translation }: Answer, { form }: State): Node[] {
  if (translation === undefined)
    return [element('p', { class: 'hint' }, 'No request is sent. The diagnostics say why.')]
  const version = translation.headers['anthropic-version']
  return [
    element('p', { class: 'hint' }, `POST /v1/messages, anthropic-version ${version}`),
    ...showCode(writtenAs(form, translation), 'code', 'The Messages request'),
  ]
}

/** Code with its copy button. */
function showCode(code: string, id: string, label: string): Node[] {
  return [
    element(
      'div',
      { class: 'code' },
      element('pre', { id, tabindex: '0', role: 'region', 'aria-label': label }, code),
      button('Copy', { class: 'copy', 'aria-label': `Copy: ${label}` }, () => copy(code, label)),
    ),
  ]
}

/** Streams a completion from the emulator in this page. The client and the emulator are loaded with the first run. */
async function run(): Promise<void> {
  const output = byId('run-output', HTMLElement)
  const end = byId('run-end', HTMLElement)
  running?.abort()
  const mine = new AbortController()
  running = mine
  output.hidden = false
  output.textContent = ''
  end.textContent = 'Running…'
  const state = readControls()
  const request = legacyRequest(answerTo(state).input, state.model)
  if (request === undefined) return
  const { streamCompletion } = await import('./run.ts')
  try {
    const { stop_reason, stop } = await streamCompletion(request, state, mine.signal, piece =>
      output.append(piece),
    )
    if (running === mine)
      end.textContent = `stop_reason ${JSON.stringify(stop_reason)}, stop ${JSON.stringify(stop)}`
  } catch (error) {
    if (running === mine) end.textContent = error instanceof Error ? error.message : String(error)
  }
}

function selectInText({ span }: Diagnostic): void {
  if (span === undefined) return
  text.focus()
  text.setSelectionRange(span.start, span.end)
}

async function copy(copied: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(copied)
    say(`Copied: ${what}.`)
  } catch {
    say(`This browser does not allow the page to copy. Select the text and copy it by hand.`)
  }
}

function copyLink(): void {
  settle(show())
  if (location.href.length <= LONGEST_LINK) copy(location.href, 'The link')
  else say('The prompt is too long for a link. Browsers do not open links of more than 2 MB.')
}

/** Replaces the text. The browser's Back button restores the earlier one. */
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
  // An empty link opens an empty page; without a link, the page shows an example.
  fillControls(location.href.includes('#') ? state : { ...state, text: EXAMPLES[0]?.text ?? '' })
  settle(show())
}

/** Starts the playground; returns a function that stops it when the reader leaves the page. */
export function start(): () => void {
  text = byId('text', HTMLTextAreaElement)
  status = byId('status', HTMLElement)
  buildControls()
  for (const { title, text: content } of EXAMPLES)
    byId('examples', HTMLElement).append(button(title, {}, () => write(content)))
  const controls = byId('controls', HTMLFormElement)
  controls.addEventListener('submit', event => event.preventDefault())
  byId('as-request', HTMLButtonElement).addEventListener('click', writeAsRequest)
  byId('copy-link', HTMLButtonElement).addEventListener('click', copyLink)
  byId('run', HTMLButtonElement).addEventListener('click', run)
  // The skip link must not overwrite the state in the address.
  byId('skip', HTMLAnchorElement).addEventListener('click', event => {
    event.preventDefault()
    focusOn('results')
  })
  const listening = new AbortController()
  const { signal } = listening
  document.addEventListener('input', showSoon, { signal })
  addEventListener('hashchange', open, { signal })
  open()
  return () => {
    clearTimeout(settling)
    running?.abort()
    listening.abort()
  }
}
