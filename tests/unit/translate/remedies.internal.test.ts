/** Every sentence of a diagnostic in the words of its reader. */
import { describe, expect, it } from 'vitest'
import { CALL_DIAGNOSTICS, callDiagnostic } from '../../../src/diagnostics/call.ts'
import type { DiagnosticCode } from '../../../src/diagnostics/diagnostic.ts'
import { PROMPT_DIAGNOSTICS } from '../../../src/diagnostics/prompt.ts'
import { remedyFor, wordFor } from '../../../src/diagnostics/remedies.ts'
import { REPAIR_DIAGNOSTICS } from '../../../src/diagnostics/repair.ts'
import { repairPrompt } from '../../../src/repair/index.ts'
import { REPAIR_CASES } from '../repair/repairs.ts'

const JAVASCRIPT =
  /HUMAN_PROMPT|AI_PROMPT|renderPrompt|refreshModels|replaceAll|Array\.from|JSON\.parse|prompt`|`\w+: '|Option `|\bimport\b|`(?:models|thinkingReserve|prompts)`/i

const codes = Object.entries({ ...PROMPT_DIAGNOSTICS, ...REPAIR_DIAGNOSTICS, ...CALL_DIAGNOSTICS }).map(
  ([code, { message, fix }]) => ({ code: code as DiagnosticCode, message, fix }),
)

describe.each(['http', 'command'] as const)('for a reader of %s', reader => {
  it.each(codes)('$code names nothing of JavaScript', ({ code, message, fix }) => {
    const built = code in CALL_DIAGNOSTICS ? callDiagnostic(code as keyof typeof CALL_DIAGNOSTICS).fix : fix
    const remedy = remedyFor({ code, fix: built }, reader)
    expect(remedy).not.toMatch(JAVASCRIPT)
    // An advice depends on the case, and is filled in.
    if (fix !== '{advice}') expect(remedy.length).toBeGreaterThan(10)
    // Names of the old constants may be what a message is about.
    if (!/HUMAN_PROMPT/.test(message)) expect(wordFor(message, reader)).not.toMatch(JAVASCRIPT)
  })

  it('gives advice about prompts that cannot be repaired without JavaScript', () => {
    const advice = REPAIR_CASES.flatMap(({ prompt }) => repairPrompt(prompt).diagnostics)
    expect(advice.length).toBeGreaterThan(50)
    for (const diagnostic of advice) expect(remedyFor(diagnostic, reader)).not.toMatch(JAVASCRIPT)
  })
})

it('leaves the sentences of JavaScript as they are', () => {
  for (const { code, fix } of codes) expect(remedyFor({ code, fix }, 'javascript')).toBe(fix)
})

it.each([
  ['command', 'Use --prompts repair.'],
  ['http', 'Use serve --prompts repair.'],
] as const)('names the repair for a reader of %s', (reader, remedy) => {
  expect(
    remedyFor({ code: 'repairable-prompt', fix: REPAIR_DIAGNOSTICS['repairable-prompt'].fix }, reader),
  ).toBe(remedy)
})

it('names the flag of a policy', () => {
  const { fix } = callDiagnostic('sampling-dropped', { pronoun: 'it', alternative: 'name another model' })
  expect(remedyFor({ code: 'sampling-dropped', fix }, 'command')).toBe(
    'Remove it from the call, or name another model. --sampling error rejects such a call, --sampling pass sends it unchanged.',
  )
})
