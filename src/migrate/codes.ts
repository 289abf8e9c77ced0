/** Why something was left as it is, or what is to be known of what was done. */
export type MigrateCode =
  | 'client-elsewhere'
  | 'first-generation'
  | 'http-agent'
  | 'import-form'
  | 'python-import'
  | 'two-generations'

/** One thing that is said of a place. */
export interface MigrateRule {
  kind: 'left' | 'told'
  message: string
}

/** The closed table of what is said. A `left` one of a call also stands in a comment above it. */
export const CODES: Readonly<Record<MigrateCode, MigrateRule>> = {
  'client-elsewhere': {
    kind: 'left',
    message:
      'the client is not made in a file that was read; where it is made, wrap it: withCompletions(new Anthropic())',
  },
  'first-generation': {
    kind: 'left',
    message:
      'this client is of the first generation: construct Anthropic in its place, then run migrate again',
  },
  'http-agent': {
    kind: 'told',
    message: 'httpAgent is refused by legacy-completions; pass a fetch that goes through the agent',
  },
  'import-form': {
    kind: 'left',
    message:
      'HUMAN_PROMPT, AI_PROMPT and the types of completions come from legacy-completions/sdk; this form of import is not rewritten',
  },
  'python-import': {
    kind: 'left',
    message:
      'there is no shim for Python: pin anthropic below 1.0 and set its base_url to a legacy-completions serve, or rewrite the calls with --stage 2',
  },
  'two-generations': {
    kind: 'left',
    message:
      'the client of the first generation comes from legacy-completions/v0, and the other names of this import do not',
  },
}
