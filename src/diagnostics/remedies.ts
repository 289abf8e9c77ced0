import type { Diagnostic, DiagnosticCode, PolicyName } from './diagnostic.ts'

/**
 * Who reads a remedy:
 *
 * - `javascript`: a program that passes options to this package: the client, `withCompletions`, `completionsFetch`;
 * - `http`: a client of the proxy in any language, which cannot change an option but can ask its operator;
 * - `command`: a person who runs a command.
 */
export type RemedyReader = 'javascript' | 'http' | 'command'

const MARKERS = 'Write each turn as two newlines, "Human:" or "Assistant:", and its text.'
const ASK_FOR_REPAIR = `${MARKERS} An operator can have the proxy repair such prompts: serve --prompts repair.`

/** Remedies for clients of the proxy where the words of JavaScript cannot simply be replaced. */
const OVER_HTTP: Readonly<Partial<Record<DiagnosticCode, string>>> = {
  'missing-human-turn': ASK_FOR_REPAIR,
  'missing-assistant-turn': ASK_FOR_REPAIR,
  'unrepairable-prompt': MARKERS,
  'no-user-text': 'Give the Human turn its text.',
  'retired-model':
    'Name a live model. With serve --retired-model adapt the proxy sends the call to the recommended replacement.',
  'sampling-dropped': 'Leave the parameter out. With serve --sampling adapt the proxy drops it.',
  'sampling-exclusive': 'Send only one of the two. With serve --sampling adapt the proxy drops the other.',
  'max-tokens-capped': 'Ask for fewer tokens. With serve --max-tokens adapt the proxy lowers the number.',
  'stop-enforced-here':
    'Give each stop sequence a visible character. With serve --stop-sequences adapt the proxy stops the response itself.',
  'empty-stop-sequence':
    'Remove the empty stop sequence. With serve --stop-sequences adapt the proxy drops it.',
  'prefill-trimmed':
    'End the prompt without whitespace. With serve --prefill adapt the proxy removes the whitespace.',
  'prefill-continued':
    'End the prompt with "Assistant:". With serve --prefill adapt the proxy asks the model to continue the text.',
  'thinking-reserve':
    'Name a model that can answer without thinking. With serve --thinking adapt the proxy adds tokens for it.',
}

/** The flag of each policy. The commands have none for `maxTokens`. */
const FLAGS: Readonly<Record<PolicyName, string>> = {
  sampling: '--sampling',
  prefill: '--prefill',
  maxTokens: '',
  thinking: '--thinking',
  retiredModel: '--retired-model',
  stopSequences: '--stop-sequences',
}

const HUMAN = 'two newlines and "Human:"'
const ASSISTANT = 'two newlines and "Assistant:"'

/** What the words of JavaScript are called elsewhere, in the order of replacement. `{serve}` names the proxy. */
const WORDS: readonly (readonly [word: RegExp, others: string])[] = [
  [
    /Import HUMAN_PROMPT and AI_PROMPT from legacy-completions\.(?: The official SDK 1\.x does not export them\.)?/g,
    'Write two newlines and "Human:" or "Assistant:".',
  ],
  [/Write HUMAN_PROMPT and AI_PROMPT if it begins a turn: two/g, 'If it begins a turn, write two'],
  [/, or write it with renderPrompt/g, ''],
  [/, or pass \{ apiKey \} to the client/g, ''],
  [/Build the prompt with renderPrompt, or put/g, 'Put'],
  [/Build the prompt with renderPrompt, or join/g, 'Join'],
  [/build the prompt with the prompt`…` tag, or use/g, 'use'],
  [/: prompt\.replaceAll\("\\r\\n", "\\n"\)/g, ''],
  [/, as JSON\.parse (?:does|or the program reads it)/g, ''],
  [/, for example with Array\.from,/g, ','],
  [
    /Set `prompts: 'repair'`, or `--prompts repair` on the command line and for the proxy\./g,
    'Use {serve}--prompts repair.',
  ],
  [/`prompts: 'repair'` accepts/g, '{serve}--prompts repair accepts'],
  [/Set `thinking: 'pass'`/g, 'Use {serve}--thinking pass'],
  [/, or read it from the server with `refreshModels`/g, ''],
  [/in the `models` option/g, 'with {serve}--models'],
  [/Or set `thinkingReserve`/g, 'Or use {serve}--thinking-reserve'],
  [/or lower `thinkingReserve`/g, 'or lower {serve}--thinking-reserve'],
  [/HUMAN_PROMPT and AI_PROMPT/g, 'two newlines and "Human:" or "Assistant:"'],
  [/HUMAN_PROMPT/g, HUMAN],
  [/AI_PROMPT/g, ASSISTANT],
]

const POLICY =
  / Option `(sampling|prefill|maxTokens|thinking|retiredModel|stopSequences)`: 'error' rejects such a call, 'pass' sends it unchanged\.$/

/**
 * Words a sentence of a diagnostic for its reader. Diagnostics are written for JavaScript; an entry point with other
 * readers words them when it writes them.
 *
 * @example
 * wordFor("Set `thinking: 'pass'` to let it think.", 'command') // 'Use --thinking pass to let it think.'
 */
export function wordFor(sentence: string, reader: RemedyReader): string {
  if (reader === 'javascript') return sentence
  const serve = reader === 'http' ? 'serve ' : ''
  const worded = sentence.replace(POLICY, (_, policy: PolicyName) => policySentence(FLAGS[policy], serve))
  return WORDS.reduce(
    (text, [word, others]) => text.replace(word, () => others.replace('{serve}', serve)),
    worded,
  )
}

function policySentence(flag: string, serve: string): string {
  return flag === '' ? '' : ` ${serve}${flag} error rejects such a call, ${flag} pass sends it unchanged.`
}

/** Returns the remedy of a diagnostic in the words of its reader. */
export function remedyFor({ code, fix }: Pick<Diagnostic, 'code' | 'fix'>, reader: RemedyReader): string {
  return (reader === 'http' ? OVER_HTTP[code] : undefined) ?? wordFor(fix, reader)
}
