/** Writes a file of JSON lines for the benchmark: conversations of one to nine questions, some in other scripts. */
import { closeSync, openSync, writeSync } from 'node:fs'

const WORDS =
  'the quick brown fox jumps over the lazy dog and then some other things happen which nobody expected to see in this place today'.split(
    ' ',
  )
const CHINESE = '今天天气很好我们一起去公园散步吧然后喝茶聊天'

/** The same numbers in each run. */
let seed = 7
function random() {
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return seed / 0x7fffffff
}

function text(length, script) {
  let said = ''
  while (said.length < length) {
    said +=
      script === 'chinese'
        ? CHINESE.slice(Math.floor(random() * 10))
        : WORDS[Math.floor(random() * WORDS.length)]
    if (script === 'emoji' && random() < 0.05) said += '😀'
    said += random() < 0.08 ? '.\n' : random() < 0.02 ? ' "so" ' : ' '
  }
  return said.trim()
}

function prompt() {
  const kind = random()
  const script = kind < 0.05 ? 'chinese' : kind < 0.15 ? 'emoji' : 'english'
  const questions = 1 + Math.floor(random() * 9)
  let written = random() < 0.3 ? 'You are helpful.' : ''
  for (let question = 1; question <= questions; question++) {
    written += `\n\nHuman: ${text(50 + random() * 700, script)}\n\nAssistant:`
    if (question < questions) written += ` ${text(50 + random() * 900, script)}`
  }
  return written
}

export function writeInput(path, bytes) {
  const fd = openSync(path, 'w')
  for (let size = 0, id = 0; size < bytes; ) {
    let lines = ''
    for (let count = 0; count < 200; count++) {
      lines += `${JSON.stringify({ id: id++, source: 'generated', prompt: prompt() })}\n`
    }
    size += writeSync(fd, lines)
  }
  closeSync(fd)
}

/** Nothing but lines of 6 to 8 MB, of several scripts: the longest there may be, and what takes the most memory. */
export function writeLongLines(path, bytes) {
  const fd = openSync(path, 'w')
  const scripts = ['english', 'chinese', 'emoji']
  for (let size = 0, id = 0; size < bytes; id++) {
    const turn = `\n\nHuman: ${text(2000, scripts[id % scripts.length])}\n\nAssistant: Yes.`
    const length = (6 + random() * 1.9) * 1024 * 1024
    const turns = turn.repeat(Math.floor(length / Buffer.byteLength(JSON.stringify(turn))))
    size += writeSync(fd, `${JSON.stringify({ id, prompt: `${turns}\n\nHuman: Why?\n\nAssistant:` })}\n`)
  }
  closeSync(fd)
}
