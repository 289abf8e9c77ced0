import { pick, type Random } from './generate.ts'
import type { Conversation } from './script.ts'

/** The input of a default reply. */
export interface ReplyContext {
  conversation: Conversation
  /** The text of the last user turn. */
  question: string
  /** Type of a block in that turn that the emulator does not read, such as `image`. */
  attached?: string | undefined
  /** The request's temperature. Above 0, the default reply may vary. */
  temperature: number
  random: Random
}

interface Row {
  pattern: RegExp
  answer: string | ((context: ReplyContext, match: RegExpMatchArray) => string)
}

// A name may contain digits ("R2D2") and marks, and may be in a script without capital letters.
const INTRODUCTION =
  /\b(?:[Mm]y name(?:'s|’s| is) (?=[\p{Lu}\p{Lt}\p{Lo}\p{N}])|I(?:'m|’m| am) (?=[\p{Lu}\p{Lt}\p{Lo}]))([\p{L}\p{M}\p{N}_'’-]{1,80})/u

/** Default replies: the first row whose pattern matches the question applies. */
const ROWS: readonly Row[] = [
  { pattern: /\bwhat(?:'s|’s| is) my name\b|\bremember my name\b|\bwho am I\b/i, answer: recallName },
  {
    // `-`, `/` and `x` require spaces around them: "1-2 sentences" and "24/7" are not calculations.
    pattern:
      /(?<![\d.\-/])(-?\d{1,7})(\s?[+*×÷]\s?|\s(?:[-/x]|plus|minus|times|divided by)\s)(-?\d{1,7})(?![\d/-]|\.\d)/i,
    answer: calculate,
  },
  {
    pattern: /\bcolou?rs\b/i,
    answer:
      '1. Red\n2. Blue\n3. Green\n4. Yellow\n5. Purple\n\nThese are five of the best-known colours, in no particular order.',
  },
  {
    pattern: /\bhaiku\b/i,
    answer: 'Quiet loopback port,\na request drifts in like snow;\nthe reply is spring.',
  },
  {
    pattern: /\bjoke\b/i,
    answer: 'Why did the two endpoints break up?\n\nOne of them could never complete a sentence.',
  },
  { pattern: /\b(?:opening|first) (?:sentence|line)\b|\bonce upon a time\b/i, answer: openStory },
  {
    pattern: /\bstory\b|\btale\b/i,
    answer: [
      'In a small harbour town there lived a lighthouse keeper named Ada, who wrote down every ship that passed.',
      'One night the fog came in so thick that no ship could see the lamp, so Ada rang the old brass bell until morning.',
      'When the fog lifted, five ships lay safe in the bay, and each captain brought her a page to add to her book.',
    ].join('\n\n'),
  },
  {
    pattern: /\bsky\b[^.?!]{0,40}\bblue\b/i,
    answer: 'Air scatters blue light more than red light, so the sky looks blue from every direction.',
  },
  { pattern: INTRODUCTION, answer: (_context, [, name]) => `Nice to meet you, ${name}!` },
  {
    pattern: /^(?:hello|hi|hey|greetings|good (?:morning|afternoon|evening|day))\b|\bwho are you\b/i,
    answer:
      'Hello! I am not really Claude but a local emulator of its API, and I am happy to answer. How can I help you today?',
  },
  { pattern: /^\s*$/, answer: 'Your message was empty. What would you like to talk about?' },
]

/** Returns the default reply to a conversation, or the continuation of its prefill. */
export function defaultAnswer(context: ReplyContext): string {
  const { conversation } = context
  if (conversation.prefill !== undefined) return continuation(conversation.prefill, context)
  const resumed = interruptedAnswer(conversation, context.question)
  if (resumed === undefined) return answer(context)
  // A new turn does not begin with a space, even if it continues an earlier turn.
  const before = { ...context, question: lastUserText(conversation.messages.slice(0, -1)) }
  return continuation(resumed, before).trimStart()
}

/** Returns the text of the last user turn. */
export function lastUserText(messages: Conversation['messages']): string {
  return messages.findLast(message => message.role === 'user')?.text ?? ''
}

/**
 * Maximum length in UTF-16 units of a question that is matched as a whole. For a longer one, only its last paragraph is
 * matched.
 */
const LONGEST_QUESTION = 500

function answer(context: ReplyContext): string {
  const question = context.question.trim()
  if (question === '' && context.attached !== undefined)
    return `The emulator does not read blocks of the type ${context.attached}. It saw no text in your message.`
  // A keyword in a long document does not show what the user wants, so match only the last paragraph.
  const instruction = question.length > LONGEST_QUESTION ? lastParagraph(question) : question
  if (instruction.length <= LONGEST_QUESTION)
    for (const row of ROWS) {
      const match = instruction.match(row.pattern)
      if (match) return typeof row.answer === 'string' ? row.answer : row.answer(context, match)
    }
  const line = question.replace(/\s+/g, ' ')
  const said =
    line.length > LONGEST_QUESTION
      ? `a message of ${question.length} characters, from "${excerpt(line, 80)}" to "${excerptOfEnd(line, 80)}"`
      : `"${excerpt(line, 200)}"`
  return `You said: ${said} The emulator has no other answer to that.`
}

const lastParagraph = (text: string): string => text.slice(text.lastIndexOf('\n\n') + 1).trim()

/** Splits a text into grapheme clusters, so that no emoji or combined letter is cut. */
function characters(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)
}

function excerpt(text: string, length: number): string {
  const shown = characters(text.slice(0, length * 4))
  return shown.length > length ? `${shown.slice(0, length).join('')}…` : shown.join('')
}

function excerptOfEnd(text: string, length: number): string {
  return `…${characters(text.slice(-length * 4))
    .slice(-length)
    .join('')}`
}

/** Continuations of a prefill: the first row whose pattern matches the prefill's end applies. */
const CONTINUATIONS: readonly {
  pattern: RegExp
  text: (context: ReplyContext, match: RegExpMatchArray) => string
}[] = [
  { pattern: /\bmy name is\s*$/i, text: () => ' Claude. How can I help you today?' },
  {
    pattern: /\{\s*$/,
    text: context => `"answer": ${JSON.stringify(answer(context))}, "source": "emulator"}`,
  },
  { pattern: /\[\s*$/, text: () => '"red", "blue", "green"]' },
  { pattern: /<([A-Za-z][\w-]*)>\s*$/, text: (context, match) => `${answer(context)}</${match[1]}>` },
  { pattern: /[\n:.!?]\s*$/, text: context => ` ${answer(context)}` },
]

function continuation(prefill: string, context: ReplyContext): string {
  const whole = answer(context)
  const begun = prefill.trim()
  // If the prefill is the beginning of the reply, continue with the rest of it.
  if (begun !== '' && whole.startsWith(begun)) return glue(prefill, whole.slice(begun.length))
  for (const { pattern, text } of CONTINUATIONS) {
    // Match only the end, because a prefill may be as long as a prompt.
    const match = prefill.slice(-100).match(pattern)
    if (match) return glue(prefill, text(context, match))
  }
  return glue(prefill, ` and so on, said the emulator. ${whole}`)
}

const glue = (prefill: string, text: string): string => (/\s$/.test(prefill) ? text.trimStart() : text)

/**
 * Returns the unfinished reply that the user wants continued. Anthropic documents such a request as the replacement for
 * a prefill.
 */
function interruptedAnswer({ messages }: Conversation, question: string): string | undefined {
  if (!/\bcontinue\b[^.]{0,20}\bwhere you left off\b/i.test(question)) return undefined
  return messages.findLast(message => message.role === 'assistant')?.text
}

function recallName({ conversation }: ReplyContext): string {
  for (const { role, text } of conversation.messages.toReversed()) {
    const name = role === 'user' ? INTRODUCTION.exec(text)?.[1] : undefined
    if (name !== undefined) return `Your name is ${name}.`
  }
  return 'I do not know your name yet. What is it?'
}

const OPERATIONS: Readonly<Record<string, { sign: string; of: (a: number, b: number) => number }>> = {
  '+': { sign: '+', of: (a, b) => a + b },
  '-': { sign: '-', of: (a, b) => a - b },
  '*': { sign: '*', of: (a, b) => a * b },
  '/': { sign: '/', of: (a, b) => a / b },
}
const SPELLED: Readonly<Record<string, string>> = {
  plus: '+',
  minus: '-',
  times: '*',
  x: '*',
  '×': '*',
  'divided by': '/',
  '÷': '/',
}

const ONLY_THE_NUMBER =
  /\bonly\b[^.?!]{0,30}\b(?:number|digits?|result|answer)\b|\bjust the (?:number|digits?)\b|\b(?:one|single|a) digit\b/i

function calculate({ conversation, question }: ReplyContext, match: RegExpMatchArray): string {
  const [, left = '', operator = '', right = ''] = match
  const word = operator.trim().toLowerCase()
  const operation = OPERATIONS[SPELLED[word] ?? word]
  const result = operation?.of(Number(left), Number(right))
  if (operation === undefined || result === undefined || !Number.isFinite(result))
    return 'That has no answer.'
  const bare = ONLY_THE_NUMBER.test(`${conversation.system ?? ''} ${question}`)
  return bare ? `${result}` : `${left} ${operation.sign} ${right} = ${result}.`
}

const OPENINGS = [
  'The clocks had stopped at noon, and nobody in the valley had thought to ask why.',
  'Mara kept the last map of the sea folded inside her left shoe.',
  'It was the winter the river learned to speak.',
  'Nobody noticed the new star until it began to answer letters.',
  'On the morning of his retirement, the lighthouse wrote the keeper a poem.',
] as const

function openStory({ temperature, random }: ReplyContext): string {
  return temperature > 0 ? pick(OPENINGS, random) : OPENINGS[0]
}
