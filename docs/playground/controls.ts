import { MODEL_TABLE } from '../../src/translate/index.ts'
import { byId, element } from './element.ts'
import { CHOICES, type ChoiceName, type State, stateFrom } from './state.ts'

const LABELS: Readonly<Record<Exclude<ChoiceName, 'form'>, string>> = {
  prompts: 'Prompt mode',
  apiVersion: 'anthropic-version',
  retiredModel: 'Retired model',
  prefill: 'Prefill',
  sampling: 'Sampling parameters',
  maxTokens: 'Too many tokens',
  thinking: 'Thinking',
  stopSequences: 'Blank stop sequences',
}

const FORMS: Readonly<Record<State['form'], string>> = {
  json: 'JSON',
  curl: 'curl',
  typescript: 'TypeScript',
  python: 'Python',
}

const OF_CALL = ['prompts', 'apiVersion'] as const
const OF_MODEL = ['retiredModel', 'prefill', 'sampling', 'maxTokens', 'thinking', 'stopSequences'] as const

const CHOICE_NAMES: readonly ChoiceName[] = [...OF_CALL, ...OF_MODEL, 'form']

/** Creates the controls. */
export function buildControls(): void {
  byId('model-fields', HTMLElement).append(
    field('model', 'Model', modelOptions()),
    ...OF_CALL.map(name => field(name, LABELS[name], options(CHOICES[name]))),
  )
  byId('policy-fields', HTMLElement).append(
    ...OF_MODEL.map(name => field(name, LABELS[name], options(CHOICES[name]))),
  )
  for (const form of CHOICES.form) {
    const radio = element('input', { type: 'radio', name: 'form', value: form, form: 'controls' })
    byId('forms', HTMLElement).append(element('label', {}, radio, element('span', {}, FORMS[form])))
  }
}

export function readControls(): State {
  return stateFrom(name => control(name).value)
}

export function fillControls(state: State): void {
  control('text').value = state.text
  control('model').value = state.model
  // A link may name a model that is not in the list.
  if (control('model').value !== state.model) {
    byId('model', HTMLSelectElement).append(element('option', {}, state.model))
    control('model').value = state.model
  }
  for (const name of CHOICE_NAMES) control(name).value = state[name]
  // Show the policies if one differs from its default.
  if (OF_MODEL.some(name => state[name] !== CHOICES[name][0]))
    byId('policies', HTMLDetailsElement).open = true
}

type Control = HTMLTextAreaElement | HTMLSelectElement | RadioNodeList

function control(name: keyof State): Control {
  const found = byId('controls', HTMLFormElement).elements.namedItem(name)
  const kinds = [HTMLTextAreaElement, HTMLSelectElement, RadioNodeList]
  const isControl = (one: typeof found): one is Control => kinds.some(Kind => one instanceof Kind)
  if (!isControl(found)) throw new Error(`The page has no control ${name}.`)
  return found
}

function field(name: keyof State, label: string, choices: readonly Node[]): HTMLElement {
  const select = element('select', { id: name, name }, ...choices)
  return element('div', { class: 'field' }, element('label', { for: name }, label), select)
}

function options(values: readonly string[]): HTMLOptionElement[] {
  return values.map(value => element('option', { value }, value))
}

function modelOptions(): HTMLElement[] {
  const ids = Object.keys(MODEL_TABLE)
  const ofStatus = (status: 'live' | 'retired'): HTMLOptionElement[] =>
    options(ids.filter(id => MODEL_TABLE[id]?.status === status))
  return [
    element('option', { value: '' }, 'the model in the request'),
    element('optgroup', { label: 'Live' }, ...ofStatus('live')),
    element('optgroup', { label: 'Retired, replaced' }, ...ofStatus('retired')),
  ]
}
