import type { DiagnosticCode } from 'legacy-completions/transcript'

/** A diagnostic: its code, its offset in the source, and the text at the offset. */
export type ExpectedRepair = readonly [code: DiagnosticCode, at: number, about: string]

export interface RepairCase {
  title: string
  prompt: string
  /** What is made of it; left out where it stays as it is. */
  repaired?: string
  diagnostics?: readonly ExpectedRepair[]
}

const HI = '\n\nHuman: Hi\n\nAssistant:'
const AI = '\n\nAssistant:'

/** Markers in other characters. */
const spellings: readonly RepairCase[] = [
  {
    title: 'the constants of the official SDK 0.61–0.137',
    prompt: '\\n\\nHuman: Where is it?\\n\\nAssistant:',
    repaired: '\n\nHuman: Where is it?\n\nAssistant:',
    diagnostics: [
      ['repaired-escaped-marker', 0, '\\n\\n'],
      ['repaired-escaped-marker', 23, '\\n\\n'],
    ],
  },
  {
    title: 'those constants around text that has backslashes of its own',
    prompt: 'Be brief.\\n\\nHuman: print("a\\n\\nb\\n")\\n\\nAssistant: {\\n',
    repaired: 'Be brief.\n\nHuman: print("a\\n\\nb\\n")\n\nAssistant: {\\n',
    diagnostics: [
      ['repaired-escaped-marker', 9, '\\n\\n'],
      ['repaired-escaped-marker', 37, '\\n\\n'],
    ],
  },
  {
    title: 'those constants next to real ones',
    prompt: '\\n\\nHuman: Hi\n\nAssistant: Yo\\n\\nHuman: Bye\n\nAssistant:',
    repaired: '\n\nHuman: Hi\n\nAssistant: Yo\n\nHuman: Bye\n\nAssistant:',
    diagnostics: [
      ['repaired-escaped-marker', 0, '\\n\\n'],
      ['repaired-escaped-marker', 28, '\\n\\n'],
    ],
  },
  {
    title: 'those constants quoted in a proper prompt',
    prompt: '\n\nHuman: Why does my SDK send "\\n\\nHuman: x\\n\\nAssistant:"?\n\nAssistant:',
  },
  {
    title: 'those constants quoted between themselves',
    prompt: '\\n\\nHuman: What is "\\n\\nHuman:" for?\\n\\nAssistant:',
    repaired: '\n\nHuman: What is "\\n\\nHuman:" for?\n\nAssistant:',
    diagnostics: [
      ['repaired-escaped-marker', 0, '\\n\\n'],
      ['repaired-escaped-marker', 36, '\\n\\n'],
    ],
  },
  {
    title: 'a single backslash-n is not those constants',
    prompt: '\\nHuman: Hi\\nAssistant:',
    diagnostics: [['unrepairable-prompt', 0, '']],
  },
  {
    title: 'CRLF line ends, which stay in the text',
    prompt: '\r\n\r\nHuman: One\r\ntwo\r\n\r\nthree\r\n\r\nAssistant:',
    repaired: '\n\nHuman: One\r\ntwo\r\n\r\nthree\n\nAssistant:',
    diagnostics: [
      ['repaired-crlf-marker', 0, '\r\n\r\n'],
      ['repaired-crlf-marker', 28, '\r\n\r\n'],
    ],
  },
  {
    title: 'CRLF line ends, and a real marker appended',
    prompt: 'Be brief.\r\n\r\nHuman: Hi\r\n\r\nAssistant: Yo\r\n\r\nHuman: Bye\n\nAssistant:',
    repaired: 'Be brief.\n\nHuman: Hi\n\nAssistant: Yo\n\nHuman: Bye\n\nAssistant:',
    diagnostics: [
      ['repaired-crlf-marker', 9, '\r\n\r\n'],
      ['repaired-crlf-marker', 22, '\r\n\r\n'],
      ['repaired-crlf-marker', 39, '\r\n\r\n'],
    ],
  },
  {
    title: 'labels of a dialogue in the text of a prompt with CRLF line ends',
    prompt: '\r\n\r\nHuman: Who is right?\r\nHuman: I.\r\nAssistant: I.\r\n\r\nAssistant:',
    repaired: '\n\nHuman: Who is right?\r\nHuman: I.\r\nAssistant: I.\n\nAssistant:',
    diagnostics: [
      ['repaired-crlf-marker', 0, '\r\n\r\n'],
      ['repaired-crlf-marker', 50, '\r\n\r\n'],
    ],
  },
  {
    title: 'CRLF markers in a prompt that the old server took, which ends in a quoted constant',
    prompt: '\n\nHuman: a\r\n\r\nAssistant: b\r\n\r\nHuman: c\n\nAssistant: "\\n\\nAssistant:',
  },
  {
    title: 'a turn by an escaped constant before a prompt that the old server took',
    prompt: '\\n\\nHuman: Be kind.\n\nHuman: Hi\n\nAssistant:',
    repaired: '\n\nHuman: Be kind.\n\nHuman: Hi\n\nAssistant:',
    diagnostics: [['repaired-escaped-marker', 0, '\\n\\n']],
  },
  {
    title: 'an end by an escaped constant behind a prompt that the old server took',
    prompt: '\n\nHuman: Hi\n\nAssistant: Yo\\n\\nAssistant: ',
    repaired: '\n\nHuman: Hi\n\nAssistant: Yo\n\nAssistant: ',
    diagnostics: [['repaired-escaped-marker', 26, '\\n\\n']],
  },
  {
    title: 'escaped constants, and an answer begun that ends in a label',
    prompt: '\\n\\nHuman: Hi\\n\\nAssistant: The word is Assistant:',
    repaired: '\n\nHuman: Hi\n\nAssistant: The word is Assistant:',
    diagnostics: [
      ['repaired-escaped-marker', 0, '\\n\\n'],
      ['repaired-escaped-marker', 13, '\\n\\n'],
    ],
  },
  {
    title: 'escaped constants around a text with CRLF markers',
    prompt: '\\n\\nHuman: Hi\r\n\r\nAssistant: Yo\r\n\r\nHuman: Bye\\n\\nAssistant:',
    repaired: '\n\nHuman: Hi\r\n\r\nAssistant: Yo\r\n\r\nHuman: Bye\n\nAssistant:',
    diagnostics: [
      ['repaired-escaped-marker', 0, '\\n\\n'],
      ['repaired-escaped-marker', 44, '\\n\\n'],
    ],
  },
]

/** Labels that are markers only if nothing else is. */
const labels: readonly RepairCase[] = [
  {
    title: 'single newlines throughout',
    prompt: 'Human: Hi\nAssistant: Yo\nHuman: Bye\nAssistant:',
    repaired: 'Human: Hi\n\nAssistant: Yo\n\nHuman: Bye\n\nAssistant:',
    diagnostics: [
      ['repaired-single-newline-marker', 9, '\n'],
      ['repaired-single-newline-marker', 23, '\n'],
      ['repaired-single-newline-marker', 34, '\n'],
    ],
  },
  {
    title: 'single newlines and a prefill of one line',
    prompt: 'Human: Hi \nAssistant: Yo',
    repaired: 'Human: Hi \n\nAssistant: Yo',
    diagnostics: [['repaired-single-newline-marker', 10, '\n']],
  },
  {
    title: 'single newlines behind a text, which may be the instruction for a quoted dialogue',
    prompt: 'Be brief.\nHuman: Hi \nAssistant: Yo',
    diagnostics: [['unrepairable-prompt', 0, '']],
  },
  {
    title: 'single newlines, and an instruction behind the dialogue',
    prompt: 'Human: Hi\nAssistant: Yo\nWho is polite here?',
    repaired: 'Human: Hi\nAssistant: Yo\nWho is polite here?\n\nAssistant:',
    diagnostics: [['repaired-missing-assistant', 43, '']],
  },
  {
    title: 'single newlines in the middle, between the constants that code puts around',
    prompt: '\n\nHuman: Hi\nAssistant: Yo\nHuman: Bye\nAssistant:',
    repaired: '\n\nHuman: Hi\nAssistant: Yo\nHuman: Bye\n\nAssistant:',
    diagnostics: [['repaired-single-newline-marker', 36, '\n']],
  },
  {
    title: 'single newlines before the Assistant only',
    prompt: '\n\nHuman: Hi\nAssistant: Yo\n\nHuman: Bye\nAssistant:',
    repaired: '\n\nHuman: Hi\nAssistant: Yo\n\nHuman: Bye\n\nAssistant:',
    diagnostics: [['repaired-single-newline-marker', 37, '\n']],
  },
  {
    title: 'a single CRLF',
    prompt: '\r\nHuman: Hi\r\nAssistant:',
    repaired: '\n\nHuman: Hi\n\nAssistant:',
    diagnostics: [
      ['repaired-single-newline-marker', 0, '\r\n'],
      ['repaired-single-newline-marker', 11, '\r\n'],
    ],
  },
  {
    title: 'single newlines, and no open end',
    prompt: 'Human: Hi\nAssistant: Yo\nHuman: Bye',
    repaired: 'Human: Hi\n\nAssistant: Yo\n\nHuman: Bye\n\nAssistant:',
    diagnostics: [
      ['repaired-single-newline-marker', 9, '\n'],
      ['repaired-single-newline-marker', 23, '\n'],
      ['repaired-missing-assistant', 34, ''],
    ],
  },
  {
    title: 'single CRLFs, and no open end',
    prompt: '\r\nHuman: Hi\r\nAssistant: Yo\r\nHuman: Bye',
    repaired: '\n\nHuman: Hi\n\nAssistant: Yo\n\nHuman: Bye\n\nAssistant:',
    diagnostics: [
      ['repaired-single-newline-marker', 0, '\r\n'],
      ['repaired-single-newline-marker', 11, '\r\n'],
      ['repaired-single-newline-marker', 26, '\r\n'],
      ['repaired-missing-assistant', 38, ''],
    ],
  },
  {
    title: 'single newlines behind an escaped constant that opens nothing',
    prompt: 'Go on after\\n\\nAssistant: x\nHuman: Hi',
    repaired: 'Go on after\\n\\nAssistant: x\n\nHuman: Hi\n\nAssistant:',
    diagnostics: [
      ['repaired-single-newline-marker', 27, '\n'],
      ['repaired-missing-assistant', 37, ''],
    ],
  },
  {
    title: 'two turns of the user by real markers, and a single newline before the Assistant',
    prompt: '\n\nHuman: a\n\nHuman: b\nAssistant: c',
    repaired: '\n\nHuman: a\n\nHuman: b\nAssistant: c\n\nAssistant:',
    diagnostics: [['repaired-missing-assistant', 33, '']],
  },
  {
    title: 'an indented template',
    prompt: '\n    Human: Sum up:\n\n      a\n\n\tAssistant:\n    ',
    repaired: '\n\nHuman: Sum up:\n\n      a\n\nAssistant:\n    ',
    diagnostics: [
      ['repaired-indented-marker', 0, '\n    '],
      ['repaired-indented-marker', 28, '\n\n\t'],
    ],
  },
  {
    title: 'an indented template that ends in a real marker',
    prompt: '  Human: Hi\n\n  Assistant: Yo\n\n  Human: Bye\n\nAssistant:',
    repaired: '\n\nHuman: Hi\n\nAssistant: Yo\n\nHuman: Bye\n\nAssistant:',
    diagnostics: [
      ['repaired-indented-marker', 0, '  '],
      ['repaired-indented-marker', 11, '\n\n  '],
      ['repaired-indented-marker', 28, '\n\n  '],
    ],
  },
  {
    title: 'a template of which every line is spelled otherwise',
    prompt: '\r\n\r\nHuman: Hi\n  Assistant: Yo\nHuman: Bye\n\tAssistant:',
    repaired: '\n\nHuman: Hi\n\nAssistant: Yo\n\nHuman: Bye\n\nAssistant:',
    diagnostics: [
      ['repaired-crlf-marker', 0, '\r\n\r\n'],
      ['repaired-indented-marker', 13, '\n  '],
      ['repaired-single-newline-marker', 29, '\n'],
      ['repaired-indented-marker', 40, '\n\t'],
    ],
  },
  {
    title: 'a dialogue quoted in a proper prompt',
    prompt: '\n\nHuman: Who is polite?\nHuman: Hi\nAssistant: Hello\n  Human: Bye\n\nAssistant:',
  },
  {
    title: 'a dialogue to be continued, in a proper prompt',
    prompt: '\n\nHuman: Go on:\nHuman: Hi\nAssistant:\n\nAssistant:',
  },
  {
    title: 'a dialogue to be continued, in a prompt that is not closed',
    prompt: '\n\nHuman: Go on:\nHuman: Hi\nAssistant:',
    repaired: '\n\nHuman: Go on:\nHuman: Hi\n\nAssistant:',
    diagnostics: [['repaired-single-newline-marker', 25, '\n']],
  },
  {
    title: 'a longer dialogue to be continued, in a prompt that is not closed',
    prompt: '\n\nHuman: Go on:\nHuman: Hi\nAssistant: Yo\nHuman: Bye\nAssistant:',
    repaired: '\n\nHuman: Go on:\nHuman: Hi\nAssistant: Yo\nHuman: Bye\n\nAssistant:',
    diagnostics: [['repaired-single-newline-marker', 50, '\n']],
  },
  {
    title: 'a quoted dialogue that ends in the user, in a prompt that is not closed',
    prompt: '\n\nHuman: Who is polite?\nAssistant: Hello\nHuman: Hi',
    repaired: '\n\nHuman: Who is polite?\nAssistant: Hello\nHuman: Hi\n\nAssistant:',
    diagnostics: [['repaired-missing-assistant', 50, '']],
  },
  {
    title: 'labels before a real marker of their kind that has an answer behind it',
    prompt: 'Notes:\nHuman: a\nAssistant: b\nHuman: c\n\nAssistant: d',
    diagnostics: [['unrepairable-prompt', 37, '\n\nAssistant: ']],
  },
  {
    title: 'short labels, which are none',
    prompt: '\n\nHuman: Q: one?\nA: yes\nQ: two?\nA:',
    repaired: '\n\nHuman: Q: one?\nA: yes\nQ: two?\nA:\n\nAssistant:',
    diagnostics: [['repaired-missing-assistant', 34, '']],
  },
  {
    title: 'a quoted dialogue that is answered, in a prompt that is not closed',
    prompt: '\n\nHuman: Who is polite?\nHuman: Hi\nAssistant: Hello',
    repaired: '\n\nHuman: Who is polite?\nHuman: Hi\nAssistant: Hello\n\nAssistant:',
    diagnostics: [['repaired-missing-assistant', 50, '']],
  },
  {
    title: 'a label in a turn between real markers of its kind',
    prompt: '\n\nHuman: a\n\nAssistant: b\n\nHuman: c\nAssistant: d',
    repaired: '\n\nHuman: a\n\nAssistant: b\n\nHuman: c\nAssistant: d\n\nAssistant:',
    diagnostics: [['repaired-missing-assistant', 47, '']],
  },
  {
    title: 'labels in an example in tags',
    prompt: 'Teach as here:\n<example>\n  Human: Bonjur\n  Assistant: Bonjour\n</example>',
    diagnostics: [['unrepairable-prompt', 0, '']],
  },
  {
    title: 'labels in an example in tags, with a blank behind the tag and a long text behind all',
    prompt: `<example> \nHuman: Bonjur\nAssistant: Bonjour\n</example>\n${'Teach as there. '.repeat(9)}`,
    diagnostics: [['unrepairable-prompt', 0, '']],
  },
  {
    title: 'labels of one speaker only',
    prompt: 'Notes:\nHuman: a\nHuman: b',
    diagnostics: [['unrepairable-prompt', 0, '']],
  },
  {
    title: 'a label in the middle of the last line, as Bedrock once took it',
    prompt: 'Human: Tell me a riddle. Assistant:',
    repaired: 'Human: Tell me a riddle.\n\nAssistant:',
    diagnostics: [['repaired-inline-marker', 24, ' ']],
  },
  {
    title: 'a label in the middle of the last line of a prompt with CRLF line ends',
    prompt: '\r\n\r\nHuman: Tell me a riddle. Assistant: ',
    repaired: '\n\nHuman: Tell me a riddle.\n\nAssistant: ',
    diagnostics: [
      ['repaired-crlf-marker', 0, '\r\n\r\n'],
      ['repaired-inline-marker', 28, ' '],
    ],
  },
  {
    title: 'a word that ends like a label, at the end',
    prompt: '\n\nHuman: Name your MyAssistant:',
    repaired: '\n\nHuman: Name your MyAssistant:\n\nAssistant:',
    diagnostics: [['repaired-missing-assistant', 31, '']],
  },
]

/** Chats quoted in a prompt: never turns of it. */
const quotedChats: readonly RepairCase[] = [
  {
    title: 'a chat in tags, and an instruction behind it',
    prompt: '\n\nHuman: Sum up:\n<chat>\nHuman: a\nAssistant: b\n</chat>\n\nOne line.',
    repaired: '\n\nHuman: Sum up:\n<chat>\nHuman: a\nAssistant: b\n</chat>\n\nOne line.\n\nAssistant:',
    diagnostics: [['repaired-missing-assistant', 64, '']],
  },
  {
    title: 'a chat log without tags, and an instruction behind it',
    prompt: '\n\nHuman: Log:\nHuman: a\nAssistant: b\n\nName the speakers.',
    repaired: '\n\nHuman: Log:\nHuman: a\nAssistant: b\n\nName the speakers.\n\nAssistant:',
    diagnostics: [['repaired-missing-assistant', 55, '']],
  },
  {
    title: 'a history whose first label is behind a blank line, and a question behind it',
    prompt: 'Rephrase the question.\n\nHistory:\n\nHuman: a\nAssistant: b\nQuestion: c\nStandalone question:',
    diagnostics: [['unrepairable-prompt', 88, '']],
  },
  {
    title: 'an indented log between real markers',
    prompt: '\n\nHuman: Log:\n  Human: a\n  Assistant: b\nWho is polite?',
    repaired: '\n\nHuman: Log:\n  Human: a\n  Assistant: b\nWho is polite?\n\nAssistant:',
    diagnostics: [['repaired-missing-assistant', 54, '']],
  },
  {
    title: 'an indented template whose blank lines are indented, with a prefill',
    prompt: '\n    Ask.\n    \n    Human: a\n    \n    Assistant: Question:',
    repaired: '\n    Ask.\n    \n\nHuman: a\n    \n\nAssistant: Question:',
    diagnostics: [
      ['repaired-indented-marker', 14, '\n    '],
      ['repaired-indented-marker', 32, '\n    '],
    ],
  },
]

/** Literals that one can decode: their source, and the prompt that is its value. */
export const DECODABLE: readonly (readonly [title: string, prompt: string, value: string])[] = [
  ['a JSON string', JSON.stringify(HI), HI],
  ['a JSON string between blanks', `  ${JSON.stringify(HI)}\n`, HI],
  ['a JSON string of a JSON string', JSON.stringify(JSON.stringify(HI)), HI],
  ['a JSON string with quotes in it', JSON.stringify(`\n\nHuman: Say "hi"${AI}`), `\n\nHuman: Say "hi"${AI}`],
  [
    'a JSON string with a backslash in it',
    JSON.stringify(`\n\nHuman: C:\\new${AI}`),
    `\n\nHuman: C:\\new${AI}`,
  ],
  [
    'a JSON string in ASCII',
    '"\\u000a\\u000aHuman: caf\\u00e9 \\ud83c\\udf89\\n\\nAssistant:"',
    `\n\nHuman: café 🎉${AI}`,
  ],
  ['a JSON string with a prefill', JSON.stringify(`${HI} Sure`), `${HI} Sure`],
  ['a JSON string of several turns', JSON.stringify(`${HI} Yo${HI}`), `${HI} Yo${HI}`],
  ['a JSON string with CRLF', JSON.stringify('\r\n\r\nHuman: Hi\r\n\r\nAssistant:'), HI],
  ['a JSON string without an end', JSON.stringify('\n\nHuman: Hi'), HI],
  ['a string of Python', "'\\n\\nHuman: Hi\\n\\nAssistant:'", HI],
  ['a string of Python with hexadecimal escapes', "'\\x0a\\x0aHuman: Hi\\x0a\\x0aAssistant:'", HI],
  ['a raw string of Python', "r'\\n\\nHuman: Hi\\n\\nAssistant:'", HI],
  ['a Unicode string of Python 2', "u'\\n\\nHuman: Hi\\n\\nAssistant:'", HI],
  ['the text of bytes in Python', "b'\\n\\nHuman: Hi\\n\\nAssistant:'", HI],
  [
    'a string over several lines with escapes',
    `"""${HI.replace('Hi', 'a\\tb')}"""`,
    HI.replace('Hi', 'a\tb'),
  ],
  ['a template of JavaScript without placeholders', '`\\n\\nHuman: Hi\\n\\nAssistant:`', HI],
  ['a code point of JavaScript', "'\\n\\nHuman: \\u{1f389}\\n\\nAssistant:'", `\n\nHuman: 🎉${AI}`],
  ['typographic quotes around a prompt', `“${HI}”`, HI],
  ['a code block', `\`\`\`text\n${HI}\n\`\`\``, `${HI}\n`],
]

/** Literals of programs and of JSON, whose quotes are not content. */
const literals: readonly RepairCase[] = [
  ...[
    ['a JSON array', JSON.stringify([HI])],
    ['a JSON array over several lines', JSON.stringify([HI, HI], null, 2)],
    ['a JSON object', JSON.stringify({ prompt: HI, max_tokens_to_sample: 9 })],
    ['two JSON objects on lines', `${JSON.stringify({ prompt: HI })}\n${JSON.stringify({ prompt: HI })}`],
    ['half of a JSON object', '{"prompt": "\\n\\nHuman: Hi\\n\\nAssistant:"'],
    ['a list of Python', "['\\n\\nHuman: Hi\\n\\nAssistant:', '\\n\\nHuman: Ho\\n\\nAssistant:']"],
    ['a tuple of Python', '("\\n\\nHuman: Hi\\n\\nAssistant:",)'],
    ['strings that Python joins', '"\\n\\nHuman: Hi"\n"\\n\\nAssistant:"'],
    ['strings that a program joins', '"\\n\\nHuman: Hi" + "\\n\\nAssistant:"'],
    ['an assignment', 'const prompt = "\\n\\nHuman: Hi\\n\\nAssistant:";'],
    ['an argument', 'create(prompt="\\n\\nHuman: Hi\\n\\nAssistant:")'],
    ['a field of YAML', 'prompt: "\\n\\nHuman: Hi\\n\\nAssistant:"'],
    ['a string and a comma', `${JSON.stringify(HI)},`],
    ['a string with an octal escape', "'\\012\\012Human: Hi\\n\\nAssistant:'"],
    ['a character by its name in Python', "'\\n\\nHuman: \\N{BULLET}\\n\\nAssistant:'"],
    ['bytes of UTF-8 in Python', "b'\\n\\nHuman: caf\\xc3\\xa9\\n\\nAssistant:'"],
    ['a code point that does not exist', "'\\n\\nHuman: \\u{110000}\\n\\nAssistant:'"],
    ['a template of JavaScript', '`\\n\\nHuman: $' + '{question}\\n\\nAssistant:`'],
    ['an f-string', 'f"{HUMAN_PROMPT} {question}{AI_PROMPT}"'],
    ['names of constants', 'HUMAN_PROMPT + " Hi" + AI_PROMPT'],
    ['members of an enum', 'SystemPrompt.HUMAN Hi SystemPrompt.ASST'],
  ].map(
    ([title = '', prompt = '']): RepairCase => ({
      title: `${title}, which stays as it is`,
      prompt,
      diagnostics: [['unrepairable-prompt', 0, '']],
    }),
  ),
  ...['"', "'", '`', '"'.repeat(3), "'".repeat(3)].map(
    (quote): RepairCase => ({
      title: `a prompt between ${quote}`,
      prompt: `${quote}${HI}${quote}`,
      repaired: HI,
      diagnostics: [
        ['repaired-quotes', 0, quote],
        ['repaired-quotes', quote.length + HI.length, quote],
      ],
    }),
  ),
  {
    title: 'quotes around a sentence before the prompt and around the answer begun',
    prompt: '"Be brief" is the rule.\n\nHuman: Hi\n\nAssistant: "',
  },
  {
    title: 'a JSON string, which is decoded',
    prompt: '"\\n\\nHuman: Hi\\n\\nAssistant:"',
    repaired: HI,
    diagnostics: [
      ['repaired-quotes', 0, '"'],
      ['repaired-literal', 1, '\\n'],
      ['repaired-quotes', 28, '"'],
    ],
  },
  {
    title: 'an assignment over several lines, which stays as it is',
    prompt: `prompt = """${HI}"""`,
    diagnostics: [['unrepairable-prompt', 12, '\n\nHuman: ']],
  },
  {
    title: 'a sentence between quotes before the prompt and a quote as the answer begun',
    prompt: 'The rule is "be brief"\n\nHuman: Hi\n\nAssistant:"',
  },
]

/** The shapes that builders of prompts are known by. */
const shapes: readonly RepairCase[] = [
  {
    title: 'turns joined by commas, and a system message as an Assistant turn',
    prompt: '\n\nAssistant: Be brief,\n\nHuman: Hi,,\n\nAssistant: Yo,\n\nHuman: a, b\n\nAssistant:',
    repaired: 'Be brief\n\nHuman: Hi,\n\nAssistant: Yo\n\nHuman: a, b\n\nAssistant:',
    diagnostics: [
      ['repaired-lost-system', 0, '\n\nAssistant: '],
      ['repaired-comma-join', 21, ','],
      ['repaired-comma-join', 34, ','],
      ['repaired-comma-join', 50, ','],
    ],
  },
  {
    title: 'turns joined by commas, without a system message',
    prompt: '\n\nHuman: Hi,\n\nAssistant: Yo,\n\nHuman: Bye\n\nAssistant:',
    repaired: '\n\nHuman: Hi\n\nAssistant: Yo\n\nHuman: Bye\n\nAssistant:',
    diagnostics: [
      ['repaired-comma-join', 11, ','],
      ['repaired-comma-join', 27, ','],
    ],
  },
  {
    title: 'turns joined by commas, by escaped constants before a real end',
    prompt: '\\n\\nHuman: Hi,\\n\\nAssistant: Yo,\\n\\nHuman: Bye\n\nAssistant:',
    repaired: '\n\nHuman: Hi\n\nAssistant: Yo\n\nHuman: Bye\n\nAssistant:',
    diagnostics: [
      ['repaired-escaped-marker', 0, '\\n\\n'],
      ['repaired-comma-join', 13, ','],
      ['repaired-escaped-marker', 14, '\\n\\n'],
      ['repaired-comma-join', 31, ','],
      ['repaired-escaped-marker', 32, '\\n\\n'],
    ],
  },
  {
    title: 'a system message and one turn joined by a comma',
    prompt: '\n\nAssistant: Be brief,\n\nHuman: Hi\n\nAssistant:',
    repaired: 'Be brief\n\nHuman: Hi\n\nAssistant:',
    diagnostics: [
      ['repaired-lost-system', 0, '\n\nAssistant: '],
      ['repaired-comma-join', 21, ','],
    ],
  },
  {
    title: 'turns joined by commas, one without a space behind its marker',
    prompt: '\n\nHuman: Hi,\n\nAssistant:Yo,\n\nHuman: Bye\n\nAssistant:',
  },
  {
    title: 'turns joined by commas, with a space behind the end',
    prompt: '\n\nHuman: Hi,\n\nAssistant: Yo,\n\nHuman: Bye\n\nAssistant: ',
  },
  {
    title: 'two turns joined by a comma could be anything',
    prompt: '\n\nHuman: Dear Claude,\n\nAssistant: Dear friend\n\nAssistant:',
  },
  {
    title: 'one turn of several that ends in a comma',
    prompt: '\n\nHuman: Dear Claude,\n\nAssistant: Yo\n\nHuman: Bye\n\nAssistant:',
  },
  {
    title: 'turns that all end in a comma, the last as well',
    prompt: '\n\nHuman: a,\n\nAssistant: b,\n\nHuman: c,\n\nAssistant:',
  },
  {
    title: 'turns that end in a comma, behind a system text',
    prompt: 'Count.\n\nHuman: a,\n\nAssistant: b,\n\nHuman: c\n\nAssistant:',
  },
  {
    title: 'turns that end in a comma, before a prefill',
    prompt: '\n\nHuman: a,\n\nAssistant: b,\n\nHuman: c\n\nAssistant: d',
  },
  {
    title: 'an Assistant first, and no commas',
    prompt: '\n\nAssistant: Hello\n\nHuman: Hi\n\nAssistant:',
    diagnostics: [['unrepairable-prompt', 0, '\n\nAssistant: ']],
  },
  {
    title: 'a lost system message that would open a turn if it came first',
    prompt: '\n\nAssistant: Human: x,\n\nHuman: Hi\n\nAssistant:',
    diagnostics: [['unrepairable-prompt', 0, '\n\nAssistant: ']],
  },
  {
    title: 'a system message in tags',
    prompt: '\n\nHuman: <admin>Be brief.</admin>\n\nHuman: Hi\n\nAssistant: ',
    repaired: 'Be brief.\n\nHuman: Hi\n\nAssistant: ',
    diagnostics: [
      ['repaired-admin-system', 0, '\n\nHuman: <admin>'],
      ['repaired-admin-system', 25, '</admin>'],
    ],
  },
  {
    title: 'a system message in tags that names a label',
    prompt: '\n\nHuman: <admin>Never write Human: yourself.</admin>\n\nHuman: Hi\n\nAssistant:',
    repaired: 'Never write Human: yourself.\n\nHuman: Hi\n\nAssistant:',
    diagnostics: [
      ['repaired-admin-system', 0, '\n\nHuman: <admin>'],
      ['repaired-admin-system', 44, '</admin>'],
    ],
  },
  {
    title: 'two system messages in tags, by escaped constants',
    prompt:
      '\\n\\nHuman: <admin>Be brief.</admin>\\n\\nHuman: <admin>Be kind.</admin>\\n\\nHuman: Hi\\n\\nAssistant:',
    repaired: 'Be brief.\n\nBe kind.\n\nHuman: Hi\n\nAssistant:',
    diagnostics: [
      ['repaired-admin-system', 0, '\\n\\nHuman: <admin>'],
      ['repaired-admin-system', 27, '</admin>'],
      ['repaired-admin-system', 35, '\\n\\nHuman: <admin>'],
      ['repaired-admin-system', 61, '</admin>'],
      ['repaired-escaped-marker', 69, '\\n\\n'],
      ['repaired-escaped-marker', 82, '\\n\\n'],
    ],
  },
  {
    title: 'tags around all that was asked',
    prompt: '\n\nHuman: <admin>Be brief.</admin>\n\nAssistant:',
  },
  {
    title: 'tags with text behind them',
    prompt: '\n\nHuman: <admin>a</admin> and more\n\nHuman: Hi\n\nAssistant:',
  },
  {
    title: 'tags within tags',
    prompt: '\n\nHuman: <admin>a</admin> <admin>b</admin>\n\nHuman: Hi\n\nAssistant:',
  },
  {
    title: 'an opening tag within tags',
    prompt: '\n\nHuman: <admin>a <admin> b</admin>\n\nHuman: Hi\n\nAssistant:',
  },
  {
    title: 'tags in a turn of the Assistant',
    prompt: '\n\nAssistant: <admin>Be brief.</admin>\n\nHuman: Hi\n\nAssistant:',
    diagnostics: [['unrepairable-prompt', 0, '\n\nAssistant: ']],
  },
  {
    title: 'tags around text that would open a turn without them',
    prompt: '\n\nHuman: <admin>Human: a</admin>\n\nHuman: Hi\n\nAssistant:',
  },
  {
    title: 'tags behind a system text',
    prompt: 'Be brief.\n\nHuman: <admin>a</admin>\n\nHuman: Hi\n\nAssistant:',
  },
  {
    title: 'tags around nothing',
    prompt: '\n\nHuman: <admin> </admin>\n\nHuman: Hi\n\nAssistant:',
  },
  {
    title: 'a prompt in a prompt',
    prompt: `\n\nHuman: ${HI}\n\nAssistant:`,
    repaired: HI,
    diagnostics: [
      ['repaired-double-wrap', 0, '\n\nHuman: '],
      ['repaired-double-wrap', 32, '\n\nAssistant:'],
    ],
  },
  {
    title: 'a prompt in a prompt, with a trailing space and several turns',
    prompt: '\n\nHuman: Human: Hi\n\nAssistant: Yo\n\nHuman: Bye\n\nAssistant: \n\nAssistant: ',
    repaired: 'Human: Hi\n\nAssistant: Yo\n\nHuman: Bye\n\nAssistant: ',
    diagnostics: [
      ['repaired-double-wrap', 0, '\n\nHuman: '],
      ['repaired-double-wrap', 58, '\n\nAssistant: '],
    ],
  },
  {
    title: 'a prompt in a prompt that has a system text',
    prompt: `\n\nHuman: Be brief.${HI} \n\nAssistant:`,
    repaired: `Be brief.${HI} `,
    diagnostics: [
      ['repaired-double-wrap', 0, '\n\nHuman: '],
      ['repaired-double-wrap', 42, '\n\nAssistant:'],
    ],
  },
  {
    title: 'a prompt with single newlines in a prompt',
    prompt: '\n\nHuman: \nHuman: Hi\nAssistant: \n\nAssistant: ',
    repaired: '\nHuman: Hi\n\nAssistant: ',
    diagnostics: [
      ['repaired-double-wrap', 0, '\n\nHuman: '],
      ['repaired-single-newline-marker', 19, '\n'],
      ['repaired-double-wrap', 31, '\n\nAssistant: '],
    ],
  },
  {
    title: 'a prompt with single newlines right behind the marker around it',
    prompt: '\n\nHuman: Human: Hi\nAssistant: \n\nAssistant: ',
    repaired: 'Human: Hi\n\nAssistant: ',
    diagnostics: [
      ['repaired-double-wrap', 0, '\n\nHuman: '],
      ['repaired-single-newline-marker', 18, '\n'],
      ['repaired-double-wrap', 30, '\n\nAssistant: '],
    ],
  },
  {
    title: 'a prompt right between the escaped constants',
    prompt: `\\n\\nHuman:${HI}\\n\\nAssistant:`,
    repaired: HI,
    diagnostics: [
      ['repaired-double-wrap', 0, '\\n\\nHuman:'],
      ['repaired-double-wrap', 33, '\\n\\nAssistant:'],
    ],
  },
  {
    title: 'a prompt between the escaped constants',
    prompt: `\\n\\nHuman: ${HI} \\n\\nAssistant:`,
    repaired: `${HI} `,
    diagnostics: [
      ['repaired-double-wrap', 0, '\\n\\nHuman: '],
      ['repaired-double-wrap', 35, '\\n\\nAssistant:'],
    ],
  },
  {
    title: 'a prompt in three prompts',
    prompt: `${'\n\nHuman: '.repeat(3)}${HI}${'\n\nAssistant:'.repeat(3)}`,
    repaired: HI,
    diagnostics: [
      ['repaired-double-wrap', 0, '\n\nHuman: '],
      ['repaired-double-wrap', 9, '\n\nHuman: '],
      ['repaired-double-wrap', 18, '\n\nHuman: '],
      ['repaired-double-wrap', 50, '\n\nAssistant:'],
      ['repaired-double-wrap', 62, '\n\nAssistant:'],
      ['repaired-double-wrap', 74, '\n\nAssistant:'],
    ],
  },
  {
    title: 'more markers than any tool puts around a prompt',
    prompt: `${'\n\nHuman: '.repeat(4)}${HI}${'\n\nAssistant:'.repeat(4)}`,
  },
  {
    title: 'the beginning of an answer, and an end appended to it',
    prompt: '\n\nHuman: Hi\n\nAssistant: Yo\n\nAssistant:',
  },
  {
    title: 'a conversation whose end was appended twice',
    prompt: '\n\nHuman: Hi\n\nAssistant: Yo\n\nHuman: Bye\n\nAssistant:\n\nAssistant:',
  },
  {
    title: 'a dialogue to be continued whose end was appended twice',
    prompt: '\n\nHuman: Go on:\nHuman: Hi\n\nAssistant: \n\nAssistant:',
  },
  {
    title: 'two turns of the user, the first of them blank',
    prompt: `\n\nHuman: ${HI}`,
  },
  {
    title: 'a text about labels',
    prompt: '\n\nHuman: Human: and what is an Assistant:\n\nAssistant:',
  },
]

/** Ends and whole prompts. */
const ends: readonly RepairCase[] = [
  {
    title: 'no Assistant at the end',
    prompt: '\n\nHuman: Hi\n',
    repaired: '\n\nHuman: Hi\n\n\nAssistant:',
    diagnostics: [['repaired-missing-assistant', 12, '']],
  },
  {
    title: 'no Assistant at the end of several turns',
    prompt: 'Be brief.\n\nHuman: Hi\n\nAssistant: Yo\n\nHuman: Bye',
    repaired: 'Be brief.\n\nHuman: Hi\n\nAssistant: Yo\n\nHuman: Bye\n\nAssistant:',
    diagnostics: [['repaired-missing-assistant', 47, '']],
  },
  {
    title: 'no Assistant at the end of a text about another vendor’s label',
    prompt: '\n\nHuman: Sum up:\nOpenAI: a lab',
    repaired: '\n\nHuman: Sum up:\nOpenAI: a lab\n\nAssistant:',
    diagnostics: [['repaired-missing-assistant', 30, '']],
  },
  {
    title: 'no Assistant at the end of turns that quote another vendor’s label',
    prompt: '\n\nHuman: Hi\n\nAssistant: Yo\n\nHuman: Go on:\nAI:',
    repaired: '\n\nHuman: Hi\n\nAssistant: Yo\n\nHuman: Go on:\nAI:\n\nAssistant:',
    diagnostics: [['repaired-missing-assistant', 45, '']],
  },
  {
    title: 'a beginning of the answer that LangChain added',
    prompt: '\n\nHuman: Hi\n\nAssistant: Sure, here you go:\n',
    diagnostics: [['hidden-prefill', 11, '\n\nAssistant: Sure, here you go:\n']],
  },
  {
    title: 'the same, by escaped constants',
    prompt: '\\n\\nHuman: Hi\\n\\nAssistant: Sure, here you go:\n',
    repaired: '\n\nHuman: Hi\n\nAssistant: Sure, here you go:\n',
    diagnostics: [
      ['repaired-escaped-marker', 0, '\\n\\n'],
      ['repaired-escaped-marker', 13, '\\n\\n'],
      ['hidden-prefill', 13, '\\n\\nAssistant: Sure, here you go:\n'],
    ],
  },
  {
    title: 'a marker in the middle of a sentence',
    prompt: '\n\nHuman: Ask the AI \n\nAssistant: hello\n\nAssistant:',
    diagnostics: [['mid-sentence-marker', 20, '\n\nAssistant: ']],
  },
  {
    title: 'a marker in the middle of the first sentence, and an answer begun',
    prompt: 'Obey the \n\nHuman: he is an \n\nAssistant: hello',
    diagnostics: [
      ['mid-sentence-marker', 9, '\n\nHuman: '],
      ['mid-sentence-marker', 27, '\n\nAssistant: '],
    ],
  },
  {
    title: 'a marker in the middle of a sentence, and nothing behind it',
    prompt: '\n\nHuman: Ask the \n\nAssistant:\n\nHuman: Well?\n\nAssistant:',
    diagnostics: [['mid-sentence-marker', 17, '\n\nAssistant:']],
  },
  {
    title: 'a marker after a space, as many prompts end',
    prompt: '\n\nHuman: Who wrote the \n\nAssistant:',
  },
  { title: 'a proper prompt', prompt: `Be brief.${HI}` },
  { title: 'nothing', prompt: '', diagnostics: [['unrepairable-prompt', 0, '']] },
  {
    title: 'a text without a marker',
    prompt: 'Why is the sky blue?',
    diagnostics: [['unrepairable-prompt', 0, '']],
  },
  {
    title: 'a user who says nothing, as the old server allowed',
    prompt: '\n\nHuman:\n\nAssistant:',
  },
  {
    title: 'the constants that the official SDK 1.x no longer exports',
    prompt: 'undefined Hi undefined',
    diagnostics: [['unrepairable-prompt', 0, '']],
  },
  {
    title: 'the first of them, before a marker',
    prompt: 'undefined Hi\n\nAssistant:',
    diagnostics: [['unrepairable-prompt', 12, '\n\nAssistant:']],
  },
  {
    title: 'the last of them, after a marker',
    prompt: '\n\nHuman: Hiundefined',
    diagnostics: [['unrepairable-prompt', 20, '']],
  },
  {
    title: 'a prompt for another vendor’s model',
    prompt: 'You are kind.\n\nHuman: Hi\nAI: Yo\nHuman: Bye\nAI:',
    diagnostics: [['unrepairable-prompt', 46, '']],
  },
]

export const REPAIR_CASES: readonly RepairCase[] = [
  ...spellings,
  ...labels,
  ...quotedChats,
  ...literals,
  ...shapes,
  ...ends,
]
