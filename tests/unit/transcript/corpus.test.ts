import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { repairPrompt } from 'legacy-completions/repair'
import { parsePrompt, renderPrompt, renderSource, toMessages } from 'legacy-completions/transcript'
import { describe, expect, it } from 'vitest'
import { splitTurns } from './hostile.ts'

/** Real prompts and transcripts, kept outside the project: some of their text is offensive. */
const corpus = fileURLToPath(new URL('../../../../shared/corpus/', import.meta.url))
const isHere = existsSync(corpus)
const why = isHere ? '' : ' (skipped: there is no corpus next to this checkout)'

const readLines = <T>(name: string): T[] =>
  readFileSync(corpus + name, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as T)

/** The texts of the corpus, named so that a failure shows no text. */
function texts(): { name: string; text: string }[] {
  return [
    ...readLines<{ id: string; transcript: string }>('transcripts/hh-rlhf-harmless.jsonl').map(
      ({ id, transcript }) => ({ name: id, text: transcript }),
    ),
    ...readLines<{ id: string; prompt: string }>('prompts.jsonl').map(({ id, prompt }) => ({
      name: id,
      text: prompt,
    })),
    ...readLines<{ prompt: string }>('prompts-not-ours.jsonl').map(({ prompt }, index) => ({
      name: `not ours, line ${index + 1}`,
      text: prompt,
    })),
  ]
}

const isRefused = (text: string): boolean =>
  parsePrompt(text).diagnostics.some(({ severity }) => severity === 'error')

describe(`real texts${why}`, () => {
  it.skipIf(!isHere)('are tiled by their turns, as the rules read by a regular expression say', () => {
    for (const { name, text } of texts()) {
      const transcript = parsePrompt(text)
      const { system = '', turns } = transcript
      expect(renderSource(transcript) === text, name).toBe(true)
      const read = JSON.stringify({ system, turns: turns.map(({ role, text }) => ({ role, text })) })
      expect(read === JSON.stringify(splitTurns(text)), name).toBe(true)
    }
  })

  it.skipIf(!isHere)('that could be sent say the same after being written again', () => {
    let written = 0
    for (const { name, text } of texts()) {
      const transcript = parsePrompt(text)
      if (transcript.diagnostics.some(({ severity }) => severity === 'error')) continue
      const conversation = toMessages(transcript)
      const again = toMessages(parsePrompt(renderPrompt(conversation)))
      expect(JSON.stringify(again) === JSON.stringify(conversation), name).toBe(true)
      written++
    }
    expect(written).toBeGreaterThan(2000)
  })

  it.skipIf(!isHere)('does not mistake constants of other vendors', () => {
    const others = readLines<{ prompt: string }>('prompts-not-ours.jsonl')
    expect(others.length).toBeGreaterThan(5)
    for (const [index, { prompt }] of others.entries()) {
      const { diagnostics } = parsePrompt(prompt)
      expect(
        diagnostics.some(({ severity }) => severity === 'error'),
        `line ${index + 1}`,
      ).toBe(true)
    }
  })

  it.skipIf(!isHere)('are not touched by a repair where they are transcripts', () => {
    const transcripts = readLines<{ id: string; transcript: string }>('transcripts/hh-rlhf-harmless.jsonl')
    expect(transcripts.length).toBeGreaterThan(2000)
    for (const { id, transcript } of transcripts) {
      expect(repairPrompt(transcript), id).toEqual({ prompt: transcript, repairs: [], diagnostics: [] })
    }
  })

  it.skipIf(!isHere)('are not touched by a repair where the old server took them', () => {
    const taken = readLines<{ id: string; prompt: string }>('prompts.jsonl').filter(
      ({ prompt }) => !isRefused(prompt),
    )
    const touched = taken.filter(({ prompt }) => repairPrompt(prompt).repairs.length > 0)
    // A gateway that put markers around a prompt that had its own.
    expect(touched.map(({ id }) => id)).toEqual(['p0024'])
  })

  it.skipIf(!isHere)('that the old server refused are mostly understood by a repair', () => {
    const refused = readLines<{ prompt: string }>('prompts.jsonl').filter(({ prompt }) => isRefused(prompt))
    const understood = refused.filter(({ prompt }) => !isRefused(repairPrompt(prompt).prompt))
    expect(refused.length).toBeGreaterThanOrEqual(82)
    // Measured: 74. The others have no marker, or no user's text, or are another vendor's, or are no prompts at all.
    expect(understood.length).toBeGreaterThanOrEqual(74)
  })

  it.skipIf(!isHere)('of other vendors are not repaired into ours', () => {
    for (const [index, { prompt }] of readLines<{ prompt: string }>('prompts-not-ours.jsonl').entries()) {
      expect(repairPrompt(prompt).repairs, `line ${index + 1}`).toEqual([])
    }
  })
})
