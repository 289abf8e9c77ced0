/** Parsing beside the expression that programs cut prompts up with, which gives neither places nor remarks. */
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
    rows.push({
      what: `${prompts.length} real transcripts, one by one`,
      measured: await speedOn(prompts),
      atLeast: 2,
    })
  } else rows.push({ what: 'real transcripts', reason: 'they are not beside this checkout' })
  for (const shape of SHAPES) {
    for (const size of SIZES) {
      const atLeast = boundOf(shape, size)
      const measured = await speedOn([promptOf(shape, size)], size > 1e6 ? 7 : 15)
      rows.push({ what: `${shape.name}, ${size.toLocaleString('en')} characters`, measured, atLeast })
    }
  }
  rows.push(...(await growth()))
  return { title: 'Parsing a prompt: × the speed of `split(/\\n\\n(Human|Assistant):/)`', rows, turns }
}

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
