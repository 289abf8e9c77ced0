/** Why something was left as it is, or what is to be known of what was done. */
export type MigrateCode =
  | 'argument-unknown'
  | 'arguments-unknown'
  | 'built-in-stop'
  | 'call-unknown'
  | 'client-elsewhere'
  | 'client-options'
  | 'first-generation'
  | 'http-agent'
  | 'import-form'
  | 'leading-space'
  | 'leading-space-kept'
  | 'long-reply'
  | 'mocked-module'
  | 'model-shared'
  | 'model-unknown'
  | 'options-unknown'
  | 'prefill-open'
  | 'prefill-refused'
  | 'prefill-tail'
  | 'prompt-before-turns'
  | 'prompt-joined'
  | 'prompt-of-turns'
  | 'prompt-quotes'
  | 'prompt-unknown'
  | 'python-import'
  | 'reply-elsewhere'
  | 'reply-field'
  | 'reply-pattern'
  | 'reply-stop-reason'
  | 'reply-type'
  | 'request-refused'
  | 'sampling-version'
  | 'stop-whitespace'
  | 'stream-body'
  | 'stream-elsewhere'
  | 'stream-end'
  | 'stream-pattern'
  | 'stream-space'
  | 'text-escape'
  | 'two-generations'

/** One thing that is said of a place. */
export interface MigrateNote {
  kind: 'left' | 'told'
  /** What is the case, and what to do; of a call that was left, the text of the comment above it. */
  message: string
}

const left = (message: string): MigrateNote => ({ kind: 'left', message })
const told = (message: string): MigrateNote => ({ kind: 'told', message })

/** The closed table of what is said. */
export const CODES: Readonly<Record<MigrateCode, MigrateNote>> = {
  'argument-unknown': left('what is sent depends on a value that only the program knows; write it out'),
  'arguments-unknown': left('the arguments are not written out in the call'),
  'built-in-stop': told(
    'the text is no longer cut at "\\n\\nHuman:"; add it to stop_sequences where a model may write it',
  ),
  'call-unknown': left('this goes through a function of its own; rewrite what it does'),
  'client-elsewhere': left(
    'the client is not made in a file that was read; use messages.create if it has it',
  ),
  'client-options': left('the client is told how to translate; the request would become another'),
  'first-generation': left('a client of the first generation; construct Anthropic in its place'),
  'http-agent': told('legacy-completions refuses httpAgent; pass a fetch that goes through the agent'),
  'import-form': left(
    'this form of import is not rewritten: the constants, the types and withCompletions come from legacy-completions/sdk',
  ),
  'leading-space': told('the text no longer begins with a space, as a completion did'),
  'leading-space-kept': left('the text begins with no space; --leading-space drop accepts that'),
  'long-reply': left(
    'a reply of this length has to be streamed: with client.messages.stream(…) as stream: stream.get_final_message()',
  ),
  'mocked-module': left(
    'this stands in for the SDK in a test; what is tested may import legacy-completions now',
  ),
  'model-shared': left('the model is a constant that is used for more than calls; name a live model there'),
  'model-unknown': left('it is not known what this model takes'),
  'options-unknown': left('the options of the request are not known here'),
  'prefill-open': left('the prompt may end in the beginning of the answer, which only the program knows'),
  'prefill-refused': left(
    'the prompt ends in the beginning of the answer, which the model refuses; ask for the form of the answer',
  ),
  'prefill-tail': left(
    'the prompt ends in whitespace, which the reply may repeat; trim the text, or the prompt',
  ),
  'prompt-before-turns': left('a value stands before the first turn: it may be a system text, or turns'),
  'prompt-joined': left('turns of the prompt are joined, and cannot be told apart in the source'),
  'prompt-of-turns': left('a value of the prompt seems to hold whole turns; write them as messages'),
  'prompt-quotes': left('a value within the prompt has quotes that cannot stand in the new text'),
  'prompt-unknown': left('the prompt is not written here; only the program knows its turns'),
  'python-import': left(
    'there is no shim for Python: pin anthropic below 1.0 and set base_url to a legacy-completions serve, or rewrite calls with --stage 2',
  ),
  'reply-elsewhere': left('the reply goes where it cannot be followed'),
  'reply-field': left('a message has no such field'),
  'reply-pattern': left('the reply is taken apart in a form that is not rewritten'),
  'reply-stop-reason': left("stop_reason has other values in a message: 'end_turn' for a natural end"),
  'reply-type': left('the type of the reply is not Anthropic.Completion by that name'),
  'request-refused': left('the old API refused this prompt or request'),
  'sampling-version': told(
    'sampling parameters are sent under an older anthropic-version, past the types of the SDK',
  ),
  'stop-whitespace': left('the Messages API refuses stop sequences of whitespace; cut the text at them'),
  'stream-body': left('the loop does more with the text than to write or to add it'),
  'stream-elsewhere': left('the stream goes where it cannot be followed'),
  'stream-end': told('the loop no longer sees the empty text that a stream ended with'),
  'stream-pattern': left('the loop takes the completion apart in a form that is not rewritten'),
  'stream-space': left(
    'the text of a stream no longer begins with a space; --leading-space drop accepts that',
  ),
  'text-escape': left('a text has an escape that is read in more than one way; write the character itself'),
  'two-generations': left(
    'the client of the first generation comes from legacy-completions/v0, and other names of this import do not',
  ),
}
