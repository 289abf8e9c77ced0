/** Parsing compared with the expression that programs split prompts with, which gives neither offsets nor diagnostics. */
import { existsSync, readFileSync } from 'node:fs'
import { parsePrompt } from '../../../dist/transcript.js'
import { median } from '../goals.mjs'
import { exponentOf, interleave, ratioOf } from './measure.mjs'
import { promptOf, SHAPES } from './shapes.mjs'

const CORPUS = new URL('../../../../shared/corpus/transcripts/hh-rlhf-harmless.jsonl', import.meta.url)
const SIZES = [1e3, 1e5, 1e7]
const GROWTH = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8]

function split(prompt) {
  const parts = prompt.split(/\n\n(Human|Assistant):/)
  const turns = []
  for (let index = 1; index < parts.length; index += 2) {
    turns.push({ role: parts[index] === 'Human' ? 'user' : 'assistant', content: parts[index + 1] })
  }
  return { system: parts[0], turns }
}

/** Prompts of random pieces: a parser that has seen them is compiled for more than plain chats. */
const PIECES = [
  '\n\nHuman:',
  '\n\nAssistant:',
  '\nHuman:',
  'Human:',
  ' ',
  'a',
  '\r\n',
  '"',
  'H:',
  '\n',
  'text',
  '<b>',
]
function parseOddInputs(count = 20_000) {
  let seed = 7
  const below = limit => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
    return seed % limit
  }
  for (let made = 0; made < count; made++) {
    const prompt = Array.from({ length: below(14) }, () => PIECES[below(PIECES.length)]).join('')
    turns += parsePrompt(prompt).turns.length + split(prompt).turns.length
  }
}

/** A prompt of 1 kB for each kind of text in which nothing is noticed, and one in which everything is. */
const PLAIN = {
  'a chat': `\n\nHuman: ${'some words of a turn. '.repeat(22)}\n\nAssistant: ${'some words of a turn. '.repeat(22)}\n\nHuman: go\n\nAssistant:`,
  'JSON in one turn': `\n\nHuman: ${JSON.stringify(Array.from({ length: 30 }, (_, id) => ({ id, name: `x${id}`, tags: ['a'] }))).slice(0, 970)}\n\nAssistant:`,
  'lines with a colon': `\n\nHuman: ${'n: value\n'.repeat(107)}\n\nAssistant:`,
  'CRLF line ends': `\n\nHuman: ${'a line of text here\r\n'.repeat(46)}\n\nAssistant:`,
}
const NOTICED = `\n\nHuman: ${'\nHuman: hi\nAssistant: yo'.repeat(200)}\n\nAssistant:`

/** Microseconds for one call. */
async function microseconds(prompt, times) {
  const [taken] = await interleave([over([prompt], times, parsePrompt)], { rounds: 15 })
  return median(taken) / times
}

/** Keeps what is parsed from being left out by the compiler. */
let turns = 0
const over = (prompts, times, parse) => () => {
  for (let time = 0; time < times; time++) for (const prompt of prompts) turns += parse(prompt).turns.length
}

/** × the speed of `split`. */
async function speedOn(prompts, rounds = 15) {
  const characters = prompts.reduce((sum, { length }) => sum + length, 0)
  const times = Math.max(1, Math.round(2e6 / characters))
  const [naive, ours] = await interleave([over(prompts, times, split), over(prompts, times, parsePrompt)], {
    rounds,
  })
  return ratioOf(naive, ours)
}

export async function measure() {
  const rows = []
  if (existsSync(CORPUS)) {
    const lines = readFileSync(CORPUS, 'utf8').trim().split('\n')
    const prompts = lines.map(line => JSON.parse(line).transcript)
    const what = `${prompts.length} real transcripts, one by one`
    rows.push({ what, measured: await speedOn(prompts), atLeast: 1.5 })
    parseOddInputs()
    rows.push({ what: `${what}, after odd inputs`, measured: await speedOn(prompts), atLeast: 1.15 })
  } else rows.push({ what: 'real transcripts', reason: 'they are not next to this checkout' })
  for (const [kind, prompt] of Object.entries(PLAIN)) {
    rows.push({ what: `1 kB, ${kind}: µs`, measured: await microseconds(prompt, 2000), atMost: 3 })
  }
  const { length } = parsePrompt(NOTICED).diagnostics
  rows.push({
    what: 'µs for each diagnostic',
    measured: (await microseconds(NOTICED, 50)) / length,
    atMost: 0.4,
  })
  for (const shape of SHAPES) {
    for (const size of SIZES) {
      const prompt = promptOf(shape, size)
      const what = `${shape.name}, ${size.toLocaleString('en')} characters`
      const { length: diagnostics } = parsePrompt(prompt).diagnostics
      // Each diagnostic is an object with its own text, so a prompt with many is measured by the diagnostic.
      if (diagnostics > MANY_DIAGNOSTICS) {
        const measured = (await microseconds(prompt, Math.ceil(1e6 / size))) / diagnostics
        rows.push({ what: `${what}: µs for each diagnostic`, measured, atMost: 0.4 })
      } else if (size === 1e3) {
        rows.push({ what: `${what}: µs`, measured: await microseconds(prompt, 2000), atMost: 3 })
      } else {
        const measured = await speedOn([prompt], size > 1e6 ? 7 : 15)
        rows.push({ what, measured, atLeast: boundOf(shape, size) })
      }
    }
  }
  rows.push(...(await growth()))
  return { title: 'Parsing a prompt: × the speed of `split(/\\n\\n(Human|Assistant):/)`', rows, turns }
}

const MANY_DIAGNOSTICS = 10

function boundOf({ isFlood, isFewLong, isCjk }, size) {
  if (size === 1e5) {
    if (isFlood) return 20
    if (isFewLong) return 3
    if (isCjk) return 1.2
  }
  return 0.95
}

async function growth() {
  const rows = []
  for (const name of ['a chat, turns of 400 characters', 'markers without their colon', 'JSON in one turn']) {
    const shape = SHAPES.find(each => each.name === name)
    const points = []
    for (const size of GROWTH) {
      const times = Math.max(1, Math.round(1e7 / size))
      const [taken] = await interleave([over([promptOf(shape, size)], times, parsePrompt)], {
        rounds: 5,
        warmUp: 1,
      })
      points.push([size, median(taken) / times])
    }
    rows.push({
      what: `${name}, 1 kB to 100 MB: exponent of growth`,
      measured: exponentOf(points),
      atMost: 1.1,
    })
  }
  return rows
}
