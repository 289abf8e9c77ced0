/** Prompts by shape: what real ones consist of, and what a search may stumble over. Each is repeated to any size. */

const WORDS = 'the sky looks blue since short waves of light are scattered more than long ones on their way '
const prose = length => WORDS.repeat(Math.ceil(length / WORDS.length)).slice(0, length)
const chat = (text, turn) => `\n\nHuman: ${text.repeat(turn)}\n\nAssistant: ${text.repeat(turn)}`

/** What a shape is made of; `flood` marks what is almost a marker and never one. */
export const SHAPES = [
  { name: 'a chat, turns of 400 characters', unit: chat(prose(400), 1) },
  { name: 'few long turns', unit: chat(prose(25_000), 1), isFewLong: true },
  { name: 'many short turns', unit: chat(prose(40), 1) },
  { name: 'turns of a letter', unit: '\n\nHuman: a' },
  { name: 'turns with paragraphs', unit: chat(`${prose(120)}\n\n`, 4) },
  { name: 'turns with labels in their text', unit: chat('To: you. Re: this. Note: none. ', 10) },
  { name: 'turns with emoji', unit: chat('A bright 🌞 day, a dark 🌚 night. ', 12) },
  {
    name: 'turns in Chinese',
    unit: chat('天空看起来是蓝色的，因为短波长的光比长波长的光更容易被散射。', 12),
    isCjk: true,
  },
  {
    name: 'turns in Japanese',
    unit: chat('空が青く見えるのは、波長の短い光ほど強く散乱されるからです。', 12),
    isCjk: true,
  },
  { name: 'turns in Punjabi', unit: chat('ਅਸਮਾਨ ਨੀਲਾ ਦਿਖਾਈ ਦਿੰਦਾ ਹੈ ਕਿਉਂਕਿ ਰੌਸ਼ਨੀ ਖਿੰਡਦੀ ਹੈ। ', 10) },
  { name: 'JSON in one turn', unit: '{"id":17,"name":"sky","tags":["blue","light"],"note":"scattered"},' },
  {
    name: 'line ends with a carriage return',
    unit: `\r\n\r\nHuman: ${prose(200)}\r\n\r\nAssistant: ${prose(200)}`,
  },
  { name: 'no marker at all', unit: WORDS },
  { name: 'a colon every other character', unit: 'n:' },
  { name: 'markers without their colon', unit: '\n\nHuman', isFlood: true },
  { name: 'blank lines', unit: '\n\n', isFlood: true },
  { name: 'markers cut short', unit: '\n\nHuma', isFlood: true },
  { name: 'answers without their colon', unit: '\n\nAssistant', isFlood: true },
]

/** A shape of a size in characters, in one piece of memory. Cut at the end, as a prompt may be anywhere. */
export function promptOf({ unit }, size) {
  const prompt = unit.repeat(Math.ceil(size / unit.length)).slice(0, size)
  // As a decoder makes it: a byte a character where that is enough.
  const encoding = Buffer.from(unit, 'latin1').toString('latin1') === unit ? 'latin1' : 'utf16le'
  return Buffer.from(prompt, encoding).toString(encoding)
}
