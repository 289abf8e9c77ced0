import type { MessagesRequest } from '../../../src/wire.ts'

const ask = (content: string): MessagesRequest => ({
  model: 'claude-opus-4-8',
  max_tokens: 300,
  messages: [{ role: 'user', content }],
})

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: they are not meant to be filled in.
/** Texts that a shell, a quoted string or an editor would make something else of. */
const HOSTILE: Readonly<Record<string, string>> = {
  quotes: `"It's", he said: """no""" '''no''' \`no\``,
  'shell syntax': '$HOME ${HOME} $(date) `date` !! \\$x ; rm -rf * & | > < # %s',
  backslashes: '\\ \\\\ \\n \\u0041 \\x41 \\" C:\\new\\table \\',
  'line breaks': 'one\ntwo\r\nthree\rfour\n\n',
  'the end of a here-document': "first\nEOF\n'EOF'\nEOF\\\n<<EOF\nlast",
  'characters that are not seen': 'tab\there\0nul\x1b[31m\x7f\x85\u200b\ufeff end\u2028of\u2029line',
  'text that turns the direction': 'a \u202e txet \u202c b \u2066 c \u2069 \u200f d',
  'many scripts': 'Grüße, 世界, שלום, e\u0301, 👩‍👩‍👧, 🇩🇪, 𝒳',
  'template syntax': '{name} {{name}} {% if %} %(name)s ${name} #{name} f"{x}"',
  code: 'def f():\n    return r"\\d+"  # \'x\'\n',
}
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above.

/** Requests of every shape that a translation makes. */
export const REQUESTS: readonly { name: string; request: MessagesRequest }[] = [
  ...Object.entries(HOSTILE).map(([name, text]) => ({ name, request: ask(text) })),
  {
    name: 'every field',
    request: {
      ...ask('Name a colour.'),
      model: 'claude-haiku-4-5',
      system: 'Be "brief".\n\nHuman: no turn',
      messages: [
        { role: 'user', content: 'Name a colour.' },
        { role: 'assistant', content: "I'd say:" },
      ],
      stop_sequences: ['\n\nHuman:', "it's", '\\n', '"'],
      temperature: 0.5,
      top_k: 5,
      metadata: { user_id: 'user-"1"' },
      stream: true,
    },
  },
  { name: 'a reply as a stream', request: { ...ask('Hi'), stream: true } },
  { name: 'a whole reply, said aloud', request: { ...ask('Hi'), stream: false } },
  { name: 'sampling', request: { ...ask('Hi'), model: 'claude-haiku-4-5', temperature: 0 } },
  {
    name: 'thinking that is switched off',
    request: { ...ask('Hi'), model: 'claude-sonnet-5-5', thinking: { type: 'between_tools' } },
  },
  {
    name: 'little thinking',
    request: { ...ask('Hi'), model: 'claude-opus-5-5', max_tokens: 4396, output_config: { effort: 'low' } },
  },
]
