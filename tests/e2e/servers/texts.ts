export type TextName = 'plain' | 'turns' | 'long'

/** What the servers are made to say, by the name under which a prompt asks for it. */
export const TEXTS: Readonly<Record<TextName, string>> = {
  /** Ends by itself. */
  plain: 'Grüße, 日本語 🐙 café.',
  /** Goes on with a turn that the old endpoint would not have let begin. */
  turns: 'Hello there, 日本語 🐙 café.\n\nHuman: more',
  /** Takes long enough to be broken off. */
  long: 'la '.repeat(3000),
}

export const isTextName = (name: string): name is TextName => Object.hasOwn(TEXTS, name)

/** The same as a grammar that has no other sentence, in llama.cpp's notation. */
export function grammarOf(name: TextName): string {
  // Its repetitions are limited in number.
  const [text, times] = name === 'long' ? ['la '.repeat(30), 100] : [TEXTS[name], 1]
  return `root ::= ${JSON.stringify(text)}{${times}}\n`
}
