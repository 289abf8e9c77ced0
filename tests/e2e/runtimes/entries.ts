import * as root from 'legacy-completions'
import * as audit from 'legacy-completions/audit'
import * as bedrock from 'legacy-completions/bedrock'
import * as emulator from 'legacy-completions/emulator'
import * as fetch from 'legacy-completions/fetch'
import * as proxy from 'legacy-completions/proxy'
import * as repair from 'legacy-completions/repair'
import * as sdk from 'legacy-completions/sdk'
import * as transcript from 'legacy-completions/transcript'
import * as translate from 'legacy-completions/translate'
import * as v0 from 'legacy-completions/v0'

/**
 * The package by its entries, each as `import` gives it, or `require` where this is compiled to that. Not every runtime
 * can load `./node`.
 */
export const entries: Readonly<Record<string, { module: object; has: readonly string[] }>> = {
  '.': { module: root, has: ['Anthropic', 'default', 'HUMAN_PROMPT', 'parsePrompt', 'translateRequest'] },
  './transcript': { module: transcript, has: ['HUMAN_PROMPT', 'parsePrompt', 'renderPrompt', 'toMessages'] },
  './repair': { module: repair, has: ['repairPrompt'] },
  './translate': { module: translate, has: ['translateRequest', 'completionFrom', 'reshapeEvents'] },
  './sdk': { module: sdk, has: ['withCompletions'] },
  './fetch': { module: fetch, has: ['completionsFetch', 'installCompletionsFetch'] },
  './bedrock': { module: bedrock, has: ['bedrockCompletions'] },
  './v0': { module: v0, has: ['Client', 'HUMAN_PROMPT', 'AI_PROMPT'] },
  './proxy': { module: proxy, has: ['createProxy'] },
  // Reads sources anywhere; what it parses syntax trees with is native, and loaded when there is one to parse.
  './audit': { module: audit, has: ['findLegacyUses', 'RULES', 'toSarif'] },
  './emulator': { module: emulator, has: ['createEmulator', 'startEmulator'] },
}
