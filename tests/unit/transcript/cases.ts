import type { Conversation, ConversationMessage, DiagnosticCode, Role } from 'legacy-completions/transcript'

/** A diagnostic: its code, its offset, and the text at the offset. */
export type ExpectedDiagnostic = readonly [code: DiagnosticCode, at: number, about: string]

export interface PromptCase {
  title: string
  prompt: string
  /** What stands before the first turn; left out when nothing does. */
  system?: string
  turns: readonly (readonly [Role, string])[]
  prefill?: string
  diagnostics?: readonly ExpectedDiagnostic[]
  /** What `toMessages` makes of it. */
  messages: readonly ConversationMessage[]
  /** The system text of `toMessages`, where it is not that of the transcript. */
  sentSystem?: null
}

const user = (content: string): ConversationMessage => ({ role: 'user', content })
const assistant = (content: string): ConversationMessage => ({ role: 'assistant', content })
const HI = '\n\nHuman: Hi\n\nAssistant:'
const HI_TURNS: PromptCase['turns'] = [
  ['user', 'Hi'],
  ['assistant', ''],
]

/** Well-formed prompts, of the documentation and of recorded calls. */
const accepted: readonly PromptCase[] = [
  { title: 'one question', prompt: HI, turns: HI_TURNS, messages: [user('Hi')] },
  {
    title: 'several turns',
    prompt:
      "\n\nHuman: Hello there\n\nAssistant: Hi, I'm Claude. How can I help?\n\nHuman: Can you explain Glycolysis to me?\n\nAssistant:",
    turns: [
      ['user', 'Hello there'],
      ['assistant', "Hi, I'm Claude. How can I help?"],
      ['user', 'Can you explain Glycolysis to me?'],
      ['assistant', ''],
    ],
    messages: [
      user('Hello there'),
      assistant("Hi, I'm Claude. How can I help?"),
      user('Can you explain Glycolysis to me?'),
    ],
  },
  {
    title: 'a system text',
    prompt: 'Today is January 1, 2024.\n\nHuman: Hello, Claude\n\nAssistant:',
    system: 'Today is January 1, 2024.',
    turns: [
      ['user', 'Hello, Claude'],
      ['assistant', ''],
    ],
    messages: [user('Hello, Claude')],
  },
  {
    title: 'a prefill',
    prompt: '\n\nHuman: Hello\n\nAssistant: Hello, my name is',
    turns: [
      ['user', 'Hello'],
      ['assistant', 'Hello, my name is'],
    ],
    prefill: 'Hello, my name is',
    messages: [user('Hello'), assistant('Hello, my name is')],
  },
  {
    title: 'a prefill that ends in a newline',
    prompt: '\n\nHuman: Hello\n\nAssistant: Sure, here you go:\n',
    turns: [
      ['user', 'Hello'],
      ['assistant', 'Sure, here you go:\n'],
    ],
    prefill: 'Sure, here you go:\n',
    messages: [user('Hello'), assistant('Sure, here you go:\n')],
  },
  {
    title: 'a trailing space after the open Assistant',
    prompt: '\n\nHuman: Hello, Claude:\n\nAssistant: ',
    turns: [
      ['user', 'Hello, Claude:'],
      ['assistant', ''],
    ],
    messages: [user('Hello, Claude:')],
  },
  {
    title: 'two trailing spaces after the open Assistant',
    prompt: '\n\nHuman: Hi\n\nAssistant:  ',
    turns: [
      ['user', 'Hi'],
      ['assistant', ' '],
    ],
    messages: [user('Hi')],
  },
  {
    title: 'a newline after the open Assistant',
    prompt: '\n\nHuman: Hi\n\nAssistant:\n',
    turns: [
      ['user', 'Hi'],
      ['assistant', '\n'],
    ],
    messages: [user('Hi')],
  },
  {
    title: 'three newlines before a marker and one after',
    prompt: '\n\nHuman:\nHello world\n\n\nAssistant:',
    turns: [
      ['user', '\nHello world\n'],
      ['assistant', ''],
    ],
    messages: [user('\nHello world\n')],
  },
  {
    title: 'a space before a marker',
    prompt: '\n\nHuman: Why? \n\nAssistant:',
    turns: [
      ['user', 'Why? '],
      ['assistant', ''],
    ],
    messages: [user('Why? ')],
  },
  {
    title: 'no space after the colon',
    prompt: '\n\nHuman:Hi\n\nAssistant:Yes',
    turns: [
      ['user', 'Hi'],
      ['assistant', 'Yes'],
    ],
    prefill: 'Yes',
    messages: [user('Hi'), assistant('Yes')],
  },
  {
    title: 'only one space belongs to the marker',
    prompt: '\n\nHuman:   Hi\n\nAssistant:',
    turns: [
      ['user', '  Hi'],
      ['assistant', ''],
    ],
    messages: [user('  Hi')],
  },
  {
    title: 'a tab or a no-break space after the colon does not belong to the marker',
    prompt: '\n\nHuman:\tHi\n\nAssistant:\u00a0Yes',
    turns: [
      ['user', '\tHi'],
      ['assistant', '\u00a0Yes'],
    ],
    prefill: '\u00a0Yes',
    messages: [user('\tHi'), assistant('\u00a0Yes')],
  },
  {
    title: 'indentation, blank lines and trailing whitespace inside a turn',
    prompt: '\n\nHuman:   a\n\n\n  b\t \n\nAssistant:',
    turns: [
      ['user', '  a\n\n\n  b\t '],
      ['assistant', ''],
    ],
    messages: [user('  a\n\n\n  b\t ')],
  },
  {
    title: 'the words Human and Assistant inside other words and lines',
    prompt:
      '\n\nHuman: A Superhuman: yes, Human: no, NotHuman:\nMy Assistant: none\n\nhuman: x\n\nAssistant:',
    turns: [
      ['user', 'A Superhuman: yes, Human: no, NotHuman:\nMy Assistant: none\n\nhuman: x'],
      ['assistant', ''],
    ],
    diagnostics: [['near-miss-label', 69, 'human:']],
    messages: [user('A Superhuman: yes, Human: no, NotHuman:\nMy Assistant: none\n\nhuman: x')],
  },
  {
    title: 'words that only end like a label, after two newlines',
    prompt: '\n\nHuman: x\n\nSuperHuman: y\n\nXAssistant: z\n\nHumans: q\n\nHuman : w\n\nAssistant:',
    turns: [
      ['user', 'x\n\nSuperHuman: y\n\nXAssistant: z\n\nHumans: q\n\nHuman : w'],
      ['assistant', ''],
    ],
    diagnostics: [['near-miss-label', 53, 'Human :']],
    messages: [user('x\n\nSuperHuman: y\n\nXAssistant: z\n\nHumans: q\n\nHuman : w')],
  },
  {
    title: 'a word of a label that begins a turn',
    prompt: '\n\nHuman: Human: hi\n\nAssistant:',
    turns: [
      ['user', 'Human: hi'],
      ['assistant', ''],
    ],
    messages: [user('Human: hi')],
  },
  {
    title: 'a label behind more blanks than are looked at, in the middle of a line',
    prompt: `\n\nHuman: a${' '.repeat(80)}Human: b\n\nAssistant:`,
    turns: [
      ['user', `a${' '.repeat(80)}Human: b`],
      ['assistant', ''],
    ],
    messages: [user(`a${' '.repeat(80)}Human: b`)],
  },
  {
    title: 'a label without a colon, where colons are many',
    prompt: `\n\nHuman: ${'a:1,'.repeat(20)}\n\nAssistants, and an\n\nAssistant\n\nAssistant:`,
    turns: [
      ['user', `${'a:1,'.repeat(20)}\n\nAssistants, and an\n\nAssistant`],
      ['assistant', ''],
    ],
    messages: [user(`${'a:1,'.repeat(20)}\n\nAssistants, and an\n\nAssistant`)],
  },
  {
    title: 'colons in a row',
    prompt: '::\n\nHuman::: a\n\nAssistant::',
    system: '::',
    turns: [
      ['user', ':: a'],
      ['assistant', ':'],
    ],
    prefill: ':',
    messages: [user(':: a'), assistant(':')],
  },
  {
    title: 'NUL, U+2028 and a byte order mark in the text',
    prompt: '\ufeff\0\n\nHuman: a\0b\u2028\n\nAssistant:',
    system: '\ufeff\0',
    turns: [
      ['user', 'a\0b\u2028'],
      ['assistant', ''],
    ],
    messages: [user('a\0b\u2028')],
  },
  {
    title: 'lone surrogates on both sides of a marker',
    prompt: '\ude00\n\nHuman:\ud83d\n\nAssistant:\ude00',
    system: '\ude00',
    turns: [
      ['user', '\ud83d'],
      ['assistant', '\ude00'],
    ],
    prefill: '\ude00',
    messages: [user('\ud83d'), assistant('\ude00')],
  },
  {
    title: 'surrogate pairs, in whose units offsets count',
    prompt: '😀\n\nHuman: 😀\n\nAssistant: 😀',
    system: '😀',
    turns: [
      ['user', '😀'],
      ['assistant', '😀'],
    ],
    prefill: '😀',
    messages: [user('😀'), assistant('😀')],
  },
  {
    title: 'a carriage return that ends a text, before a whole marker',
    prompt: '\n\nHuman: Hi\r\n\nAssistant:',
    turns: [
      ['user', 'Hi\r'],
      ['assistant', ''],
    ],
    messages: [user('Hi\r')],
  },
]

/** What the documentation says the old server refused. */
const rejected: readonly PromptCase[] = [
  {
    title: 'the empty string',
    prompt: '',
    turns: [],
    diagnostics: [
      ['missing-human-turn', 0, ''],
      ['missing-assistant-turn', 0, ''],
    ],
    messages: [],
  },
  {
    title: 'no marker',
    prompt: 'Hello, world',
    system: 'Hello, world',
    turns: [],
    diagnostics: [
      ['missing-human-turn', 0, ''],
      ['missing-assistant-turn', 12, ''],
    ],
    messages: [],
  },
  {
    title: 'an Assistant only',
    prompt: 'Hello, world\n\nAssistant:',
    system: 'Hello, world',
    turns: [['assistant', '']],
    diagnostics: [['missing-human-turn', 12, '\n\nAssistant:']],
    messages: [],
  },
  {
    title: 'a Human only',
    prompt: '\n\nHuman: Hello, Claude',
    turns: [['user', 'Hello, Claude']],
    diagnostics: [['missing-assistant-turn', 22, '']],
    messages: [user('Hello, Claude')],
  },
  {
    title: 'an Assistant first',
    prompt: '\n\nAssistant: Hello, world\n\nHuman: Hello, Claude\n\nAssistant:',
    turns: [
      ['assistant', 'Hello, world'],
      ['user', 'Hello, Claude'],
      ['assistant', ''],
    ],
    diagnostics: [['missing-human-turn', 0, '\n\nAssistant: ']],
    messages: [assistant('Hello, world'), user('Hello, Claude')],
  },
  {
    title: 'a Human last',
    prompt: '\n\nHuman: Hello, Claude\n\nAssistant: Hello, world\n\nHuman: How many toes do dogs have?',
    turns: [
      ['user', 'Hello, Claude'],
      ['assistant', 'Hello, world'],
      ['user', 'How many toes do dogs have?'],
    ],
    diagnostics: [['missing-assistant-turn', 83, '']],
    messages: [user('Hello, Claude'), assistant('Hello, world'), user('How many toes do dogs have?')],
  },
  {
    title: 'a single newline before the Assistant',
    prompt: '\n\nHuman: Hello, Claude \nAssistant:',
    turns: [['user', 'Hello, Claude \nAssistant:']],
    diagnostics: [
      ['single-newline-marker', 24, 'Assistant:'],
      ['missing-assistant-turn', 34, ''],
    ],
    messages: [user('Hello, Claude \nAssistant:')],
  },
  {
    title: 'no newline before the Assistant, as Bedrock once took it',
    prompt: 'Human: Tell me a joke Assistant:',
    turns: [['user', 'Tell me a joke Assistant:']],
    diagnostics: [
      ['marker-without-newlines', 0, 'Human: '],
      ['missing-assistant-turn', 32, ''],
    ],
    messages: [user('Tell me a joke Assistant:')],
  },
  {
    title: 'a system text right before the Assistant',
    prompt: 'Be brief.\n\nAssistant: ok',
    system: 'Be brief.',
    turns: [['assistant', 'ok']],
    prefill: 'ok',
    diagnostics: [['missing-human-turn', 9, '\n\nAssistant: ']],
    messages: [assistant('ok')],
  },
  {
    title: 'the bare constants',
    prompt: '\n\nHuman:\n\nAssistant:',
    turns: [
      ['user', ''],
      ['assistant', ''],
    ],
    diagnostics: [
      ['empty-turn', 0, '\n\nHuman:'],
      ['no-user-text', 0, '\n\nHuman:'],
    ],
    messages: [user('.')],
  },
  {
    title: 'a blank Human before a prefill',
    prompt: '\n\nHuman: \t\n\nAssistant: x',
    turns: [
      ['user', '\t'],
      ['assistant', 'x'],
    ],
    prefill: 'x',
    diagnostics: [
      ['empty-turn', 0, '\n\nHuman: \t'],
      ['no-user-text', 0, '\n\nHuman: '],
    ],
    messages: [user('.'), assistant('x')],
  },
  {
    title: 'only blank Humans',
    prompt: '\n\nHuman:\n\nHuman:',
    turns: [
      ['user', ''],
      ['user', ''],
    ],
    diagnostics: [
      ['empty-turn', 0, '\n\nHuman:'],
      ['no-user-text', 0, '\n\nHuman:'],
      ['empty-turn', 8, '\n\nHuman:'],
      ['missing-assistant-turn', 16, ''],
    ],
    messages: [user('.')],
  },
]

/** Labels that resemble a marker: they stay text, and are reported. */
const nearMisses: readonly PromptCase[] = [
  ...[
    ['HUMAN:', 'HUMAN:'],
    ['human:', 'human:'],
    ['ASSISTANT:', 'ASSISTANT:'],
    ['assistant:', 'assistant:'],
    ['Human :', 'Human :'],
    ['Assistant\u00A0:', 'Assistant\u00A0:'],
    ['Human\uFF1A', 'Human\uFF1A'],
    ['Assistant\uFF1A', 'Assistant\uFF1A'],
    ['**Human:**', 'Human:'],
    ['**Assistant**:', 'Assistant**:'],
    ['__Human__ :', 'Human__ :'],
    ['\u00A0Human:', 'Human:'],
    ['\u200BHuman:', 'Human:'],
    ['\uFEFFAssistant:', 'Assistant:'],
    ['\u2060Human:', 'Human:'],
    ['### Human:', 'Human:'],
    ['> Assistant:', 'Assistant:'],
    ['[Human]:', 'Human]:'],
    ['(Assistant):', 'Assistant):'],
    ['<b>Human:</b>', 'Human:'],
    ['<strong>Assistant</strong>:', 'Assistant</strong>:'],
  ].map(([label = '', about = '']): PromptCase => {
    const text = `a\n\n${label} b`
    return {
      title: `${JSON.stringify(label)}, which resembles a marker`,
      prompt: `\n\nHuman: ${text}\n\nAssistant:`,
      turns: [
        ['user', text],
        ['assistant', ''],
      ],
      diagnostics: [['near-miss-label', 12 + label.indexOf(about), about]],
      messages: [user(text)],
    }
  }),
  {
    title: 'words that end like a label, and labels in the middle of a line',
    prompt:
      '\n\nHuman: a\n\ninhuman: b\n\nthe human: c\nhuman: d\n\nhumans: e\n\nMY ASSISTANT: f\n\nAssistant:',
    turns: [
      ['user', 'a\n\ninhuman: b\n\nthe human: c\nhuman: d\n\nhumans: e\n\nMY ASSISTANT: f'],
      ['assistant', ''],
    ],
    messages: [user('a\n\ninhuman: b\n\nthe human: c\nhuman: d\n\nhumans: e\n\nMY ASSISTANT: f')],
  },
  {
    title: 'a label that resembles a marker at the very start',
    prompt: 'HUMAN: a\n\nAssistant:',
    system: 'HUMAN: a',
    turns: [['assistant', '']],
    diagnostics: [
      ['near-miss-label', 0, 'HUMAN:'],
      ['missing-human-turn', 8, '\n\nAssistant:'],
    ],
    messages: [],
  },
]

/** Where a prompt begins, and how many newlines it begins with. */
const starts: readonly PromptCase[] = [
  {
    title: 'Human at the start without newlines',
    prompt: 'Human: Hello, Claude\n\nAssistant:',
    turns: [
      ['user', 'Hello, Claude'],
      ['assistant', ''],
    ],
    diagnostics: [['marker-without-newlines', 0, 'Human: ']],
    messages: [user('Hello, Claude')],
  },
  {
    title: 'Human at the start after one newline',
    prompt: '\nHuman:Hi\n\nAssistant:',
    turns: HI_TURNS,
    diagnostics: [['marker-without-newlines', 0, '\nHuman:']],
    messages: [user('Hi')],
  },
  {
    title: 'Human at the start after three newlines',
    prompt: `\n${HI}`,
    system: '\n',
    turns: HI_TURNS,
    diagnostics: [['blank-system', 0, '\n']],
    messages: [user('Hi')],
    sentSystem: null,
  },
  {
    title: 'Human after blanks and two newlines',
    prompt: ` \t${HI}`,
    system: ' \t',
    turns: HI_TURNS,
    diagnostics: [['blank-system', 0, ' \t']],
    messages: [user('Hi')],
    sentSystem: null,
  },
  {
    title: 'Human after a space',
    prompt: ' Human: Hi\n\nAssistant:',
    system: ' Human: Hi',
    turns: [['assistant', '']],
    diagnostics: [
      ['indented-marker', 1, 'Human:'],
      ['missing-human-turn', 10, '\n\nAssistant:'],
    ],
    messages: [],
  },
  {
    title: 'Assistant at the start without newlines',
    prompt: 'Assistant: Hi',
    system: 'Assistant: Hi',
    turns: [],
    diagnostics: [
      ['single-newline-marker', 0, 'Assistant:'],
      ['missing-human-turn', 0, ''],
      ['missing-assistant-turn', 13, ''],
    ],
    messages: [],
  },
  {
    title: 'Assistant at the start after two newlines',
    prompt: '\n\nAssistant:',
    turns: [['assistant', '']],
    diagnostics: [['missing-human-turn', 0, '\n\nAssistant:']],
    messages: [],
  },
  {
    title: 'a colon at the start',
    prompt: `:${HI}`,
    system: ':',
    turns: HI_TURNS,
    messages: [user('Hi')],
  },
  {
    title: 'nothing but a label',
    prompt: 'Human:',
    turns: [['user', '']],
    diagnostics: [
      ['marker-without-newlines', 0, 'Human:'],
      ['empty-turn', 0, 'Human:'],
      ['no-user-text', 0, 'Human:'],
      ['missing-assistant-turn', 6, ''],
    ],
    messages: [user('.')],
  },
]

/** Turns that the Messages API takes otherwise than they stand. */
const reshaped: readonly PromptCase[] = [
  {
    title: 'two Humans in a row',
    prompt: '\n\nHuman: a\n\nHuman: b\n\nAssistant:',
    turns: [
      ['user', 'a'],
      ['user', 'b'],
      ['assistant', ''],
    ],
    diagnostics: [['joined-turns', 10, '\n\nHuman: ']],
    messages: [user('a\n\nb')],
  },
  {
    title: 'three Assistants in a row, the last one open',
    prompt: '\n\nHuman: a\n\nAssistant: b\n\nAssistant: c\n\nAssistant:d',
    turns: [
      ['user', 'a'],
      ['assistant', 'b'],
      ['assistant', 'c'],
      ['assistant', 'd'],
    ],
    prefill: 'b\n\nc\n\nd',
    diagnostics: [
      ['joined-turns', 24, '\n\nAssistant: '],
      ['joined-turns', 38, '\n\nAssistant:'],
    ],
    messages: [user('a'), assistant('b\n\nc\n\nd')],
  },
  {
    title: 'a bare Assistant after an Assistant that spoke',
    prompt: '\n\nHuman: a\n\nAssistant: b\n\nAssistant:',
    turns: [
      ['user', 'a'],
      ['assistant', 'b'],
      ['assistant', ''],
    ],
    prefill: 'b',
    diagnostics: [['joined-turns', 24, '\n\nAssistant:']],
    messages: [user('a'), assistant('b')],
  },
  {
    title: 'an empty Human in the middle joins the Assistants around it',
    prompt: '\n\nHuman: a\n\nAssistant: b\n\nHuman:\n\nAssistant: c',
    turns: [
      ['user', 'a'],
      ['assistant', 'b'],
      ['user', ''],
      ['assistant', 'c'],
    ],
    prefill: 'b\n\nc',
    diagnostics: [
      ['empty-turn', 24, '\n\nHuman:'],
      ['joined-turns', 32, '\n\nAssistant: '],
    ],
    messages: [user('a'), assistant('b\n\nc')],
  },
  {
    title: 'an empty Assistant in the middle joins the Humans around it',
    prompt: '\n\nHuman: a\n\nAssistant: \n\nHuman: b\n\nAssistant:',
    turns: [
      ['user', 'a'],
      ['assistant', ''],
      ['user', 'b'],
      ['assistant', ''],
    ],
    diagnostics: [
      ['empty-turn', 10, '\n\nAssistant: '],
      ['joined-turns', 23, '\n\nHuman: '],
    ],
    messages: [user('a\n\nb')],
  },
  {
    title: 'an empty first Human before one that speaks',
    prompt: '\n\nHuman:\n\nHuman: a\n\nAssistant:',
    turns: [
      ['user', ''],
      ['user', 'a'],
      ['assistant', ''],
    ],
    diagnostics: [['empty-turn', 0, '\n\nHuman:']],
    messages: [user('a')],
  },
  {
    title: 'a system text before a silent Human, who lets the Assistant begin',
    prompt: 'Say x.\n\nHuman:\n\nAssistant: x\n\nHuman: again\n\nAssistant:',
    system: 'Say x.',
    turns: [
      ['user', ''],
      ['assistant', 'x'],
      ['user', 'again'],
      ['assistant', ''],
    ],
    diagnostics: [
      ['empty-turn', 6, '\n\nHuman:'],
      ['system-as-user', 6, '\n\nHuman:'],
    ],
    messages: [user('Say x.'), assistant('x'), user('again')],
    sentSystem: null,
  },
  {
    title: 'a system text and nobody who speaks',
    prompt: 'Say x.\n\nHuman:\n\nAssistant:',
    system: 'Say x.',
    turns: [
      ['user', ''],
      ['assistant', ''],
    ],
    diagnostics: [
      ['empty-turn', 6, '\n\nHuman:'],
      ['system-as-user', 6, '\n\nHuman:'],
    ],
    messages: [user('Say x.')],
    sentSystem: null,
  },
  {
    title: 'a turn of nothing but a no-break space is blank',
    prompt: '\n\nHuman: a\n\nAssistant: \u00a0\n\nHuman: b\n\nAssistant:',
    turns: [
      ['user', 'a'],
      ['assistant', '\u00a0'],
      ['user', 'b'],
      ['assistant', ''],
    ],
    diagnostics: [
      ['empty-turn', 10, '\n\nAssistant: \u00a0'],
      ['joined-turns', 24, '\n\nHuman: '],
    ],
    messages: [user('a\n\nb')],
  },
  {
    title: 'a turn of control characters is not blank',
    prompt: '\n\nHuman: \0\n\nAssistant: \x7f',
    turns: [
      ['user', '\0'],
      ['assistant', '\x7f'],
    ],
    prefill: '\x7f',
    messages: [user('\0'), assistant('\x7f')],
  },
]

/** Text that looks like a marker but is not one, or a marker that the author may not have meant. */
const lookalikes: readonly PromptCase[] = [
  {
    title: 'single newlines',
    prompt: '\n\nHuman: a\nAssistant: b\nHuman: c\n\nAssistant:',
    turns: [
      ['user', 'a\nAssistant: b\nHuman: c'],
      ['assistant', ''],
    ],
    diagnostics: [
      ['single-newline-marker', 11, 'Assistant:'],
      ['single-newline-marker', 24, 'Human:'],
    ],
    messages: [user('a\nAssistant: b\nHuman: c')],
  },
  {
    title: 'CRLF line ends',
    prompt: '\r\n\r\nHuman: Hi\r\n\r\nAssistant:',
    system: '\r\n\r\nHuman: Hi\r\n\r\nAssistant:',
    turns: [],
    diagnostics: [
      ['missing-human-turn', 0, ''],
      ['crlf-marker', 4, 'Human:'],
      ['crlf-marker', 17, 'Assistant:'],
      ['missing-assistant-turn', 27, ''],
    ],
    messages: [],
  },
  {
    title: 'one LF and one CRLF',
    prompt: '\n\nHuman: Hi\n\r\nAssistant:\n\nAssistant:',
    turns: [
      ['user', 'Hi\n\r\nAssistant:'],
      ['assistant', ''],
    ],
    diagnostics: [['crlf-marker', 14, 'Assistant:']],
    messages: [user('Hi\n\r\nAssistant:')],
  },
  {
    title: 'old Mac line ends say nothing at all',
    prompt: '\n\nHuman: a\r\rAssistant: b\n\nAssistant:',
    turns: [
      ['user', 'a\r\rAssistant: b'],
      ['assistant', ''],
    ],
    messages: [user('a\r\rAssistant: b')],
  },
  {
    title: 'indentation by spaces and tabs',
    prompt: '\n\nHuman: a\n\n  Assistant: b\n\n\tHuman: c\n\n Assistant:\n\nAssistant:',
    turns: [
      ['user', 'a\n\n  Assistant: b\n\n\tHuman: c\n\n Assistant:'],
      ['assistant', ''],
    ],
    diagnostics: [
      ['indented-marker', 14, 'Assistant:'],
      ['indented-marker', 29, 'Human:'],
      ['indented-marker', 40, 'Assistant:'],
    ],
    messages: [user('a\n\n  Assistant: b\n\n\tHuman: c\n\n Assistant:')],
  },
  {
    title: 'the escaped constants that official SDKs exported',
    prompt: '\\n\\nHuman: Hi\\n\\nAssistant:',
    system: '\\n\\nHuman: Hi\\n\\nAssistant:',
    turns: [],
    diagnostics: [
      ['missing-human-turn', 0, ''],
      ['escaped-marker', 4, 'Human:'],
      ['escaped-marker', 17, 'Assistant:'],
      ['missing-assistant-turn', 27, ''],
    ],
    messages: [],
  },
  {
    title: 'a word that ends in a label, after a backslash and an n',
    prompt: '\n\nHuman: Is it nonHuman: or unAssistant:?\n\nAssistant:',
    turns: [
      ['user', 'Is it nonHuman: or unAssistant:?'],
      ['assistant', ''],
    ],
    messages: [user('Is it nonHuman: or unAssistant:?')],
  },
  {
    title: 'a label behind as many blanks as are looked through',
    prompt: `\n\nHuman: Hi\n${' '.repeat(63)}Human: Ho\n\nAssistant:`,
    turns: [
      ['user', `Hi\n${' '.repeat(63)}Human: Ho`],
      ['assistant', ''],
    ],
    diagnostics: [['indented-marker', 75, 'Human:']],
    messages: [user(`Hi\n${' '.repeat(63)}Human: Ho`)],
  },
  {
    title: 'a label behind one blank more',
    prompt: `\n\nHuman: Hi\n${' '.repeat(64)}Human: Ho\n\nAssistant:`,
    turns: [
      ['user', `Hi\n${' '.repeat(64)}Human: Ho`],
      ['assistant', ''],
    ],
    messages: [user(`Hi\n${' '.repeat(64)}Human: Ho`)],
  },
  {
    title: 'the constants that official SDKs no longer export',
    prompt: 'undefined What is it?undefined',
    system: 'undefined What is it?undefined',
    turns: [],
    diagnostics: [
      ['missing-human-turn', 0, ''],
      ['undefined-marker', 0, 'undefined'],
      ['missing-assistant-turn', 30, ''],
    ],
    messages: [],
  },
  {
    title: 'the same, without a space after the first',
    prompt: 'undefinedWhat is it?undefined',
    system: 'undefinedWhat is it?undefined',
    turns: [],
    diagnostics: [
      ['missing-human-turn', 0, ''],
      ['undefined-marker', 0, 'undefined'],
      ['missing-assistant-turn', 29, ''],
    ],
    messages: [],
  },
  {
    title: 'the first of them only',
    prompt: 'undefined What is it?',
    system: 'undefined What is it?',
    turns: [],
    diagnostics: [
      ['missing-human-turn', 0, ''],
      ['undefined-marker', 0, 'undefined'],
      ['missing-assistant-turn', 21, ''],
    ],
    messages: [],
  },
  {
    title: 'the first of them, before the other written out',
    prompt: 'undefined What is it?\n\nAssistant:',
    system: 'undefined What is it?',
    turns: [['assistant', '']],
    diagnostics: [
      ['undefined-marker', 0, 'undefined'],
      ['missing-human-turn', 21, '\n\nAssistant:'],
    ],
    messages: [],
  },
  {
    title: 'the word at the end of a text without markers',
    prompt: 'It is undefined',
    system: 'It is undefined',
    turns: [],
    diagnostics: [
      ['missing-human-turn', 0, ''],
      ['missing-assistant-turn', 15, ''],
    ],
    messages: [],
  },
  {
    title: 'a prompt that has turns may begin with the word undefined',
    prompt: `undefined behaviour${HI}`,
    system: 'undefined behaviour',
    turns: HI_TURNS,
    messages: [user('Hi')],
  },
  {
    title: 'a System marker, which there never was',
    prompt: 'System: Be brief.\n\nSystem: Really.\n\nHuman: Hi\n\nAssistant:',
    system: 'System: Be brief.\n\nSystem: Really.',
    turns: HI_TURNS,
    diagnostics: [
      ['unknown-role-marker', 0, 'System:'],
      ['unknown-role-marker', 19, 'System:'],
    ],
    messages: [user('Hi')],
  },
  {
    title: 'short labels of an example dialogue',
    prompt: '\n\nHuman: Continue:\nH: hi\n\nA: hello, plan A: go\n\nAssistant:',
    turns: [
      ['user', 'Continue:\nH: hi\n\nA: hello, plan A: go'],
      ['assistant', ''],
    ],
    diagnostics: [
      ['short-label', 19, 'H:'],
      ['short-label', 26, 'A:'],
    ],
    messages: [user('Continue:\nH: hi\n\nA: hello, plan A: go')],
  },
  {
    title: 'markers after an opening quote, an opening tag and a closed one',
    prompt: '\n\nHuman: Read "\n\nHuman: a\n\nAssistant: <x>\n\nHuman: b</x>\n\nAssistant:',
    turns: [
      ['user', 'Read "'],
      ['user', 'a'],
      ['assistant', '<x>'],
      ['user', 'b</x>'],
      ['assistant', ''],
    ],
    diagnostics: [
      ['quoted-marker', 15, '\n\nHuman: '],
      ['joined-turns', 15, '\n\nHuman: '],
      ['quoted-marker', 41, '\n\nHuman: '],
    ],
    messages: [user('Read "\n\na'), assistant('<x>'), user('b</x>')],
  },
  {
    title: 'a closing quote before a marker is not reported',
    prompt: '\n\nHuman: Say "x"\n\nAssistant: a > b and 5\'\n\nHuman: y"\n\nAssistant:',
    turns: [
      ['user', 'Say "x"'],
      ['assistant', "a > b and 5'"],
      ['user', 'y"'],
      ['assistant', ''],
    ],
    messages: [user('Say "x"'), assistant("a > b and 5'"), user('y"')],
  },
  {
    title: 'a quote that is the whole text before a marker',
    prompt: '"\n\nHuman: a\n\nAssistant:',
    system: '"',
    turns: [
      ['user', 'a'],
      ['assistant', ''],
    ],
    diagnostics: [['quoted-marker', 1, '\n\nHuman: ']],
    messages: [user('a')],
  },
]

export const PROMPT_CASES: readonly PromptCase[] = [
  ...accepted,
  ...rejected,
  ...starts,
  ...reshaped,
  ...lookalikes,
  ...nearMisses,
]

/** The conversation that a case is expected to become. */
export function expectedConversation({ system, sentSystem, messages }: PromptCase): Conversation {
  const isSent = system !== undefined && sentSystem !== null
  return { ...(isSent && { system }), messages: [...messages] }
}
