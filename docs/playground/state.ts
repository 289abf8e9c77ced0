/** The values of each control; the first is the default. */
export const CHOICES = {
  prompts: ['strict', 'repair'],
  retiredModel: ['adapt', 'error', 'pass'],
  prefill: ['adapt', 'error', 'pass'],
  sampling: ['adapt', 'error', 'pass'],
  maxTokens: ['adapt', 'error', 'pass'],
  thinking: ['adapt', 'error', 'pass'],
  stopSequences: ['adapt', 'error', 'pass'],
  apiVersion: ['2023-06-01', '2026-10-21'],
  form: ['json', 'curl', 'typescript', 'python'],
} as const

type Choices = typeof CHOICES
export type ChoiceName = keyof Choices

/** The state of the controls, which a link can carry. */
export type State = { readonly [Name in ChoiceName]: Choices[Name][number] } & {
  /** The content of the text field. */
  readonly text: string
  /** The model; empty for the one in the request. */
  readonly model: string
}

/** The state for values by name; a missing or unknown value becomes the default. */
export function stateFrom(value: (name: keyof State) => string | null): State {
  return {
    text: value('text') ?? '',
    model: value('model') ?? '',
    prompts: oneOf(CHOICES.prompts, value('prompts')),
    retiredModel: oneOf(CHOICES.retiredModel, value('retiredModel')),
    prefill: oneOf(CHOICES.prefill, value('prefill')),
    sampling: oneOf(CHOICES.sampling, value('sampling')),
    maxTokens: oneOf(CHOICES.maxTokens, value('maxTokens')),
    thinking: oneOf(CHOICES.thinking, value('thinking')),
    stopSequences: oneOf(CHOICES.stopSequences, value('stopSequences')),
    apiVersion: oneOf(CHOICES.apiVersion, value('apiVersion')),
    form: oneOf(CHOICES.form, value('form')),
  }
}

function oneOf<Choice extends string>(choices: readonly [Choice, ...Choice[]], value: string | null): Choice {
  return choices.find(choice => choice === value) ?? choices[0]
}

const DEFAULTS: State = stateFrom(() => null)

/** The part of a link after `#`, which browsers do not send. It holds the values that differ from the defaults. */
export function hashOf(state: State): string {
  const usual = new Map(Object.entries(DEFAULTS))
  const changed = Object.entries(state).filter(([name, value]) => value !== usual.get(name))
  return `#${new URLSearchParams(changed)}`
}

export function stateOf(hash: string): State {
  const values = new URLSearchParams(hash.replace(/^#/, ''))
  return stateFrom(name => values.get(name))
}
