import { definitions, followNames, type KnownNames } from './followed-names.ts'
import type { Found } from './found.ts'
import { isAnothers, nearness, nearSigns } from './near-signs.ts'
import { placesIn } from './place.ts'
import { type Reading, roleOf } from './reading.ts'
import type { RuleCode } from './rules.ts'
import { sureSigns } from './sure-signs.ts'

export interface Finding {
  found: Found[]
  /** Names of prompts that this file defines, telling enough to be known elsewhere. */
  defined: string[]
  /** Whether the source is none that its language takes. */
  isBroken?: boolean
}

/**
 * What is of the old interface in a source. Sure signs count by themselves. Others, such as a field named
 * `completion`, count beside them: in the same function, or in a file that speaks of no other vendor.
 */
export function findUses(source: string, reading: Reading, known: KnownNames = new Set()): Finding {
  const sure = sureSigns(source, reading).filter(use => !isAnothers(source, reading, use))
  const names = definitions(source, sure)
  const followed = followNames(source, reading, names, known, sure)
  const isNear = nearness(source, reading, [...sure, ...followed])
  const isOnlyClient = sure.every(({ code }) => code === 'legacy-client')
  const kept = sure.filter(use => {
    // Later SDKs kept the name Client for their own: without anything to go with it, it says nothing.
    if (use.code === 'legacy-client') return !isOnlyClient
    const isVariable = use.code === 'legacy-parameter' && !use.isComment && roleOf(source, use) === 'plain'
    return !isVariable || isNear(use)
  })
  const found = [...kept, ...followed, ...nearSigns(source, reading, isNear)]
  return { found: inOrder(source, found), defined: names.shared }
}

/** Of these, one a line is enough to be told: `import { HUMAN_PROMPT, AI_PROMPT }`. */
const ONE_A_LINE: ReadonlySet<RuleCode> = new Set([
  'legacy-constant',
  'legacy-parameter',
  'legacy-reply',
  'legacy-type',
])

/** In order of place; what stands within a prompt is told with it, and the key of a prompt with its text. */
function inOrder(source: string, found: readonly Found[]): Found[] {
  const { lineOf } = placesIn(source)
  const prompts = found.filter(({ prompt }) => prompt !== undefined)
  const promptLines = new Set(prompts.map(({ start }) => lineOf(start)))
  const seen = new Set<string>()
  return [...found]
    .sort((a, b) => a.start - b.start || b.end - a.end)
    .filter(use => {
      const line = lineOf(use.start)
      const isWithin = prompts.some(one => one.start <= use.start && use.end <= one.end)
      if (use.code === 'legacy-constant' && isWithin) return false
      if (use.code === 'legacy-prompt' && !use.prompt && promptLines.has(line)) return false
      const what = ONE_A_LINE.has(use.code)
        ? line
        : use.code === 'retired-model'
          ? modelKey(use, line)
          : use.start
      const key = `${use.code}:${what}`
      const isNew = !seen.has(key)
      seen.add(key)
      return isNew
    })
}

/** `ClaudeV2 = "claude-2"` names one model twice. */
function modelKey({ model = '' }: Found, line: number): string {
  return `${line}:${model.toLowerCase().replace(/anthropic|[^a-z\d]|v(?=\d)/g, '')}`
}
